//! The recurrent core of the decoder: attention LSTM, location-sensitive attention, decoder LSTM.
//!
//! What does not depend on the recurrence stays outside, as one large product over all steps: the
//! pre-net's part of the attention LSTM's gates, the memory projection, the mel and gate
//! projections.

mod composed;

use burn::tensor::Tensor;

pub(crate) use composed::{DecoderState, step, teacher_forced};

use crate::noise::Noise;

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

/// What the recurrent core gives for every step.
#[derive(Debug, Clone)]
pub(crate) struct DecoderSequence {
    /// Hidden state of the decoder LSTM, `[B, S, H_d]`.
    pub(crate) hidden: Tensor<3>,
    /// Attention context, `[B, S, E]`.
    pub(crate) context: Tensor<3>,
    /// Attention weights, `[B, S, N]`.
    pub(crate) weights: Tensor<3>,
}
