//! The forward time loop.

use rayon::prelude::*;

use super::{
    DecoderKernel, Dims, Inputs, Saved,
    attention::{Scene, Scratch},
    location_matrix,
};
use crate::ops::{
    matmul::{Into, Matrix, Threads, matmul},
    rows::{Buffers, Panels, WeightDtype},
    simd::{lstm_forward, vectorised},
};

/// The packed output `[S, B, H + E + N]` and what the backward pass needs.
pub(super) fn run(kernel: &DecoderKernel, inputs: &Inputs<'_>) -> (Vec<f32>, Saved) {
    let dims = kernel.dims;
    let mut pass = Forward::new(kernel, inputs);
    let mut packed = vec![0.0; dims.steps * dims.batch * dims.packed()];
    for (t, packed) in packed.chunks_mut(dims.batch * dims.packed()).enumerate() {
        kernel.masks(t, &mut pass.masks);
        pass.step(t, packed);
    }
    (packed, pass.saved)
}

fn pack(weight: &[f32], rows: usize, dtype: WeightDtype) -> Panels {
    Panels::pack(Matrix::new(weight, rows, weight.len() / rows), dtype)
}

fn saved(dims: &Dims, inputs: &Inputs<'_>) -> Saved {
    let rows = |steps: usize, width: usize| vec![0.0; steps * dims.batch * width];
    let (steps, after) = (dims.steps, dims.steps + 1);
    let mut decoder_gates = Vec::with_capacity(steps * dims.batch * 4 * dims.decoder);
    for _ in 0..steps * dims.batch {
        decoder_gates.extend_from_slice(inputs.decoder_bias);
    }
    Saved {
        attention_in: rows(after, dims.attention_in()),
        attention_gates: inputs.gates.to_vec(),
        attention_cell: rows(after, dims.attention),
        decoder_in: rows(after, dims.decoder_in()),
        decoder_gates,
        decoder_cell: rows(after, dims.decoder),
        weights: rows(after, dims.symbols),
        cumulative: rows(after, dims.symbols),
    }
}

/// The time loop in progress.
pub(super) struct Forward<'a> {
    kernel: &'a DecoderKernel,
    inputs: Inputs<'a>,
    attention_lstm: Panels,
    decoder_lstm: Panels,
    buffers: Buffers,
    location: Vec<f32>,
    saved: Saved,
    query: Vec<f32>,
    contexts: Vec<f32>,
    hidden: Vec<f32>,
    scratch: Vec<Scratch>,
    masks: [Vec<f32>; 2],
}

impl<'a> Forward<'a> {
    /// Before the first step.
    pub(super) fn new(kernel: &'a DecoderKernel, inputs: &Inputs<'a>) -> Self {
        let dims = kernel.dims;
        Self {
            kernel,
            inputs: *inputs,
            attention_lstm: pack(inputs.attention_lstm, dims.attention_in(), kernel.dtype),
            decoder_lstm: pack(inputs.decoder_lstm, dims.decoder_in(), kernel.dtype),
            buffers: Buffers::default(),
            location: location_matrix(inputs.location, &dims),
            saved: saved(&dims, inputs),
            query: vec![0.0; dims.batch * dims.channels],
            contexts: vec![0.0; dims.batch * dims.memory],
            hidden: vec![0.0; dims.batch * dims.attention.max(dims.decoder)],
            scratch: vec![Scratch::new(&dims); dims.batch],
            masks: kernel.no_masks(),
        }
    }

    pub(super) fn dims(&self) -> Dims {
        self.kernel.dims
    }

    fn step(&mut self, t: usize, packed: &mut [f32]) {
        self.attention_lstm(t);
        self.attend(t);
        self.decoder_lstm(t);
        self.pack(t, packed);
    }

    /// One step of a sequence of unknown length: the pass holds a single step, whose end becomes
    /// the beginning of the next.
    pub(super) fn advance(&mut self, gates: &[f32], packed: &mut [f32]) {
        self.saved.attention_gates.copy_from_slice(gates);
        for row in self
            .saved
            .decoder_gates
            .chunks_mut(self.inputs.decoder_bias.len())
        {
            row.copy_from_slice(self.inputs.decoder_bias);
        }
        self.step(0, packed);
        for blocks in [
            &mut self.saved.attention_in,
            &mut self.saved.attention_cell,
            &mut self.saved.decoder_in,
            &mut self.saved.decoder_cell,
            &mut self.saved.weights,
            &mut self.saved.cumulative,
        ] {
            let half = blocks.len() / 2;
            blocks.copy_within(half.., 0);
        }
    }
}

impl Forward<'_> {
    /// Writes the dropped hidden state to this step's decoder input and the next own input.
    fn attention_lstm(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let (batch, units, width) = (dims.batch, dims.attention, dims.attention_in());
        let input = &self.saved.attention_in[t * batch * width..];
        lstm_step(
            Product {
                input: &input[..batch * width],
                weight: &self.attention_lstm,
                batch,
            },
            &mut self.buffers,
            &mut self.saved.attention_gates[t * batch * 4 * units..][..batch * 4 * units],
            &mut self.saved.attention_cell[t * batch * units..][..2 * batch * units],
            &mut self.hidden[..batch * units],
            &self.masks[0],
        );
        let hidden = &self.hidden[..batch * units];
        let next = &mut self.saved.attention_in[(t + 1) * batch * width..];
        scatter(hidden, units, next, width, dims.memory);
        let input = &mut self.saved.decoder_in[t * batch * dims.decoder_in()..];
        scatter(hidden, units, input, dims.decoder_in(), 0);
    }

    /// Writes weights and context, each utterance on a thread of its own.
    fn attend(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let Dims {
            batch,
            symbols,
            memory,
            channels,
            ..
        } = dims;
        let hidden = Matrix::new(&self.hidden, batch, dims.attention);
        let query = Matrix::new(self.inputs.query, dims.attention, channels);
        matmul(
            &mut self.query,
            channels,
            hidden,
            query,
            Into::Overwrite,
            Threads::All,
        );

        let (before, after) = self.saved.weights.split_at_mut((t + 1) * batch * symbols);
        let (sums, sum_after) = self
            .saved
            .cumulative
            .split_at_mut((t + 1) * batch * symbols);
        let (before, sums) = (&before[t * batch * symbols..], &sums[t * batch * symbols..]);
        let (inputs, location, query) = (&self.inputs, &self.location, &self.query);
        let lengths = &self.kernel.lengths;
        let rows = after[..batch * symbols]
            .par_chunks_mut(symbols)
            .zip(sum_after[..batch * symbols].par_chunks_mut(symbols))
            .zip(self.contexts.par_chunks_mut(memory))
            .zip(self.scratch.par_iter_mut());
        rows.enumerate()
            .for_each(|(b, (((weights, sum), context), scratch))| {
                let row = b * symbols..(b + 1) * symbols;
                let scene = Scene {
                    dims,
                    length: lengths[b],
                    location,
                    energy: inputs.energy,
                    encoded: &inputs.encoded[b * symbols * memory..],
                    projected: &inputs.projected[b * symbols * channels..],
                    query: &query[b * channels..(b + 1) * channels],
                    before: [&before[row.clone()], &sums[row.clone()]],
                };
                scene.attend(scratch, weights, context);
                for ((sum, before), weight) in sum.iter_mut().zip(&sums[row]).zip(weights) {
                    *sum = before + *weight;
                }
            });

        let next = &mut self.saved.attention_in[(t + 1) * batch * dims.attention_in()..];
        scatter(&self.contexts, memory, next, dims.attention_in(), 0);
        let input = &mut self.saved.decoder_in[t * batch * dims.decoder_in()..];
        scatter(
            &self.contexts,
            memory,
            input,
            dims.decoder_in(),
            dims.attention,
        );
    }

    /// Writes the dropped hidden state to the next own input.
    fn decoder_lstm(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let (batch, units, width) = (dims.batch, dims.decoder, dims.decoder_in());
        let input = &self.saved.decoder_in[t * batch * width..];
        lstm_step(
            Product {
                input: &input[..batch * width],
                weight: &self.decoder_lstm,
                batch,
            },
            &mut self.buffers,
            &mut self.saved.decoder_gates[t * batch * 4 * units..][..batch * 4 * units],
            &mut self.saved.decoder_cell[t * batch * units..][..2 * batch * units],
            &mut self.hidden[..batch * units],
            &self.masks[1],
        );
        let next = &mut self.saved.decoder_in[(t + 1) * batch * width..];
        let hidden = &self.hidden[..batch * units];
        scatter(hidden, units, next, width, dims.attention + dims.memory);
    }

    fn pack(&self, t: usize, packed: &mut [f32]) {
        let dims = self.kernel.dims;
        let weights = &self.saved.weights[(t + 1) * dims.batch * dims.symbols..];
        let hidden = &self.hidden[..dims.batch * dims.decoder];
        scatter(hidden, dims.decoder, packed, dims.packed(), 0);
        scatter(
            &self.contexts,
            dims.memory,
            packed,
            dims.packed(),
            dims.decoder,
        );
        let offset = dims.decoder + dims.memory;
        scatter(weights, dims.symbols, packed, dims.packed(), offset);
    }
}

/// The recurrent product of one step.
struct Product<'a> {
    input: &'a [f32],
    weight: &'a Panels,
    batch: usize,
}

/// One LSTM step of the whole batch; `cells` holds the cells before and after.
fn lstm_step(
    product: Product<'_>,
    buffers: &mut Buffers,
    gates: &mut [f32],
    cells: &mut [f32],
    hidden: &mut [f32],
    mask: &[f32],
) {
    let Product {
        input,
        weight,
        batch,
    } = product;
    let columns = gates.len() / batch;
    weight.add_product(input, gates, buffers);
    let (before, after) = cells.split_at_mut(hidden.len());
    after.copy_from_slice(before);
    let units = columns / 4;
    vectorised(|| {
        let rows = gates.chunks_mut(columns).zip(after.chunks_mut(units));
        for ((gates, cell), hidden) in rows.zip(hidden.chunks_mut(units)) {
            lstm_forward(gates, cell, hidden);
        }
        for (h, m) in hidden.iter_mut().zip(mask) {
            *h *= m;
        }
    });
}

/// Copies rows of `width` numbers into rows of `stride`, from column `offset` on, as long as both
/// have rows.
fn scatter(rows: &[f32], width: usize, out: &mut [f32], stride: usize, offset: usize) {
    for (row, out) in rows.chunks_exact(width).zip(out.chunks_exact_mut(stride)) {
        out[offset..offset + width].copy_from_slice(row);
    }
}
