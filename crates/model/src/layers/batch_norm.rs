//! Batch normalisation that leaves its running statistics alone until told otherwise.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use super::Init;
use crate::ops::{
    dropout::Dropout,
    normalise::{Activation, BatchStatistics, EPSILON, normalise},
};

const MOMENTUM: f64 = 0.1;

/// Normalisation over batch and time, padding included, as NVIDIA's.
#[derive(Module, Debug)]
pub(crate) struct BatchNorm {
    pub(crate) weight: Param<Tensor<1>>,
    pub(crate) bias: Param<Tensor<1>>,
    pub(crate) running_mean: Param<Tensor<1>>,
    pub(crate) running_var: Param<Tensor<1>>,
}

impl BatchNorm {
    pub(crate) fn new(init: &Init<'_>, channels: usize) -> Self {
        Self {
            weight: init.constant(channels, 1.0),
            bias: init.constant(channels, 0.0),
            running_mean: init.buffer(channels, 0.0),
            running_var: init.buffer(channels, 1.0),
        }
    }

    /// Normalises by the statistics of this batch and returns them; activates and drops as well.
    ///
    /// # Shapes
    /// - `input`, output: `[B, T, C]`
    pub(crate) fn by_batch(
        &self,
        input: Tensor<3>,
        then: Activation,
        dropout: Option<Dropout>,
    ) -> (Tensor<3>, BatchStatistics) {
        normalise(input, self.weight.val(), self.bias.val(), then, dropout)
    }

    /// Normalises by the running statistics.
    pub(crate) fn by_running(&self, input: Tensor<3>) -> Tensor<3> {
        let scale = self.weight.val() * (self.running_var.val() + EPSILON).sqrt().recip();
        let shift = self.bias.val() - self.running_mean.val() * scale.clone();
        input * scale.unsqueeze() + shift.unsqueeze()
    }

    /// Moves the running statistics a tenth of the way to `statistics`.
    pub(crate) fn absorb(&mut self, statistics: BatchStatistics) {
        self.running_mean = blend(&self.running_mean, statistics.mean);
        self.running_var = blend(&self.running_var, statistics.variance);
    }
}

fn blend(running: &Param<Tensor<1>>, batch: Tensor<1>) -> Param<Tensor<1>> {
    running.clone().map(|running| {
        let batch = Tensor::from_data(batch.into_data(), &running.device());
        (running * (1.0 - MOMENTUM) + batch * MOMENTUM).detach()
    })
}
