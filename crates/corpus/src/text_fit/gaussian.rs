//! What frames of one sound are like: a Gaussian without correlations.

use std::{array, f64::consts::PI};

use super::cepstra::{Cepstra, DIMENSIONS};

/// A variance is at least this share of that of all speech: few frames look too much alike.
const LEAST_VARIANCE: f64 = 0.05;

/// Mean and variance of every number of a frame.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gaussian {
    mean: [f64; DIMENSIONS],
    variance: [f64; DIMENSIONS],
}

/// Sums over the frames of one sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tally {
    frames: f64,
    sum: [f64; DIMENSIONS],
    squares: [f64; DIMENSIONS],
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            frames: 0.0,
            sum: [0.0; DIMENSIONS],
            squares: [0.0; DIMENSIONS],
        }
    }
}

impl Tally {
    /// Counts a frame.
    pub(super) fn add(&mut self, cepstra: &Cepstra, frame: usize) {
        self.frames += 1.0;
        for dimension in 0..DIMENSIONS {
            let value = f64::from(cepstra.row(dimension)[frame]);
            self.sum[dimension] += value;
            self.squares[dimension] += value * value;
        }
    }

    /// Counts what another has counted.
    pub(super) fn merge(&mut self, other: &Self) {
        self.frames += other.frames;
        for dimension in 0..DIMENSIONS {
            self.sum[dimension] += other.sum[dimension];
            self.squares[dimension] += other.squares[dimension];
        }
    }

    /// The Gaussian of all speech.
    pub(super) fn overall(&self) -> Gaussian {
        let frames = self.frames.max(1.0);
        let mean = array::from_fn(|d| self.sum[d] / frames);
        let variance = array::from_fn(|d| (self.squares[d] / frames - mean[d] * mean[d]).max(1e-6));
        Gaussian { mean, variance }
    }

    /// The Gaussian of these frames and of `weight` imagined ones from `prior`, so that what was
    /// seldom heard sounds like what it is a kind of.
    pub(super) fn leaning(&self, prior: &Gaussian, weight: f64, overall: &Gaussian) -> Gaussian {
        let frames = self.frames + weight;
        let mean: [f64; DIMENSIONS] =
            array::from_fn(|d| (self.sum[d] + weight * prior.mean[d]) / frames);
        let variance = array::from_fn(|d| {
            let around =
                self.squares[d] - 2.0 * mean[d] * self.sum[d] + self.frames * mean[d] * mean[d];
            let least = LEAST_VARIANCE * overall.variance[d];
            ((around + weight * prior.variance[d]) / frames).max(least)
        });
        Gaussian { mean, variance }
    }
}

impl Gaussian {
    /// Logarithms of the density at every frame.
    pub(super) fn log_densities(&self, cepstra: &Cepstra, densities: &mut [f32]) {
        let constant: f64 = self.variance.iter().map(|v| (2.0 * PI * v).ln()).sum();
        densities.fill((-0.5 * constant) as f32);
        for dimension in 0..DIMENSIONS {
            let mean = self.mean[dimension] as f32;
            let scale = (0.5 / self.variance[dimension]) as f32;
            for (density, value) in densities.iter_mut().zip(cepstra.row(dimension)) {
                let away = value - mean;
                *density -= scale * away * away;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(values: &[f32]) -> Tally {
        let cepstra = Cepstra::from_rows(values.len(), |_, frame| values[frame]);
        let mut tally = Tally::default();
        (0..values.len()).for_each(|frame| tally.add(&cepstra, frame));
        tally
    }

    #[test]
    fn the_density_is_that_of_the_textbook() {
        let gaussian = tally(&[1.0, 3.0]).overall();
        let mut density = [0.0_f32];
        gaussian.log_densities(&Cepstra::from_rows(1, |_, _| 4.0), &mut density);
        // Mean 2, variance 1, two deviations away, in each of the dimensions.
        let expected = -(DIMENSIONS as f64) * (0.5 * (2.0 * PI).ln() + 2.0);
        assert!(
            (f64::from(density[0]) / expected - 1.0).abs() < 1e-6,
            "{density:?}"
        );
    }

    #[test]
    fn what_was_never_heard_is_the_prior_and_what_was_heard_often_is_itself() {
        let overall = tally(&[-10.0, 10.0]).overall();
        assert_eq!(Tally::default().leaning(&overall, 5.0, &overall), overall);
        let often = tally(&[4.0; 4000]).leaning(&overall, 5.0, &overall);
        assert!((often.mean[0] - 4.0).abs() < 0.01, "{often:?}");
        assert!(
            (often.variance[0] - LEAST_VARIANCE * 100.0).abs() < 1e-9,
            "{often:?}"
        );
    }

    #[test]
    fn tallies_of_parts_make_the_tally_of_the_whole() {
        let mut parts = tally(&[1.0, 2.0]);
        parts.merge(&tally(&[5.0]));
        assert_eq!(parts, tally(&[1.0, 2.0, 5.0]));
    }
}
