//! The style that a text suggests, for speaking without a recording.

use burn::{
    module::{Module, Param},
    tensor::{Tensor, activation::relu},
};

use crate::{
    layers::{BatchNorm, Gain, Gru, Init, Linear},
    ops::{self, lstm::Direction, normalise::Activation},
    tacotron2::{Forward, Tacotron2Config},
};

const KERNEL: usize = 3;

/// Text-predicted style embedding. The paper's last hyperbolic tangent is left out: a style of
/// several heads is not bounded by one.
///
/// # Source
/// Predicting Expressive Speaking Style From Text (arXiv:1808.01410), section 3.2, "TPSE".
#[derive(Module, Debug)]
pub(crate) struct StylePredictor {
    /// `[3, E, C]`, without a bias: a batch norm follows.
    pub(crate) convolution: Param<Tensor<3>>,
    pub(crate) norm: BatchNorm,
    pub(crate) gru: BiGru,
    pub(crate) linear: Linear,
}

/// Both directions of a recurrent unit.
#[derive(Module, Debug)]
pub(crate) struct BiGru {
    pub(crate) forward: Gru,
    pub(crate) reverse: Gru,
}

impl StylePredictor {
    pub(in crate::tacotron2) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let (input, style) = (config.encoder_embedding_dim, config.token_embedding_size);
        let (fan_in, fan_out) = (input * KERNEL, style * KERNEL);
        let gru = |name| Gru::new(&init.of("gru").of(name), style, style / 2);
        Self {
            convolution: init.of("convolution").weight(
                [KERNEL, input, style],
                fan_in,
                fan_out,
                Gain::Relu,
            ),
            norm: BatchNorm::new(&init.of("norm"), style),
            gru: BiGru {
                forward: gru("forward"),
                reverse: gru("reverse"),
            },
            linear: Linear::new(&init.of("linear"), style, style, Gain::Linear, true),
        }
    }

    /// # Shapes
    /// - `encoded`: `[B, N, E]`, zero at padding; its gradient ends here
    /// - output: `[B, C]`
    pub(in crate::tacotron2) fn forward(
        &self,
        encoded: Tensor<3>,
        lengths: &[usize],
        pass: &mut Forward<'_>,
    ) -> Tensor<2> {
        let weight = self.convolution.val();
        let [_, _, channels] = weight.dims();
        let no_bias = Tensor::zeros([channels], &encoded.device());
        let hidden = ops::conv1d::same(encoded.detach(), weight, no_bias);
        let hidden = match pass.noise() {
            Some(_) => {
                let (hidden, statistics) = self.norm.by_batch(hidden, Activation::Relu, None);
                pass.batch_norm.push(statistics);
                hidden
            }
            None => relu(self.norm.by_running(hidden)),
        };
        let there = self
            .gru
            .forward
            .last(hidden.clone(), lengths, Direction::Forward);
        let back = self.gru.reverse.last(hidden, lengths, Direction::Reverse);
        self.linear.forward(Tensor::cat(vec![there, back], 1))
    }
}
