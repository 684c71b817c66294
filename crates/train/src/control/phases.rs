//! The phases of a run: what its training is about, told from how far the voice has come.

use std::{collections::BTreeMap, fmt::Write as _};

use diktor_track::{Phase, flags::MUMBLED, names, short_figure};
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView, evidence::finite, recent::Fading};
use crate::{Hparams, Intervention, Knob};

/// Evaluations in a row that a phase takes to be left, forwards or backwards.
const IN_A_ROW: u32 = 3;
/// Share of the old mean that stays with each evaluation.
const KEEP: f64 = 0.5;
/// Full validations without a better loss that make a plateau.
const PLATEAU: u32 = 5;

/// What a phase is left for, and what it does meanwhile.
///
/// # Source
/// Names and epochs: the specification. A phase is left by what the voice can do; epochs alone would never end one in a
/// short run, so they are the latest end. Diagonality that starts a phase lies well above that which ends it, so that
/// noise does not send the run to and fro.
struct Rule {
    /// Epoch in which it is left at the latest.
    latest_epoch: Option<u64>,
    /// Diagonality below which the run falls back.
    falls_back_below: f64,
    /// Factor on the weight of guided attention.
    guide: f64,
    /// Factor on the learning rate.
    rate: f64,
}

fn rule(phase: Phase) -> Rule {
    let (latest_epoch, falls_back_below, guide, rate) = match phase {
        Phase::PreAlignment => (Some(500), 0.0, 2.5, 1.0),
        Phase::AlignmentLearning => (Some(2000), 0.2, 1.0, 0.8),
        Phase::QualityOptimization => (Some(3000), 0.55, 0.5, 0.5),
        Phase::FineTuning => (None, 0.55, 0.25, 0.3),
    };
    Rule {
        latest_epoch,
        falls_back_below,
        guide,
        rate,
    }
}

/// Diagonality from which attention has appeared.
const APPEARED: f64 = 0.3;
/// Diagonality and coverage from which it is steady.
const STEADY: (f64, f64) = (0.7, 0.9);
/// Gate accuracy and share of stop failures from which stopping works.
const STOPS: (f64, f64) = (0.8, 0.05);

/// Says which phase the run is in, and owns the factors that belong to it.
///
/// The phase is told in every run; the factors are 1 unless `use_phases` is on.
#[derive(Debug, Clone)]
pub struct Phases {
    multiply: bool,
    min_delta: f64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    diagonality: Fading,
    coverage: Fading,
    accuracy: Fading,
    /// Evaluations in a row that asked for the next phase.
    ahead: u32,
    /// Evaluations in a row that asked for the phase before.
    behind: u32,
    best_loss: Option<f64>,
    /// Full validations since the best loss.
    waited: u32,
}

impl Default for State {
    fn default() -> Self {
        Self {
            diagonality: Fading::new(KEEP),
            coverage: Fading::new(KEEP),
            accuracy: Fading::new(KEEP),
            ahead: 0,
            behind: 0,
            best_loss: None,
            waited: 0,
        }
    }
}

impl Phases {
    /// The phases as the hyper-parameters want them.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            multiply: hparams.use_phases,
            min_delta: hparams.early_stopping_min_delta,
            state: State::default(),
        }
    }

    /// The phase the run should be in now, and why, if it is another one.
    fn wanted(&mut self, view: &RunView<'_>) -> Option<(Phase, String)> {
        let rule = rule(view.phase);
        if let (Some(latest), Some(next)) = (rule.latest_epoch, view.phase.next())
            && view.epoch >= latest
        {
            let why = format!("epoch {latest} is the latest end of this phase");
            return Some((next, why));
        }
        let metrics = view.evaluation()?;
        let diagonality = self
            .state
            .diagonality
            .push(finite(metrics, names::ALIGNMENT_DIAGONALITY)?)?;
        for (mean, name) in [
            (&mut self.state.coverage, names::ALIGNMENT_COVERAGE),
            (&mut self.state.accuracy, names::GATE_ACCURACY),
        ] {
            mean.push(finite(metrics, name).unwrap_or(f64::NAN));
        }
        if let Moment::Validated(metrics) = view.moment {
            self.note_loss(metrics);
        }
        if let Some(previous) = self.behind(view, diagonality) {
            let why = format!(
                "diagonality {} is below {} for {IN_A_ROW} evaluations",
                short_figure(diagonality),
                rule.falls_back_below
            );
            return Some((previous, why));
        }
        let (reached, why) = self.reached(view, diagonality)?;
        self.state.ahead = if reached { self.state.ahead + 1 } else { 0 };
        let next = view.phase.next()?;
        (self.state.ahead >= IN_A_ROW).then_some((next, why))
    }

    /// The phase to fall back to: none whose latest epoch is past, since that would end it at once.
    fn behind(&mut self, view: &RunView<'_>, diagonality: f64) -> Option<Phase> {
        let previous = view.phase.previous()?;
        let is_past = rule(previous)
            .latest_epoch
            .is_some_and(|latest| view.epoch >= latest);
        let is_behind = diagonality < rule(view.phase).falls_back_below && !is_past;
        self.state.behind = if is_behind { self.state.behind + 1 } else { 0 };
        (self.state.behind >= IN_A_ROW).then_some(previous)
    }

    /// Whether this evaluation shows what the phase is for; `None` if it cannot show it.
    fn reached(&self, view: &RunView<'_>, diagonality: f64) -> Option<(bool, String)> {
        let shown = short_figure(diagonality);
        match view.phase {
            Phase::PreAlignment => {
                let why = format!("diagonality {shown} is at least {APPEARED}");
                Some((diagonality >= APPEARED, why))
            }
            Phase::AlignmentLearning => {
                let coverage = self.state.coverage.value()?;
                let why = format!(
                    "diagonality {shown} is at least {}, coverage {} at least {}",
                    STEADY.0,
                    short_figure(coverage),
                    STEADY.1
                );
                Some((diagonality >= STEADY.0 && coverage >= STEADY.1, why))
            }
            Phase::QualityOptimization => {
                let Moment::Validated(metrics) = view.moment else {
                    return None;
                };
                let accuracy = self.state.accuracy.value()?;
                let failures = finite(metrics, names::FREE_RUNNING_STOP_FAILURE_RATE)
                    .or_else(|| finite(metrics, names::GATE_STOP_FAILURE_RATE))?;
                let mut why = format!(
                    "gate accuracy {} is at least {}, stop failures {} at most {}, and the validation loss has not \
                     fallen for {} full validations",
                    short_figure(accuracy),
                    STOPS.0,
                    short_figure(failures),
                    STOPS.1,
                    self.state.waited
                );
                // Finer steps do not teach a voice that mumbles to speak.
                let heard = finite(metrics, names::FREE_RUNNING_INTELLIGIBILITY);
                if let Some(heard) = heard.map(short_figure) {
                    let _infallible =
                        write!(why, "; intelligibility {heard} is at least {MUMBLED}");
                }
                let reached = accuracy >= STOPS.0
                    && failures <= STOPS.1
                    && self.state.waited >= PLATEAU
                    && heard.is_none_or(|heard| heard >= MUMBLED);
                Some((reached, why))
            }
            Phase::FineTuning => None,
        }
    }

    fn note_loss(&mut self, metrics: &BTreeMap<String, f64>) {
        let Some(loss) = finite(metrics, names::VALIDATION_LOSS) else {
            return;
        };
        let state = &mut self.state;
        if state
            .best_loss
            .is_none_or(|best| loss < best - self.min_delta)
        {
            state.best_loss = Some(loss);
            state.waited = 0;
        } else {
            state.waited += 1;
        }
    }

    /// The factors of a phase.
    fn factors(&self, phase: Phase) -> [Intervention; 2] {
        let rule = rule(phase);
        let [guide, rate] = if self.multiply {
            [rule.guide, rule.rate]
        } else {
            [1.0, 1.0]
        };
        [(Knob::GuidePhaseFactor, guide), (Knob::LrPhaseFactor, rate)].map(|(knob, value)| {
            Intervention::Follow {
                knob,
                value,
                regime: format!("phase {}", phase.name()),
            }
        })
    }
}

impl Controller for Phases {
    fn name(&self) -> &'static str {
        "phases"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        if matches!(view.moment, Moment::Start) {
            return self.factors(view.phase).to_vec();
        }
        let Some((phase, why)) = self.wanted(view) else {
            return Vec::new();
        };
        self.state.ahead = 0;
        self.state.behind = 0;
        let mut asked = vec![Intervention::Enter { phase, why }];
        asked.extend(self.factors(phase));
        asked
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.state)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.state = State::deserialize(state)?;
        Ok(())
    }
}
