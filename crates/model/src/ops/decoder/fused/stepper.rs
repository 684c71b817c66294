//! The recurrent core outside the graph, one step at a time: synthesis.

use super::{
    super::{DecoderWeights, Memory},
    DecoderKernel, Dims, INPUTS,
    forward::Forward,
};
use crate::ops::fused::numbers;

/// What the core reads, copied out of the tensors once.
pub(crate) struct Core {
    kernel: DecoderKernel,
    inputs: [Vec<f32>; INPUTS],
}

impl Core {
    /// The core over these texts.
    pub(crate) fn new(memory: &Memory, weights: &DecoderWeights) -> Self {
        let dims = Dims::new(1, memory, weights);
        let kernel = DecoderKernel {
            dims,
            lengths: memory.lengths.clone(),
            dropout: None,
            dtype: weights.dtype,
        };
        let inputs = [
            vec![0.0; dims.batch * 4 * dims.attention],
            numbers(memory.encoded.clone()),
            numbers(memory.projected.clone()),
            numbers(weights.attention_lstm.clone()),
            numbers(weights.query.clone()),
            numbers::<3>(weights.location.clone()),
            numbers::<1>(weights.energy.clone()),
            numbers(weights.decoder_lstm.clone()),
            numbers::<1>(weights.decoder_bias.clone()),
        ];
        Self { kernel, inputs }
    }

    /// The state before the first frame.
    pub(crate) fn stepper(&self) -> Stepper<'_> {
        let inputs = self.inputs.each_ref().map(Vec::as_slice).into();
        let dims = self.kernel.dims;
        Stepper {
            pass: Forward::new(&self.kernel, &inputs),
            packed: vec![0.0; dims.batch * dims.packed()],
        }
    }
}

/// The state after some steps.
pub(crate) struct Stepper<'a> {
    pass: Forward<'a>,
    packed: Vec<f32>,
}

impl Stepper<'_> {
    /// One more step; `gates` is `[B, 4A]`, the pre-net's part of the attention LSTM's gates.
    ///
    /// Gives one row for each utterance: hidden state and context, then attention weights.
    pub(crate) fn step(&mut self, gates: &[f32]) -> impl Iterator<Item = (&[f32], &[f32])> {
        self.pass.advance(gates, &mut self.packed);
        let dims = self.pass.dims();
        self.packed
            .chunks(dims.packed())
            .map(move |row| row.split_at(dims.decoder + dims.memory))
    }
}
