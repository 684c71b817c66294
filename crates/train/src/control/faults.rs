//! Watches for steps that go wrong, and decides between going on, going back and giving up.

use std::collections::BTreeMap;

use diktor_track::{FaultAction, FaultKind, FaultRecord, Outcome, names};
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView};
use crate::{
    Hparams, Intervention, Knob, StepReport,
    task::{Place, Skipped},
};

/// Steps within which spikes and explosions are counted together.
const WINDOW: u64 = 100;
/// Non-finite steps in a row that are a reason to restart.
const NON_FINITE_IN_A_ROW: u64 = 5;
/// Skipped spikes within the window that are a reason to restart.
const SPIKES: usize = 5;
/// Explosions within the window that are a reason to restart.
const EXPLOSIONS: usize = 3;
/// Steps in a row without a gradient worth the name after which that is told.
const VANISHED: u64 = 100;
/// Clean steps after which restarts are counted anew and one halving of the learning rate is taken back.
const CLEAN: u64 = 2000;
/// Age in steps that a checkpoint must have for a second restart in a row: the fault may be older than it was seen.
const REPEATED_AGE: u64 = 500;
/// Most steps of the warm-up after a restart.
const WARM_UP: u64 = 500;

/// Guards a run against steps that go wrong.
///
/// One bad step costs nothing: it makes no update. When they keep coming, the weights are in doubt, and the run goes
/// back to its last good checkpoint with a lower learning rate, a stricter clip, stronger guidance and another order of
/// the data. When that has been tried [`Hparams::max_restart_attempts`] times in a row, the run ends and says what was
/// tried.
///
/// It owns the three factors of a restart; the owners of the learning rate, the clip and the guide weight multiply
/// them in.
#[derive(Debug, Clone)]
pub struct FaultGuard {
    explosion: f64,
    vanishing: f64,
    /// Restarts in a row; none if the run is to stop instead.
    attempts: u64,
    reinitialise: bool,
    warm_up: u64,
    memory: Memory,
}

/// What must survive a stop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    non_finite_in_a_row: u64,
    spikes: Vec<u64>,
    explosions: Vec<u64>,
    vanished_in_a_row: u64,
    clean: u64,
    attempts: u64,
    /// How many times the learning rate is halved.
    severity: i32,
    /// Step from which the learning rate rises again; not known until the run has gone back.
    warm_from: WarmFrom,
    /// One sentence for each restart in a row.
    tried: Vec<String>,
}

/// Where the warm-up after a restart begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WarmFrom {
    /// There was no restart.
    #[default]
    Never,
    /// Where the run stands when it begins again.
    Here,
    /// After this step.
    Step(u64),
}

impl FaultGuard {
    /// The guard the hyper-parameters describe.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            explosion: hparams.gradient_explosion_threshold,
            vanishing: hparams.nan_detection_threshold,
            attempts: if hparams.emergency_restart_enabled {
                hparams.max_restart_attempts
            } else {
                0
            },
            reinitialise: hparams.force_model_reinit,
            warm_up: hparams.warmup_steps.min(WARM_UP),
            memory: Memory::default(),
        }
    }

    fn stepped(&mut self, step: u64, report: &StepReport) -> Vec<Intervention> {
        let norm = report.metrics.get(names::GRAD_NORM).copied();
        let Some(skipped) = report.skipped else {
            return self.clean_step(norm.unwrap_or(f64::INFINITY));
        };
        let fault = self.name(skipped, report);
        let memory = &mut self.memory;
        memory.clean = 0;
        memory.vanished_in_a_row = 0;
        let recent = |steps: &mut Vec<u64>| steps.retain(|&then| then + WINDOW > step);
        recent(&mut memory.spikes);
        recent(&mut memory.explosions);
        match fault.kind {
            FaultKind::GradientSpike | FaultKind::GradientExplosion => {
                memory.non_finite_in_a_row = 0;
                memory.spikes.push(step);
                if fault.kind == FaultKind::GradientExplosion {
                    memory.explosions.push(step);
                }
            }
            _ => memory.non_finite_in_a_row += 1,
        }
        let reason = if fault.kind == FaultKind::NonFiniteTensor {
            Some("the network holds values that are not finite".to_owned())
        } else if memory.non_finite_in_a_row >= NON_FINITE_IN_A_ROW {
            Some(format!(
                "{NON_FINITE_IN_A_ROW} steps in a row were not finite"
            ))
        } else if memory.explosions.len() >= EXPLOSIONS {
            Some(format!(
                "the gradient norm was above {} in {EXPLOSIONS} of {WINDOW} steps",
                self.explosion
            ))
        } else if memory.spikes.len() >= SPIKES {
            Some(format!(
                "{SPIKES} of {WINDOW} steps were skipped because the gradient norm jumped"
            ))
        } else {
            None
        };
        match reason {
            Some(reason) => self.escalate(step, fault, &reason),
            None => vec![Intervention::Tell(fault)],
        }
    }

    /// What to call a step that made no update.
    fn name(&self, skipped: Skipped, report: &StepReport) -> FaultRecord {
        let culprit = report.culprit.clone().unwrap_or_default();
        let in_weights = matches!(culprit.place, Some(Place::Tensor(_)));
        let (kind, value) = match skipped {
            Skipped::Loss(value) | Skipped::GradientNorm(value) if in_weights => {
                (FaultKind::NonFiniteTensor, value)
            }
            Skipped::Loss(value) => (FaultKind::NonFiniteLoss, value),
            Skipped::GradientNorm(value) => (FaultKind::NonFiniteGradient, value),
            Skipped::Spike(value) if value > self.explosion => {
                (FaultKind::GradientExplosion, value)
            }
            Skipped::Spike(value) => (FaultKind::GradientSpike, value),
        };
        FaultRecord {
            kind,
            value,
            place: culprit.place.map(Place::into_name),
            suspects: culprit.utterances,
            batch: culprit.batch,
            action: FaultAction::Skipped,
        }
    }

    fn clean_step(&mut self, norm: f64) -> Vec<Intervention> {
        let memory = &mut self.memory;
        memory.non_finite_in_a_row = 0;
        memory.clean += 1;
        if memory.clean == CLEAN {
            memory.clean = 0;
            memory.attempts = 0;
            memory.tried.clear();
            memory.severity = (memory.severity - 1).max(0);
        }
        memory.vanished_in_a_row = if norm < self.vanishing {
            memory.vanished_in_a_row + 1
        } else {
            0
        };
        if memory.vanished_in_a_row != VANISHED {
            return Vec::new();
        }
        vec![Intervention::Tell(FaultRecord {
            kind: FaultKind::VanishingGradient,
            value: norm,
            place: None,
            suspects: Vec::new(),
            batch: Vec::new(),
            action: FaultAction::Reported,
        })]
    }

    /// Skipping is not enough any more: go back, or give up.
    fn escalate(&mut self, step: u64, fault: FaultRecord, reason: &str) -> Vec<Intervention> {
        let told = |action| Intervention::Tell(FaultRecord { action, ..fault });
        let memory = &mut self.memory;
        if memory.attempts >= self.attempts {
            let why = match &memory.tried[..] {
                [] => format!("{reason}; restarts are switched off"),
                tried => format!(
                    "{reason}, after {} restarts in a row: {}",
                    tried.len(),
                    tried.join("; ")
                ),
            };
            let outcome = Outcome::RedFlag;
            return vec![
                told(FaultAction::Stopped),
                Intervention::Stop { outcome, why },
            ];
        }
        let attempt = memory.attempts + 1;
        let tried = format!("at step {step} {reason}");
        *memory = Memory {
            attempts: attempt,
            severity: memory.severity + 1,
            warm_from: WarmFrom::Here,
            tried: std::mem::take(&mut memory.tried),
            ..Memory::default()
        };
        memory.tried.push(tried);
        let restart = Restart {
            attempt,
            most: self.attempts,
            min_age: if attempt > 1 { REPEATED_AGE } else { 0 },
            reinitialise: self.reinitialise && attempt == self.attempts,
            overrides: self
                .strengths()
                .map(|(knob, value)| (knob.name().to_owned(), value))
                .into(),
            why: reason.to_owned(),
        };
        vec![told(FaultAction::Restarted), Intervention::Restart(restart)]
    }

    /// The factors once the warm-up is over.
    fn strengths(&self) -> [(Knob, f64); 3] {
        let halved = 0.5_f64.powi(self.memory.severity);
        [
            (Knob::LrRestartFactor, halved),
            (Knob::ClipRestartFactor, halved),
            (Knob::GuideRestartFactor, 2.0_f64.powi(self.memory.severity)),
        ]
    }

    /// The factors for the step after `step`.
    fn factors(&self, step: u64) -> Vec<Intervention> {
        let gone = match self.memory.warm_from {
            WarmFrom::Step(from) => step.saturating_sub(from) + 1,
            WarmFrom::Here | WarmFrom::Never => self.warm_up,
        };
        let share = if gone < self.warm_up {
            gone as f64 / self.warm_up as f64
        } else {
            1.0
        };
        let factor = |(knob, value): (Knob, f64)| {
            let (value, regime) = match (knob, self.memory.severity) {
                (Knob::LrRestartFactor, _) if share < 1.0 => {
                    (value * share, "warm-up after a restart".to_owned())
                }
                (_, 0) => (value, "no restart is being made up for".to_owned()),
                (_, severity) => (value, format!("makes up for restarts: {severity}")),
            };
            Intervention::Follow {
                knob,
                value,
                regime,
            }
        };
        self.strengths().map(factor).into()
    }
}

impl Controller for FaultGuard {
    fn name(&self) -> &'static str {
        "fault_guard"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let mut wishes = match view.moment {
            Moment::Start => {
                if self.memory.warm_from == WarmFrom::Here {
                    self.memory.warm_from = WarmFrom::Step(view.step);
                }
                Vec::new()
            }
            Moment::Step(report) => self.stepped(view.step, report),
            Moment::Broken(tensor) => {
                let fault = FaultRecord {
                    kind: FaultKind::NonFiniteTensor,
                    value: f64::NAN,
                    place: Some(tensor.to_owned()),
                    suspects: Vec::new(),
                    batch: Vec::new(),
                    action: FaultAction::Reported,
                };
                let reason = format!("`{tensor}` holds values that are not finite");
                self.escalate(view.step, fault, &reason)
            }
            Moment::Checked(_) | Moment::Validated(_) => return Vec::new(),
        };
        wishes.extend(self.factors(view.step));
        wishes
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.memory)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.memory = Memory::deserialize(state)?;
        Ok(())
    }
}

/// What a controller asks for when it wants the run to go back.
#[derive(Debug, Clone, PartialEq)]
pub struct Restart {
    /// Which restart in a row this is, from 1.
    pub attempt: u64,
    /// How many in a row there may be.
    pub most: u64,
    /// Steps that must lie between now and the checkpoint to go back to, if one so old is left.
    pub min_age: u64,
    /// Whether to draw new weights if the beginning is all there is to go back to.
    pub reinitialise: bool,
    /// What will be different, by the names of the knobs.
    pub overrides: BTreeMap<String, f64>,
    /// Reason in one sentence.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Knobs;

    /// A guard, and what it asked for so far.
    struct Trace {
        guard: FaultGuard,
        step: u64,
        knobs: Knobs,
    }

    impl Trace {
        fn new(change: impl FnOnce(&mut Hparams)) -> Self {
            let mut hparams = Hparams::default();
            change(&mut hparams);
            Self {
                guard: FaultGuard::from_hparams(&hparams),
                step: 0,
                knobs: Knobs::from_hparams(&hparams),
            }
        }

        fn at(&mut self, moment: Moment<'_>) -> Vec<Intervention> {
            let view = RunView {
                step: self.step,
                max_steps: 1_000_000,
                epoch: 1,
                phase: diktor_track::Phase::default(),
                knobs: &self.knobs,
                moment,
            };
            let mut wishes = self.guard.decide(&view);
            wishes.retain(|wish| !matches!(wish, Intervention::Follow { .. }));
            wishes
        }

        fn step(&mut self, norm: f64, skipped: Option<Skipped>) -> Vec<Intervention> {
            self.step += 1;
            let report = StepReport {
                metrics: [(names::GRAD_NORM.to_owned(), norm)].into(),
                skipped,
                ..StepReport::default()
            };
            self.at(Moment::Step(&report))
        }

        fn clean(&mut self, steps: u64) {
            for _ in 0..steps {
                assert_eq!(self.step(1.0, None), []);
            }
        }

        fn spike(&mut self, norm: f64) -> Vec<(FaultKind, FaultAction)> {
            faults(&self.step(norm, Some(Skipped::Spike(norm))))
        }

        fn factor(&mut self, knob: Knob) -> f64 {
            let wishes = self.guard.factors(self.step);
            let found = wishes.iter().find_map(|wish| match wish {
                Intervention::Follow {
                    knob: one, value, ..
                } if *one == knob => Some(*value),
                _ => None,
            });
            found.unwrap()
        }
    }

    fn faults(wishes: &[Intervention]) -> Vec<(FaultKind, FaultAction)> {
        let told = wishes.iter().filter_map(|wish| match wish {
            Intervention::Tell(fault) => Some((fault.kind, fault.action)),
            _ => None,
        });
        told.collect()
    }

    #[test]
    fn five_non_finite_steps_in_a_row_are_a_restart_and_four_are_not() {
        let nan = Some(Skipped::Loss(f64::NAN));
        let mut trace = Trace::new(|_| ());
        for _ in 0..10 {
            for _ in 0..4 {
                let wishes = trace.step(f64::NAN, nan);
                assert_eq!(
                    faults(&wishes),
                    [(FaultKind::NonFiniteLoss, FaultAction::Skipped)]
                );
            }
            trace.clean(1);
        }
        for _ in 0..4 {
            trace.step(f64::NAN, nan);
        }
        let wishes = trace.step(f64::NAN, nan);
        assert!(
            matches!(&wishes[..], [Intervention::Tell(_), Intervention::Restart(restart)] if restart.attempt == 1),
            "{wishes:?}"
        );
    }

    #[test]
    fn spikes_and_explosions_are_counted_within_a_hundred_steps() {
        let mut trace = Trace::new(|_| ());
        for _ in 0..20 {
            assert_eq!(
                trace.spike(500.0),
                [(FaultKind::GradientSpike, FaultAction::Skipped)]
            );
            trace.clean(24);
        }
        for action in [
            FaultAction::Skipped,
            FaultAction::Skipped,
            FaultAction::Restarted,
        ] {
            // The first of these three stands within a hundred steps of three of the spikes above.
            let kind = FaultKind::GradientExplosion;
            assert_eq!(trace.spike(5000.0), [(kind, action)]);
            if action == FaultAction::Skipped {
                trace.clean(30);
            }
        }
        let mut trace = Trace::new(|_| ());
        for _ in 0..4 {
            trace.spike(500.0);
        }
        let last = (FaultKind::GradientSpike, FaultAction::Restarted);
        assert_eq!(trace.spike(500.0), [last]);
    }

    #[test]
    fn after_the_last_attempt_the_run_stops_and_says_what_was_tried() {
        let mut trace = Trace::new(|hparams| hparams.max_restart_attempts = 2);
        for attempt in 1..=2 {
            let wishes = trace.at(Moment::Broken("encoder.x"));
            let [Intervention::Tell(fault), Intervention::Restart(restart)] = &wishes[..] else {
                panic!("{wishes:?}")
            };
            assert_eq!(fault.place.as_deref(), Some("encoder.x"));
            assert_eq!((restart.attempt, restart.most), (attempt, 2));
            assert_eq!(restart.min_age, if attempt == 1 { 0 } else { 500 });
            assert_eq!(trace.at(Moment::Start), []);
            trace.clean(300);
        }
        let wishes = trace.at(Moment::Broken("encoder.x"));
        let [_, Intervention::Stop { outcome, why }] = &wishes[..] else {
            panic!("{wishes:?}")
        };
        assert_eq!(*outcome, Outcome::RedFlag);
        assert!(
            why.contains("after 2 restarts") && why.contains("at step 300"),
            "{why}"
        );
    }

    #[test]
    fn without_restarts_the_run_stops_at_once() {
        let mut trace = Trace::new(|hparams| hparams.emergency_restart_enabled = false);
        let wishes = trace.at(Moment::Broken("x"));
        assert!(
            matches!(&wishes[..], [_, Intervention::Stop { why, .. }] if why.contains("switched off")),
            "{wishes:?}"
        );
    }

    #[test]
    fn two_thousand_clean_steps_begin_the_count_anew_and_take_back_one_halving() {
        let mut trace = Trace::new(|hparams| hparams.warmup_steps = 10);
        for _ in 0..2 {
            trace.at(Moment::Broken("x"));
            trace.at(Moment::Start);
        }
        assert_eq!(trace.factor(Knob::LrRestartFactor), 0.25 * 0.1);
        trace.clean(9);
        assert_eq!(trace.factor(Knob::LrRestartFactor), 0.25);
        assert_eq!(trace.factor(Knob::GuideRestartFactor), 4.0);
        trace.clean(1990);
        assert_eq!(trace.factor(Knob::ClipRestartFactor), 0.25);
        trace.clean(1);
        assert_eq!(trace.factor(Knob::ClipRestartFactor), 0.5);
        let wishes = trace.at(Moment::Broken("x"));
        assert!(
            matches!(&wishes[..], [_, Intervention::Restart(restart)] if restart.attempt == 1),
            "{wishes:?}"
        );
    }

    #[test]
    fn a_vanished_gradient_is_told_once() {
        let mut trace = Trace::new(|_| ());
        let told: usize = (0..300).map(|_| trace.step(1e-9, None).len()).sum();
        assert_eq!(told, 1);
        trace.clean(1);
        let told: usize = (0..99).map(|_| trace.step(1e-9, None).len()).sum();
        assert_eq!(told, 0);
        let wishes = trace.step(1e-9, None);
        assert_eq!(
            faults(&wishes),
            [(FaultKind::VanishingGradient, FaultAction::Reported)]
        );
    }

    #[test]
    fn a_guard_that_was_saved_goes_on_counting() {
        let mut trace = Trace::new(|_| ());
        for _ in 0..4 {
            trace.spike(500.0);
        }
        let text = trace.guard.save().to_string();
        let mut again = Trace::new(|_| ());
        again
            .guard
            .load(&serde_json::from_str(&text).unwrap())
            .unwrap();
        again.step = trace.step;
        assert_eq!(
            again.spike(500.0),
            [(FaultKind::GradientSpike, FaultAction::Restarted)]
        );
    }
}
