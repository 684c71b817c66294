//! The same made of plain Burn operations.

use burn::tensor::{Tensor, module};

use super::{Activation, BatchStatistics, EPSILON, unbiased};
use crate::ops::dropout::Dropout;

/// See [`normalise`](super::normalise).
pub(super) fn normalise(
    input: Tensor<3>,
    weight: Tensor<1>,
    bias: Tensor<1>,
    activation: Activation,
    dropout: Option<Dropout>,
) -> (Tensor<3>, BatchStatistics) {
    let shape = input.dims();
    let rows = input.reshape([shape[0] * shape[1], shape[2]]);
    let normal = module::batch_norm_train(rows, weight, bias, EPSILON);
    let statistics = BatchStatistics {
        mean: normal.mean.inner(),
        variance: normal.variance.inner() * unbiased(shape),
    };
    let hidden = activation.apply(normal.output.reshape(shape));
    let hidden = match dropout {
        Some(Dropout { noise, stream, p }) => {
            let mask = noise.dropout_mask(&stream, p, shape, &hidden.device());
            hidden * mask
        }
        None => hidden,
    };
    (hidden, statistics)
}
