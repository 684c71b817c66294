//! The metric that tells whether a fix helped.

use diktor_track::names;

use super::Evidence;

/// Evaluations that are averaged, so that a verdict is not about noise.
const AVERAGED_CHECKS: usize = 5;
/// Full validations that are averaged: they are rare.
const AVERAGED_VALIDATIONS: usize = 2;

/// A metric a fix is to make better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Larger is better.
    Diagonality,
    /// The median of the last steps; smaller is better.
    GradientNorm,
    /// The mean of the newest stretch; smaller is better.
    MelError,
    /// Smaller is better.
    StopFailures,
    /// Larger is better.
    GateAccuracy,
    /// Smaller is better.
    ValidationLoss,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Better,
    Same,
    Worse,
}

impl Target {
    /// Its published name.
    pub(super) fn metric(self) -> &'static str {
        match self {
            Self::Diagonality => names::ALIGNMENT_DIAGONALITY,
            Self::GradientNorm => names::GRAD_NORM,
            Self::MelError => names::TRAINING_MEL_LOSS,
            Self::StopFailures => names::FREE_RUNNING_STOP_FAILURE_RATE,
            Self::GateAccuracy => names::GATE_ACCURACY,
            Self::ValidationLoss => names::VALIDATION_LOSS,
        }
    }

    /// Whether training moves it. How speech ends is moved by the threshold alone, within one network.
    pub(super) fn is_of_training(self) -> bool {
        self != Self::StopFailures
    }

    /// Its value now, if it was measured often enough.
    pub(super) fn read(self, evidence: &Evidence) -> Option<f64> {
        match self {
            Self::Diagonality => evidence.diagonality.mean_of_newest(AVERAGED_CHECKS),
            Self::GradientNorm => evidence.norms.median(),
            Self::MelError => evidence.course.newest(),
            Self::StopFailures => evidence.stop_failures.newest(),
            Self::GateAccuracy => evidence.accuracy.mean_of_newest(AVERAGED_CHECKS),
            Self::ValidationLoss => evidence.losses.mean_of_newest(AVERAGED_VALIDATIONS),
        }
    }

    /// Step of the newest measurement; the gradient is measured at every step.
    pub(super) fn measured_at(self, evidence: &Evidence, step: u64) -> u64 {
        match self {
            Self::GradientNorm => step,
            Self::MelError => evidence.course.ended_at(),
            Self::Diagonality | Self::GateAccuracy => evidence.checked_at,
            Self::StopFailures | Self::ValidationLoss => evidence.validated_at,
        }
    }

    /// Whether it became better; what lies within noise is the same.
    pub(super) fn effect(self, before: f64, after: f64) -> Effect {
        let (gain, noise) = match self {
            Self::Diagonality | Self::GateAccuracy => (after - before, 0.02),
            Self::StopFailures => (before - after, 0.02),
            Self::GradientNorm => (before - after, 0.1 * before.abs()),
            Self::MelError | Self::ValidationLoss => (before - after, 0.01 * before.abs()),
        };
        if gain > noise {
            Effect::Better
        } else if gain < -noise {
            Effect::Worse
        } else {
            Effect::Same
        }
    }
}
