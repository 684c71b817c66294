//! What fixes and red flags judge by: the figures of the last steps and validations.

use std::collections::BTreeMap;

use diktor_track::names;
use serde::{Deserialize, Serialize};

use super::{
    Moment, RunView,
    course::Course,
    patience::Patience,
    recent::{Fading, Recent},
};
use crate::{Hparams, StepReport};

/// Steps whose gradient norms are looked at together.
pub(super) const NORM_STEPS: usize = 100;
/// Checks whose diagonality is looked at together.
pub(super) const CHECKS: usize = 10;
/// Full validations looked at together: five rises need six.
pub(super) const VALIDATIONS: usize = 6;
/// Of the last [`NORM_STEPS`] norms, how many may be above the calm limit in a calm run.
const CALM_EXCEPTIONS: usize = 5;

/// The figures of the last steps and validations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Evidence {
    /// Norms of the gradient, before clipping.
    pub(super) norms: Recent,
    /// Steps in a row that were calm.
    pub(super) calm_steps: u64,
    /// Share of the attention terms in the total loss.
    pub(super) attention_share: Fading,
    /// Mel errors of training, before and after the post-net together.
    pub(super) trained: Fading,
    /// How the same error falls, stretch by stretch.
    #[serde(default)]
    pub(super) course: Course,
    /// Step of the newest check.
    pub(super) checked_at: u64,
    /// Diagonality of the checks.
    pub(super) diagonality: Recent,
    /// Balanced gate accuracy of the checks.
    pub(super) accuracy: Recent,
    /// Gain by the right text at the newest check.
    #[serde(default)]
    pub(super) text_gain: Option<f64>,
    /// Step of the newest full validation.
    pub(super) validated_at: u64,
    /// Validation losses.
    pub(super) losses: Recent,
    /// Mel errors of full validations, before and after the post-net together.
    pub(super) mel_errors: Recent,
    /// [`Self::trained`] at each of them.
    pub(super) trained_then: Recent,
    /// Share of sentences that fail to stop, speaking freely, at each of them.
    pub(super) stop_failures: Recent,
    /// Of these, the share of the newest validation that stops too early.
    pub(super) premature: Option<f64>,
    /// And the share that does not stop.
    pub(super) runaway: Option<f64>,
}

/// What the evidence is measured against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limits {
    /// Norm of the gradient below which a step is calm.
    calm_norm: f64,
    patience: Patience,
}

impl Limits {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            calm_norm: 0.5 * hparams.gradient_norm_threshold,
            patience: Patience::from_hparams(hparams),
        }
    }
}

/// What a moment has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct News {
    /// Another interval of evaluations is over.
    pub(super) steps: bool,
    /// A stretch of the training loss is over.
    pub(super) stretch: bool,
    /// A validation came, far enough after the last one that counted.
    pub(super) check: bool,
    /// A full validation came.
    pub(super) validation: bool,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            norms: Recent::new(NORM_STEPS),
            calm_steps: 0,
            attention_share: Fading::new(0.99),
            trained: Fading::new(0.99),
            course: Course::default(),
            checked_at: 0,
            diagonality: Recent::new(CHECKS),
            accuracy: Recent::new(CHECKS),
            text_gain: None,
            validated_at: 0,
            losses: Recent::new(VALIDATIONS),
            mel_errors: Recent::new(VALIDATIONS),
            trained_then: Recent::new(VALIDATIONS),
            stop_failures: Recent::new(VALIDATIONS),
            premature: None,
            runaway: None,
        }
    }
}

impl Evidence {
    /// Takes in what just happened.
    pub(super) fn note(&mut self, view: &RunView<'_>, limits: Limits) -> News {
        let interval = limits.patience.interval(view);
        match view.moment {
            Moment::Start | Moment::Broken(_) => News::default(),
            Moment::Step(report) => {
                self.note_step(report, limits.calm_norm);
                News {
                    steps: view.step.is_multiple_of(interval),
                    stretch: self.note_course(view, report, limits.patience.stretch(view)),
                    ..News::default()
                }
            }
            Moment::Checked(metrics) => News {
                check: self.note_check(view.step, metrics, interval),
                ..News::default()
            },
            Moment::Validated(metrics) => {
                self.note_validation(view.step, metrics);
                News {
                    check: self.note_check(view.step, metrics, interval),
                    validation: true,
                    ..News::default()
                }
            }
        }
    }

    fn note_step(&mut self, report: &StepReport, calm_norm: f64) {
        let value = |name: &str| report.metrics.get(name).copied();
        if let Some(norm) = value(names::GRAD_NORM) {
            self.norms.push(norm);
        } else if report.skipped.is_some() {
            self.norms.push(f64::INFINITY);
        }
        let above = self.norms.count(|norm| norm > calm_norm);
        let is_calm = self.norms.is_full() && above <= CALM_EXCEPTIONS;
        self.calm_steps = if is_calm { self.calm_steps + 1 } else { 0 };
        if let (Some(part), Some(total)) = (
            value(names::TRAINING_ATTEN_LOSS),
            value(names::TRAINING_LOSS),
        ) {
            self.attention_share.push(part / total);
        }
        if let Some(error) = mel_error(report) {
            self.trained.push(error);
        }
    }

    fn note_course(&mut self, view: &RunView<'_>, report: &StepReport, stretch: u64) -> bool {
        mel_error(report).is_some_and(|error| {
            self.course
                .push(error, view.step, stretch, view.knobs.n_frames_per_step)
        })
    }

    fn note_check(&mut self, step: u64, metrics: &BTreeMap<String, f64>, interval: u64) -> bool {
        if step < self.checked_at + interval {
            return false;
        }
        self.checked_at = step;
        self.text_gain = finite(metrics, names::ALIGNMENT_TEXT_GAIN);
        for (recent, name) in [
            (&mut self.diagonality, names::ALIGNMENT_DIAGONALITY),
            (&mut self.accuracy, names::GATE_ACCURACY),
        ] {
            if let Some(value) = finite(metrics, name) {
                recent.push(value);
            }
        }
        true
    }

    fn note_validation(&mut self, step: u64, metrics: &BTreeMap<String, f64>) {
        self.validated_at = step;
        if let Some(loss) = metrics.get(names::VALIDATION_LOSS) {
            self.losses.push(*loss);
        }
        if let (Some(before), Some(after), Some(trained)) = (
            metrics.get(names::VALIDATION_MEL_LOSS),
            metrics.get(names::VALIDATION_MEL_POST_LOSS),
            self.trained.value(),
        ) {
            self.mel_errors.push(before + after);
            self.trained_then.push(trained);
        }
        self.premature = finite(metrics, names::FREE_RUNNING_PREMATURE_RATE);
        self.runaway = finite(metrics, names::FREE_RUNNING_RUNAWAY_RATE);
        if let Some(rate) = finite(metrics, names::FREE_RUNNING_STOP_FAILURE_RATE) {
            self.stop_failures.push(rate);
        }
    }
}

/// Mel errors of a step, before and after the post-net together.
fn mel_error(report: &StepReport) -> Option<f64> {
    let value = |name: &str| report.metrics.get(name).copied();
    Some(value(names::TRAINING_MEL_LOSS)? + value(names::TRAINING_MEL_POST_LOSS)?)
}

/// A metric, if it was measured and is a number.
pub(super) fn finite(metrics: &BTreeMap<String, f64>, name: &str) -> Option<f64> {
    metrics.get(name).copied().filter(|value| value.is_finite())
}
