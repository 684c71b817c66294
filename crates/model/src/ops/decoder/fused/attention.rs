//! Attention of one utterance at one step.
//!
//! A location convolution is a product whose left side slides along the weights of the step
//! before, so it runs in place on a padded row, eight symbols at a time.

use std::slice;

use super::{
    super::attention::EVEN_CHANCE,
    Dims, Inputs,
    dynamic::{Chosen, Dynamic},
    motion::{Moves, Rule, Step},
};
use crate::ops::{
    fused::Values,
    rows::{HALF, PANEL, Product},
    simd::{sigmoid, tanh, vectorised},
};

/// Symbols, or taps, of one product.
pub(super) const ROWS: usize = 8;

/// What attention reads at every step.
pub(super) struct Attention {
    pub(super) dims: Dims,
    /// True symbols of each utterance.
    pub(super) lengths: Vec<usize>,
    /// Encoder output `[B, N, E]`.
    pub(super) encoded: Values,
    /// Its projection `[B, N, D]`.
    pub(super) projected: Values,
    /// Location filters of the previous weights and of their sum, `[k, D]`, `D` filled up.
    pub(super) location: [Vec<f32>; 2],
    /// Energy vector `[D]`, filled up.
    pub(super) energy: Vec<f32>,
    pub(super) rule: Rule,
    /// Weights and bias of the transition agent, `[E + A + 1]`, if there is one.
    pub(super) agent: Values,
    pub(super) dynamic: Option<Dynamic>,
}

/// Sizes filled up to what a product takes.
pub(super) struct Padded {
    pub(super) symbols: usize,
    pub(super) channels: usize,
    pub(super) taps: usize,
}

impl Padded {
    pub(super) fn new(dims: &Dims) -> Self {
        Self {
            symbols: dims.symbols.next_multiple_of(ROWS),
            channels: dims.channels.next_multiple_of(PANEL),
            taps: dims.kernel.next_multiple_of(PANEL),
        }
    }

    /// A row of weights with room for the taps on both sides.
    pub(super) fn signal(&self) -> usize {
        self.symbols + self.taps
    }
}

/// Working memory of one utterance.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    /// Weights of the step before and their sum, padded.
    pub(super) signals: [Vec<f32>; 2],
    pub(super) query: Vec<f32>,
    /// Tanh of the energies' argument, `[N, D]`.
    pub(super) hidden: Vec<f32>,
    /// What the energies gave, `[N]`.
    pub(super) given: Vec<f32>,
    pub(super) chosen: Chosen,
}

impl Scratch {
    pub(super) fn new(dims: &Dims) -> Self {
        let padded = Padded::new(dims);
        let signal = vec![0.0; padded.signal()];
        Self {
            signals: [signal.clone(), signal],
            query: vec![0.0; padded.channels],
            hidden: vec![0.0; padded.symbols * padded.channels],
            given: vec![0.0; dims.symbols],
            chosen: Chosen::default(),
        }
    }

    /// What the energies gave at the last step, zero at padding.
    pub(super) fn given(&self) -> &[f32] {
        &self.given
    }
}

/// What one utterance looks at.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    /// Number of the utterance.
    pub(super) b: usize,
    /// Projected query `[D]`.
    pub(super) query: &'a [f32],
    /// Weights of the step before, and the running sum of what the energies gave, `[N]` each.
    pub(super) before: [&'a [f32]; 2],
    /// Chance that this step moves on.
    pub(super) advance: f32,
}

impl<'a> Look<'a> {
    pub(super) fn step(&self, given: &'a [f32]) -> Step<'a> {
        Step {
            before: self.before[0],
            on: self.advance,
            given,
        }
    }
}

impl Attention {
    pub(super) fn new(dims: Dims, lengths: &[usize], inputs: &Inputs, rule: Rule) -> Self {
        let (padded, taps) = (Padded::new(&dims), dims.kernel);
        let dynamic = rule
            .dynamic
            .then(|| Dynamic::new(&inputs.further, &dims, padded.channels));
        let read = if rule.dynamic { 1 } else { 2 };
        let filters = |channel: usize| {
            let mut filters = vec![0.0; taps * padded.channels];
            if channel == read {
                return filters;
            }
            for (d, filter) in inputs.location.chunks(read * taps).enumerate() {
                for (tap, weight) in filter[channel * taps..][..taps].iter().enumerate() {
                    filters[tap * padded.channels + d] = *weight;
                }
            }
            filters
        };
        let mut energy = inputs.energy.to_vec();
        energy.resize(padded.channels, 0.0);
        Self {
            dims,
            lengths: lengths.to_vec(),
            encoded: inputs.encoded.clone(),
            projected: inputs.projected.clone(),
            location: [filters(0), filters(1)],
            energy,
            rule,
            agent: inputs.further.clone(),
            dynamic,
        }
    }

    /// Rows of the encoder output that an utterance really has.
    pub(super) fn encoded(&self, b: usize) -> impl Iterator<Item = &[f32]> {
        let Dims {
            symbols, memory, ..
        } = self.dims;
        let rows = self.encoded[b * symbols * memory..].chunks(memory);
        rows.take(self.lengths[b])
    }

    /// Attention weights `[N]` (zero at padding) and context `[E]`.
    pub(super) fn attend(
        &self,
        look: Look<'_>,
        scratch: &mut Scratch,
        context: &mut [f32],
        weights: &mut [f32],
    ) {
        self.hidden(look, scratch);
        let (weights, padding) = weights.split_at_mut(self.lengths[look.b]);
        padding.fill(0.0);
        self.share(look, scratch);
        let given = &scratch.given[..weights.len()];
        match self.rule.moves {
            Moves::Free => weights.copy_from_slice(given),
            Moves::Forward | Moves::Agent => look.step(given).weights(weights),
        }
        vectorised(|| {
            context.fill(0.0);
            for (weight, row) in weights.iter().zip(self.encoded(look.b)) {
                add_scaled(context, *weight, row);
            }
        });
    }

    /// What the energies give, from the tanh in the scratch; returns what it was divided by.
    pub(super) fn share(&self, look: Look<'_>, scratch: &mut Scratch) -> f32 {
        let given = &mut scratch.given[..self.lengths[look.b]];
        let hidden = scratch.hidden.chunks(self.energy.len());
        vectorised(|| {
            for (energy, hidden) in given.iter_mut().zip(hidden) {
                *energy = dot(hidden, &self.energy);
            }
        });
        if let Some(dynamic) = &self.dynamic {
            dynamic.add_prior(given, look.before[0]);
        }
        self.rule.normalise(given, look.before[0])
    }

    /// Chance that the next step moves on, from hidden state and context, `[A + E]`.
    pub(super) fn advance(&self, states: &[f32]) -> f32 {
        if self.rule.moves != Moves::Agent {
            return EVEN_CHANCE as f32;
        }
        let (hidden, context) = states.split_at(self.dims.attention);
        let (for_context, rest) = self.agent.split_at(self.dims.memory);
        let (for_hidden, bias) = rest.split_at(self.dims.attention);
        sigmoid(dot(context, for_context) + dot(hidden, for_hidden) + bias[0])
    }

    /// What the transition agent weighs the hidden state with, if there is one.
    pub(super) fn agent_of_hidden(&self) -> Option<&[f32]> {
        let Dims {
            memory, attention, ..
        } = self.dims;
        (self.rule.moves == Moves::Agent).then(|| &self.agent[memory..memory + attention])
    }

    /// Tanh of the energies' argument of every true symbol, into the scratch: query, projected
    /// symbol and location, or bias and filters.
    pub(super) fn hidden(&self, look: Look<'_>, scratch: &mut Scratch) {
        let Dims {
            symbols,
            channels,
            kernel,
            ..
        } = self.dims;
        let (length, width) = (self.lengths[look.b], self.energy.len());
        for (signal, before) in scratch.signals.iter_mut().zip(look.before) {
            signal[kernel / 2..][..length].copy_from_slice(&before[..length]);
        }
        let Scratch {
            signals,
            query,
            hidden,
            chosen,
            ..
        } = scratch;
        let mut projected = [].chunks(channels);
        let filters: &[Vec<f32>] = match &self.dynamic {
            Some(dynamic) => {
                query.copy_from_slice(dynamic.bias());
                dynamic.choose(look.query, &self.location[0], chosen);
                slice::from_ref(&chosen.whole)
            }
            None => {
                query[..channels].copy_from_slice(look.query);
                let rows = &self.projected[look.b * symbols * channels..];
                projected = rows[..length * channels].chunks(channels);
                &self.location
            }
        };
        let groups = hidden.chunks_mut(ROWS * width);
        for (group, hidden) in groups.enumerate().take(length.div_ceil(ROWS)) {
            let query = &*query;
            vectorised(|| {
                for hidden in hidden.chunks_mut(width) {
                    hidden.copy_from_slice(query);
                    for (h, p) in hidden.iter_mut().zip(projected.next().unwrap_or_default()) {
                        *h += p;
                    }
                }
            });
            for (signal, filters) in signals.iter().zip(filters) {
                self.add_location(filters, &signal[group * ROWS..], hidden);
            }
            vectorised(|| hidden.iter_mut().for_each(|h| *h = tanh(*h)));
        }
    }

    /// Adds what `filters`, `[k, D]`, find in a padded signal around each symbol of a group.
    fn add_location(&self, filters: &[f32], signal: &[f32], hidden: &mut [f32]) {
        let width = self.energy.len();
        for panel in (0..width).step_by(PANEL) {
            let product = Product {
                panel: &filters[panel..],
                panel_step: width,
                panel_half: HALF,
                input: signal,
                step: 1,
                row_step: 1,
                inner: self.dims.kernel,
                out: &mut hidden[panel..],
                out_step: width,
                out_half: HALF,
                add: true,
            };
            product.run::<false>(ROWS);
        }
    }
}

/// Scalar product in partial sums, so that it can be vectorised.
#[inline(always)]
pub(super) fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 64;
    let length = left.len().min(right.len());
    let (left, right) = (&left[..length], &right[..length]);
    let (a, b) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let tails = a.remainder().iter().zip(b.remainder());
    let tail: f32 = tails.map(|(x, y)| x * y).sum();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + tail
}

#[inline(always)]
pub(super) fn add_scaled(out: &mut [f32], scale: f32, row: &[f32]) {
    for (o, x) in out.iter_mut().zip(row) {
        *o += scale * x;
    }
}
