//! Global style tokens: a sentence is spoken in the manner of a recording, of a token, or of what
//! the text suggests.
//!
//! # Source
//! Wang et al., Style Tokens (arXiv:1803.09017); Stanton et al., Predicting Expressive Speaking
//! Style From Text (arXiv:1808.01410).

mod predictor;
mod reference;
mod tokens;

use burn::{module::Module, tensor::Tensor};
use diktor_audio::Mel;
use serde::{Deserialize, Serialize};

use super::{Forward, Tacotron2Config};
use crate::layers::{Gain, Init, Linear};
pub(crate) use predictor::StylePredictor;
use reference::ReferenceEncoder;
use tokens::StyleTokens;

/// How a style meets the encoded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GstMode {
    /// Beside every symbol: the memory becomes wider.
    Concat,
    /// Projected and added to every symbol: the shapes of the decoder stay.
    Add,
}

/// In what manner to speak.
#[derive(Debug, Clone, PartialEq)]
pub enum Style {
    /// In none: the style vector is zero.
    Neutral,
    /// As this recording, log-mel frames `[F, M]`.
    Reference(Mel),
    /// As one token alone.
    Token {
        /// Which, from 0.
        index: usize,
        /// How strongly; 0.3 is usual.
        scale: f32,
    },
    /// As the text suggests.
    Predicted,
}

/// What the style predictor said and should have said, `[B, C]` each.
#[derive(Debug, Clone)]
pub struct StylePrediction {
    /// From the text alone.
    pub predicted: Tensor<2>,
    /// From the recording; no gradient goes there.
    pub target: Tensor<2>,
}

/// Reference encoder and tokens.
#[derive(Module, Debug)]
pub(crate) struct Gst {
    pub(crate) encoder: ReferenceEncoder,
    pub(crate) tokens: StyleTokens,
    /// Style to memory channels, where styles are added.
    pub(crate) projection: Option<Linear>,
}

impl Gst {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let (style, memory) = (config.token_embedding_size, config.encoder_embedding_dim);
        let projection = || {
            // Without a bias, so that no style adds nothing.
            Linear::new(&init.of("projection"), style, memory, Gain::Linear, false)
        };
        Self {
            encoder: ReferenceEncoder::new(&init.of("encoder"), config),
            tokens: StyleTokens::new(&init.of("tokens"), config),
            projection: (config.gst_mode == GstMode::Add).then(projection),
        }
    }

    /// The style of every recording.
    ///
    /// # Shapes
    /// - `mels`: `[B, F, M]`
    /// - output: `[B, C]`
    pub(super) fn of_recordings(
        &self,
        mels: Tensor<3>,
        lengths: &[usize],
        pass: &mut Forward<'_>,
    ) -> Tensor<2> {
        let reference = self.encoder.forward(mels, lengths, pass);
        self.tokens.attend(reference)
    }

    /// The style of one token, `[1, C]`.
    pub(super) fn of_token(&self, index: usize, scale: f32) -> Tensor<2> {
        self.tokens.one(index) * scale
    }

    /// What attention shall read: the encoded text in that style.
    ///
    /// # Shapes
    /// - `encoded`: `[B, N, E]`
    /// - `style`: `[B, C]`
    /// - output: `[B, N, E + C]`, or `[B, N, E]` where styles are added
    pub(super) fn condition(&self, encoded: Tensor<3>, style: Tensor<2>) -> Tensor<3> {
        let [batch, symbols, channels] = encoded.dims();
        let every =
            |style: Tensor<2>, width| style.unsqueeze_dim::<3>(1).expand([batch, symbols, width]);
        match &self.projection {
            Some(projection) => encoded + every(projection.forward(style), channels),
            None => {
                let [_, width] = style.dims();
                Tensor::cat(vec![encoded, every(style, width)], 2)
            }
        }
    }
}
