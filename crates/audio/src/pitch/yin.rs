//! YIN's difference function, and the periods it makes likely.

use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::PitchConfig;

/// Thresholds of YIN that are tried, from `1 / THRESHOLDS` to 1.
const THRESHOLDS: usize = 100;
/// Falls from one trough below a threshold to the next: short periods are likelier.
const BOLTZMANN: f64 = 2.0;
/// Probability that the deepest trough is a period although it is above the threshold.
const NO_TROUGH: f64 = 0.01;

/// A period that a frame may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    /// Its pitch, in Hz.
    pub(super) hz: f64,
    pub(super) probability: f64,
}

/// The first half of pYIN. Shared freely between threads.
#[derive(Clone)]
pub(super) struct Yin {
    rate: f64,
    shortest: usize,
    longest: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
    /// Probability of each threshold.
    prior: Vec<f64>,
}

impl std::fmt::Debug for Yin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Yin")
            .field("shortest", &self.shortest)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}

impl Yin {
    pub(super) fn new(config: &PitchConfig) -> Self {
        let rate = f64::from(config.sampling_rate);
        let mut planner = RealFftPlanner::new();
        // Twice the frame, so that the autocorrelation does not wrap around.
        let length = (2 * config.frame_length).next_power_of_two();
        let cumulative = |threshold: usize| beta_2_18(threshold as f64 / THRESHOLDS as f64);
        Self {
            rate,
            shortest: (rate / config.highest_hz).floor() as usize,
            longest: ((rate / config.lowest_hz).ceil() as usize).min(config.frame_length - 1),
            forward: planner.plan_fft_forward(length),
            inverse: planner.plan_fft_inverse(length),
            prior: (0..THRESHOLDS)
                .map(|threshold| cumulative(threshold + 1) - cumulative(threshold))
                .collect(),
        }
    }

    /// The periods that a frame may have, shortest first.
    pub(super) fn candidates(&self, frame: &[f64]) -> Vec<Candidate> {
        let differences = self.differences(frame);
        let troughs = troughs(&differences);
        let heights: Vec<f64> = troughs.iter().map(|&trough| differences[trough]).collect();
        let probabilities = self.probabilities(&heights);
        troughs
            .iter()
            .zip(probabilities)
            .filter(|(_, probability)| *probability > 0.0)
            .map(|(&trough, probability)| Candidate {
                hz: self.rate
                    / (self.shortest as f64 + trough as f64 + refined(&differences, trough)),
                probability,
            })
            .collect()
    }

    /// Cumulative mean normalised differences of the periods from the shortest to the longest.
    ///
    /// # Source
    /// de Cheveigné and Kawahara (2002), equation 8, in the form of librosa 0.11: the energy of the
    /// frame's end is not taken away.
    fn differences(&self, frame: &[f64]) -> Vec<f64> {
        let correlation = self.autocorrelation(frame);
        let mut head_energy = 0.0;
        let mut sum = 0.0;
        let mut normalised = Vec::with_capacity(self.longest + 1 - self.shortest);
        for period in 1..=self.longest {
            head_energy += frame[period - 1].powi(2);
            let difference = 2.0 * (correlation[0] - correlation[period]) - head_energy;
            sum += difference;
            if period >= self.shortest {
                let mean = sum / period as f64;
                normalised.push(difference / (mean + f64::MIN_POSITIVE));
            }
        }
        normalised
    }

    fn autocorrelation(&self, frame: &[f64]) -> Vec<f64> {
        let mut signal = self.forward.make_input_vec();
        signal[..frame.len()].copy_from_slice(frame);
        let mut spectrum = self.forward.make_output_vec();
        self.forward
            .process(&mut signal, &mut spectrum)
            .expect("the plan made these buffers");
        for value in &mut spectrum {
            *value = Complex64::new(value.norm_sqr(), 0.0);
        }
        let length = signal.len() as f64;
        self.inverse
            .process(&mut spectrum, &mut signal)
            .expect("the plan made these buffers, and a power spectrum is real");
        signal.truncate(self.longest + 1);
        for value in &mut signal {
            *value /= length;
        }
        signal
    }

    /// How likely each trough is the period, from its height, over all thresholds.
    fn probabilities(&self, heights: &[f64]) -> Vec<f64> {
        let mut probabilities = vec![0.0; heights.len()];
        let mut deepest = 0;
        for (index, height) in heights.iter().enumerate() {
            if *height < heights[deepest] {
                deepest = index;
            }
        }
        for (index, prior) in self.prior.iter().enumerate() {
            let threshold = (index + 1) as f64 / THRESHOLDS as f64;
            let below = heights.iter().filter(|height| **height < threshold).count();
            if below == 0 {
                if let Some(probability) = probabilities.get_mut(deepest) {
                    *probability += NO_TROUGH * prior;
                }
                continue;
            }
            let whole = (1.0 - (-BOLTZMANN * below as f64).exp()) / (1.0 - (-BOLTZMANN).exp());
            let mut place = 0_u32;
            for (probability, height) in probabilities.iter_mut().zip(heights) {
                if *height < threshold {
                    *probability += prior * (-BOLTZMANN * f64::from(place)).exp() / whole;
                    place += 1;
                }
            }
        }
        probabilities
    }
}

/// Indices of the local minima; a plateau counts at its beginning, both ends count.
fn troughs(values: &[f64]) -> Vec<usize> {
    let is_trough = |index: usize| {
        let value = values[index];
        let falls = index == 0 || value < values[index - 1];
        let rises = match values.get(index + 1) {
            // The first has none before it, so it must be lower than the next.
            Some(next) if index == 0 => value < *next,
            Some(next) => value <= *next,
            None => true,
        };
        falls && rises
    };
    (0..values.len())
        .filter(|&index| is_trough(index))
        .collect()
}

/// Where between its neighbours the minimum lies, by a parabola through the three.
fn refined(values: &[f64], index: usize) -> f64 {
    if index == 0 || index + 1 >= values.len() {
        return 0.0;
    }
    let curvature = values[index + 1] + values[index - 1] - 2.0 * values[index];
    let slope = (values[index + 1] - values[index - 1]) / 2.0;
    // A flat or crooked place would be moved beyond a neighbour.
    if slope.abs() >= curvature.abs() {
        0.0
    } else {
        -slope / curvature
    }
}

/// Distribution function of the beta distribution with parameters 2 and 18.
fn beta_2_18(x: f64) -> f64 {
    // At least two of nineteen uniform draws lie below `x`.
    1.0 - (1.0 - x).powi(19) - 19.0 * x * (1.0 - x).powi(18)
}
