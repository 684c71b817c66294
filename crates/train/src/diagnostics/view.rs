//! What the diagnostics look at: plain slices, so that they know no network.

/// The attention of one utterance: a row of weights over the symbols for every decoder step.
///
/// Only true steps and symbols belong here, no padding. Rows are renormalised by every metric; a
/// row without a single positive finite weight counts as uniform, for it says nothing.
#[derive(Debug, Clone, Copy)]
pub struct AlignmentView<'a> {
    /// Decoder steps.
    pub steps: usize,
    /// Symbols.
    pub symbols: usize,
    /// Weights, row by row.
    ///
    /// # Shapes
    /// `[steps, symbols]`
    pub values: &'a [f32],
}

/// Fewer steps or symbols have no diagonal to speak of.
pub const MIN_SIZE: usize = 3;

impl AlignmentView<'_> {
    /// The rows, each summing to 1; `None` below [`MIN_SIZE`] steps or symbols, or when there are
    /// fewer values than steps and symbols ask for.
    pub(super) fn rows(&self) -> Option<Vec<Vec<f64>>> {
        let asked = self.steps.checked_mul(self.symbols)?;
        if self.steps < MIN_SIZE || self.symbols < MIN_SIZE || self.values.len() < asked {
            return None;
        }
        let rows = self.values[..asked].chunks_exact(self.symbols);
        Some(rows.map(normalised).collect())
    }
}

fn normalised(row: &[f32]) -> Vec<f64> {
    let weight = |v: &f32| {
        if v.is_finite() {
            f64::from(v.max(0.0))
        } else {
            0.0
        }
    };
    let sum: f64 = row.iter().map(weight).sum();
    if sum > 0.0 {
        row.iter().map(|v| weight(v) / sum).collect()
    } else {
        vec![1.0 / row.len() as f64; row.len()]
    }
}

/// The first place of the largest value.
pub(super) fn argmax(row: &[f64]) -> usize {
    let mut best = 0;
    for (place, value) in row.iter().enumerate() {
        if *value > row[best] {
            best = place;
        }
    }
    best
}

/// The mean, 0 of nothing.
pub(super) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values
        .into_iter()
        .fold((0.0, 0_u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}
