//! Matrices as pictures: alignments and mel spectrograms as PNG files with axes that can be read.

/// A PNG file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Png {
    /// The file.
    pub bytes: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Colours of a heatmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// Dark violet to yellow.
    #[default]
    Viridis,
    /// Black over purple to pale yellow.
    Magma,
}

/// What stands around a heatmap.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatmapStyle {
    /// First line, large.
    pub title: String,
    /// Second line, small: the text that is spoken.
    pub subtitle: String,
    /// What the columns are.
    pub x_label: String,
    /// What the rows are.
    pub y_label: String,
    /// What the colours are.
    pub value_label: String,
    /// Names of the rows, written beside them if there is room; else rows are numbered.
    pub row_names: Vec<String>,
    /// Values of the darkest and the brightest colour; `None` takes those of the data.
    pub range: Option<(f32, f32)>,
    /// Colours.
    pub palette: Palette,
}

/// Draws a matrix: `values` holds `rows` rows of `cols` values, row 0 at the bottom, column 0 at the left.
///
/// # Shapes
/// - `values`: `[rows, cols]`, row-major; what is missing is drawn as not a number
pub fn heatmap(_rows: usize, _cols: usize, _values: &[f32], _style: &HeatmapStyle) -> Png {
    Png {
        bytes: Vec::new(),
        width: 0,
        height: 0,
    }
}

/// Draws attention weights: decoder steps to the right, symbols upwards.
///
/// `symbols` are the names of the symbols, or empty to number them.
///
/// # Shapes
/// - `weights`: `[steps, n_symbols]`, row-major
pub fn alignment(
    _steps: usize,
    _n_symbols: usize,
    _weights: &[f32],
    _symbols: &[String],
    _title: &str,
    _text: &str,
) -> Png {
    Png {
        bytes: Vec::new(),
        width: 0,
        height: 0,
    }
}

/// A log-mel spectrogram to draw.
#[derive(Debug, Clone, Copy)]
pub struct MelPanel<'a> {
    /// What is written above it: `recorded`, `predicted`.
    pub title: &'a str,
    /// Values.
    ///
    /// # Shapes
    /// `[frames, bins]`, row-major
    pub values: &'a [f32],
    /// Number of mel bins.
    pub bins: usize,
}

/// Draws mel spectrograms above each other with the same colours: time to the right, mel bins upwards.
pub fn mels(_panels: &[MelPanel<'_>], _title: &str, _text: &str) -> Png {
    Png {
        bytes: Vec::new(),
        width: 0,
        height: 0,
    }
}
