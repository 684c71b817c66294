//! What follows a convolution in training: batch norm, activation, dropout.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, TensorData, activation::relu, assert_shape};

use super::{dropout::Dropout, fused as node};
use fused::NormaliseKernel;

/// Added to the variance, as PyTorch's default.
pub(crate) const EPSILON: f64 = 1e-5;

/// What follows the normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    Relu,
    Tanh,
    Linear,
}

impl Activation {
    /// On a tensor of any backend.
    pub(crate) fn apply(self, hidden: Tensor<3>) -> Tensor<3> {
        match self {
            Self::Relu => relu(hidden),
            Self::Tanh => hidden.tanh(),
            Self::Linear => hidden,
        }
    }
}

/// What one batch says of the running statistics of one layer.
#[derive(Debug, Clone)]
pub(crate) struct BatchStatistics {
    pub(crate) mean: Tensor<1>,
    /// Unbiased, as PyTorch keeps it.
    pub(crate) variance: Tensor<1>,
}

/// Normalises by the statistics of this batch, activates, drops; gives the statistics too.
///
/// # Shapes
/// - `input`, output: `[B, T, C]`
/// - `weight`, `bias`: `[C]`
///
/// # Panics
/// If the channels disagree.
///
/// # Source
/// Ioffe and Szegedy (arXiv:1502.03167), algorithm 1; over batch and time, padding included.
pub(crate) fn normalise(
    input: Tensor<3>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    activation: Activation,
    dropout: Option<Dropout>,
) -> (Tensor<3>, BatchStatistics) {
    let [_, _, channels] = input.dims();
    assert_shape!(weight, [channels]);
    if node::available(&input.device()) {
        fused(input, weight, bias, activation, dropout)
    } else {
        composed::normalise(input, weight, bias, activation, dropout)
    }
}

fn fused(
    input: Tensor<3>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    activation: Activation,
    dropout: Option<Dropout>,
) -> (Tensor<3>, BatchStatistics) {
    let shape = input.dims();
    let device = input.device().inner();
    let kernel = NormaliseKernel {
        shape,
        activation,
        dropout,
    };
    let inputs = [input.into(), weight.into(), bias.into()];
    let unbiased = unbiased(shape) as f32;
    let row = |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [shape[2]]), &device);
    node::apply_reading(kernel, inputs, |saved| BatchStatistics {
        mean: row(saved.mean.clone()),
        variance: row(saved.variance.iter().map(|v| v * unbiased).collect()),
    })
}

/// From the variance of a sample to the estimate of the population's.
fn unbiased([batch, steps, _]: [usize; 3]) -> f64 {
    let rows = (batch * steps) as f64;
    rows / (rows - 1.0).max(1.0)
}
