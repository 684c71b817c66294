//! One direction of an LSTM made of plain Burn operations.

use burn::tensor::{Tensor, activation::sigmoid};

use super::{Direction, Lstm};
use crate::batch::length_mask;

/// The whole sequence; see [`sequence`](super::sequence).
pub(super) fn sequence(gates: Tensor<3>, lstm: Lstm, lengths: &[usize]) -> Tensor<3> {
    let Lstm {
        recurrent,
        direction,
        dropout,
        dtype: _,
    } = lstm;
    let [steps, batch, width] = gates.dims();
    let [units, _] = recurrent.dims();
    let dropped = dropout.map(|dropout| dropout.mask([steps, batch, units], &gates.device()));
    let mask = length_mask(lengths, steps, &gates.device());
    let mut state = LstmState::zeros(batch, units, &gates);
    let mut outputs = Vec::with_capacity(steps);
    for n in direction.order(steps) {
        let input = gates.clone().narrow(0, n, 1).reshape([batch, width]);
        // A masked step leaves the state at zero, so that the reverse direction starts clean at
        // the last true symbol.
        let alive = mask.clone().narrow(1, n, 1);
        state = cell(
            input + state.hidden.clone().matmul(recurrent.clone()),
            state.cell,
        );
        if let Some(mask) = &dropped {
            state.hidden = state.hidden * mask.clone().narrow(0, n, 1).squeeze_dim(0);
        }
        state = LstmState {
            hidden: state.hidden * alive.clone(),
            cell: state.cell * alive,
        };
        outputs.push(state.hidden.clone());
    }
    if direction == Direction::Reverse {
        outputs.reverse();
    }
    Tensor::stack(outputs, 0)
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
