//! The forward time loop.

use rayon::prelude::*;

use super::{
    super::attention::EVEN_CHANCE,
    AttentionKernel, Dims, Inputs, Saved,
    attention::{Attention, Look, Scratch},
    motion::Rule,
};
use crate::ops::{
    lstm::step::Forward,
    matmul::Matrix,
    rows::{Panels, Stripes, WeightDtype},
};

/// The packed output `[S, B, A + E + N]` and what the backward pass needs.
pub(super) fn run(kernel: &AttentionKernel, gates: Vec<f32>, inputs: Inputs) -> (Vec<f32>, Saved) {
    let dims = kernel.dims;
    let Dims {
        steps,
        batch,
        memory,
        attention,
        ..
    } = dims;
    let context = Matrix::new(&inputs.attention_context, memory, 4 * attention);
    let hidden = Matrix::new(&inputs.attention_hidden, attention, 4 * attention);
    let mut input = Stripes::zeros(memory + attention, batch, kernel.dtype);
    let weights = Panels::pack_gates(&[context, hidden], input.height(), kernel.dtype);
    let mut reader = Reader::new(dims, &kernel.lengths, &inputs, kernel.rule, input.height());
    let mut next = input.clone();
    let (row, width) = (batch * attention, batch * dims.packed());
    let mut packed = vec![0.0; steps * width];
    let mut saved = Saved {
        gates,
        cells: vec![0.0; (steps + 1) * row],
        cumulative: vec![0.0; (steps + 1) * batch * dims.symbols],
        advance: Vec::with_capacity(steps * batch),
        inputs,
    };
    for t in 0..steps {
        let (done, packed) = packed.split_at_mut(t * width);
        let packed = &mut packed[..width];
        let (before, after) = saved.cells[t * row..(t + 2) * row].split_at_mut(row);
        let step = Forward {
            weights: &weights,
            input: &input,
            gates: &mut saved.gates[t * 4 * row..(t + 1) * 4 * row],
            before,
            after,
            hidden: packed,
            stride: dims.packed(),
            turned: next.columns_from(memory),
        };
        step.run(kernel.finish(t));
        let sums = &mut saved.cumulative[t * batch * dims.symbols..];
        let (before, after) = sums.split_at_mut(batch * dims.symbols);
        let previous = done.len().checked_sub(width).map(|last| &done[last..]);
        saved.advance.extend(&reader.advance);
        reader.read(&next, memory, previous, packed, before, after);
        next.write(0, memory, &packed[attention..], dims.packed());
        std::mem::swap(&mut input, &mut next);
    }
    (packed, saved)
}

/// Attention over the whole batch.
pub(super) struct Reader {
    attention: Attention,
    query: Panels,
    queries: Vec<f32>,
    scratch: Vec<Scratch>,
    /// Weights before the first step.
    pub(super) start: Vec<f32>,
    /// Chance that the coming step of each utterance moves on.
    advance: Vec<f32>,
}

impl Reader {
    /// `height` is that of the stripes in which the hidden states will come.
    pub(super) fn new(
        dims: Dims,
        lengths: &[usize],
        inputs: &Inputs,
        rule: Rule,
        height: usize,
    ) -> Self {
        let query = Matrix::new(&inputs.query, dims.attention, dims.channels);
        Self {
            attention: Attention::new(dims, lengths, inputs, rule),
            query: Panels::pack(&[query], height, WeightDtype::F32),
            queries: vec![0.0; dims.batch * dims.channels],
            scratch: vec![Scratch::new(&dims); dims.batch],
            start: start(&dims, rule),
            advance: vec![EVEN_CHANCE as f32; dims.batch],
        }
    }

    /// Writes context and weights of every row of `packed`, and the new sums of what the energies
    /// gave.
    ///
    /// The hidden states stand in `turned` from column `first` on; `previous` are the packed rows
    /// of the step before.
    pub(super) fn read(
        &mut self,
        turned: &Stripes,
        first: usize,
        previous: Option<&[f32]>,
        packed: &mut [f32],
        sums: &[f32],
        sums_after: &mut [f32],
    ) {
        let dims = self.attention.dims;
        let (symbols, channels) = (dims.symbols, dims.channels);
        self.query
            .multiply(turned, first, &mut self.queries, channels);
        let (attention, queries, start) = (&self.attention, &self.queries, &self.start);
        packed
            .par_chunks_mut(dims.packed())
            .zip(sums_after.par_chunks_mut(symbols))
            .zip(self.scratch.par_iter_mut())
            .zip(self.advance.par_iter_mut())
            .enumerate()
            .for_each(|(b, (((packed, after), scratch), advance))| {
                let sums = &sums[b * symbols..(b + 1) * symbols];
                let before = previous.map_or(&**start, |rows| {
                    &rows[b * dims.packed() + dims.states()..][..symbols]
                });
                let look = Look {
                    b,
                    query: &queries[b * channels..(b + 1) * channels],
                    before: [before, sums],
                    advance: *advance,
                };
                let (states, weights) = packed.split_at_mut(dims.states());
                attention.attend(look, scratch, &mut states[dims.attention..], weights);
                for ((after, sum), given) in after.iter_mut().zip(sums).zip(scratch.given()) {
                    *after = sum + given;
                }
                *advance = attention.advance(states);
            });
    }
}

/// Where attention stands before the first step: nowhere, or on the first symbol.
pub(super) fn start(dims: &Dims, rule: Rule) -> Vec<f32> {
    let mut start = vec![0.0; dims.symbols];
    if rule.starts_on_first_symbol() {
        start[0] = 1.0;
    }
    start
}
