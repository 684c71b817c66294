//! Attention that reads symbols, of one utterance at one step.
//!
//! A location convolution is a product whose left side slides along the weights of the step
//! before, so it runs in place on a padded row, eight symbols at a time.

use super::{
    super::attention::EVEN_CHANCE,
    Dims, Inputs,
    motion::{Moves, Rule, Step},
};
use crate::ops::{
    fused::Values,
    rows::{HALF, PANEL, Product},
    simd::{sigmoid, tanh, vectorised},
};

/// Symbols, or taps, of one product.
const ROWS: usize = 8;

/// What attention reads at every step.
pub(super) struct Attention {
    pub(super) dims: Dims,
    /// True symbols of each utterance.
    lengths: Vec<usize>,
    /// Encoder output `[B, N, E]`.
    encoded: Values,
    /// Its projection `[B, N, D]`.
    projected: Values,
    /// Location filters of the previous weights and of their sum, `[k, D]`, `D` filled up.
    location: [Vec<f32>; 2],
    /// Energy vector `[D]`, filled up.
    energy: Vec<f32>,
    rule: Rule,
    /// Weights and bias of the transition agent, `[E + A + 1]`.
    agent: Values,
}

/// Sizes filled up to what a product takes.
struct Padded {
    symbols: usize,
    channels: usize,
    taps: usize,
}

impl Padded {
    fn new(dims: &Dims) -> Self {
        Self {
            symbols: dims.symbols.next_multiple_of(ROWS),
            channels: dims.channels.next_multiple_of(PANEL),
            taps: dims.kernel.next_multiple_of(PANEL),
        }
    }

    /// A row of weights with room for the taps on both sides.
    fn signal(&self) -> usize {
        self.symbols + self.taps
    }
}

/// Working memory of one utterance.
#[derive(Debug, Clone)]
pub(super) struct Scratch {
    /// Weights of the step before and their sum, padded.
    signals: [Vec<f32>; 2],
    query: Vec<f32>,
    /// Tanh of the energies' argument, `[N, D]`.
    hidden: Vec<f32>,
    /// What the energies gave, `[N]`.
    given: Vec<f32>,
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
    fn step(&self, given: &'a [f32]) -> Step<'a> {
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
        let filters = |channel: usize| {
            let mut filters = vec![0.0; taps * padded.channels];
            for (d, filter) in inputs.location.chunks(2 * taps).enumerate() {
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
            agent: inputs.agent.clone(),
        }
    }

    /// Rows of the encoder output that an utterance really has.
    fn encoded(&self, b: usize) -> impl Iterator<Item = &[f32]> {
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
    fn share(&self, look: Look<'_>, scratch: &mut Scratch) -> f32 {
        let given = &mut scratch.given[..self.lengths[look.b]];
        let hidden = scratch.hidden.chunks(self.energy.len());
        vectorised(|| {
            for (energy, hidden) in given.iter_mut().zip(hidden) {
                *energy = dot(hidden, &self.energy);
            }
        });
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

    /// `tanh(query + projected + location)` of every true symbol, into the scratch.
    fn hidden(&self, look: Look<'_>, scratch: &mut Scratch) {
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
        scratch.query[..channels].copy_from_slice(look.query);
        let mut projected = self.projected[look.b * symbols * channels..]
            .chunks(channels)
            .take(length);
        let groups = scratch.hidden.chunks_mut(ROWS * width);
        for (group, hidden) in groups.enumerate().take(length.div_ceil(ROWS)) {
            let query = &scratch.query;
            vectorised(|| {
                for hidden in hidden.chunks_mut(width) {
                    hidden.copy_from_slice(query);
                    for (h, p) in hidden.iter_mut().zip(projected.next().unwrap_or_default()) {
                        *h += p;
                    }
                }
            });
            for (signal, location) in scratch.signals.iter().zip(&self.location) {
                for panel in (0..width).step_by(PANEL) {
                    let product = Product {
                        panel: &location[panel..],
                        panel_step: width,
                        panel_half: HALF,
                        input: &signal[group * ROWS..],
                        step: 1,
                        row_step: 1,
                        inner: kernel,
                        out: &mut hidden[panel..],
                        out_step: width,
                        out_half: HALF,
                        add: true,
                    };
                    product.run::<false>(ROWS);
                }
            }
            vectorised(|| hidden.iter_mut().for_each(|h| *h = tanh(*h)));
        }
    }
}

/// Gradients that one utterance gathers over all steps.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    /// `[N, D]`
    pub(super) projected: Vec<f32>,
    /// Of the filters of the previous weights and of their sum, `[k, D]`, both filled up.
    pub(super) location: [Vec<f32>; 2],
    /// `[D]`, filled up.
    pub(super) energy: Vec<f32>,
    /// Of the weights of the step before, and of their running sum over all later steps; padded.
    signals: [Vec<f32>; 2],
    scratch: Scratch,
    /// Of the energies, `[N]`.
    energies: Vec<f32>,
    /// Of the windows of a few symbols.
    windows: Vec<f32>,
    /// Of the weights of the step before, through the step of at most one symbol, `[N]`.
    moved: Vec<f32>,
    /// Of the chance that the step done last moves on.
    advance: f32,
    /// Of what the agent said after the step done last, before its sigmoid.
    pub(super) said: f32,
    /// Of weights and bias of the agent, `[E + A + 1]`.
    pub(super) agent: Vec<f32>,
}

/// The filters turned for the gradient of what they read, `[D, k]`, `k` filled up.
pub(super) struct Turned([Vec<f32>; 2]);

impl Turned {
    pub(super) fn new(attention: &Attention) -> Self {
        let (taps, width) = (Padded::new(&attention.dims).taps, attention.energy.len());
        Self(attention.location.each_ref().map(|filters| {
            let mut turned = vec![0.0; width * taps];
            for (tap, row) in filters.chunks(width).enumerate() {
                for (d, weight) in row.iter().enumerate() {
                    turned[d * taps + tap] = *weight;
                }
            }
            turned
        }))
    }
}

/// What is asked of one utterance at one step.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Attention weights `[N]` of the step.
    pub(super) weights: &'a [f32],
    /// Gradient of the output's weights, `[N]`.
    pub(super) d_weights: &'a [f32],
    /// The whole gradient of the context, `[E]`.
    pub(super) d_context: &'a [f32],
}

impl Gathered {
    pub(super) fn new(dims: &Dims) -> Self {
        let padded = Padded::new(dims);
        let location = vec![0.0; padded.taps * padded.channels];
        let signal = vec![0.0; padded.signal()];
        Self {
            projected: vec![0.0; dims.symbols * dims.channels],
            location: [location.clone(), location],
            energy: vec![0.0; padded.channels],
            signals: [signal.clone(), signal],
            scratch: Scratch::new(dims),
            energies: vec![0.0; dims.symbols],
            windows: vec![0.0; ROWS * padded.taps],
            moved: vec![0.0; dims.symbols],
            advance: 0.0,
            said: 0.0,
            agent: vec![0.0; dims.memory + dims.attention + 1],
        }
    }

    /// Through the chance that the agent gave the next step, `advance`, to what it read, hidden
    /// state and context `[A + E]`; adds to the gradient of the context.
    pub(super) fn through_agent(
        &mut self,
        attention: &Attention,
        advance: f32,
        states: &[f32],
        d_context: &mut [f32],
    ) {
        self.said = self.advance * advance * (1.0 - advance);
        let (hidden, context) = states.split_at(attention.dims.attention);
        add_scaled(d_context, self.said, &attention.agent[..context.len()]);
        let (d_context, rest) = self.agent.split_at_mut(context.len());
        let (d_hidden, d_bias) = rest.split_at_mut(hidden.len());
        add_scaled(d_context, self.said, context);
        add_scaled(d_hidden, self.said, hidden);
        d_bias[0] += self.said;
    }

    /// Backward of [`Attention::attend`]; the gradient of the query is written to `d_query`.
    pub(super) fn attend_backward(
        &mut self,
        attention: &Attention,
        turned: &Turned,
        look: Look<'_>,
        asked: Asked<'_>,
        d_query: &mut [f32],
    ) {
        attention.hidden(look, &mut self.scratch);
        self.energies(attention, look, asked);
        self.through_tanh(attention, look.b, d_query);
        self.through_location(attention, turned, look.b);
    }

    /// Gradient of the energies, through weights and context.
    fn energies(&mut self, attention: &Attention, look: Look<'_>, asked: Asked<'_>) {
        let Asked {
            weights,
            d_weights,
            d_context,
        } = asked;
        let (length, half) = (attention.lengths[look.b], attention.dims.kernel / 2);
        let (rule, weights) = (attention.rule, &weights[..length]);
        let [previous, sum] = self.signals.each_ref().map(|signal| &signal[half..]);
        let energies = &mut self.energies[..length];
        vectorised(|| {
            for (n, row) in attention.encoded(look.b).enumerate() {
                energies[n] = d_weights[n] + previous[n] + dot(d_context, row);
            }
        });
        let (mut given, mut divisor) = (weights, 1.0);
        if !rule.is_plain() {
            divisor = attention.share(look, &mut self.scratch);
            given = &self.scratch.given[..length];
        }
        if rule.moves != Moves::Free {
            let d_before = &mut self.moved[..length];
            self.advance = look.step(given).backward(weights, energies, d_before);
        }
        for (d, later) in energies.iter_mut().zip(sum) {
            *d += later;
        }
        rule.normalise_backward(given, divisor, energies);
    }

    /// From the energies to the argument of the tanh, which overwrites it in the scratch.
    fn through_tanh(&mut self, attention: &Attention, b: usize, d_query: &mut [f32]) {
        let (width, channels) = (attention.energy.len(), attention.dims.channels);
        let length = attention.lengths[b];
        let hidden = self.scratch.hidden.chunks_mut(width).take(length);
        let rows = hidden
            .zip(self.projected.chunks_mut(channels))
            .zip(&self.energies);
        let d_vector = &mut self.energy[..channels];
        let (vector, d_query) = (&attention.energy[..channels], &mut d_query[..channels]);
        vectorised(|| {
            d_query.fill(0.0);
            for ((hidden, d_projected), d_energy) in rows {
                let hidden = &mut hidden[..channels];
                for d in 0..channels {
                    let h = hidden[d];
                    d_vector[d] += d_energy * h;
                    let through = d_energy * vector[d] * (1.0 - h * h);
                    hidden[d] = through;
                    d_projected[d] += through;
                    d_query[d] += through;
                }
            }
        });
    }

    /// Through the location layer to the weights before.
    fn through_location(&mut self, attention: &Attention, turned: &Turned, b: usize) {
        let (width, taps) = (attention.energy.len(), self.windows.len() / ROWS);
        let (length, kernel) = (attention.lengths[b], attention.dims.kernel);
        let Scratch {
            signals, hidden, ..
        } = &self.scratch;
        for (signal, d_location) in signals.iter().zip(&mut self.location) {
            for tap in (0..kernel).step_by(ROWS) {
                for panel in (0..width).step_by(PANEL) {
                    let product = Product {
                        panel: &hidden[panel..],
                        panel_step: width,
                        panel_half: HALF,
                        input: &signal[tap..],
                        step: 1,
                        row_step: 1,
                        inner: length,
                        out: &mut d_location[tap * width + panel..],
                        out_step: width,
                        out_half: HALF,
                        add: true,
                    };
                    product.run::<false>(ROWS);
                }
            }
        }
        self.signals[0].fill(0.0);
        for (d_signal, location) in self.signals.iter_mut().zip(&turned.0) {
            for first in (0..length).step_by(ROWS) {
                for panel in (0..taps).step_by(PANEL) {
                    let product = Product {
                        panel: &location[panel..],
                        panel_step: taps,
                        panel_half: HALF,
                        input: &hidden[first * width..],
                        step: 1,
                        row_step: width,
                        inner: width,
                        out: &mut self.windows[panel..],
                        out_step: taps,
                        out_half: HALF,
                        add: false,
                    };
                    product.run::<false>(ROWS);
                }
                let windows = self.windows.chunks(taps).take(length - first);
                vectorised(|| {
                    for (n, window) in windows.enumerate() {
                        let d_signal = &mut d_signal[first + n..][..kernel];
                        for (d, w) in d_signal.iter_mut().zip(window) {
                            *d += w;
                        }
                    }
                });
            }
        }
        let half = kernel / 2;
        for (d, moved) in self.signals[0][half..]
            .iter_mut()
            .zip(&self.moved[..length])
        {
            *d += moved;
        }
    }
}

/// Scalar product in partial sums, so that it can be vectorised.
#[inline(always)]
fn dot(left: &[f32], right: &[f32]) -> f32 {
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
fn add_scaled(out: &mut [f32], scale: f32, row: &[f32]) {
    for (o, x) in out.iter_mut().zip(row) {
        *o += scale * x;
    }
}
