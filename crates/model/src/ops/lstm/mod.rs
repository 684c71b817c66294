//! One direction of an LSTM over a padded batch, time first.

mod composed;
mod fused;
pub(crate) mod step;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, assert_shape};

pub(crate) use composed::{LstmState, cell};

use super::{dropout::Dropout, fused as node, rows::WeightDtype};
use fused::LstmKernel;

/// Order in which a sequence is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the first symbol.
    Forward,
    /// From the last true symbol.
    Reverse,
}

impl Direction {
    /// The positions in the order in which they are read.
    pub(crate) fn order(self, steps: usize) -> impl DoubleEndedIterator<Item = usize> {
        (0..steps).map(move |turn| match self {
            Self::Forward => turn,
            Self::Reverse => steps - 1 - turn,
        })
    }
}

/// One direction of an LSTM.
#[derive(Debug, Clone)]
pub(crate) struct Lstm {
    /// `[H, 4H]`
    pub(crate) recurrent: Tensor<2>,
    pub(crate) direction: Direction,
    /// Of the hidden state; the dropped state is the recurrent one.
    pub(crate) dropout: Option<Dropout>,
    /// How the fused form stores the weights while it uses them.
    pub(crate) dtype: WeightDtype,
}

/// Runs the recurrence; what the input adds to the gates was computed before.
///
/// # Shapes
/// - `gates`: `[N, B, 4H]`, input product plus bias
/// - output: `[N, B, H]`, zero at padding
///
/// # Panics
/// If the shapes disagree, or there is no step.
pub(crate) fn sequence(gates: Tensor<3>, lstm: Lstm, lengths: &[usize]) -> Tensor<3> {
    let [_, width] = lstm.recurrent.dims();
    let batch = lengths.len();
    assert_shape!(gates, [_, batch, width]);
    if node::available(&gates.device()) {
        fused(gates, lstm, lengths)
    } else {
        composed::sequence(gates, lstm, lengths)
    }
}

fn fused(gates: Tensor<3>, lstm: Lstm, lengths: &[usize]) -> Tensor<3> {
    let ([steps, batch, _], [units, _]) = (gates.dims(), lstm.recurrent.dims());
    let kernel = LstmKernel {
        steps,
        batch,
        units,
        lengths: lengths.to_vec(),
        direction: lstm.direction,
        dropout: lstm.dropout,
        dtype: lstm.dtype,
    };
    node::apply(kernel, [gates.into(), lstm.recurrent.into()])
}
