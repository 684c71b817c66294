//! One-dimensional convolution in `[B, T, C]`: one matrix product per tap, no im2col.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, assert_shape};

use super::fused as node;
use fused::ConvKernel;

/// Convolution whose output is as long as its input; zeros stand beyond both ends.
///
/// # Shapes
/// - `input`: `[B, T, in]`
/// - `weight`: `[k, in, out]`, `k` odd
/// - `bias`: `[out]`
/// - output: `[B, T, out]`
///
/// # Panics
/// If the channels of input and weight differ.
pub(crate) fn same(input: Tensor<3>, weight: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    let [_, _, channels] = input.dims();
    assert_shape!(weight, [_, channels, _]);
    if node::available(&input.device()) {
        fused(input, weight, bias)
    } else {
        composed::same(input, weight, bias)
    }
}

fn fused(input: Tensor<3>, weight: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    let [batch, steps, inputs] = input.dims();
    let [kernel, _, outputs] = weight.dims();
    let kernel = ConvKernel {
        batch,
        steps,
        inputs,
        outputs,
        kernel,
    };
    node::apply(kernel, [input.into(), weight.into(), bias.into()])
}
