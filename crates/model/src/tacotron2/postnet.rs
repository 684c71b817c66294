//! The residual that sharpens the predicted mel.

use burn::{module::Module, tensor::Tensor};

use super::{Forward, Tacotron2Config, convolution::ConvBlock};
use crate::{layers::Init, ops::normalise::Activation};

/// # Source
/// Tacotron 2 (arXiv:1712.05884), section 2.2, "post-net".
#[derive(Module, Debug)]
pub(crate) struct Postnet {
    pub(crate) convolutions: Vec<ConvBlock>,
}

impl Postnet {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let (mels, hidden) = (config.n_mel_channels, config.postnet_embedding_dim);
        let last = config.postnet_n_convolutions - 1;
        let block = |i: usize| {
            let input = if i == 0 { mels } else { hidden };
            let output = if i == last { mels } else { hidden };
            let init = init.of(&format!("convolutions.{i}"));
            ConvBlock::new(
                &init,
                [input, output],
                config.postnet_kernel_size,
                then(i, last),
            )
        };
        Self {
            convolutions: (0..=last).map(block).collect(),
        }
    }

    /// # Shapes
    /// - `mel`: `[B, F, M]`
    /// - output: `[B, F, M]`, to be added to `mel`
    pub(super) fn forward(&self, mel: Tensor<3>, pass: &mut Forward<'_>) -> Tensor<3> {
        let last = self.convolutions.len() - 1;
        self.convolutions
            .iter()
            .enumerate()
            .fold(mel, |hidden, (i, block)| {
                let dropout = (&*format!("postnet.{i}"), pass.config.postnet_dropout);
                block.forward(hidden, then(i, last), dropout, pass)
            })
    }
}

fn then(block: usize, last: usize) -> Activation {
    if block == last {
        Activation::Linear
    } else {
        Activation::Tanh
    }
}
