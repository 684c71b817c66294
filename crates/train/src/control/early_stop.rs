//! Early stopping: the run ends when there is nothing more to gain.

use diktor_track::{Outcome, Phase, names, short_figure};
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView, evidence::finite, recent::Fading};
use crate::{Hparams, Intervention};

/// Share of the old mean that stays with each validation.
const KEEP: f64 = 0.5;
/// A rise of the intelligibility that is more than chance.
const CLEARER: f64 = 0.01;

/// Ends the run when the validation loss has stopped falling and free speech is understood no better.
///
/// Only full validations count, only once attention is steady and `early_stopping_min_steps` are over: a loss that stands
/// still before attention appears says nothing. In fine-tuning the patience is doubled.
#[derive(Debug, Clone)]
pub struct EarlyStop {
    patience: u64,
    min_delta: f64,
    min_steps: u64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct State {
    loss: Fading,
    best: Option<f64>,
    /// The best intelligibility of free speech, where it is measured.
    #[serde(default)]
    clearest: Option<f64>,
    waited: u64,
}

impl EarlyStop {
    /// Early stopping as the hyper-parameters want it.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            patience: hparams.early_stopping_patience,
            min_delta: hparams.early_stopping_min_delta,
            min_steps: hparams.early_stopping_min_steps,
            state: State {
                loss: Fading::new(KEEP),
                best: None,
                clearest: None,
                waited: 0,
            },
        }
    }
}

impl Controller for EarlyStop {
    fn name(&self) -> &'static str {
        "early_stop"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let Moment::Validated(metrics) = view.moment else {
            return Vec::new();
        };
        if view.phase < Phase::QualityOptimization || view.step < self.min_steps {
            return Vec::new();
        }
        let state = &mut self.state;
        let loss = metrics.get(names::VALIDATION_LOSS).copied();
        let Some(loss) = state.loss.push(loss.unwrap_or(f64::NAN)) else {
            return Vec::new();
        };
        let heard = finite(metrics, names::FREE_RUNNING_INTELLIGIBILITY);
        let is_clearer = heard.is_some_and(|heard| {
            (state.clearest).is_none_or(|clearest| heard > clearest + CLEARER)
        });
        if is_clearer {
            state.clearest = heard;
        }
        let is_better = state.best.is_none_or(|best| loss < best - self.min_delta);
        if is_better {
            state.best = Some(loss);
        }
        if is_better || is_clearer {
            state.waited = 0;
        } else {
            state.waited += 1;
        }
        let patience = match view.phase {
            Phase::FineTuning => 2 * self.patience,
            _ => self.patience,
        };
        if state.waited < patience {
            return Vec::new();
        }
        let why = format!(
            "the mean validation loss is {} and has not fallen by {} below {} for {} full validations",
            short_figure(loss),
            short_figure(self.min_delta),
            short_figure(state.best.unwrap_or(loss)),
            state.waited
        );
        vec![Intervention::Stop {
            outcome: Outcome::StoppedEarly,
            why,
        }]
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.state)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        self.state = State::deserialize(state)?;
        Ok(())
    }
}
