//! The schedule of guided attention.

use diktor_track::short_figure;

use super::{Controller, RunView, with_factors};
use crate::{Hparams, Intervention, Knob};

/// No factor raises the weight of guided attention above this: beyond it the term drowns the others.
pub(super) const MAX_WEIGHT: f64 = 10.0;
/// What a fix multiplies the weight by.
pub(super) const FIX_MULTIPLE: f64 = 1.5;
/// The weight that has shown attention the way in every voice of ours; what a first fix gives where there is almost none.
pub(super) const SURE_WEIGHT: f64 = 5.0;
/// A schedule that never gives more gives almost none: a factor alone could not help there.
const ALMOST_NONE: f64 = 0.5;

/// Owns the weight of the guided-attention term, and moves it along a straight line; narrows its band along another.
///
/// The weight is the schedule times the factors of the phase, of the automatic fixes and of restarts
/// ([`Knob::GuidePhaseFactor`], [`Knob::GuideFixFactor`], [`Knob::GuideRestartFactor`]), at most 10 unless the schedule
/// itself is higher. Where the schedule never gives 0.5, the first fix gives 5. Here is the only place where they meet.
///
/// # Source
/// `w(step) = lerp(guide_loss_initial_weight -> guide_loss_weight)` over `[decay_start, decay_start + decay_steps]`,
/// and `guide_sigma -> guide_sigma_final` likewise.
#[derive(Debug, Clone, PartialEq)]
pub struct GuideSchedule {
    /// Weight up to `decay_start`.
    pub initial_weight: f64,
    /// Weight after the decay.
    pub final_weight: f64,
    /// Width of the band up to `decay_start`.
    pub initial_sigma: f64,
    /// Width of the band after the decay; it never widens.
    pub final_sigma: f64,
    /// Step at which weight and width begin to move.
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
            initial_sigma: hparams.guide_sigma,
            final_sigma: hparams.guide_sigma_final.min(hparams.guide_sigma),
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

impl GuideSchedule {
    /// The weight for the step after those of `view`, and in words what it is made of.
    fn composed(&self, view: &RunView<'_>) -> (f64, String) {
        let (scheduled, regime) = self.at(view.step);
        let (phase, fix) = (view.knobs.guide_phase_factor, view.knobs.guide_fix_factor);
        let restart = view.knobs.guide_restart_factor;
        let most = self.initial_weight.max(self.final_weight);
        let limit = MAX_WEIGHT.max(scheduled);
        let (asked, mut why) = if fix > 1.0 && most < ALMOST_NONE {
            // No multiple of almost nothing is said: the fix gives a weight of its own.
            let given = SURE_WEIGHT / FIX_MULTIPLE * fix;
            let regime = format!(
                "a fix gives guided attention a weight of {}, for its schedule gives almost none",
                short_figure(given)
            );
            (given * restart, with_factors(&regime, 1.0, 1.0, restart))
        } else {
            let asked = scheduled * phase * fix * restart;
            (asked, with_factors(regime, phase, fix, restart))
        };
        if asked > limit {
            why.push_str(&format!(", at most {}", short_figure(limit)));
        }
        (asked.min(limit), why)
    }

    /// Width and part of the schedule after `step` finished steps; `None` where it stays.
    pub fn sigma_at(&self, step: u64) -> Option<(f64, &'static str)> {
        let (from, to) = (self.initial_sigma, self.final_sigma);
        let gone = step.saturating_sub(self.decay_start);
        if from == to {
            None
        } else if gone == 0 {
            Some((from, "guided attention at its initial width"))
        } else if gone < self.decay_steps {
            let share = gone as f64 / self.decay_steps as f64;
            Some((from + share * (to - from), "guided attention narrows"))
        } else {
            Some((to, "guided attention at its final width"))
        }
    }
}

impl Controller for GuideSchedule {
    fn name(&self) -> &'static str {
        "guide_schedule"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let (value, regime) = self.composed(view);
        let sigma = self
            .sigma_at(view.step)
            .map(|(sigma, regime)| (Knob::GuideSigma, sigma, regime.to_owned()));
        [(Knob::GuideLossWeight, value, regime)]
            .into_iter()
            .chain(sigma)
            .map(|(knob, value, regime)| Intervention::Follow {
                knob,
                value,
                regime,
            })
            .collect()
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
            initial_sigma: 0.4,
            final_sigma: 0.2,
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
    fn factors_multiply_up_to_ten_and_a_fix_can_begin_from_nothing() {
        for (weight, phase, fix, restart, expected) in [
            (5.0, 1.0, 1.0, 1.0, 5.0),
            (1.0, 2.5, 1.0, 1.0, 2.5),
            (5.0, 2.5, 1.0, 1.0, 10.0),
            (0.0, 2.5, 1.0, 1.0, 0.0),
            (0.0, 1.0, 1.5, 1.0, 5.0),
            (0.0, 2.5, 1.5, 1.0, 5.0),
            (0.1, 2.5, 1.5, 1.0, 5.0),
            (0.0, 1.0, 2.25, 1.0, 7.5),
            (0.5, 1.0, 1.5, 1.0, 0.75),
            (1.0, 2.5, 1.5, 2.0, 7.5),
            (5.0, 1.0, 1.0, 4.0, 10.0),
            (12.0, 1.0, 1.0, 2.0, 12.0),
            (0.0, 1.0, 1.0, 2.0, 0.0),
        ] {
            let schedule = GuideSchedule {
                initial_weight: weight,
                final_weight: weight,
                initial_sigma: 0.4,
                final_sigma: 0.4,
                decay_start: 0,
                decay_steps: 0,
            };
            let knobs = crate::Knobs {
                guide_phase_factor: phase,
                guide_fix_factor: fix,
                guide_restart_factor: restart,
                ..crate::Knobs::from_hparams(&Hparams::default())
            };
            let view = RunView {
                step: 100,
                max_steps: 1000,
                epoch: 1,
                phase: diktor_track::Phase::default(),
                knobs: &knobs,
                moment: crate::Moment::Start,
            };
            let (found, why) = schedule.composed(&view);
            assert_eq!(found, expected, "{weight} {phase} {fix} {restart}");
            let multiplies = fix != 1.0 && weight >= ALMOST_NONE;
            assert_eq!(why.contains("of the fixes"), multiplies, "{why}");
        }
    }

    #[test]
    fn the_band_narrows_and_never_widens() {
        let narrowing = Hparams {
            guide_sigma: 0.4,
            guide_sigma_final: 0.2,
            guide_loss_decay_start: 100,
            guide_loss_decay_steps: 400,
            ..Hparams::default()
        };
        let schedule = GuideSchedule::from_hparams(&narrowing);
        for (step, sigma) in [(0, 0.4), (100, 0.4), (300, 0.3), (500, 0.2)] {
            let found = schedule.sigma_at(step).unwrap().0;
            assert!((found - sigma).abs() < 1e-12, "after {step} steps: {found}");
        }
        let narrow = Hparams {
            guide_sigma: 0.1,
            ..Hparams::default()
        };
        assert_eq!(GuideSchedule::from_hparams(&narrow).sigma_at(1 << 20), None);
    }

    #[test]
    fn a_decay_of_no_steps_is_a_jump() {
        let schedule = GuideSchedule {
            initial_weight: 5.0,
            final_weight: 1.0,
            initial_sigma: 0.4,
            final_sigma: 0.2,
            decay_start: 100,
            decay_steps: 0,
        };
        assert_eq!((schedule.at(100).0, schedule.at(101).0), (5.0, 1.0));
    }
}
