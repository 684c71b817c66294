//! Long short-term memory, gates in PyTorch's order: input, forget, cell, output.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use super::Init;
use crate::ops::{
    self,
    lstm::{Direction, Lstm},
    rows::WeightDtype,
};

/// Weights of one LSTM direction, stored `[in, 4H]` and `[H, 4H]`.
#[derive(Module, Debug)]
pub(crate) struct LstmCell {
    pub(crate) weight_ih: Param<Tensor<2>>,
    pub(crate) weight_hh: Param<Tensor<2>>,
    pub(crate) bias_ih: Param<Tensor<1>>,
    pub(crate) bias_hh: Param<Tensor<1>>,
}

impl LstmCell {
    /// Everything uniform within `1 / sqrt(H)`.
    pub(crate) fn new(init: &Init<'_>, input: usize, units: usize) -> Self {
        let bound = 1.0 / (units as f64).sqrt();
        Self {
            weight_ih: init.of("weight_ih").uniform([input, 4 * units], bound),
            weight_hh: init.of("weight_hh").uniform([units, 4 * units], bound),
            bias_ih: init.of("bias_ih").uniform([4 * units], bound),
            bias_hh: init.of("bias_hh").uniform([4 * units], bound),
        }
    }

    /// Sum of the two biases; they only ever act together.
    pub(crate) fn bias(&self) -> Tensor<1> {
        self.bias_ih.val() + self.bias_hh.val()
    }
}

/// Bidirectional LSTM over sequences of unequal length.
#[derive(Module, Debug)]
pub(crate) struct BiLstm {
    pub(crate) forward: LstmCell,
    pub(crate) reverse: LstmCell,
}

impl BiLstm {
    /// `units` per direction.
    pub(crate) fn new(init: &Init<'_>, input: usize, units: usize) -> Self {
        Self {
            forward: LstmCell::new(&init.of("forward"), input, units),
            reverse: LstmCell::new(&init.of("reverse"), input, units),
        }
    }

    /// Reads each sequence in both directions, the reverse one from its last true symbol.
    ///
    /// # Shapes
    /// - `input`: `[B, N, in]`
    /// - output: `[B, N, 2 * units]`, zero at padding
    pub(crate) fn forward(&self, input: Tensor<3>, lengths: &[usize]) -> Tensor<3> {
        let input = input.swap_dims(0, 1);
        let there = direction(&self.forward, input.clone(), lengths, Direction::Forward);
        let back = direction(&self.reverse, input, lengths, Direction::Reverse);
        Tensor::cat(vec![there, back], 2).swap_dims(0, 1)
    }
}

/// The input part of the gates does not depend on the recurrence: one product over all steps.
/// Time comes first here.
fn direction(
    cell: &LstmCell,
    input: Tensor<3>,
    lengths: &[usize],
    direction: Direction,
) -> Tensor<3> {
    let [steps, batch, channels] = input.dims();
    let weight = cell.weight_ih.val();
    let [_, gates] = weight.dims();
    let rows = input.reshape([steps * batch, channels]);
    let gates = ops::linear::affine(rows, weight, Some(cell.bias())).reshape([steps, batch, gates]);
    let lstm = Lstm {
        recurrent: cell.weight_hh.val(),
        direction,
        dropout: None,
        dtype: WeightDtype::F32,
    };
    ops::lstm::sequence(gates, lstm, lengths)
}
