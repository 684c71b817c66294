//! The attention matrix of one utterance.

/// Attention weights of one utterance, without padding.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// Decoder steps, `S`.
    pub steps: usize,
    /// Symbols, `N`.
    pub symbols: usize,
    /// Row-major `[S, N]`; each row sums to one.
    pub values: Vec<f32>,
}

impl Alignment {
    /// Weights of decoder step `step` over the symbols.
    ///
    /// # Panics
    /// If `step` is not below `steps`.
    pub fn row(&self, step: usize) -> &[f32] {
        &self.values[step * self.symbols..(step + 1) * self.symbols]
    }
}
