//! Affine map of rows: one matrix product, whose bias costs no pass of its own.

mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, assert_shape};

use super::fused as node;
use fused::LinearKernel;
pub(crate) use fused::sum_rows;

/// `input * weight`, plus `bias` if there is one.
///
/// # Shapes
/// - `input`: `[rows, in]`
/// - `weight`: `[in, out]`
/// - `bias`: `[out]`
/// - output: `[rows, out]`
///
/// # Panics
/// If the shapes disagree.
pub(crate) fn affine(input: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    let [_, inputs] = input.dims();
    assert_shape!(weight, [inputs, _]);
    if node::available(&input.device()) {
        fused(input, weight, bias)
    } else {
        composed(input, weight, bias)
    }
}

fn composed(input: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    let product = input.matmul(weight);
    match bias {
        Some(bias) => product + bias.unsqueeze(),
        None => product,
    }
}

fn fused(input: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    let ([rows, inputs], [_, outputs]) = (input.dims(), weight.dims());
    let kernel = LinearKernel {
        rows,
        inputs,
        outputs,
    };
    match bias {
        Some(bias) => node::apply(kernel, [input.into(), weight.into(), bias.into()]),
        None => node::apply(kernel, [input.into(), weight.into()]),
    }
}
