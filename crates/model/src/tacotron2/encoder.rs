//! Text to memory: convolutions over the symbols, then a bidirectional LSTM.

use burn::{module::Module, tensor::Tensor};

use super::{Forward, Tacotron2Config, convolution::ConvBlock};
use crate::{
    batch::length_mask,
    layers::{BiLstm, Init},
    ops::normalise::Activation,
};

/// # Source
/// Tacotron 2 (arXiv:1712.05884), section 2.2, "encoder".
#[derive(Module, Debug)]
pub(crate) struct Encoder {
    pub(crate) convolutions: Vec<ConvBlock>,
    pub(crate) lstm: BiLstm,
}

impl Encoder {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let channels = config.encoder_embedding_dim;
        let block = |i: usize| {
            let init = init.of(&format!("convolutions.{i}"));
            ConvBlock::new(
                &init,
                [channels; 2],
                config.encoder_kernel_size,
                Activation::Relu,
            )
        };
        Self {
            convolutions: (0..config.encoder_n_convolutions).map(block).collect(),
            lstm: BiLstm::new(&init.of("lstm"), channels, channels / 2),
        }
    }

    /// # Shapes
    /// - `embedded`: `[B, N, E]`
    /// - output: `[B, N, E]`, zero at padding
    pub(super) fn forward(
        &self,
        embedded: Tensor<3>,
        lengths: &[usize],
        pass: &mut Forward<'_>,
    ) -> Tensor<3> {
        let hidden = self
            .convolutions
            .iter()
            .enumerate()
            .fold(embedded, |hidden, (i, block)| {
                let dropout = (&*format!("encoder.{i}"), pass.config.encoder_dropout);
                block.forward(hidden, Activation::Relu, dropout, pass)
            });
        self.lstm.forward(hidden, lengths)
    }

    /// As [`forward`](Self::forward), but no utterance sees the padding of its batch: each gives
    /// what it would give alone.
    pub(super) fn forward_apart(
        &self,
        embedded: Tensor<3>,
        lengths: &[usize],
        pass: &mut Forward<'_>,
    ) -> Tensor<3> {
        let [_, symbols, _] = embedded.dims();
        let mask = length_mask(lengths, symbols, &embedded.device()).unsqueeze_dim::<3>(2);
        let hidden = self.convolutions.iter().fold(embedded, |hidden, block| {
            block.forward(hidden * mask.clone(), Activation::Relu, ("", 0.0), pass)
        });
        self.lstm.forward(hidden, lengths)
    }
}
