//! Gated recurrent unit, gates in PyTorch's order: reset, update, new.

use burn::{
    module::{Module, Param},
    tensor::{Tensor, activation::sigmoid},
};

use super::Init;
use crate::{
    batch::length_mask,
    ops::{linear::affine, lstm::Direction},
};

/// Weights of one direction, stored `[in, 3H]` and `[H, 3H]`.
#[derive(Module, Debug)]
pub(crate) struct Gru {
    pub(crate) weight_ih: Param<Tensor<2>>,
    pub(crate) weight_hh: Param<Tensor<2>>,
    pub(crate) bias_ih: Param<Tensor<1>>,
    pub(crate) bias_hh: Param<Tensor<1>>,
}

impl Gru {
    /// Everything uniform within `1 / sqrt(H)`.
    pub(crate) fn new(init: &Init<'_>, input: usize, units: usize) -> Self {
        let bound = 1.0 / (units as f64).sqrt();
        Self {
            weight_ih: init.of("weight_ih").uniform([input, 3 * units], bound),
            weight_hh: init.of("weight_hh").uniform([units, 3 * units], bound),
            bias_ih: init.of("bias_ih").uniform([3 * units], bound),
            bias_hh: init.of("bias_hh").uniform([3 * units], bound),
        }
    }

    /// The state after the last true step of each sequence; read in reverse, after the first.
    ///
    /// # Shapes
    /// - `input`: `[B, T, in]`
    /// - output: `[B, H]`
    ///
    /// # Source
    /// Cho et al. (arXiv:1406.1078), section 2.3, in the form of `torch.nn.GRU`.
    pub(crate) fn last(
        &self,
        input: Tensor<3>,
        lengths: &[usize],
        direction: Direction,
    ) -> Tensor<2> {
        let [batch, steps, channels] = input.dims();
        let recurrent = self.weight_hh.val();
        let [units, width] = recurrent.dims();
        let mask = length_mask(lengths, steps, &input.device());
        // The input part does not depend on the recurrence: one product over all steps.
        let rows = input.reshape([batch * steps, channels]);
        let gates = affine(rows, self.weight_ih.val(), Some(self.bias_ih.val()));
        let gates = gates.reshape([batch, steps, width]);
        let mut state = Tensor::zeros([batch, units], &gates.device());
        for t in direction.order(steps) {
            let input = gates.clone().narrow(1, t, 1).reshape([batch, width]);
            let bias = Some(self.bias_hh.val());
            let own = affine(state.clone(), recurrent.clone(), bias);
            let part = |gates: &Tensor<2>, i: usize| gates.clone().narrow(1, i * units, units);
            let reset = sigmoid(part(&input, 0) + part(&own, 0));
            let update = sigmoid(part(&input, 1) + part(&own, 1));
            let new = (part(&input, 2) + reset * part(&own, 2)).tanh();
            // Beyond the end the state stays, from both sides.
            let moves = (update * -1.0 + 1.0) * mask.clone().narrow(1, t, 1);
            state = state.clone() + (new - state) * moves;
        }
        state
    }
}
