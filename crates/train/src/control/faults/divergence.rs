//! A loss that rises far above where it has been.

use diktor_track::{names, short_figure};
use serde::{Deserialize, Serialize};

use crate::{StepReport, control::recent::Recent};

/// Steps that are looked at together.
const STEPS: usize = 20;
/// How many times its best an error must be.
const FACTOR: f64 = 2.0;
/// What the best is multiplied by with each step: a rise that takes hundreds of them is no accident.
const FORGETTING: f64 = 1.001;
/// Steps that may pass from the first bad one until it is told.
pub(super) const AGE: u64 = 2 * STEPS as u64;

/// The mel errors of the last steps, and the best they have been.
///
/// The mel alone: what a fix or a schedule may do to the weight of another term is no divergence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Divergence {
    errors: Recent,
    best: Option<f64>,
    frames_per_step: usize,
}

/// An error far above its best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Risen {
    /// The middle one of the last steps.
    pub(super) error: f64,
    best: f64,
}

impl Risen {
    pub(super) fn sentence(self) -> String {
        format!(
            "training diverged: the mel error of the last {STEPS} steps is {}, it was {}",
            short_figure(self.error),
            short_figure(self.best)
        )
    }
}

impl Default for Divergence {
    fn default() -> Self {
        Self {
            errors: Recent::new(STEPS),
            best: None,
            frames_per_step: 0,
        }
    }
}

impl Divergence {
    /// Takes in a step that made an update; says so if the error has risen far above its best.
    pub(super) fn note(&mut self, report: &StepReport, frames_per_step: usize) -> Option<Risen> {
        if frames_per_step != self.frames_per_step {
            // The error at another number of frames per step is another one.
            *self = Self {
                frames_per_step,
                ..Self::default()
            };
        }
        let part = |name: &str| report.metrics.get(name).copied();
        let error = part(names::TRAINING_MEL_LOSS)? + part(names::TRAINING_MEL_POST_LOSS)?;
        self.errors.push(error);
        if !self.errors.is_full() {
            return None;
        }
        let error = self.errors.median()?;
        let best = self.best.map_or(error, |best| error.min(FORGETTING * best));
        self.best = Some(best);
        (error > FACTOR * best).then_some(Risen { error, best })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::trace::noise;

    /// The first step at which a trace of errors is told.
    fn told(steps: u64, error: impl Fn(u64) -> f64) -> Option<u64> {
        let mut divergence = Divergence::default();
        (0..steps).find(|&step| {
            let half = (names::TRAINING_MEL_LOSS.to_owned(), 0.5 * error(step));
            let other = (names::TRAINING_MEL_POST_LOSS.to_owned(), 0.5 * error(step));
            let report = StepReport {
                metrics: [half, other].into(),
                ..StepReport::default()
            };
            divergence.note(&report, 3).is_some()
        })
    }

    #[test]
    fn an_error_three_times_its_best_is_told_within_twenty_steps() {
        let found = told(1000, |step| if step < 500 { 4.0 } else { 12.0 });
        assert!(matches!(found, Some(501..=520)), "{found:?}");
    }

    #[test]
    fn a_noisy_fall_and_single_outliers_are_not_told() {
        let falling = |step: u64| {
            let level = 3.0 + 60.0 * (-(step as f64) / 40.0).exp();
            let outlier = if step % 30 < 5 { 50.0 } else { 1.0 };
            outlier * level * (1.0 + 0.6 * noise(1, step))
        };
        assert_eq!(told(3000, falling), None);
    }

    #[test]
    fn a_slow_rise_is_not_told() {
        assert_eq!(told(5000, |step| 3.0 * 1.0008_f64.powi(step as i32)), None);
    }
}
