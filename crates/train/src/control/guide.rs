//! The schedule of guided attention.

use super::{Controller, RunView};
use crate::{Hparams, Intervention, Knob};

/// Whatever raises the weight raises it no further: beyond this the term drowns the others.
const HEAVIEST: f64 = 10.0;

/// Moves the weight of the guided-attention term along a straight line.
///
/// # Source
/// `w(step) = lerp(guide_loss_initial_weight -> guide_loss_weight)` over `[decay_start, decay_start + decay_steps]`.
#[derive(Debug, Clone, PartialEq)]
pub struct GuideSchedule {
    /// Weight up to `decay_start`.
    pub initial_weight: f64,
    /// Weight after the decay.
    pub final_weight: f64,
    /// Step at which the weight begins to move.
    pub decay_start: u64,
    /// Steps the move takes.
    pub decay_steps: u64,
}

impl GuideSchedule {
    /// The schedule the hyper-parameters describe.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            initial_weight: hparams.guide_loss_initial_weight,
            final_weight: hparams.guide_loss_weight,
            decay_start: hparams.guide_loss_decay_start,
            decay_steps: hparams.guide_loss_decay_steps,
        }
    }

    /// Weight and part of the schedule after `step` finished steps.
    pub fn at(&self, step: u64) -> (f64, &'static str) {
        let gone = step.saturating_sub(self.decay_start);
        if self.initial_weight == self.final_weight {
            (self.final_weight, "guided attention at a constant weight")
        } else if gone == 0 {
            (
                self.initial_weight,
                "guided attention at its initial weight",
            )
        } else if gone < self.decay_steps {
            let share = gone as f64 / self.decay_steps as f64;
            (
                self.initial_weight + share * (self.final_weight - self.initial_weight),
                "guided attention moves to its final weight",
            )
        } else {
            (self.final_weight, "guided attention at its final weight")
        }
    }
}

impl Controller for GuideSchedule {
    fn name(&self) -> &'static str {
        "guide_schedule"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let (weight, regime) = self.at(view.step);
        let value = (weight * view.knobs.guide_restart_factor).min(HEAVIEST);
        vec![Intervention::Follow {
            knob: Knob::GuideLossWeight,
            value,
            regime: regime.to_owned(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weight_moves_along_a_straight_line() {
        let schedule = GuideSchedule {
            initial_weight: 5.0,
            final_weight: 1.0,
            decay_start: 100,
            decay_steps: 400,
        };
        for (step, weight) in [
            (0, 5.0),
            (100, 5.0),
            (200, 4.0),
            (300, 3.0),
            (500, 1.0),
            (u64::MAX, 1.0),
        ] {
            assert_eq!(schedule.at(step).0, weight, "after {step} steps");
        }
    }

    #[test]
    fn a_decay_of_no_steps_is_a_jump() {
        let schedule = GuideSchedule {
            initial_weight: 5.0,
            final_weight: 1.0,
            decay_start: 100,
            decay_steps: 0,
        };
        assert_eq!((schedule.at(100).0, schedule.at(101).0), (5.0, 1.0));
    }
}
