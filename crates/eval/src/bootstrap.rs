//! How far a figure would move if other sentences had been spoken.

use diktor_corpus::Stream;
use serde::Serialize;

use crate::measure::{Measure, Sample};

/// Sets of sentences that are drawn.
pub const RESAMPLES: usize = 2000;

/// Probability inside the interval.
const INSIDE: f64 = 0.95;

/// Fewer sentences say nothing of how far a figure moves.
const LEAST: usize = 2;

/// A measure over sentences, with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Lower end of the 95 % interval; absent for fewer than two sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// Upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Sentences that it could be measured on.
    pub sentences: usize,
}

/// The figure of some sentences; `None` without any.
///
/// The interval lies between the 2.5th and 97.5th percentiles of the figure over [`RESAMPLES`] draws
/// of as many sentences with replacement. It is a function of the samples and the seed.
///
/// # Source
/// Efron (1979); the percentile interval. Bisani and Ney (2004) for error rates.
#[must_use]
pub fn figure(measure: Measure, samples: &[Sample], seed: u64) -> Option<Figure> {
    figure_of(measure, samples, seed, RESAMPLES)
}

fn figure_of(measure: Measure, samples: &[Sample], seed: u64, resamples: usize) -> Option<Figure> {
    let pooled = |samples: &mut dyn Iterator<Item = &Sample>| {
        let (sum, weight) = samples.fold((0.0, 0.0), |(sum, weight), sample| {
            (sum + sample.sum, weight + sample.weight)
        });
        (weight > 0.0).then(|| measure.pooled(sum, weight))
    };
    let value = pooled(&mut samples.iter())?;
    let mut figure = Figure {
        value,
        low: None,
        high: None,
        sentences: samples.len(),
    };
    if samples.len() < LEAST {
        return Some(figure);
    }
    let count = samples.len() as u64;
    let mut drawn: Vec<f64> = (0..resamples as u64)
        .filter_map(|resample| {
            let mut stream = Stream::new("bootstrap", seed, resample);
            let mut draws = (0..count).map(|_| &samples[stream.below(count) as usize]);
            pooled(&mut draws)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    figure.low = quantile(&drawn, (1.0 - INSIDE) / 2.0);
    figure.high = quantile(&drawn, (1.0 + INSIDE) / 2.0);
    Some(figure)
}

/// Linear interpolation between the two nearest ranks of sorted values.
fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = q * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (
        sorted[place.floor() as usize],
        sorted[place.ceil() as usize],
    );
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MEAN: Measure = Measure::MelCepstralDistortion;

    fn ones(values: &[f64]) -> Vec<Sample> {
        values.iter().map(|&value| Sample::one(value)).collect()
    }

    #[test]
    fn no_sentence_has_no_figure_and_one_has_no_interval() {
        assert_eq!(figure(MEAN, &[], 1), None);
        let one = figure(MEAN, &ones(&[4.0]), 1).unwrap();
        assert_eq!(
            (one.value, one.low, one.high, one.sentences),
            (4.0, None, None, 1)
        );
    }

    #[test]
    fn rates_are_pooled_and_not_averaged() {
        let samples = [
            Sample {
                sum: 1.0,
                weight: 1.0,
            },
            Sample {
                sum: 0.0,
                weight: 9.0,
            },
        ];
        let figure = figure(Measure::WordError, &samples, 1).unwrap();
        assert!((figure.value - 0.1).abs() < 1e-12, "{figure:?}");
    }

    /// Intervals of so many sentences each of which is one draw, and how many hold the true mean.
    fn coverage(draw: impl Fn(&mut Stream) -> f64, truth: f64, sentences: usize) -> f64 {
        const TRIALS: u64 = 200;
        const FEWER: usize = 300;
        let holds = (0..TRIALS).filter(|&trial| {
            let mut stream = Stream::new("trial", trial, 0);
            let values: Vec<f64> = (0..sentences).map(|_| draw(&mut stream)).collect();
            let figure = figure_of(MEAN, &ones(&values), trial, FEWER).unwrap();
            (figure.low.unwrap()..=figure.high.unwrap()).contains(&truth)
        });
        holds.count() as f64 / TRIALS as f64
    }

    fn uniform(stream: &mut Stream) -> f64 {
        stream.below(1 << 30) as f64 / f64::from(1 << 30)
    }

    #[test]
    fn ninety_five_of_a_hundred_intervals_hold_the_truth() {
        // Percentile intervals of few skewed draws are known to be somewhat narrow; the share of 200
        // trials is itself known to 0.015.
        let even = coverage(uniform, 0.5, 30);
        assert!((0.905..=0.985).contains(&even), "{even}");
        let skewed = coverage(|stream| -(1.0 - uniform(stream)).ln(), 1.0, 30);
        assert!((0.88..=0.975).contains(&skewed), "{skewed}");
        let seldom = coverage(|stream| f64::from(uniform(stream) < 0.3), 0.3, 30);
        assert!((0.89..=0.985).contains(&seldom), "{seldom}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn an_interval_is_ordered_replayed_and_scales(
            values in prop::collection::vec(0.0..100.0_f64, 2..30),
            seed in any::<u64>(),
            scale in 0.1..10.0_f64,
        ) {
            let first = figure(MEAN, &ones(&values), seed).unwrap();
            prop_assert_eq!(first, figure(MEAN, &ones(&values), seed).unwrap());
            let (low, high) = (first.low.unwrap(), first.high.unwrap());
            let (least, most) = values.iter().fold((f64::MAX, f64::MIN), |(a, b), &value| {
                (a.min(value), b.max(value))
            });
            prop_assert!(least - 1e-9 <= low && low <= high && high <= most + 1e-9);
            let scaled: Vec<f64> = values.iter().map(|value| value * scale).collect();
            let scaled = figure(MEAN, &ones(&scaled), seed).unwrap();
            prop_assert!((scaled.low.unwrap() - low * scale).abs() < 1e-6 * (1.0 + high * scale));
            prop_assert!((scaled.high.unwrap() - high * scale).abs() < 1e-6 * (1.0 + high * scale));
        }

        #[test]
        fn equal_sentences_have_no_width(value in -5.0..5.0_f64, count in 2..20_usize) {
            let figure = figure(MEAN, &ones(&vec![value; count]), 7).unwrap();
            prop_assert!((figure.low.unwrap() - value).abs() < 1e-9);
            prop_assert!((figure.high.unwrap() - value).abs() < 1e-9);
        }
    }
}
