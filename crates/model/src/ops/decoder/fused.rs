//! The recurrent core as one node: the whole sequence forwards, then backwards.
//!
//! The backward pass runs the time loop once for the gradients of the data; every weight gradient
//! is then one large product over all steps. What is cheap to compute again is not kept: the
//! tanh of the energies, the query, the dropout masks.

mod attention;
mod backward;
mod forward;
mod stepper;

pub(crate) use stepper::{Core, Stepper};

use super::{DecoderWeights, HiddenDropout, Memory};
use crate::{
    noise::Noise,
    ops::{fused::Kernel, rows::WeightDtype},
};

/// Sizes of one sequence: letters as in the crate's legend.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dims {
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) symbols: usize,
    /// Encoder channels, `E`.
    pub(super) memory: usize,
    /// Units of the attention LSTM, `A`.
    pub(super) attention: usize,
    /// Units of the decoder LSTM, `H`.
    pub(super) decoder: usize,
    /// Attention channels, `D`.
    pub(super) channels: usize,
    /// Taps of the location convolution, `k`.
    pub(super) kernel: usize,
}

impl Dims {
    pub(super) fn new(steps: usize, memory: &Memory, weights: &DecoderWeights) -> Self {
        let [batch, symbols, channels] = memory.encoded.dims();
        let [_, attention] = weights.attention_lstm.dims();
        let [_, decoder] = weights.decoder_lstm.dims();
        let [attention_channels, _, kernel] = weights.location.dims();
        Self {
            steps,
            batch,
            symbols,
            memory: channels,
            attention: attention / 4,
            decoder: decoder / 4,
            channels: attention_channels,
            kernel,
        }
    }

    /// Numbers of one step and utterance in the packed output: hidden, context, weights.
    pub(super) fn packed(&self) -> usize {
        self.decoder + self.memory + self.symbols
    }

    /// Input of the attention LSTM besides the pre-net: context and own hidden state.
    fn attention_in(&self) -> usize {
        self.memory + self.attention
    }

    /// Input of the decoder LSTM: attention's hidden state, context, own hidden state.
    fn decoder_in(&self) -> usize {
        self.attention + self.memory + self.decoder
    }

    /// Columns of the location window: previous weights, then their sum.
    fn window(&self) -> usize {
        2 * self.kernel
    }
}

/// The recurrent core over one batch.
#[derive(Debug, Clone)]
pub(super) struct DecoderKernel {
    pub(super) dims: Dims,
    pub(super) lengths: Vec<usize>,
    pub(super) dropout: Option<HiddenDropout>,
    pub(super) dtype: WeightDtype,
}

/// Everything the forward pass keeps, time first.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// `[S + 1, B, E + A]`: context and hidden state before each step.
    attention_in: Vec<f32>,
    /// `[S, B, 4A]`, activated.
    attention_gates: Vec<f32>,
    /// `[S + 1, B, A]`
    attention_cell: Vec<f32>,
    /// `[S + 1, B, A + E + H]`; the last block holds only the last hidden state.
    decoder_in: Vec<f32>,
    /// `[S, B, 4H]`, activated.
    decoder_gates: Vec<f32>,
    /// `[S + 1, B, H]`
    decoder_cell: Vec<f32>,
    /// `[S + 1, B, N]`: weights of the step before; zero before the first.
    weights: Vec<f32>,
    /// `[S + 1, B, N]`: their running sum.
    cumulative: Vec<f32>,
}

/// The inputs of the kernel by name, in the order in which they are passed.
#[derive(Clone, Copy)]
struct Inputs<'a> {
    gates: &'a [f32],
    encoded: &'a [f32],
    projected: &'a [f32],
    attention_lstm: &'a [f32],
    query: &'a [f32],
    location: &'a [f32],
    energy: &'a [f32],
    decoder_lstm: &'a [f32],
    decoder_bias: &'a [f32],
}

const INPUTS: usize = 9;

impl<'a> From<[&'a [f32]; INPUTS]> for Inputs<'a> {
    fn from(inputs: [&'a [f32]; INPUTS]) -> Self {
        let [
            gates,
            encoded,
            projected,
            attention_lstm,
            query,
            location,
            energy,
            decoder_lstm,
            decoder_bias,
        ] = inputs;
        Self {
            gates,
            encoded,
            projected,
            attention_lstm,
            query,
            location,
            energy,
            decoder_lstm,
            decoder_bias,
        }
    }
}

impl Kernel<INPUTS> for DecoderKernel {
    type Saved = Saved;

    fn forward(&self, inputs: [&[f32]; INPUTS]) -> (Vec<usize>, Vec<f32>, Saved) {
        let (packed, saved) = forward::run(self, &inputs.into());
        (
            vec![self.dims.steps, self.dims.batch, self.dims.packed()],
            packed,
            saved,
        )
    }

    fn backward(
        &self,
        inputs: [&[f32]; INPUTS],
        saved: &Saved,
        gradient: &[f32],
    ) -> [Vec<f32>; INPUTS] {
        backward::run(self, &inputs.into(), saved, gradient)
    }
}

impl DecoderKernel {
    /// Dropout masks of step `t` for the two hidden states; drawn again in the backward pass.
    fn masks(&self, t: usize, masks: &mut [Vec<f32>; 2]) {
        let Some(HiddenDropout {
            noise,
            attention,
            decoder,
        }) = self.dropout
        else {
            return;
        };
        let [first, second] = masks;
        mask(noise, super::ATTENTION_STREAM, attention, t, first);
        mask(noise, super::DECODER_STREAM, decoder, t, second);
    }

    /// Masks of one step, all ones without dropout.
    fn no_masks(&self) -> [Vec<f32>; 2] {
        let batch = self.dims.batch;
        [
            vec![1.0; batch * self.dims.attention],
            vec![1.0; batch * self.dims.decoder],
        ]
    }
}

fn mask(noise: Noise, stream: &str, p: f64, t: usize, mask: &mut [f32]) {
    noise.stream(stream).dropout_mask(p, t * mask.len(), mask);
}

/// The location layer as one matrix `[2k, D]`, from `[D, 2, k]`.
fn location_matrix(location: &[f32], dims: &Dims) -> Vec<f32> {
    let mut matrix = vec![0.0; dims.window() * dims.channels];
    for (d, filter) in location.chunks(dims.window()).enumerate() {
        for (tap, weight) in filter.iter().enumerate() {
            matrix[tap * dims.channels + d] = *weight;
        }
    }
    matrix
}
