//! The backward pass of the attention of one utterance at one step.

use std::slice;

use super::{
    attention::{Attention, Look, Padded, ROWS, Scratch, add_scaled, dot},
    dynamic::{Dynamic, Gradients},
    motion::Moves,
};
use crate::ops::{
    rows::{HALF, PANEL, Product},
    simd::vectorised,
};

/// Gradients that one utterance gathers over all steps.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    /// `[N, D]`
    pub(super) projected: Vec<f32>,
    /// Of the filters of the previous weights and of their sum, `[k, D]`, both filled up.
    location: [Vec<f32>; 2],
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
    agent: Vec<f32>,
    dynamic: Gradients,
    /// Filters of the step turned for the gradient of what they read, `[D, k]`, `k` filled up.
    turned: Vec<f32>,
}

/// The filters turned for the gradient of what they read, `[D, k]`, `k` filled up.
pub(super) struct Turned([Vec<f32>; 2]);

impl Turned {
    pub(super) fn new(attention: &Attention) -> Self {
        let (taps, width) = (Padded::new(&attention.dims).taps, attention.energy.len());
        Self(attention.location.each_ref().map(|filters| {
            let mut turned = vec![0.0; width * taps];
            turn(filters, width, taps, &mut turned);
            turned
        }))
    }
}

/// Writes `[k, D]` filters as `[D, k]`, `k` filled up to `taps`.
fn turn(filters: &[f32], width: usize, taps: usize, turned: &mut [f32]) {
    for (tap, row) in filters.chunks(width).enumerate() {
        for (d, weight) in row.iter().enumerate() {
            turned[d * taps + tap] = *weight;
        }
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
    pub(super) fn new(attention: &Attention) -> Self {
        let dims = &attention.dims;
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
            dynamic: attention
                .dynamic
                .as_ref()
                .map(Dynamic::gradients)
                .unwrap_or_default(),
            turned: vec![0.0; padded.channels * padded.taps],
        }
    }

    /// Of the filters that read the weights before, `[k, D]`, `D` filled up, one for each signal
    /// they read.
    pub(super) fn filters(&self, attention: &Attention) -> Vec<&[f32]> {
        if attention.rule.dynamic {
            vec![&*self.dynamic.fixed]
        } else {
            self.location.iter().map(Vec::as_slice).collect()
        }
    }

    /// Of what only some types have, in the order in which it came.
    pub(super) fn further(&self, attention: &Attention) -> Vec<f32> {
        if attention.rule.dynamic {
            self.dynamic.further(attention.dims.channels)
        } else if attention.rule.moves == Moves::Agent {
            self.agent.clone()
        } else {
            vec![0.0; attention.agent.len()]
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
        if let Some(dynamic) = &attention.dynamic {
            let (chosen, d_whole) = (&self.scratch.chosen, &self.location[0]);
            dynamic.choose_backward(chosen, d_whole, &mut self.dynamic, d_query);
            self.location[0].fill(0.0);
        }
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
        if let Some(dynamic) = &attention.dynamic {
            let d_before = &mut self.moved[..length];
            dynamic.prior_backward(look.before[0], energies, d_before);
        }
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

    /// Through the filters to the weights before.
    fn through_location(&mut self, attention: &Attention, turned: &Turned, b: usize) {
        let (width, taps) = (attention.energy.len(), self.windows.len() / ROWS);
        let length = attention.lengths[b];
        let turned: &[Vec<f32>] = if attention.rule.dynamic {
            turn(&self.scratch.chosen.whole, width, taps, &mut self.turned);
            slice::from_ref(&self.turned)
        } else {
            &turned.0
        };
        let Scratch {
            signals, hidden, ..
        } = &self.scratch;
        let read = signals.iter().zip(&mut self.location).take(turned.len());
        let size = Size {
            length,
            width,
            kernel: attention.dims.kernel,
            taps,
        };
        read.for_each(|(signal, d_filters)| size.filters(hidden, signal, d_filters));
        self.signals[0].fill(0.0);
        for (d_signal, filters) in self.signals.iter_mut().zip(turned) {
            size.signal(hidden, filters, &mut self.windows, d_signal);
        }
        let half = size.kernel / 2;
        let before = self.signals[0][half..].iter_mut();
        for (d, moved) in before.zip(&self.moved[..length]) {
            *d += moved;
        }
    }
}

/// Sizes of the products behind the tanh.
struct Size {
    length: usize,
    /// Channels, filled up.
    width: usize,
    kernel: usize,
    /// Taps, filled up.
    taps: usize,
}

impl Size {
    /// Adds the gradient of the filters that read `signal`.
    fn filters(&self, hidden: &[f32], signal: &[f32], d_filters: &mut [f32]) {
        let width = self.width;
        for tap in (0..self.kernel).step_by(ROWS) {
            for panel in (0..width).step_by(PANEL) {
                let product = Product {
                    panel: &hidden[panel..],
                    panel_step: width,
                    panel_half: HALF,
                    input: &signal[tap..],
                    step: 1,
                    row_step: 1,
                    inner: self.length,
                    out: &mut d_filters[tap * width + panel..],
                    out_step: width,
                    out_half: HALF,
                    add: true,
                };
                product.run::<false>(ROWS);
            }
        }
    }

    /// Adds the gradient of what the `turned` filters read.
    fn signal(&self, hidden: &[f32], turned: &[f32], windows: &mut [f32], d_signal: &mut [f32]) {
        let Self {
            length,
            width,
            kernel,
            taps,
        } = *self;
        for first in (0..length).step_by(ROWS) {
            for panel in (0..taps).step_by(PANEL) {
                let product = Product {
                    panel: &turned[panel..],
                    panel_step: taps,
                    panel_half: HALF,
                    input: &hidden[first * width..],
                    step: 1,
                    row_step: width,
                    inner: width,
                    out: &mut windows[panel..],
                    out_step: taps,
                    out_half: HALF,
                    add: false,
                };
                product.run::<false>(ROWS);
            }
            let windows = windows.chunks(taps).take(length - first);
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
}
