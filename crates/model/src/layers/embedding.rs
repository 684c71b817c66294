//! Learnt vectors of symbols.

use burn::{
    module::{Module, Param},
    tensor::{Int, Tensor},
};

use super::Init;

/// One row per symbol.
#[derive(Module, Debug)]
pub(crate) struct Embedding {
    pub(crate) weight: Param<Tensor<2>>,
}

impl Embedding {
    /// Uniform within `sqrt(3) * sqrt(2 / (symbols + dim))`, as NVIDIA's.
    pub(crate) fn new(init: &Init<'_>, symbols: usize, dim: usize) -> Self {
        let bound = (6.0 / (symbols + dim) as f64).sqrt();
        Self {
            weight: init.of("weight").uniform([symbols, dim], bound),
        }
    }

    /// # Shapes
    /// - `symbols`: `[B, N]`, every id below the number of rows
    /// - output: `[B, N, C]`
    pub(crate) fn forward(&self, symbols: Tensor<2, Int>) -> Tensor<3> {
        let [batch, length] = symbols.dims();
        let [_, channels] = self.weight.val().dims();
        self.weight
            .val()
            .select(0, symbols.reshape([batch * length]))
            .reshape([batch, length, channels])
    }
}
