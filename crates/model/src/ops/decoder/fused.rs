//! The recurrence of the attention as one node: the whole sequence forwards, then backwards.
//!
//! The backward pass runs the time loop once for the gradients of the data; every weight gradient
//! is then one large product over all steps. What is cheap to compute again is not kept: the
//! tanh of the energies, the query, the dropout masks.

mod attention;
mod backward;
mod dynamic;
mod forward;
mod gathered;
mod motion;
mod stepper;

pub(crate) use motion::{Moves, Rule};
pub(crate) use stepper::Stepper;

use super::{DecoderWeights, Memory, attention::Parts};
use crate::ops::{
    dropout::Dropout,
    fused::{Kernel, Values},
    lstm::step::Lane,
    rows::WeightDtype,
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
    /// Attention channels, `D`.
    pub(super) channels: usize,
    /// Taps of the location convolution, `k`.
    pub(super) kernel: usize,
}

impl Dims {
    pub(super) fn new(
        steps: usize,
        memory: &Memory,
        weights: &DecoderWeights,
        parts: &Parts,
    ) -> Self {
        let [batch, symbols, channels] = memory.encoded.dims();
        let [attention_channels, _, kernel] = parts.location.dims();
        let [attention, _] = weights.attention_hidden.dims();
        Self {
            steps,
            batch,
            symbols,
            memory: channels,
            attention,
            channels: attention_channels,
            kernel,
        }
    }

    /// Numbers of one step and utterance in the packed output: hidden, context, weights.
    fn packed(&self) -> usize {
        self.states() + self.symbols
    }

    /// Hidden state and context: what the decoder LSTM reads.
    fn states(&self) -> usize {
        self.attention + self.memory
    }
}

/// The recurrence of the attention over one batch.
#[derive(Debug, Clone)]
pub(super) struct AttentionKernel {
    pub(super) dims: Dims,
    pub(super) lengths: Vec<usize>,
    pub(super) dropout: Option<Dropout>,
    pub(super) dtype: WeightDtype,
    pub(super) rule: Rule,
}

/// What the backward pass needs besides the output, time first.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// `[S, B, 4A]`, activated.
    gates: Vec<f32>,
    /// `[S + 1, B, A]`
    cells: Vec<f32>,
    /// Running sum of what the energies gave before each step, `[S + 1, B, N]`.
    cumulative: Vec<f32>,
    /// Chance that each step moves on, `[S, B]`.
    advance: Vec<f32>,
    inputs: Inputs,
}

/// What attention reads at every step, by name.
#[derive(Debug, Clone)]
struct Inputs {
    encoded: Values,
    projected: Values,
    attention_context: Values,
    attention_hidden: Values,
    query: Values,
    location: Values,
    energy: Values,
    /// What only some types have: weights and bias of the transition agent, `[E + A + 1]`, or all
    /// that is only dynamic convolution's.
    further: Values,
}

const INPUTS: usize = 9;

impl Kernel<INPUTS> for AttentionKernel {
    type Saved = Saved;

    const KEEPS_OUTPUT: bool = true;

    fn forward(&self, inputs: [Values; INPUTS]) -> (Vec<usize>, Vec<f32>, Saved) {
        let [
            gates,
            encoded,
            projected,
            attention_context,
            attention_hidden,
            query,
            location,
            energy,
            further,
        ] = inputs;
        let inputs = Inputs {
            encoded,
            projected,
            attention_context,
            attention_hidden,
            query,
            location,
            energy,
            further,
        };
        let (packed, saved) = forward::run(self, gates.into_vec(), inputs);
        let Dims { steps, batch, .. } = self.dims;
        (vec![steps, batch, self.dims.packed()], packed, saved)
    }

    fn backward(&self, saved: Saved, output: &[f32], gradient: Values) -> [Vec<f32>; INPUTS] {
        backward::run(self, saved, output, &gradient)
    }
}

impl AttentionKernel {
    /// Dropout of the hidden state at step `t`: a product, so it is its own backward pass.
    fn finish(&self, t: usize) -> impl Fn(usize, usize, &mut Lane, &mut Lane) + Sync + use<> {
        let draw = self.dropout.as_ref().map(Dropout::draw);
        let Dims {
            batch, attention, ..
        } = self.dims;
        move |b, unit, hidden, _| {
            if let Some(draw) = draw {
                let width = hidden.len().min(attention - unit);
                draw.apply((t * batch + b) * attention + unit, &mut hidden[..width]);
            }
        }
    }
}
