//! One direction of an LSTM over a padded batch.

use burn::tensor::{Tensor, activation::sigmoid, assert_shape};

use crate::batch::length_mask;

/// Order in which a sequence is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the first symbol.
    Forward,
    /// From the last true symbol.
    Reverse,
}

/// Runs the recurrence; what the input adds to the gates was computed before.
///
/// # Shapes
/// - `gates`: `[B, N, 4H]`, input product plus bias
/// - `recurrent`: `[H, 4H]`
/// - output: `[B, N, H]`, zero at padding
///
/// # Panics
/// If the shapes disagree.
pub(crate) fn sequence(
    gates: Tensor<3>,
    recurrent: Tensor<2>,
    lengths: &[usize],
    direction: Direction,
) -> Tensor<3> {
    let [batch, steps, _] = gates.dims();
    let [units, width] = recurrent.dims();
    assert_shape!(gates, [_, _, width]);
    let device = gates.device();
    let mask = length_mask(lengths, steps, &device);
    let mut state = LstmState::zeros(batch, units, &gates);
    let mut outputs = Vec::with_capacity(steps);
    for turn in 0..steps {
        let n = match direction {
            Direction::Forward => turn,
            Direction::Reverse => steps - 1 - turn,
        };
        let input = gates.clone().narrow(1, n, 1).reshape([batch, width]);
        // A masked step leaves the state at zero, so that the reverse direction starts clean at
        // the last true symbol.
        let alive = mask.clone().narrow(1, n, 1);
        state = cell(
            input + state.hidden.clone().matmul(recurrent.clone()),
            state.cell,
        );
        state = LstmState {
            hidden: state.hidden * alive.clone(),
            cell: state.cell * alive,
        };
        outputs.push(state.hidden.clone());
    }
    if direction == Direction::Reverse {
        outputs.reverse();
    }
    Tensor::stack(outputs, 1)
}

/// Hidden and cell state, `[B, H]` each.
#[derive(Debug, Clone)]
pub(crate) struct LstmState {
    pub(crate) hidden: Tensor<2>,
    pub(crate) cell: Tensor<2>,
}

impl LstmState {
    /// The state before the first step, on the device of `like`.
    pub(crate) fn zeros<const D: usize>(batch: usize, units: usize, like: &Tensor<D>) -> Self {
        let zeros = Tensor::zeros([batch, units], &like.device());
        Self {
            hidden: zeros.clone(),
            cell: zeros,
        }
    }
}

/// One step from the pre-activations of the four gates.
pub(crate) fn cell(gates: Tensor<2>, cell: Tensor<2>) -> LstmState {
    let [_, width] = gates.dims();
    let gate = |index: usize| gates.clone().narrow(1, index * width / 4, width / 4);
    let cell = sigmoid(gate(1)) * cell + sigmoid(gate(0)) * gate(2).tanh();
    LstmState {
        hidden: sigmoid(gate(3)) * cell.clone().tanh(),
        cell,
    }
}
