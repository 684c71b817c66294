//! The recurrent core of the decoder: attention LSTM, location-sensitive attention, decoder LSTM.
//!
//! What does not depend on the recurrence stays outside, as one large product over all steps: the
//! pre-net's part of the attention LSTM's gates, the memory projection, the mel and gate
//! projections.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::Tensor;

pub(crate) use composed::{DecoderState, step};
pub(crate) use fused::{Core, Stepper};

use super::{fused as node, rows::WeightDtype};
use crate::noise::Noise;
use fused::{DecoderKernel, Dims};

const ATTENTION_STREAM: &str = "decoder.attention_rnn";
const DECODER_STREAM: &str = "decoder.decoder_rnn";

/// Weights of the recurrent core, in the layouts of its products.
#[derive(Debug, Clone)]
pub(crate) struct DecoderWeights {
    /// Context and hidden rows of the attention LSTM, `[E + H_a, 4 H_a]`.
    pub(crate) attention_lstm: Tensor<2>,
    /// Query projection, `[H_a, D]`.
    pub(crate) query: Tensor<2>,
    /// Location convolution and dense layer in one, `[D, 2, k]`; channel 0 reads the previous
    /// weights, channel 1 their running sum.
    pub(crate) location: Tensor<3>,
    /// Energy vector, `[D]`.
    pub(crate) energy: Tensor<1>,
    /// Hidden-of-attention, context and hidden rows of the decoder LSTM, `[H_a + E + H_d, 4 H_d]`.
    pub(crate) decoder_lstm: Tensor<2>,
    /// Bias of the decoder LSTM, `[4 H_d]`.
    pub(crate) decoder_bias: Tensor<1>,
    /// How the fused form stores the two large ones while it uses them.
    pub(crate) dtype: WeightDtype,
}

/// What attention reads: the encoded text.
#[derive(Debug, Clone)]
pub(crate) struct Memory {
    /// Encoder output, `[B, N, E]`.
    pub(crate) encoded: Tensor<3>,
    /// Its projection, `[B, N, D]`.
    pub(crate) projected: Tensor<3>,
    /// True symbols of each utterance.
    pub(crate) lengths: Vec<usize>,
}

/// Dropout on the hidden states of the two LSTMs; the dropped state is the recurrent one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HiddenDropout {
    pub(crate) noise: Noise,
    pub(crate) attention: f64,
    pub(crate) decoder: f64,
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

fn fused(
    gates: Tensor<3>,
    memory: &Memory,
    weights: &DecoderWeights,
    dropout: Option<HiddenDropout>,
) -> DecoderSequence {
    let [steps, _, _] = gates.dims();
    let [_, symbols, _] = memory.encoded.dims();
    let dims = Dims::new(steps, memory, weights);
    let inputs = [
        gates.into(),
        memory.encoded.clone().into(),
        memory.projected.clone().into(),
        weights.attention_lstm.clone().into(),
        weights.query.clone().into(),
        weights.location.clone().into(),
        weights.energy.clone().into(),
        weights.decoder_lstm.clone().into(),
        weights.decoder_bias.clone().into(),
    ];
    let kernel = DecoderKernel {
        dims,
        lengths: memory.lengths.clone(),
        dropout,
        dtype: weights.dtype,
    };
    let packed: Tensor<3> = node::apply(kernel, inputs);
    let output = dims.decoder + dims.memory;
    DecoderSequence {
        output: packed.clone().narrow(2, 0, output),
        weights: packed.narrow(2, output, symbols),
    }
}
