//! Affine map of the last axis.

use burn::{
    module::{Module, Param},
    tensor::{Tensor, assert_shape},
};

use super::{Gain, Init};
use crate::ops::linear::affine;

/// `y = x W + b`, `W` stored `[in, out]` so that the forward product reads it row by row.
#[derive(Module, Debug)]
pub(crate) struct Linear {
    pub(crate) weight: Param<Tensor<2>>,
    pub(crate) bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    /// Weight by the rule of `init` with `gain`; bias, if any, uniform within `1 / sqrt(in)`.
    pub(crate) fn new(
        init: &Init<'_>,
        input: usize,
        output: usize,
        gain: Gain,
        bias: bool,
    ) -> Self {
        Self {
            weight: init
                .of("weight")
                .weight([input, output], input, output, gain),
            bias: bias.then(|| {
                init.of("bias")
                    .uniform([output], 1.0 / (input as f64).sqrt())
            }),
        }
    }

    /// # Shapes
    /// - `input`: `[.., in]`
    /// - output: `[.., out]`
    ///
    /// # Panics
    /// If the last axis of `input` is not `in`.
    pub(crate) fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        let weight = self.weight.val();
        let [inputs, outputs] = weight.dims();
        assert_shape!(input, [.., inputs]);
        let mut shape = input.dims();
        let rows = shape[..D - 1].iter().product::<usize>();
        shape[D - 1] = outputs;
        let bias = self.bias.as_ref().map(Param::val);
        affine(input.reshape([rows, inputs]), weight, bias).reshape(shape)
    }
}
