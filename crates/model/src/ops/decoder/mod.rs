//! The recurrent core of the decoder: attention LSTM, attention, decoder LSTM.
//!
//! What does not depend on the recurrence stays outside, as one large product over all steps: the
//! pre-net's part of the attention LSTM's gates, the memory projection, the mel and gate
//! projections.

mod attention;
mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::Tensor;

pub(crate) use attention::{
    AttentionWeights, ContentWeights, DynamicWeights, Motion, Normalisation, PRIOR_LENGTH,
    TransitionAgent,
};
pub(crate) use composed::{DecoderState, step};
pub(crate) use fused::Stepper;

use super::{
    dropout::Dropout,
    fused as node,
    linear::affine,
    lstm::{self, Direction, Lstm},
    rows::WeightDtype,
};
use crate::noise::Noise;
use fused::{AttentionKernel, Dims};

/// Weights of the recurrent core.
#[derive(Debug, Clone)]
pub(crate) struct DecoderWeights {
    /// Context rows of the attention LSTM, `[E, 4 H_a]`.
    pub(crate) attention_context: Tensor<2>,
    /// Hidden rows of the attention LSTM, `[H_a, 4 H_a]`.
    pub(crate) attention_hidden: Tensor<2>,
    /// What happens between the two LSTMs.
    pub(crate) attention: AttentionWeights,
    /// Hidden-of-attention and context rows of the decoder LSTM, `[H_a + E, 4 H_d]`.
    pub(crate) decoder_input: Tensor<2>,
    /// Hidden rows of the decoder LSTM, `[H_d, 4 H_d]`.
    pub(crate) decoder_hidden: Tensor<2>,
    /// Bias of the decoder LSTM, `[4 H_d]`.
    pub(crate) decoder_bias: Tensor<1>,
    /// How the fused form stores the recurrent ones while it uses them.
    pub(crate) dtype: WeightDtype,
}

/// What attention reads: the encoded text.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    /// Encoder output, `[B, N, E]`.
    pub(crate) encoded: Tensor<3>,
    /// Its projection, `[B, N, D]`, where attention compares with what the symbols are.
    pub(crate) projected: Option<Tensor<3>>,
    /// True symbols of each utterance.
    pub(crate) lengths: Vec<usize>,
    /// Whether attention keeps to the neighbourhood of where it was.
    pub(crate) windowed: bool,
}

impl Memory {
    /// # Panics
    /// If the text was not projected.
    fn projected(&self) -> Tensor<3> {
        self.projected
            .clone()
            .expect("attention that reads symbols projects them")
    }

    /// The projection, or an idle number where there is none.
    fn read(&self) -> Tensor<3> {
        let idle = || Tensor::zeros([1, 1, 1], &self.encoded.device());
        self.projected.clone().unwrap_or_else(idle)
    }
}

/// Dropout on the hidden states of the two LSTMs; the dropped state is the recurrent one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HiddenDropout {
    pub(crate) noise: Noise,
    pub(crate) attention: f64,
    pub(crate) decoder: f64,
}

impl HiddenDropout {
    fn attention(self) -> Dropout {
        self.layer("decoder.attention_rnn", self.attention)
    }

    fn decoder(self) -> Dropout {
        self.layer("decoder.decoder_rnn", self.decoder)
    }

    fn layer(self, stream: &str, p: f64) -> Dropout {
        Dropout {
            noise: self.noise,
            stream: stream.to_owned(),
            p,
        }
    }
}

/// What the recurrent core gives for every step, time first.
#[derive(Debug, Clone)]
pub(crate) struct DecoderSequence {
    /// Hidden state of the decoder LSTM and attention context, `[S, B, H_d + E]`.
    pub(crate) output: Tensor<3>,
    /// Attention weights, `[S, B, N]`.
    pub(crate) weights: Tensor<3>,
}

/// All steps of a teacher-forced decoder.
///
/// # Shapes
/// - `gates`: `[S, B, 4 H_a]`, the pre-net's part of the attention LSTM's gates, bias included
///
/// # Panics
/// If the shapes disagree.
///
/// # Source
/// Tacotron 2 (arXiv:1712.05884), section 2.2; attention of arXiv:1506.07503, section 2.2.
pub(crate) fn teacher_forced(
    gates: Tensor<3>,
    memory: &Memory,
    weights: &DecoderWeights,
    dropout: Option<HiddenDropout>,
) -> DecoderSequence {
    if node::available(&gates.device()) {
        fused(gates, memory, weights, dropout)
    } else {
        composed::teacher_forced(gates, memory, weights, dropout)
    }
}

/// Under teacher forcing the attention never sees the decoder LSTM: its recurrence runs first,
/// the input of the decoder LSTM is one product over all steps, and only then comes the recurrence
/// of the decoder LSTM.
fn fused(
    gates: Tensor<3>,
    memory: &Memory,
    weights: &DecoderWeights,
    dropout: Option<HiddenDropout>,
) -> DecoderSequence {
    let [steps, batch, _] = gates.dims();
    let parts = weights.attention.parts(memory.windowed);
    let dims = Dims::new(steps, memory, weights, &parts);
    let inputs = [
        gates.into(),
        memory.encoded.clone().into(),
        memory.read().into(),
        weights.attention_context.clone().into(),
        weights.attention_hidden.clone().into(),
        parts.query.into(),
        parts.location.into(),
        parts.energy.into(),
        parts.further.into(),
    ];
    let kernel = AttentionKernel {
        dims,
        lengths: memory.lengths.clone(),
        dropout: dropout.map(HiddenDropout::attention),
        dtype: weights.dtype,
        rule: parts.rule,
    };
    let packed: Tensor<3> = node::apply(kernel, inputs);
    let width = dims.attention + dims.memory;
    let states = packed.clone().narrow(2, 0, width);
    let [_, gates] = weights.decoder_input.dims();
    let input = states.clone().reshape([steps * batch, width]);
    let bias = weights.decoder_bias.clone();
    let input = affine(input, weights.decoder_input.clone(), Some(bias));
    let lstm = Lstm {
        recurrent: weights.decoder_hidden.clone(),
        direction: Direction::Forward,
        dropout: dropout.map(HiddenDropout::decoder),
        dtype: weights.dtype,
    };
    let input = input.reshape([steps, batch, gates]);
    let hidden = lstm::sequence(input, lstm, &vec![steps; batch]);
    let context = states.narrow(2, dims.attention, dims.memory);
    DecoderSequence {
        output: Tensor::cat(vec![hidden, context], 2),
        weights: packed.narrow(2, width, dims.symbols),
    }
}
