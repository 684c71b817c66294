//! The convolution block that encoder and post-net are built of.

use burn::{
    module::Module,
    tensor::{Tensor, activation::relu},
};

use super::{Forward, Mode};
use crate::layers::{BatchNorm, Conv1d, Gain, Init};

/// What follows the normalisation of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Activation {
    Relu,
    Tanh,
    Linear,
}

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
        let hidden = match pass.mode {
            Mode::Train(_) => {
                let (normal, statistics) = self.norm.by_batch(hidden);
                pass.batch_norm.push(statistics);
                normal
            }
            Mode::Eval(_) => self.norm.by_running(hidden),
        };
        let hidden = match then {
            Activation::Relu => relu(hidden),
            Activation::Tanh => hidden.tanh(),
            Activation::Linear => hidden,
        };
        pass.dropout(dropout.0, dropout.1, hidden)
    }
}
