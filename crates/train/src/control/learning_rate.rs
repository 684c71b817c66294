//! The learning rate: warm-up and schedules.

use diktor_track::names;
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView, with_factors};
use crate::{Hparams, Intervention, Knob, hparams::LrSchedule};

/// Validations without improvement after which `plateau` halves the rate.
const PLATEAU_PATIENCE: u64 = 10;
/// What `plateau` multiplies the rate by.
const PLATEAU_FACTOR: f64 = 0.5;
/// Smallest fall of the validation loss that counts as an improvement.
const PLATEAU_MIN_DELTA: f64 = 5e-4;

/// Owns the learning rate: nothing else asks for it in an ordinary run.
///
/// The rate is the schedule times the factors of the phase, of the automatic fixes and of restarts
/// ([`Knob::LrPhaseFactor`], [`Knob::LrFixFactor`], [`Knob::LrRestartFactor`]), held between `learning_rate_min` and the
/// base rate. Here is the only place where they meet.
///
/// # Source
/// With `s` the coming step, counted from 1, and `b` the base rate: constant `b`; exp `b·0.01^((s-start)/steps)` from
/// `start` on; cosine `floor + (b-floor)·(1+cos(π·s/total))/2`; noam `b·√w·min(s·w^-1.5, s^-0.5)` with `w = warmup_steps`,
/// so that its peak is `b`. All but noam are multiplied by `min(1, s/warmup_steps)`. Whatever comes out is held between
/// `learning_rate_min` and `b`, in the warm-up too.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningRate {
    /// The rate at the end of the warm-up.
    pub base: f64,
    /// Floor after the warm-up.
    pub floor: f64,
    /// How the rate moves.
    pub schedule: LrSchedule,
    /// Steps of the rise from zero.
    pub warmup_steps: u64,
    /// Where `exp` begins to fall.
    pub decay_start: u64,
    /// Steps in which `exp` falls hundredfold.
    pub decay_steps: u64,
    /// Length of the cosine.
    pub total_steps: u64,
    /// Whether the base rate of a checkpoint replaces that of the hyper-parameters on resume.
    pub use_saved: bool,
    plateau: Plateau,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Plateau {
    scale: f64,
    best: Option<f64>,
    waited: u64,
}

#[derive(Serialize, Deserialize)]
struct State {
    base: f64,
    plateau: Plateau,
}

impl LearningRate {
    /// A schedule with a base rate, no warm-up and no floor; set the other fields as needed.
    pub fn new(schedule: LrSchedule, base: f64) -> Self {
        Self {
            base,
            floor: 0.0,
            schedule,
            warmup_steps: 0,
            decay_start: 50_000,
            decay_steps: 100_000,
            total_steps: 0,
            use_saved: false,
            plateau: Plateau {
                scale: 1.0,
                best: None,
                waited: 0,
            },
        }
    }

    /// The schedule the hyper-parameters describe, for a run of `max_steps`.
    pub fn from_hparams(hparams: &Hparams, max_steps: u64) -> Self {
        Self {
            floor: hparams.learning_rate_min,
            warmup_steps: hparams.warmup_steps,
            decay_start: hparams.lr_decay_start,
            decay_steps: hparams.lr_decay_steps,
            total_steps: max_steps,
            use_saved: hparams.use_saved_learning_rate,
            ..Self::new(hparams.lr_schedule, hparams.learning_rate)
        }
    }

    /// Rate and part of the schedule for the step that follows `done` finished ones.
    pub fn at(&self, done: u64) -> (f64, &'static str) {
        let s = (done + 1) as f64;
        let (rate, regime) = self.scheduled(s);
        let floor = self.floor.min(self.base);
        if self.schedule != LrSchedule::Noam && s < self.warmup_steps as f64 {
            let rate = rate * s / self.warmup_steps as f64;
            (rate.max(floor), "warm-up")
        } else if rate < floor {
            (floor, "floor")
        } else {
            (rate, regime)
        }
    }

    /// The rate for the step after those of `view`, and in words what it is made of.
    fn composed(&self, view: &RunView<'_>) -> (f64, String) {
        let (rate, regime) = self.at(view.step);
        let (phase, fix) = (view.knobs.lr_phase_factor, view.knobs.lr_fix_factor);
        let restart = view.knobs.lr_restart_factor;
        let floor = self.floor.min(self.base);
        let rate = (rate * phase * fix * restart).clamp(floor, self.base);
        (rate, with_factors(regime, phase, fix, restart))
    }

    fn scheduled(&self, s: f64) -> (f64, &'static str) {
        match self.schedule {
            LrSchedule::Constant => (self.base, "constant"),
            LrSchedule::Plateau => (self.base * self.plateau.scale, "plateau"),
            LrSchedule::Exp => {
                let gone = s - self.decay_start as f64;
                if gone <= 0.0 {
                    (self.base, "hold")
                } else {
                    let decades = gone / self.decay_steps.max(1) as f64;
                    (self.base * 0.01_f64.powf(decades), "exponential decay")
                }
            }
            LrSchedule::Cosine => {
                let share = (s / self.total_steps.max(1) as f64).min(1.0);
                let height = 0.5 * (1.0 + (std::f64::consts::PI * share).cos());
                let floor = self.floor.min(self.base);
                (floor + (self.base - floor) * height, "cosine decay")
            }
            LrSchedule::Noam => {
                let w = self.warmup_steps.max(1) as f64;
                let rate = self.base * w.sqrt() * (s * w.powf(-1.5)).min(s.powf(-0.5));
                let regime = if s <= w {
                    "warm-up"
                } else {
                    "inverse square root decay"
                };
                (rate.min(self.base), regime)
            }
        }
    }

    /// Counts a validation and says whether the rate has to fall.
    fn plateau_reached(&mut self, loss: f64) -> bool {
        let state = &mut self.plateau;
        if loss.is_finite()
            && state
                .best
                .is_none_or(|best| loss < best - PLATEAU_MIN_DELTA)
        {
            state.best = Some(loss);
            state.waited = 0;
            return false;
        }
        state.waited += 1;
        if state.waited <= PLATEAU_PATIENCE {
            return false;
        }
        state.waited = 0;
        state.scale *= PLATEAU_FACTOR;
        true
    }
}

impl Controller for LearningRate {
    fn name(&self) -> &'static str {
        "learning_rate"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let knob = Knob::LearningRate;
        if let (LrSchedule::Plateau, Moment::Validated(metrics)) = (self.schedule, view.moment) {
            let loss = metrics.get(names::VALIDATION_LOSS).copied();
            if loss.is_some_and(|loss| self.plateau_reached(loss)) {
                return vec![Intervention::Set {
                    knob,
                    value: self.composed(view).0,
                    why: format!(
                        "validation loss has not fallen by {PLATEAU_MIN_DELTA} for {} validations",
                        PLATEAU_PATIENCE + 1
                    ),
                }];
            }
        }
        let (value, regime) = self.composed(view);
        vec![Intervention::Follow {
            knob,
            value,
            regime,
        }]
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(State {
            base: self.base,
            plateau: self.plateau.clone()
        })
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        let state = State::deserialize(state)?;
        self.plateau = state.plateau;
        if self.use_saved {
            self.base = state.base;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use diktor_track::Phase;

    use super::*;
    use crate::Knobs;

    /// Rates after `done` steps; the expected values were computed by hand from the formulas in the type's comment.
    fn check(schedule: &LearningRate, expected: &[(u64, f64, &str)]) {
        for &(done, rate, regime) in expected {
            let (found, found_regime) = schedule.at(done);
            assert!(
                (found - rate).abs() <= 1e-9 * rate.abs(),
                "after {done} steps: {found}, expected {rate}"
            );
            assert_eq!(found_regime, regime, "after {done} steps");
        }
    }

    #[test]
    fn constant_stays_after_the_warm_up() {
        let schedule = LearningRate {
            warmup_steps: 10,
            ..LearningRate::new(LrSchedule::Constant, 1e-3)
        };
        check(
            &schedule,
            &[
                (0, 1e-4, "warm-up"),
                (4, 5e-4, "warm-up"),
                (9, 1e-3, "constant"),
                (1_000_000, 1e-3, "constant"),
            ],
        );
    }

    #[test]
    fn exp_holds_then_falls_hundredfold_then_rests_on_the_floor() {
        let schedule = LearningRate {
            floor: 1e-6,
            warmup_steps: 500,
            ..LearningRate::new(LrSchedule::Exp, 1e-3)
        };
        check(
            &schedule,
            &[
                (0, 2e-6, "warm-up"),
                (499, 1e-3, "hold"),
                (49_999, 1e-3, "hold"),
                (99_999, 1e-4, "exponential decay"),
                (149_999, 1e-5, "exponential decay"),
                (500_000, 1e-6, "floor"),
            ],
        );
    }

    #[test]
    fn cosine_ends_on_the_floor() {
        let schedule = LearningRate {
            floor: 1e-5,
            total_steps: 1000,
            ..LearningRate::new(LrSchedule::Cosine, 1e-3)
        };
        check(
            &schedule,
            &[
                (499, 5.05e-4, "cosine decay"),
                (999, 1e-5, "cosine decay"),
                (5000, 1e-5, "cosine decay"),
            ],
        );
    }

    #[test]
    fn noam_peaks_at_the_base_rate() {
        let schedule = LearningRate {
            warmup_steps: 4000,
            ..LearningRate::new(LrSchedule::Noam, 1e-3)
        };
        check(
            &schedule,
            &[
                (0, 2.5e-7, "warm-up"),
                (3999, 1e-3, "warm-up"),
                (15_999, 5e-4, "inverse square root decay"),
            ],
        );
    }

    #[test]
    fn the_rate_never_leaves_its_bounds() {
        for schedule in [
            LrSchedule::Constant,
            LrSchedule::Exp,
            LrSchedule::Plateau,
            LrSchedule::Cosine,
            LrSchedule::Noam,
        ] {
            let schedule = LearningRate {
                floor: 1e-6,
                warmup_steps: 500,
                decay_start: 1000,
                decay_steps: 3000,
                total_steps: 20_000,
                ..LearningRate::new(schedule, 1e-4)
            };
            for done in 0..30_000 {
                let (rate, regime) = schedule.at(done);
                let inside = (1e-6..=1e-4).contains(&rate);
                assert!(inside, "{schedule:?} after {done}: {rate} ({regime})");
            }
        }
    }

    fn validated(controller: &mut LearningRate, loss: f64) -> f64 {
        let knobs = Knobs::from_hparams(&Hparams::default());
        let metrics = BTreeMap::from([(names::VALIDATION_LOSS.to_owned(), loss)]);
        let asked = controller.decide(&RunView {
            step: 100,
            max_steps: 1000,
            epoch: 1,
            phase: Phase::default(),
            knobs: &knobs,
            moment: Moment::Validated(&metrics),
        });
        match &asked[0] {
            Intervention::Set { value, .. } | Intervention::Follow { value, .. } => *value,
            other => panic!("a schedule sets its knob, not {other:?}"),
        }
    }

    #[test]
    fn factors_multiply_and_the_rate_stays_between_floor_and_base() {
        let schedule = LearningRate {
            floor: 1e-5,
            ..LearningRate::new(LrSchedule::Constant, 1e-3)
        };
        for (phase, fix, restart, expected) in [
            (1.0, 1.0, 1.0, 1e-3),
            (0.5, 0.5, 1.0, 2.5e-4),
            (0.3, 0.03125, 1.0, 1e-5),
            (1.0, 4.0, 1.0, 1e-3),
            (0.5, 0.5, 0.25, 6.25e-5),
            (1.0, 1.0, 0.001, 1e-5),
        ] {
            let knobs = Knobs {
                lr_phase_factor: phase,
                lr_fix_factor: fix,
                lr_restart_factor: restart,
                ..Knobs::from_hparams(&Hparams::default())
            };
            let (rate, regime) = schedule.composed(&RunView {
                step: 100,
                max_steps: 1000,
                epoch: 1,
                phase: Phase::default(),
                knobs: &knobs,
                moment: Moment::Start,
            });
            assert_eq!(rate, expected, "{phase} {fix} {restart}");
            let is_plain = [phase, fix, restart] == [1.0; 3];
            assert_eq!(regime == "constant", is_plain, "{regime}");
        }
    }

    #[test]
    fn plateau_halves_after_eleven_validations_without_gain_and_survives_a_stop() {
        let mut controller = LearningRate::new(LrSchedule::Plateau, 1e-3);
        assert_eq!(validated(&mut controller, 1.0), 1e-3);
        for _ in 0..10 {
            assert_eq!(validated(&mut controller, 0.9999), 1e-3);
        }
        let state = controller.save();
        assert_eq!(validated(&mut controller, f64::NAN), 5e-4);
        let mut restored = LearningRate::new(LrSchedule::Plateau, 1e-3);
        restored.load(&state).unwrap();
        assert_eq!(validated(&mut restored, 2.0), 5e-4);
        assert_eq!(validated(&mut restored, 0.5), 5e-4);
    }

    #[test]
    fn the_saved_base_rate_is_used_only_on_request() {
        let state = LearningRate::new(LrSchedule::Constant, 7e-4).save();
        let mut fresh = LearningRate::new(LrSchedule::Constant, 1e-3);
        fresh.load(&state).unwrap();
        assert_eq!(fresh.at(0).0, 1e-3);
        fresh.use_saved = true;
        fresh.load(&state).unwrap();
        assert_eq!(fresh.at(0).0, 7e-4);
    }
}
