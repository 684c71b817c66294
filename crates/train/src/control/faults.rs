//! Watches for what goes wrong, and decides between going on, going back and giving up.

mod divergence;
mod lost;
mod memory;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use diktor_track::{FaultAction, FaultKind, FaultRecord, Outcome, names};
use serde::Deserialize as _;

use self::memory::{Memory, Pace, WarmFrom};
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

/// Guards a run against steps that go wrong, and against losing what it had learnt.
///
/// One bad step costs nothing: it makes no update. When they keep coming the weights are in doubt, and when the loss has
/// risen far above its best, or attention or gate are lost, they are spoilt. Then the run goes back to its last good
/// checkpoint with a lower learning rate, a stricter clip, stronger guidance, without the terms of the variants and with
/// another order of the data. When that has been tried [`Hparams::max_restart_attempts`] times in a row, the run ends
/// and says what was tried.
///
/// It owns the factors of a restart; the owners of the learning rate, the clip and the guide weight multiply them in.
#[derive(Debug, Clone)]
pub struct FaultGuard {
    explosion: f64,
    vanishing: f64,
    /// Restarts in a row; none if the run is to stop instead.
    attempts: u64,
    reinitialise: bool,
    warm_up: u64,
    /// Whether there are terms of variants to leave out.
    has_variants: bool,
    memory: Memory,
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
            warm_up: hparams.warmup_steps,
            has_variants: hparams.use_mmi || hparams.use_ddc_loss,
            memory: Memory::default(),
        }
    }

    fn stepped(&mut self, view: &RunView<'_>, report: &StepReport) -> Vec<Intervention> {
        let step = view.step;
        let Some(skipped) = report.skipped else {
            return self.clean_step(view, report);
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
            Some(reason) => self.escalate(view, fault, 0, &reason),
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

    fn clean_step(&mut self, view: &RunView<'_>, report: &StepReport) -> Vec<Intervention> {
        let norm = report.metrics.get(names::GRAD_NORM).copied();
        let norm = norm.unwrap_or(f64::INFINITY);
        let memory = &mut self.memory;
        memory.non_finite_in_a_row = 0;
        memory.forgive(view.step, Pace::of(view.max_steps).clean);
        memory.vanished_in_a_row = if norm < self.vanishing {
            memory.vanished_in_a_row + 1
        } else {
            0
        };
        let risen = memory.divergence.note(report, view.knobs.n_frames_per_step);
        if let Some(risen) = risen {
            let fault = found(FaultKind::LossDiverged, risen.error);
            return self.escalate(view, fault, divergence::AGE, &risen.sentence());
        }
        if memory.vanished_in_a_row != VANISHED {
            return Vec::new();
        }
        vec![Intervention::Tell(found(
            FaultKind::VanishingGradient,
            norm,
        ))]
    }

    /// Looks whether the voice can still do what it could.
    fn validated(
        &mut self,
        view: &RunView<'_>,
        metrics: &BTreeMap<String, f64>,
    ) -> Vec<Intervention> {
        match self.memory.skills.note(view.step, metrics) {
            Some(lost) => {
                let fault = found(lost.skill.fault(), lost.value);
                let age = view.step - lost.sound_at;
                self.escalate(view, fault, age, &lost.sentence())
            }
            None => Vec::new(),
        }
    }

    /// Skipping is not enough any more: go back by `age` steps or more, or give up.
    fn escalate(
        &mut self,
        view: &RunView<'_>,
        fault: FaultRecord,
        age: u64,
        reason: &str,
    ) -> Vec<Intervention> {
        let pace = Pace::of(view.max_steps);
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
        memory.go_back(view.step, pace.clean, reason);
        let restart = Restart {
            attempt,
            most: self.attempts,
            min_age: if attempt > 1 {
                age.max(pace.repeated_age)
            } else {
                age
            },
            reinitialise: self.reinitialise && attempt == self.attempts,
            overrides: self
                .strengths()
                .into_iter()
                .map(|(knob, value)| (knob.name().to_owned(), value))
                .collect(),
            why: reason.to_owned(),
        };
        vec![told(FaultAction::Restarted), Intervention::Restart(restart)]
    }

    /// The factors once the warm-up is over.
    fn strengths(&self) -> Vec<(Knob, f64)> {
        let severity = self.memory.severity;
        let halved = 0.5_f64.powi(severity);
        let mut strengths = vec![
            (Knob::LrRestartFactor, halved),
            (Knob::ClipRestartFactor, halved),
            (Knob::GuideRestartFactor, 2.0_f64.powi(severity)),
        ];
        if self.has_variants {
            let kept = if severity > 0 { 0.0 } else { 1.0 };
            strengths.push((Knob::VariantsRestartFactor, kept));
        }
        strengths
    }

    /// The factors for the step after the one of `view`.
    fn factors(&self, view: &RunView<'_>) -> Vec<Intervention> {
        let warm_up = self.warm_up.min(Pace::of(view.max_steps).warm_up);
        let gone = match self.memory.warm_from {
            WarmFrom::Step(from) => view.step.saturating_sub(from) + 1,
            WarmFrom::Here | WarmFrom::Never => warm_up,
        };
        let share = if gone < warm_up {
            gone as f64 / warm_up as f64
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
        self.strengths().into_iter().map(factor).collect()
    }
}

/// A fault that no step and no place is to blame for.
fn found(kind: FaultKind, value: f64) -> FaultRecord {
    FaultRecord {
        kind,
        value,
        place: None,
        suspects: Vec::new(),
        batch: Vec::new(),
        action: FaultAction::Reported,
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
                    self.memory.skills.went_back(view.step);
                }
                Vec::new()
            }
            Moment::Step(report) => self.stepped(view, report),
            Moment::Broken(tensor) => {
                let fault = FaultRecord {
                    place: Some(tensor.to_owned()),
                    ..found(FaultKind::NonFiniteTensor, f64::NAN)
                };
                let reason = format!("`{tensor}` holds values that are not finite");
                self.escalate(view, fault, 0, &reason)
            }
            Moment::Checked(metrics) | Moment::Validated(metrics) => {
                return self.validated(view, metrics);
            }
        };
        wishes.extend(self.factors(view));
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
