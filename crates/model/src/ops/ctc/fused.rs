//! The forward-backward algorithm in the logarithm, one utterance per task; sums in `f64`.

use rayon::prelude::*;

use super::{Spelling, skips, with_blanks};
use crate::ops::fused::{Kernel, Values};

/// The loss of one batch.
#[derive(Debug, Clone)]
pub(super) struct CtcKernel {
    pub(super) steps: usize,
    pub(super) classes: usize,
    pub(super) spelling: Spelling,
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    input: Values,
    /// Log-likelihood of each utterance.
    likelihoods: Vec<f64>,
}

impl Kernel<1> for CtcKernel {
    type Saved = Saved;

    fn forward(&self, [input]: [Values; 1]) -> (Vec<usize>, Vec<f32>, Saved) {
        let likelihoods: Vec<f64> = input
            .par_chunks(self.steps * self.classes)
            .zip(self.lattices())
            .map(|(input, lattice)| lattice.likelihood(&lattice.forward(input)))
            .collect();
        let losses = likelihoods.iter().map(|likelihood| {
            let is_possible = likelihood.is_finite() || likelihood.is_nan();
            if is_possible {
                -*likelihood as f32
            } else {
                0.0
            }
        });
        let (shape, losses) = (vec![likelihoods.len()], losses.collect());
        (shape, losses, Saved { input, likelihoods })
    }

    fn backward(&self, saved: Saved, _: &[f32], gradient: Values) -> [Vec<f32>; 1] {
        let mut d_input = vec![0.0; saved.input.len()];
        let size = self.steps * self.classes;
        d_input
            .par_chunks_mut(size)
            .zip(saved.input.par_chunks(size))
            .zip(self.lattices())
            .zip(&saved.likelihoods)
            .zip(&gradient[..])
            .filter(|((_, likelihood), _)| likelihood.is_finite())
            .for_each(|((((d, input), lattice), likelihood), asked)| {
                lattice.add_occupancy(input, *likelihood, -f64::from(*asked), d);
            });
        [d_input]
    }
}

impl CtcKernel {
    fn lattices(&self) -> Vec<Lattice> {
        let Spelling {
            targets,
            lengths,
            blank,
        } = &self.spelling;
        targets
            .iter()
            .zip(lengths)
            .map(|(target, length)| Lattice {
                states: with_blanks(target, *blank),
                steps: *length,
                classes: self.classes,
            })
            .collect()
    }
}

/// All the ways through one utterance.
struct Lattice {
    states: Vec<usize>,
    steps: usize,
    classes: usize,
}

impl Lattice {
    fn emission(&self, input: &[f32], t: usize, s: usize) -> f64 {
        f64::from(input[t * self.classes + self.states[s]])
    }

    /// `[steps, states]`: log-probability of being in a state having emitted up to and with step `t`.
    fn forward(&self, input: &[f32]) -> Vec<f64> {
        let width = self.states.len();
        let mut alpha = vec![f64::NEG_INFINITY; self.steps * width];
        for (s, start) in alpha.iter_mut().enumerate().take(width.min(2)) {
            *start = self.emission(input, 0, s);
        }
        for t in 1..self.steps {
            let (before, now) = alpha.split_at_mut(t * width);
            let before = &before[(t - 1) * width..];
            for s in 0..width {
                let back = |by: usize| s.checked_sub(by).map_or(f64::NEG_INFINITY, |s| before[s]);
                let over = if skips(&self.states, s) {
                    back(2)
                } else {
                    f64::NEG_INFINITY
                };
                now[s] = log_sum([before[s], back(1), over]) + self.emission(input, t, s);
            }
        }
        alpha
    }

    /// `[steps, states]`: log-probability of emitting everything after step `t` from a state.
    fn backward(&self, input: &[f32]) -> Vec<f64> {
        let width = self.states.len();
        let mut beta = vec![f64::NEG_INFINITY; self.steps * width];
        let last = (self.steps - 1) * width;
        for s in width.saturating_sub(2)..width {
            beta[last + s] = 0.0;
        }
        for t in (0..self.steps - 1).rev() {
            let (now, after) = beta.split_at_mut((t + 1) * width);
            let now = &mut now[t * width..];
            for (s, now) in now.iter_mut().enumerate() {
                let ahead = |to: usize| {
                    if to < width {
                        after[to] + self.emission(input, t + 1, to)
                    } else {
                        f64::NEG_INFINITY
                    }
                };
                let over = if s + 2 < width && skips(&self.states, s + 2) {
                    ahead(s + 2)
                } else {
                    f64::NEG_INFINITY
                };
                *now = log_sum([ahead(s), ahead(s + 1), over]);
            }
        }
        beta
    }

    fn likelihood(&self, alpha: &[f64]) -> f64 {
        let width = self.states.len();
        let last = &alpha[(self.steps - 1) * width..];
        let ends = |back: usize| {
            width
                .checked_sub(back)
                .map_or(f64::NEG_INFINITY, |s| last[s])
        };
        log_sum([ends(1), ends(2), f64::NEG_INFINITY])
    }

    /// Adds `scale` times the share of all ways that emit a class at a step: the derivative of the
    /// log-likelihood by the log-probabilities.
    fn add_occupancy(&self, input: &[f32], likelihood: f64, scale: f64, sum: &mut [f32]) {
        let width = self.states.len();
        let (alpha, beta) = (self.forward(input), self.backward(input));
        let mut row = vec![0.0_f64; self.classes];
        for t in 0..self.steps {
            row.fill(0.0);
            for (s, class) in self.states.iter().enumerate() {
                let at = t * width + s;
                row[*class] += (alpha[at] + beta[at] - likelihood).exp();
            }
            let sums = &mut sum[t * self.classes..][..self.classes];
            for (sum, share) in sums.iter_mut().zip(&row) {
                *sum += (scale * share) as f32;
            }
        }
    }
}

/// `ln(sum(exp(terms)))`; NaN stays NaN.
fn log_sum(terms: [f64; 3]) -> f64 {
    let largest = terms.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return terms.into_iter().fold(largest, |sum, term| sum + term);
    }
    let sum: f64 = terms.into_iter().map(|term| (term - largest).exp()).sum();
    largest + sum.ln()
}
