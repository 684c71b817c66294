//! The backward time loop, then every weight gradient as one product over all steps.

use rayon::prelude::*;

use super::{
    AttentionKernel, Dims, INPUTS, Saved,
    attention::{Attention, Look},
    forward::start,
    gathered::{Asked, Gathered, Turned},
};
use crate::ops::{
    lstm::step::{Backward as Cells, Rows},
    matmul::{Into, Matrix, Threads, matmul},
    rows::{Panels, Stripes, WeightDtype},
};

/// Gradient of every input, in their order.
pub(super) fn run(
    kernel: &AttentionKernel,
    saved: Saved,
    packed: &[f32],
    gradient: &[f32],
) -> [Vec<f32>; INPUTS] {
    let mut pass = Backward::new(kernel, saved, packed, gradient);
    for t in (0..kernel.dims.steps).rev() {
        pass.attend(t);
        pass.lstm(t);
    }
    pass.weights()
}

struct Backward<'a> {
    kernel: &'a AttentionKernel,
    /// Its gates become their gradients, step by step.
    saved: Saved,
    packed: &'a [f32],
    gradient: &'a [f32],
    attention: Attention,
    turned: Turned,
    /// Transposed weights, for the gradients of what they are multiplied with.
    context: Panels,
    hidden: Panels,
    query: Panels,
    /// Gradients of the gates of the step done last, turned for the product.
    d_gates: Stripes,
    d_query: Stripes,
    /// Queries of all steps, `[S, B, D]`.
    queries: Vec<f32>,
    /// `[S, B, D]` and `[S, B, E]`.
    d_queries: Vec<f32>,
    d_contexts: Vec<f32>,
    /// Gradients of what the step done last read: contexts `[B, E]`, hidden states `[B, A]`.
    d_context: Vec<f32>,
    d_hidden: Vec<f32>,
    /// Gradient of the hidden state through the query, `[B, A]`.
    asked: Vec<f32>,
    d_cell: Vec<f32>,
    gathered: Vec<Gathered>,
    /// Weights before the first step.
    start: Vec<f32>,
}

impl<'a> Backward<'a> {
    fn new(
        kernel: &'a AttentionKernel,
        saved: Saved,
        packed: &'a [f32],
        gradient: &'a [f32],
    ) -> Self {
        let (dims, inputs) = (kernel.dims, &saved.inputs);
        let Dims {
            batch,
            attention,
            channels,
            memory,
            ..
        } = dims;
        let rows = dims.steps * batch;
        let mut queries = vec![0.0; rows * channels];
        let query = Matrix::new(&inputs.query, attention, channels);
        matmul(
            &mut queries,
            channels,
            Matrix::strided(packed, rows, attention, dims.packed()),
            query,
            Into::Overwrite,
            Threads::All,
        );
        let d_gates = Stripes::zeros(4 * attention, batch, kernel.dtype);
        let d_query = Stripes::zeros(channels, batch, WeightDtype::F32);
        let transposed = |weight: &[f32], rows: usize| {
            let matrix = Matrix::new(weight, rows, 4 * attention).transposed();
            Panels::pack(&[matrix], d_gates.height(), kernel.dtype)
        };
        let reader = Attention::new(dims, &kernel.lengths, inputs, kernel.rule);
        let gathered = Gathered::new(&reader);
        Self {
            kernel,
            turned: Turned::new(&reader),
            attention: reader,
            context: transposed(&inputs.attention_context, memory),
            hidden: transposed(&inputs.attention_hidden, attention),
            query: Panels::pack(&[query.transposed()], d_query.height(), WeightDtype::F32),
            d_gates,
            d_query,
            queries,
            d_queries: vec![0.0; rows * channels],
            d_contexts: vec![0.0; rows * memory],
            d_context: vec![0.0; batch * memory],
            d_hidden: vec![0.0; batch * attention],
            asked: vec![0.0; batch * attention],
            d_cell: vec![0.0; batch * attention],
            gathered: vec![gathered; batch],
            start: start(&dims, kernel.rule),
            saved,
            packed,
            gradient,
        }
    }

    /// Each utterance on a thread of its own.
    fn attend(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let Dims {
            batch,
            symbols,
            memory,
            channels,
            ..
        } = dims;
        let (width, states) = (dims.packed(), dims.states());
        let (attention, turned, queries) = (&self.attention, &self.turned, &self.queries);
        let (packed, gradient, later) = (self.packed, self.gradient, &self.d_context);
        let (sums, advance, start) = (&self.saved.cumulative, &self.saved.advance, &self.start);
        let rows = self.d_contexts[t * batch * memory..][..batch * memory]
            .par_chunks_mut(memory)
            .zip(
                self.d_queries[t * batch * channels..][..batch * channels].par_chunks_mut(channels),
            )
            .zip(self.gathered.par_iter_mut());
        rows.enumerate()
            .for_each(|(b, ((d_context, d_query), gathered))| {
                let row = t * batch + b;
                let asked = &gradient[row * width..(row + 1) * width];
                let later = &later[b * memory..(b + 1) * memory];
                let here = &asked[dims.attention..states];
                for ((d, here), later) in d_context.iter_mut().zip(here).zip(later) {
                    *d = here + later;
                }
                let next = advance.get(row + batch);
                if let Some(next) = next.filter(|_| attention.agent_of_hidden().is_some()) {
                    let states = &packed[row * width..row * width + states];
                    gathered.through_agent(attention, *next, states, d_context);
                }
                let sum = &sums[row * symbols..(row + 1) * symbols];
                let previous = row.checked_sub(batch).map_or(&**start, |before| {
                    &packed[before * width + states..(before + 1) * width]
                });
                let look = Look {
                    b,
                    query: &queries[row * channels..(row + 1) * channels],
                    before: [previous, sum],
                    advance: advance[row],
                };
                let asked = Asked {
                    weights: &packed[row * width + states..(row + 1) * width],
                    d_weights: &asked[states..],
                    d_context,
                };
                gathered.attend_backward(attention, turned, look, asked, d_query);
            });
    }

    fn lstm(&mut self, t: usize) {
        let dims = self.kernel.dims;
        let Dims {
            batch,
            attention: units,
            channels,
            memory,
            ..
        } = dims;
        let (row, width) = (batch * units, dims.packed());
        let d_queries = &self.d_queries[t * batch * channels..][..batch * channels];
        self.d_query.write(0, channels, d_queries, channels);
        self.query
            .multiply(&self.d_query, 0, &mut self.asked, units);
        if let Some(agent) = self.attention.agent_of_hidden() {
            for (asked, gathered) in self.asked.chunks_mut(units).zip(&self.gathered) {
                for (asked, weight) in asked.iter_mut().zip(agent) {
                    *asked += gathered.said * weight;
                }
            }
        }
        let rows = |data| Rows {
            data,
            stride: units,
        };
        let step = Cells {
            units,
            gates: &mut self.saved.gates[t * 4 * row..(t + 1) * 4 * row],
            cells: [
                &self.saved.cells[t * row..],
                &self.saved.cells[(t + 1) * row..],
            ],
            asked: &[
                Rows {
                    data: &self.gradient[t * batch * width..],
                    stride: width,
                },
                rows(&self.asked),
                rows(&self.d_hidden),
            ],
            d_cell: &mut self.d_cell,
            turned: &mut self.d_gates,
        };
        step.run(self.kernel.finish(t));
        self.context
            .multiply(&self.d_gates, 0, &mut self.d_context, memory);
        self.hidden
            .multiply(&self.d_gates, 0, &mut self.d_hidden, units);
    }

    /// One product over all steps for each weight.
    fn weights(self) -> [Vec<f32>; INPUTS] {
        let dims = self.kernel.dims;
        let Dims {
            steps,
            batch,
            attention,
            channels,
            memory,
            ..
        } = dims;
        let product = |left: &[f32], width: usize, right: &[f32], columns: usize| {
            let rows = right.len() / columns;
            let mut out = vec![0.0; width * columns];
            matmul(
                &mut out,
                columns,
                Matrix::strided(left, rows, width, dims.packed()).transposed(),
                Matrix::new(right, rows, columns),
                Into::Overwrite,
                Threads::All,
            );
            out
        };
        debug_assert_eq!(self.packed.len(), steps * batch * dims.packed());
        // A step reads the states of the one before.
        let after_first = &self.saved.gates[batch * 4 * attention..];
        let d_context = product(
            &self.packed[attention..],
            memory,
            after_first,
            4 * attention,
        );
        let d_hidden = product(self.packed, attention, after_first, 4 * attention);
        let query = product(self.packed, attention, &self.d_queries, channels);
        let encoded = self.encoded();
        let gathered = &self.gathered;
        let projected = if self.kernel.rule.dynamic {
            vec![0.0; self.saved.inputs.projected.len()]
        } else {
            let rows = gathered.iter().map(|g| &*g.projected);
            rows.collect::<Vec<_>>().concat()
        };
        let energy = sum(gathered.iter().map(|g| &g.energy[..channels]));
        let location = self.location();
        let further: Vec<Vec<f32>> = gathered
            .iter()
            .map(|g| g.further(&self.attention))
            .collect();
        let further = sum(further.iter().map(Vec::as_slice));
        [
            self.saved.gates,
            encoded,
            projected,
            d_context,
            d_hidden,
            query,
            location,
            energy,
            further,
        ]
    }

    /// Gradient of the filters that read the weights before, as they came: `[D, 2, k]`, or
    /// `[D, 1, k]` of dynamic convolution.
    fn location(&self) -> Vec<f32> {
        let (gathered, kernel) = (&self.gathered, self.kernel.dims.kernel);
        let (channels, width) = (self.kernel.dims.channels, gathered[0].energy.len());
        let per_utterance: Vec<Vec<&[f32]>> = gathered
            .iter()
            .map(|g| g.filters(&self.attention))
            .collect();
        let read = 0..per_utterance[0].len();
        let filters: Vec<Vec<f32>> = read
            .map(|signal| sum(per_utterance.iter().map(|filters| filters[signal])))
            .collect();
        let mut location = Vec::with_capacity(channels * filters.len() * kernel);
        for d in 0..channels {
            for filters in &filters {
                location.extend((0..kernel).map(|tap| filters[tap * width + d]));
            }
        }
        location
    }

    /// Gradient of the encoder output: weights of all steps times gradients of their contexts.
    fn encoded(&self) -> Vec<f32> {
        let dims = self.kernel.dims;
        let Dims {
            steps,
            batch,
            symbols,
            memory,
            ..
        } = dims;
        let width = dims.packed();
        let mut encoded = vec![0.0; batch * symbols * memory];
        let utterances = encoded.par_chunks_mut(symbols * memory).enumerate();
        utterances.for_each(|(b, encoded)| {
            let weights = &self.packed[b * width + dims.states()..];
            let weights = Matrix::strided(weights, steps, symbols, batch * width).transposed();
            let contexts = &self.d_contexts[b * memory..];
            let contexts = Matrix::strided(contexts, steps, memory, batch * memory);
            matmul(
                encoded,
                memory,
                weights,
                contexts,
                Into::Overwrite,
                Threads::One,
            );
        });
        encoded
    }
}

fn sum<'a>(mut parts: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let first = parts.next().unwrap_or_default().to_vec();
    parts.fold(first, |mut sum, part| {
        for (s, p) in sum.iter_mut().zip(part) {
            *s += p;
        }
        sum
    })
}
