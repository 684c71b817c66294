//! Affine map of rows: one matrix product, whose bias costs no pass of its own.

mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, activation::relu, assert_shape};

use super::{dropout::Dropout, fused as node};
pub(crate) use fused::sum_rows;
use fused::{LinearKernel, RectifiedKernel};

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

/// `input * weight`, rectified, then dropped.
///
/// # Shapes
/// As [`affine`].
///
/// # Panics
/// As [`affine`].
pub(crate) fn rectified(
    input: Tensor<2>,
    weight: Tensor<2>,
    dropout: Option<Dropout>,
) -> Tensor<2> {
    let ([rows, inputs], [_, outputs]) = (input.dims(), weight.dims());
    assert_shape!(weight, [inputs, _]);
    if !node::available(&input.device()) {
        return composed_rectified(input, weight, dropout);
    }
    let kernel = RectifiedKernel {
        product: LinearKernel {
            rows,
            inputs,
            outputs,
        },
        dropout,
    };
    node::apply(kernel, [input.into(), weight.into()])
}

fn composed_rectified(input: Tensor<2>, weight: Tensor<2>, dropout: Option<Dropout>) -> Tensor<2> {
    let hidden = relu(composed(input, weight, None));
    match dropout {
        Some(dropout) => {
            let mask = dropout.mask(hidden.dims(), &hidden.device());
            hidden * mask
        }
        None => hidden,
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
