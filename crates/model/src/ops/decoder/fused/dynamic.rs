//! What dynamic convolution attention does differently, one utterance at a time: its filters are
//! made anew at each step, and a prior stands beside the energies.

use super::{
    super::attention::{PRIOR_FLOOR, PRIOR_LENGTH},
    Dims,
    attention::{add_scaled, dot},
};
use crate::ops::simd::{tanh, vectorised};

/// The weights that only this attention has.
#[derive(Debug, Clone)]
pub(super) struct Dynamic {
    /// `[D]`
    query_bias: Vec<f32>,
    /// `[D, f * k]`
    key: Vec<f32>,
    /// `[f, D]`, `D` filled up.
    dense: Vec<f32>,
    /// `[D]`, filled up.
    bias: Vec<f32>,
    /// The longest move first.
    prior: Vec<f32>,
    taps: usize,
}

/// Filters of one step.
#[derive(Debug, Clone, Default)]
pub(super) struct Chosen {
    /// Tanh of the first layer, `[D]`.
    turn: Vec<f32>,
    /// What the second layer gives, `[f, k]`.
    filters: Vec<f32>,
    /// Static and chosen filters with their dense layers, `[k, D]`, `D` filled up.
    pub(super) whole: Vec<f32>,
}

/// Gradients over all steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Gradients {
    /// Of the static filters, `[k, D]`, `D` filled up.
    pub(super) fixed: Vec<f32>,
    query_bias: Vec<f32>,
    key: Vec<f32>,
    dense: Vec<f32>,
    bias: Vec<f32>,
    filters: Vec<f32>,
}

impl Dynamic {
    /// `further` holds bias of the query, key, dense layer, bias and prior, one after another.
    pub(super) fn new(further: &[f32], dims: &Dims, width: usize) -> Self {
        let (channels, taps) = (dims.channels, dims.kernel);
        let filters = (further.len() - 2 * channels - PRIOR_LENGTH) / (channels * (taps + 1));
        let (query_bias, rest) = further.split_at(channels);
        let (key, rest) = rest.split_at(channels * filters * taps);
        let (dense, rest) = rest.split_at(filters * channels);
        let (bias, prior) = rest.split_at(channels);
        Self {
            query_bias: query_bias.to_vec(),
            key: key.to_vec(),
            dense: filled_up(dense, channels, width),
            bias: filled_up(bias, channels, width),
            prior: prior.to_vec(),
            taps,
        }
    }

    /// What is added to the argument of every energy, `[D]` filled up.
    pub(super) fn bias(&self) -> &[f32] {
        &self.bias
    }

    pub(super) fn gradients(&self) -> Gradients {
        let zeros = |like: &[f32]| vec![0.0; like.len()];
        Gradients {
            fixed: vec![0.0; self.taps * self.bias.len()],
            query_bias: zeros(&self.query_bias),
            key: zeros(&self.key),
            dense: zeros(&self.dense),
            bias: zeros(&self.bias),
            filters: Vec::new(),
        }
    }

    /// Makes the filters that the query `[D]` asks for, beside the `fixed` ones `[k, D]`.
    pub(super) fn choose(&self, query: &[f32], fixed: &[f32], chosen: &mut Chosen) {
        let (columns, width) = (self.key.len() / query.len(), self.bias.len());
        chosen.turn.clear();
        let sums = query.iter().zip(&self.query_bias).map(|(q, b)| q + b);
        chosen.turn.extend(sums);
        chosen.filters.clear();
        chosen.filters.resize(columns, 0.0);
        chosen.whole.clear();
        chosen.whole.extend_from_slice(&fixed[..self.taps * width]);
        let Chosen {
            turn,
            filters,
            whole,
        } = chosen;
        vectorised(|| {
            turn.iter_mut().for_each(|t| *t = tanh(*t));
            for (t, key) in turn.iter().zip(self.key.chunks(columns)) {
                add_scaled(filters, *t, key);
            }
            let rows = filters.chunks(self.taps).zip(self.dense.chunks(width));
            for (filter, dense) in rows {
                for (weight, whole) in filter.iter().zip(whole.chunks_mut(width)) {
                    add_scaled(whole, *weight, dense);
                }
            }
        });
    }

    /// Gradient of everything behind the filters from theirs, `[k, D]`, and from that of the bias,
    /// which stands in `d_query` and gives way to the gradient of the query.
    pub(super) fn choose_backward(
        &self,
        chosen: &Chosen,
        d_whole: &[f32],
        gradients: &mut Gradients,
        d_query: &mut [f32],
    ) {
        let (width, columns) = (self.bias.len(), chosen.filters.len());
        let Gradients {
            fixed,
            query_bias,
            key,
            dense: d_dense,
            bias,
            filters,
        } = gradients;
        filters.clear();
        filters.resize(columns, 0.0);
        vectorised(|| {
            add_scaled(bias, 1.0, d_query);
            add_scaled(fixed, 1.0, d_whole);
            for (f, dense) in self.dense.chunks(width).enumerate() {
                let d_dense = &mut d_dense[f * width..(f + 1) * width];
                for (tap, d_whole) in d_whole.chunks(width).take(self.taps).enumerate() {
                    let at = f * self.taps + tap;
                    filters[at] = dot(d_whole, dense);
                    add_scaled(d_dense, chosen.filters[at], d_whole);
                }
            }
            let rows = self.key.chunks(columns).zip(key.chunks_mut(columns));
            for (d, (weights, d_weights)) in rows.enumerate() {
                let turn = chosen.turn[d];
                add_scaled(d_weights, turn, filters);
                d_query[d] = dot(filters, weights) * (1.0 - turn * turn);
                query_bias[d] += d_query[d];
            }
        });
    }

    /// Chance that the prior gives symbol `n`, from the weights of the step before.
    fn expected(&self, before: &[f32], n: usize) -> f32 {
        let (first, moves) = self.reach(n);
        moves.iter().zip(&before[first..]).map(|(p, w)| p * w).sum()
    }

    /// The symbols from which symbol `n` can be reached: the first of them, and their chances.
    fn reach(&self, n: usize) -> (usize, &[f32]) {
        let longest = PRIOR_LENGTH - 1;
        let first = n.saturating_sub(longest);
        (first, &self.prior[longest - (n - first)..])
    }

    /// Adds the logarithm of the prior to the energies.
    pub(super) fn add_prior(&self, energies: &mut [f32], before: &[f32]) {
        for (n, energy) in energies.iter_mut().enumerate() {
            *energy += self.expected(before, n).max(PRIOR_FLOOR as f32).ln();
        }
    }

    /// Gradient of the weights of the step before, through the prior.
    pub(super) fn prior_backward(&self, before: &[f32], d_energies: &[f32], d_before: &mut [f32]) {
        d_before.fill(0.0);
        for (n, d_energy) in d_energies.iter().enumerate() {
            let expected = self.expected(before, n);
            if expected >= PRIOR_FLOOR as f32 {
                let (first, moves) = self.reach(n);
                for (d, chance) in d_before[first..].iter_mut().zip(moves) {
                    *d += d_energy * chance / expected;
                }
            }
        }
    }
}

impl Gradients {
    /// In the order of what [`Dynamic::new`] reads; the prior is not learnt.
    pub(super) fn further(&self, channels: usize) -> Vec<f32> {
        let width = self.bias.len();
        let mut further = self.query_bias.clone();
        further.extend(&self.key);
        for row in self.dense.chunks(width).chain([&*self.bias]) {
            further.extend(&row[..channels]);
        }
        further.extend([0.0; PRIOR_LENGTH]);
        further
    }
}

fn filled_up(rows: &[f32], columns: usize, width: usize) -> Vec<f32> {
    let mut filled = vec![0.0; rows.len() / columns * width];
    for (row, filled) in rows.chunks(columns).zip(filled.chunks_mut(width)) {
        filled[..columns].copy_from_slice(row);
    }
    filled
}
