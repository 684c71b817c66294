//! From energies to weights: normalisation and, for forward attention, a step of at most one
//! symbol; one utterance at a time.

use super::super::attention::{FORWARD_FLOOR, Normalisation, WINDOW};
use crate::ops::simd::softmax;

/// What becomes of the energies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) normalisation: Normalisation,
    pub(crate) moves: Moves,
    /// Whether attention keeps to the neighbourhood of where it was.
    pub(crate) windowed: bool,
    /// Whether the energies are those of dynamic convolution.
    pub(crate) dynamic: bool,
}

/// How far attention may go in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moves {
    /// Anywhere.
    Free,
    /// One symbol on, or nowhere, with equal chance.
    Forward,
    /// One symbol on, or nowhere, as an agent says.
    Agent,
}

impl Rule {
    /// Whether the weights are simply the softmax of the energies.
    pub(super) fn is_plain(&self) -> bool {
        self.moves == Moves::Free && self.normalisation == Normalisation::Softmax
    }

    /// Whether attention stands on the first symbol before the first step, or nowhere.
    pub(super) fn starts_on_first_symbol(&self) -> bool {
        self.dynamic || self.moves != Moves::Free
    }

    /// Turns energies into shares that sum to one; returns what they were divided by.
    ///
    /// `before` are the weights of the step before, which the window follows.
    pub(super) fn normalise(&self, energies: &mut [f32], before: &[f32]) -> f32 {
        let seen = if self.windowed {
            window(before, energies.len())
        } else {
            0..energies.len()
        };
        energies[..seen.start].fill(0.0);
        energies[seen.end..].fill(0.0);
        let energies = &mut energies[seen];
        match self.normalisation {
            Normalisation::Softmax => {
                softmax(energies);
                1.0
            }
            Normalisation::Sigmoid => {
                for energy in energies.iter_mut() {
                    *energy = 1.0 / (1.0 + (-*energy).exp());
                }
                let sum: f32 = energies.iter().sum();
                energies.iter_mut().for_each(|share| *share /= sum);
                sum
            }
        }
    }

    /// Turns the gradient of the shares into that of the energies; `sum` is what
    /// [`normalise`](Self::normalise) returned.
    pub(super) fn normalise_backward(&self, shares: &[f32], sum: f32, d_shares: &mut [f32]) {
        let products = shares.iter().zip(d_shares.iter());
        let mean: f32 = products.map(|(share, d)| share * d).sum();
        for (d, share) in d_shares.iter_mut().zip(shares) {
            *d = match self.normalisation {
                Normalisation::Softmax => share * (*d - mean),
                Normalisation::Sigmoid => share * (1.0 - share * sum) * (*d - mean),
            };
        }
    }
}

/// The symbols around the strongest of the step before.
fn window(before: &[f32], symbols: usize) -> std::ops::Range<usize> {
    let stronger = |best: usize, n: usize| if before[n] > before[best] { n } else { best };
    let strongest = (0..symbols).fold(0, stronger);
    let (back, on) = WINDOW;
    strongest.saturating_sub(back)..(strongest + on).min(symbols)
}

/// A step of at most one symbol.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    /// Weights of the step before, `[N]`.
    pub(super) before: &'a [f32],
    /// Chance of moving on.
    pub(super) on: f32,
    /// What the energies gave, `[N]`.
    pub(super) given: &'a [f32],
}

impl Step<'_> {
    /// Chance that symbol `n` is reached, whatever the energies say.
    fn reached(&self, n: usize) -> f32 {
        let shifted = n.checked_sub(1).map_or(0.0, |from| self.before[from]);
        (1.0 - self.on) * self.before[n] + self.on * shifted + FORWARD_FLOOR as f32
    }

    /// The weights after the step.
    pub(super) fn weights(&self, weights: &mut [f32]) {
        for (n, (weight, given)) in weights.iter_mut().zip(self.given).enumerate() {
            *weight = self.reached(n) * given;
        }
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
    }

    /// Turns the gradient of `weights` into that of what was given, writes that of the weights
    /// before, and returns that of the chance.
    pub(super) fn backward(
        &self,
        weights: &[f32],
        d_weights: &mut [f32],
        d_before: &mut [f32],
    ) -> f32 {
        let products = weights.iter().zip(d_weights.iter());
        let mean: f32 = products.map(|(weight, d)| weight * d).sum();
        let shares = self.given.iter().enumerate();
        let sum: f32 = shares.map(|(n, given)| self.reached(n) * given).sum();
        let mut d_on = 0.0;
        d_before.fill(0.0);
        for (n, d) in d_weights.iter_mut().enumerate() {
            let d_product = (*d - mean) / sum;
            let d_reached = d_product * self.given[n];
            *d = d_product * self.reached(n);
            d_before[n] += (1.0 - self.on) * d_reached;
            d_on -= self.before[n] * d_reached;
            if n > 0 {
                d_before[n - 1] += self.on * d_reached;
                d_on += self.before[n - 1] * d_reached;
            }
        }
        d_on
    }
}
