//! The convolution block that encoder and post-net are built of.

use burn::{module::Module, tensor::Tensor};

use super::Forward;
use crate::{
    layers::{BatchNorm, Conv1d, Gain, Init},
    ops::{dropout::Dropout, normalise::Activation},
};

/// Convolution, batch norm, activation, dropout.
#[derive(Module, Debug)]
pub(crate) struct ConvBlock {
    pub(crate) conv: Conv1d,
    pub(crate) norm: BatchNorm,
}

impl ConvBlock {
    pub(super) fn new(
        init: &Init<'_>,
        channels: [usize; 2],
        kernel: usize,
        then: Activation,
    ) -> Self {
        let gain = match then {
            Activation::Relu => Gain::Relu,
            Activation::Tanh => Gain::Tanh,
            Activation::Linear => Gain::Linear,
        };
        Self {
            conv: Conv1d::new(&init.of("conv"), channels, kernel, gain),
            norm: BatchNorm::new(&init.of("norm"), channels[1]),
        }
    }

    /// # Shapes
    /// - `input`: `[B, T, in]`
    /// - output: `[B, T, out]`
    pub(super) fn forward(
        &self,
        input: Tensor<3>,
        then: Activation,
        dropout: (&str, f64),
        pass: &mut Forward<'_>,
    ) -> Tensor<3> {
        let hidden = self.conv.forward(input);
        match pass.noise() {
            Some(noise) => {
                let (stream, p) = (dropout.0.to_owned(), dropout.1);
                let dropout = (p > 0.0).then_some(Dropout { noise, stream, p });
                let (hidden, statistics) = self.norm.by_batch(hidden, then, dropout);
                pass.batch_norm.push(statistics);
                hidden
            }
            None => then.apply(self.norm.by_running(hidden)),
        }
    }
}
