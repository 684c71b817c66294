//! The schedule of teacher forcing.

use super::{Controller, RunView};
use crate::{Hparams, Intervention, Knob};

/// Lowers the probability with which the decoder reads true frames along a straight line.
///
/// # Source
/// Bengio et al., Scheduled Sampling (arXiv:1506.03099), section 2.4, linear decay.
#[derive(Debug, Clone, PartialEq)]
pub struct ForcingSchedule {
    /// Probability up to `decay_start`.
    pub start: f64,
    /// Probability after the decay.
    pub end: f64,
    /// Step at which it begins to fall.
    pub decay_start: u64,
    /// Steps the fall takes.
    pub decay_steps: u64,
    /// It never falls below this.
    pub floor: f64,
}

impl ForcingSchedule {
    /// The schedule the hyper-parameters describe; `None` where the probability is constant.
    pub fn from_hparams(hparams: &Hparams) -> Option<Self> {
        let (start, end) = (
            hparams.teacher_forcing_start_ratio,
            hparams.teacher_forcing_end_ratio,
        );
        (start < 1.0 || end < 1.0).then_some(Self {
            start,
            end,
            decay_start: hparams.teacher_forcing_decay_start,
            decay_steps: hparams.teacher_forcing_decay_steps,
            floor: hparams.min_teacher_forcing,
        })
    }

    /// Probability and part of the schedule after `step` finished steps.
    pub fn at(&self, step: u64) -> (f64, &'static str) {
        let gone = step.saturating_sub(self.decay_start);
        let (value, regime) = if gone == 0 {
            (self.start, "teacher forcing at its start")
        } else if gone < self.decay_steps {
            let share = gone as f64 / self.decay_steps as f64;
            (
                self.start + share * (self.end - self.start),
                "teacher forcing falls",
            )
        } else {
            (self.end, "teacher forcing at its end")
        };
        if value > self.floor {
            (value, regime)
        } else {
            (self.floor, "teacher forcing at its floor")
        }
    }
}

impl Controller for ForcingSchedule {
    fn name(&self) -> &'static str {
        "forcing_schedule"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let (value, regime) = self.at(view.step);
        vec![Intervention::Follow {
            knob: Knob::PTeacherForcing,
            value,
            regime: regime.to_owned(),
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probability_falls_along_a_straight_line_to_its_floor() {
        let schedule = ForcingSchedule {
            start: 1.0,
            end: 0.5,
            decay_start: 100,
            decay_steps: 400,
            floor: 0.7,
        };
        for (step, expected, regime) in [
            (0, 1.0, "teacher forcing at its start"),
            (100, 1.0, "teacher forcing at its start"),
            (300, 0.75, "teacher forcing falls"),
            (400, 0.7, "teacher forcing at its floor"),
            (u64::MAX, 0.7, "teacher forcing at its floor"),
        ] {
            assert_eq!(schedule.at(step), (expected, regime), "after {step} steps");
        }
    }

    #[test]
    fn without_a_fall_there_is_no_schedule() {
        assert_eq!(ForcingSchedule::from_hparams(&Hparams::default()), None);
    }
}
