//! The backward time loop, then every weight gradient as one product over all steps.

use rayon::prelude::*;

use super::{
    DecoderKernel, Dims, INPUTS, Inputs, Saved,
    attention::{Gathered, Scene},
    location_matrix,
};
use crate::ops::{
    matmul::{Into, Matrix, Threads, matmul},
    rows::{Buffers, Panels, WeightDtype},
    simd::{LstmStep, lstm_backward, vectorised},
};

/// Gradient of every input, in their order.
pub(super) fn run(
    kernel: &DecoderKernel,
    inputs: &Inputs<'_>,
    saved: &Saved,
    gradient: &[f32],
) -> [Vec<f32>; INPUTS] {
    let mut pass = Backward::new(kernel, inputs, saved, gradient);
    for t in (0..kernel.dims.steps).rev() {
        kernel.masks(t, &mut pass.masks);
        pass.decoder_lstm(t);
        pass.attend(t);
        pass.attention_lstm(t);
    }
    pass.weights()
}

struct Backward<'a> {
    kernel: &'a DecoderKernel,
    inputs: Inputs<'a>,
    saved: &'a Saved,
    gradient: &'a [f32],
    location: Vec<f32>,
    /// Transposed weights, for the gradients of the inputs.
    attention_lstm: Panels,
    decoder_lstm: Panels,
    buffers: Buffers,
    /// Queries of all steps, `[S, B, D]`.
    queries: Vec<f32>,
    /// Gradients of the gates, `[S, B, 4A]` and `[S, B, 4H]`.
    d_attention_gates: Vec<f32>,
    d_decoder_gates: Vec<f32>,
    /// `[S, B, D]` and `[S, B, E]`.
    d_queries: Vec<f32>,
    d_contexts: Vec<f32>,
    /// Gradients of the LSTMs' inputs of the step done last, `[B, E + A]` and `[B, A + E + H]`.
    d_attention_in: Vec<f32>,
    d_decoder_in: Vec<f32>,
    d_attention_cell: Vec<f32>,
    d_decoder_cell: Vec<f32>,
    d_hidden: Vec<f32>,
    gathered: Vec<Gathered>,
    masks: [Vec<f32>; 2],
}

impl<'a> Backward<'a> {
    fn new(
        kernel: &'a DecoderKernel,
        inputs: &Inputs<'a>,
        saved: &'a Saved,
        gradient: &'a [f32],
    ) -> Self {
        let dims = kernel.dims;
        let Dims {
            batch,
            attention,
            decoder,
            channels,
            memory,
            ..
        } = dims;
        let rows = dims.steps * batch;
        let mut queries = vec![0.0; rows * channels];
        let hidden = Matrix::strided(&saved.decoder_in, rows, attention, dims.decoder_in());
        let query = Matrix::new(inputs.query, attention, channels);
        matmul(
            &mut queries,
            channels,
            hidden,
            query,
            Into::Overwrite,
            Threads::All,
        );
        Self {
            kernel,
            inputs: *inputs,
            saved,
            gradient,
            location: location_matrix(inputs.location, &dims),
            attention_lstm: pack_transposed(inputs.attention_lstm, 4 * attention, kernel.dtype),
            decoder_lstm: pack_transposed(inputs.decoder_lstm, 4 * decoder, kernel.dtype),
            buffers: Buffers::default(),
            queries,
            d_attention_gates: vec![0.0; rows * 4 * attention],
            d_decoder_gates: vec![0.0; rows * 4 * decoder],
            d_queries: vec![0.0; rows * channels],
            d_contexts: vec![0.0; rows * memory],
            d_attention_in: vec![0.0; batch * dims.attention_in()],
            d_decoder_in: vec![0.0; batch * dims.decoder_in()],
            d_attention_cell: vec![0.0; batch * attention],
            d_decoder_cell: vec![0.0; batch * decoder],
            d_hidden: vec![0.0; batch * attention.max(decoder)],
            gathered: vec![Gathered::new(&dims); batch],
            masks: kernel.no_masks(),
        }
    }

    /// Gradient of the packed output at one step.
    fn packed(&self, t: usize) -> &'a [f32] {
        let width = self.kernel.dims.batch * self.kernel.dims.packed();
        &self.gradient[t * width..(t + 1) * width]
    }

    fn decoder_lstm(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let (batch, units, width) = (dims.batch, dims.decoder, dims.decoder_in());
        let own = dims.attention + dims.memory;
        let d_hidden = &mut self.d_hidden[..batch * units];
        let rows = d_hidden
            .chunks_mut(units)
            .zip(self.d_decoder_in.chunks(width));
        let packed = &self.gradient[t * batch * dims.packed()..];
        for ((d_hidden, later), packed) in rows.zip(packed.chunks(dims.packed())) {
            for ((d, p), l) in d_hidden.iter_mut().zip(packed).zip(&later[own..]) {
                *d = p + l;
            }
        }
        lstm_step_backward(
            StepBackward {
                gates: &self.saved.decoder_gates[t * batch * 4 * units..],
                cells: &self.saved.decoder_cell[t * batch * units..],
                mask: &self.masks[1],
                units,
                weight: &self.decoder_lstm,
                buffers: &mut self.buffers,
            },
            d_hidden,
            &mut self.d_decoder_cell,
            &mut self.d_decoder_gates[t * batch * 4 * units..][..batch * 4 * units],
            &mut self.d_decoder_in,
        );
    }

    /// Each utterance on a thread of its own.
    fn attend(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let Dims {
            batch,
            symbols,
            memory,
            channels,
            attention,
            decoder,
            ..
        } = dims;
        let packed = self.packed(t);
        let (inputs, saved, location) = (&self.inputs, self.saved, &self.location);
        let (queries, lengths) = (&self.queries[t * batch * channels..], &self.kernel.lengths);
        let (d_decoder_in, d_attention_in) = (&self.d_decoder_in, &self.d_attention_in);
        let rows = self.d_contexts[t * batch * memory..][..batch * memory]
            .par_chunks_mut(memory)
            .zip(
                self.d_queries[t * batch * channels..][..batch * channels].par_chunks_mut(channels),
            )
            .zip(self.gathered.par_iter_mut());
        rows.enumerate()
            .for_each(|(b, ((d_context, d_query), gathered))| {
                let output = &packed[b * dims.packed()..(b + 1) * dims.packed()];
                let asked = &output[decoder..decoder + memory];
                let here = &d_decoder_in[b * dims.decoder_in() + attention..];
                let later = &d_attention_in[b * dims.attention_in()..];
                for (((d, a), h), l) in d_context.iter_mut().zip(asked).zip(here).zip(later) {
                    *d = a + h + l;
                }
                let row =
                    |step: usize| (step * batch + b) * symbols..(step * batch + b + 1) * symbols;
                let scene = Scene {
                    dims,
                    length: lengths[b],
                    location,
                    energy: inputs.energy,
                    encoded: &inputs.encoded[b * symbols * memory..],
                    projected: &inputs.projected[b * symbols * channels..],
                    query: &queries[b * channels..(b + 1) * channels],
                    before: [&saved.weights[row(t)], &saved.cumulative[row(t)]],
                };
                let weights = &saved.weights[row(t + 1)];
                let d_weights = &output[decoder + memory..];
                gathered.attend_backward(&scene, weights, d_weights, d_context, d_query);
            });
    }

    fn attention_lstm(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let Dims {
            batch,
            attention: units,
            channels,
            memory,
            ..
        } = dims;
        let width = dims.attention_in();
        let d_hidden = &mut self.d_hidden[..batch * units];
        let d_queries = &self.d_queries[t * batch * channels..];
        let d_queries = Matrix::new(d_queries, batch, channels);
        let query = Matrix::new(self.inputs.query, units, channels).transposed();
        matmul(
            d_hidden,
            units,
            d_queries,
            query,
            Into::Overwrite,
            Threads::All,
        );
        let here = self.d_decoder_in.chunks(dims.decoder_in());
        let later = self.d_attention_in.chunks(width);
        for ((d_hidden, here), later) in d_hidden.chunks_mut(units).zip(here).zip(later) {
            for ((d, h), l) in d_hidden.iter_mut().zip(here).zip(&later[memory..]) {
                *d += h + l;
            }
        }
        lstm_step_backward(
            StepBackward {
                gates: &self.saved.attention_gates[t * batch * 4 * units..],
                cells: &self.saved.attention_cell[t * batch * units..],
                mask: &self.masks[0],
                units,
                weight: &self.attention_lstm,
                buffers: &mut self.buffers,
            },
            d_hidden,
            &mut self.d_attention_cell,
            &mut self.d_attention_gates[t * batch * 4 * units..][..batch * 4 * units],
            &mut self.d_attention_in,
        );
    }

    /// One product over all steps for each weight.
    fn weights(self) -> [Vec<f32>; INPUTS] {
        let dims = self.kernel.dims;
        let Dims {
            batch,
            attention,
            decoder,
            channels,
            ..
        } = dims;
        let rows = dims.steps * batch;
        let product = |left: Matrix<'_>, width: usize, right: &[f32], columns: usize| {
            let mut out = vec![0.0; width * columns];
            let right = Matrix::new(right, rows, columns);
            matmul(
                &mut out,
                columns,
                left.transposed(),
                right,
                Into::Overwrite,
                Threads::All,
            );
            out
        };
        let (first, second) = (dims.attention_in(), dims.decoder_in());
        let attention_in = Matrix::new(&self.saved.attention_in, rows, first);
        let decoder_in = Matrix::new(&self.saved.decoder_in, rows, second);
        let hidden = Matrix::strided(&self.saved.decoder_in, rows, attention, second);
        let attention_lstm = product(attention_in, first, &self.d_attention_gates, 4 * attention);
        let query = product(hidden, attention, &self.d_queries, channels);
        let decoder_lstm = product(decoder_in, second, &self.d_decoder_gates, 4 * decoder);
        let bias = sum_rows(&self.d_decoder_gates, 4 * decoder);
        let encoded = self.encoded();
        let projected = self
            .gathered
            .iter()
            .flat_map(|g| g.projected.iter().copied())
            .collect();
        let energy = sum(self.gathered.iter().map(|g| &*g.energy), channels);
        let location = sum(
            self.gathered.iter().map(|g| &*g.location),
            dims.window() * channels,
        );
        [
            self.d_attention_gates,
            encoded,
            projected,
            attention_lstm,
            query,
            transpose(&location, channels),
            energy,
            decoder_lstm,
            bias,
        ]
    }

    /// Gradient of the encoder output: weights of all steps times gradients of their contexts.
    fn encoded(&self) -> Vec<f32> {
        let Dims {
            steps,
            batch,
            symbols,
            memory,
            ..
        } = self.kernel.dims;
        let mut encoded = vec![0.0; batch * symbols * memory];
        for (b, encoded) in encoded.chunks_mut(symbols * memory).enumerate() {
            let weights = &self.saved.weights[(batch + b) * symbols..];
            let weights = Matrix::strided(weights, steps, symbols, batch * symbols).transposed();
            let contexts = &self.d_contexts[b * memory..];
            let contexts = Matrix::strided(contexts, steps, memory, batch * memory);
            matmul(
                encoded,
                memory,
                weights,
                contexts,
                Into::Overwrite,
                Threads::All,
            );
        }
        encoded
    }
}

/// One LSTM step, seen from behind.
struct StepBackward<'a> {
    gates: &'a [f32],
    cells: &'a [f32],
    mask: &'a [f32],
    units: usize,
    /// `[4H, width of the input]`
    weight: &'a Panels,
    buffers: &'a mut Buffers,
}

/// From the gradient of the dropped hidden state to those of the gates and of the input.
fn lstm_step_backward(
    step: StepBackward<'_>,
    d_hidden: &mut [f32],
    d_cell: &mut [f32],
    d_gates: &mut [f32],
    d_input: &mut [f32],
) {
    let StepBackward {
        gates,
        cells,
        mask,
        units,
        weight,
        buffers,
    } = step;
    let (before, after) = (cells, &cells[d_cell.len()..]);
    vectorised(|| {
        for (d, m) in d_hidden.iter_mut().zip(mask) {
            *d *= m;
        }
        let rows = d_hidden.chunks(units).zip(d_cell.chunks_mut(units));
        for (b, ((d_hidden, d_cell), d_gates)) in
            rows.zip(d_gates.chunks_mut(4 * units)).enumerate()
        {
            let step = LstmStep {
                gates: &gates[b * 4 * units..(b + 1) * 4 * units],
                before: &before[b * units..(b + 1) * units],
                after: &after[b * units..(b + 1) * units],
            };
            lstm_backward(&step, d_hidden, d_cell, d_gates);
        }
    });
    d_input.fill(0.0);
    weight.add_product(d_gates, d_input, buffers);
}

fn pack_transposed(weight: &[f32], columns: usize, dtype: WeightDtype) -> Panels {
    let weight = Matrix::new(weight, weight.len() / columns, columns);
    Panels::pack(weight.transposed(), dtype)
}

/// Row-major transpose of a matrix with `columns` columns.
fn transpose(matrix: &[f32], columns: usize) -> Vec<f32> {
    let rows = matrix.len() / columns;
    let mut out = vec![0.0; matrix.len()];
    for (row, values) in matrix.chunks(columns).enumerate() {
        for (column, value) in values.iter().enumerate() {
            out[column * rows + row] = *value;
        }
    }
    out
}

fn sum<'a>(parts: impl Iterator<Item = &'a [f32]>, len: usize) -> Vec<f32> {
    parts.fold(vec![0.0; len], |mut sum, part| {
        for (s, p) in sum.iter_mut().zip(part) {
            *s += p;
        }
        sum
    })
}

fn sum_rows(matrix: &[f32], columns: usize) -> Vec<f32> {
    sum(matrix.chunks(columns), columns)
}
