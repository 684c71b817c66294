//! Convolution over time.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use super::{Gain, Init};
use crate::ops;

/// "Same" convolution in `[B, T, C]`, weight stored `[k, in, out]`: one matrix per tap.
#[derive(Module, Debug)]
pub(crate) struct Conv1d {
    pub(crate) weight: Param<Tensor<3>>,
    pub(crate) bias: Param<Tensor<1>>,
}

impl Conv1d {
    /// Weight by the rule of `init` with `gain`; bias uniform within `1 / sqrt(in * k)`.
    pub(crate) fn new(init: &Init<'_>, channels: [usize; 2], kernel: usize, gain: Gain) -> Self {
        let [input, output] = channels;
        let fan_in = input * kernel;
        let weight =
            init.of("weight")
                .weight([kernel, input, output], fan_in, output * kernel, gain);
        let bias = init
            .of("bias")
            .uniform([output], 1.0 / (fan_in as f64).sqrt());
        Self { weight, bias }
    }

    /// # Shapes
    /// - `input`: `[B, T, in]`
    /// - output: `[B, T, out]`
    pub(crate) fn forward(&self, input: Tensor<3>) -> Tensor<3> {
        ops::conv1d::same(input, self.weight.val(), self.bias.val())
    }
}
