//! One direction of an LSTM over a padded batch, time first.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, assert_shape};

pub(crate) use composed::{LstmState, cell};

use super::fused as node;
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

/// Runs the recurrence; what the input adds to the gates was computed before.
///
/// # Shapes
/// - `gates`: `[N, B, 4H]`, input product plus bias
/// - `recurrent`: `[H, 4H]`
/// - output: `[N, B, H]`, zero at padding
///
/// # Panics
/// If the shapes disagree.
pub(crate) fn sequence(
    gates: Tensor<3>,
    recurrent: Tensor<2>,
    lengths: &[usize],
    direction: Direction,
) -> Tensor<3> {
    let [_, width] = recurrent.dims();
    let batch = lengths.len();
    assert_shape!(gates, [_, batch, width]);
    if node::available(&gates.device()) {
        fused(gates, recurrent, lengths, direction)
    } else {
        composed::sequence(gates, recurrent, lengths, direction)
    }
}

fn fused(
    gates: Tensor<3>,
    recurrent: Tensor<2>,
    lengths: &[usize],
    direction: Direction,
) -> Tensor<3> {
    let ([steps, batch, _], [units, _]) = (gates.dims(), recurrent.dims());
    let kernel = LstmKernel {
        steps,
        batch,
        units,
        lengths: lengths.to_vec(),
        direction,
    };
    node::apply(kernel, [gates.into(), recurrent.into()])
}
