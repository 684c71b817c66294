//! Matrices as pictures: alignments and mel spectrograms as PNG files with axes that can be read.

mod canvas;
mod curves;
mod palette;
mod panel;
mod ticks;
mod words;

pub(crate) use self::ticks::ticks;
use self::{
    canvas::{Anchor, Canvas, Lettering},
    panel::{Panel, Scale},
    words::Words,
};
pub use self::{
    curves::{Curve, curves},
    palette::Palette,
};
use crate::report::ReportLocale;

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
    /// Language of the figures.
    pub locale: ReportLocale,
}

/// Whose picture it is, and in which language its axes are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caption<'a> {
    /// First line, large: the utterance and the step.
    pub title: &'a str,
    /// Second line, small: the text that is spoken.
    pub text: &'a str,
    /// Language of the axes.
    pub locale: ReportLocale,
}

/// A log-mel spectrogram to draw.
#[derive(Debug, Clone, Copy)]
pub struct MelPanel<'a> {
    /// What is written beside it: `recorded`, `predicted`.
    pub title: &'a str,
    /// Values.
    ///
    /// # Shapes
    /// `[frames, bins]`, row-major
    pub values: &'a [f32],
    /// Number of mel bins.
    pub bins: usize,
}

/// Pixels left of the cells, for the row numbers and the label.
const LEFT: usize = 104;
/// Width of the cells.
const PLOT_WIDTH: usize = 720;
/// Pixels right of the cells, for the colour bar.
const RIGHT: usize = 144;
/// Pixels below the last cells, for the column numbers and the label.
const BOTTOM: usize = 84;
/// Pixels between two panels.
const GAP: usize = 62;
const TITLE_SIZE: f32 = 28.0;
const TEXT_SIZE: f32 = 22.0;

/// Draws a matrix: `values` holds `rows` rows of `cols` values, row 0 at the bottom, column 0 at the left.
///
/// Where several cells share a pixel the largest shows, so that a thin line is not lost. What is not
/// a number is red.
///
/// # Shapes
/// - `values`: `[rows, cols]`, row-major; what is missing counts as not a number
pub fn heatmap(rows: usize, cols: usize, values: &[f32], style: &HeatmapStyle) -> Png {
    let at = |row: usize, col: usize| values.get(row * cols + col).copied().unwrap_or(f32::NAN);
    let panel = Panel {
        title: "",
        rows,
        cols,
        at: &at,
        row_names: &style.row_names,
        x_label: &style.x_label,
        y_label: &style.y_label,
    };
    let height = panel::height_for(rows, style.row_names.len());
    draw(&[panel], height, style)
}

/// Draws attention weights: decoder steps to the right, symbols upwards.
///
/// `symbols` are the names of the symbols, or empty to number them.
///
/// # Shapes
/// - `weights`: `[steps, n_symbols]`, row-major
pub fn alignment(
    steps: usize,
    n_symbols: usize,
    weights: &[f32],
    symbols: &[String],
    caption: Caption<'_>,
) -> Png {
    let words = Words::of(caption.locale);
    let at = |symbol: usize, step: usize| {
        weights
            .get(step * n_symbols + symbol)
            .copied()
            .unwrap_or(f32::NAN)
    };
    let panel = Panel {
        title: "",
        rows: n_symbols,
        cols: steps,
        at: &at,
        row_names: symbols,
        x_label: words.decoder_step,
        y_label: words.symbol,
    };
    // Zero is dark in every picture of a run; how bright the brightest is, the colour bar says.
    let brightest = weights
        .iter()
        .copied()
        .filter(|w| w.is_finite())
        .fold(0.0, f32::max);
    let style = HeatmapStyle {
        title: caption.title.to_owned(),
        subtitle: caption.text.to_owned(),
        value_label: words.attention_weight.to_owned(),
        locale: caption.locale,
        range: Some((0.0, if brightest > 0.0 { brightest } else { 1.0 })),
        ..HeatmapStyle::default()
    };
    draw(
        &[panel],
        panel::height_for(n_symbols, symbols.len()),
        &style,
    )
}

/// Draws mel spectrograms above each other, with the same colours and the same time scale: frames to
/// the right, mel bins upwards.
pub fn mels(panels: &[MelPanel<'_>], caption: Caption<'_>) -> Png {
    const HEIGHT: usize = 200;
    let words = Words::of(caption.locale);
    let frames = |panel: &MelPanel<'_>| panel.values.len().checked_div(panel.bins).unwrap_or(0);
    let longest = panels.iter().map(frames).max().unwrap_or(0);
    let cells: Vec<_> = panels
        .iter()
        .map(|panel| {
            let (values, bins) = (panel.values, panel.bins);
            let own = frames(panel);
            move |bin: usize, frame: usize| {
                if frame < own {
                    values[frame * bins + bin]
                } else {
                    f32::NEG_INFINITY
                }
            }
        })
        .collect();
    let drawn: Vec<Panel<'_>> = panels
        .iter()
        .zip(&cells)
        .enumerate()
        .map(|(index, (panel, at))| Panel {
            title: panel.title,
            rows: panel.bins,
            cols: longest,
            at,
            row_names: &[],
            x_label: if index + 1 == panels.len() {
                words.frame
            } else {
                ""
            },
            y_label: words.mel_bin,
        })
        .collect();
    let style = HeatmapStyle {
        title: caption.title.to_owned(),
        subtitle: caption.text.to_owned(),
        value_label: words.log_amplitude.to_owned(),
        locale: caption.locale,
        palette: Palette::Magma,
        ..HeatmapStyle::default()
    };
    draw(&drawn, HEIGHT, &style)
}

/// Draws the title, the panels below each other, and one colour bar for all of them.
fn draw(panels: &[Panel<'_>], panel_height: usize, style: &HeatmapStyle) -> Png {
    let room = (PLOT_WIDTH + RIGHT) as f32 - 12.0;
    let heading: Vec<(String, f32)> = [(&style.title, TITLE_SIZE), (&style.subtitle, TEXT_SIZE)]
        .into_iter()
        .flat_map(|(text, size)| {
            let lines = canvas::wrapped(text, size, room);
            lines.into_iter().map(move |line| (line, size))
        })
        .collect();
    let mut top = 16;
    let mut places = Vec::new();
    for (_, size) in &heading {
        let line = (size * 1.45) as usize;
        places.push(top + line / 2);
        top += line;
    }
    top += 8;
    let panel_title = if panels.iter().all(|panel| panel.title.is_empty()) {
        0
    } else {
        32
    };
    let pitch = panel_title + panel_height + GAP;
    let height = top + pitch * panels.len().max(1) - GAP + BOTTOM;
    let mut canvas = Canvas::new(LEFT + PLOT_WIDTH + RIGHT, height);

    for ((line, size), y) in heading.iter().zip(places) {
        let lettering = Lettering::new(*size, Anchor::Start);
        canvas.text(LEFT as f32, y as f32, line, lettering);
    }
    let scale = Scale::of(panels, style.range);
    for (index, panel) in panels.iter().enumerate() {
        let y = top + index * pitch + panel_title;
        panel.draw(
            &mut canvas,
            &scale,
            [LEFT, y, PLOT_WIDTH, panel_height],
            Words::of(style.locale),
        );
    }
    let bar_height = (pitch * panels.len().max(1) - GAP - panel_title).min(520);
    let bar = [LEFT + PLOT_WIDTH + 26, top + panel_title, 22, bar_height];
    scale.draw(&mut canvas, bar, &style.value_label, style.locale);
    canvas.into_png(style.palette)
}

#[cfg(test)]
mod tests;
