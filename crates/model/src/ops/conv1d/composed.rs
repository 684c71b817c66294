//! The convolution made of plain Burn operations.

use burn::tensor::Tensor;

/// See [`same`](super::same).
pub(super) fn same(input: Tensor<3>, weight: Tensor<3>, bias: Tensor<1>) -> Tensor<3> {
    let [batch, steps, channels] = input.dims();
    let [kernel, _, outputs] = weight.dims();
    let edge = Tensor::zeros([batch, kernel / 2, channels], &input.device());
    let padded = Tensor::cat(vec![edge.clone(), input, edge], 1);
    let tap = |k: usize| {
        let rows = padded
            .clone()
            .narrow(1, k, steps)
            .reshape([batch * steps, channels]);
        rows.matmul(weight.clone().narrow(0, k, 1).reshape([channels, outputs]))
    };
    let sum = (1..kernel).fold(tap(0), |sum, k| sum + tap(k));
    (sum + bias.unsqueeze()).reshape([batch, steps, outputs])
}
