//! From a run to a checkpoint and back.

use super::{Engine, Progress};
use crate::{
    Checkpoint, Hparams, Knob, Knobs, TrainError,
    checkpoint::{Best, STATE_VERSION, State, TrainingState},
};

impl Engine {
    /// The whole state of the run.
    pub fn snapshot(&self) -> Checkpoint {
        let (optimizer, updates) = self.task.optimizer();
        let controllers = self.controllers.iter();
        let training = TrainingState {
            cursor: self.feeder.cursor(),
            seed: self.identity.hparams.seed,
            updates,
            phase: self.progress.phase,
            knobs: self.progress.knobs.clone(),
            regimes: self.progress.regimes.clone(),
            controllers: controllers
                .map(|one| (one.name().to_owned(), one.save()))
                .collect(),
            task: self.task.memory(),
            best: self.progress.best.clone(),
            data: self.identity.data.clone(),
            restarts: self.progress.restarts,
            peak_diagonality: self.progress.peak_diagonality,
            standing: self.progress.standing,
            watch: self.progress.watch.clone(),
        };
        Checkpoint {
            state: State {
                version: STATE_VERSION,
                model: "tacotron2".to_owned(),
                step: self.progress.step,
                hparams: self.identity.hparams.clone(),
                symbols: self.identity.symbols.clone(),
                mel: self.identity.mel.clone(),
                metrics: self.progress.metrics.clone(),
                training: Some(training),
            },
            weights: self.task.weights(),
            optimizer,
        }
    }

    /// Takes the place of the run that wrote `checkpoint`; the feeder must already stand at its cursor.
    ///
    /// Knobs continue with their values of then, except those whose hyper-parameter has been changed since: these
    /// follow the new value, and an event says so.
    ///
    /// # Errors
    /// If the checkpoint has no state of training, or belongs to another network.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let state = &checkpoint.state;
        let training = state
            .training
            .as_ref()
            .ok_or_else(|| TrainError::Mismatch {
                what: "state of training".to_owned(),
                found: "none (weights alone)".to_owned(),
                expected: "a checkpoint of a run".to_owned(),
            })?;
        self.task.restore(checkpoint)?;
        for controller in &mut self.controllers {
            if let Some(saved) = training.controllers.get(controller.name()) {
                controller
                    .load(saved)
                    .map_err(|error| TrainError::Mismatch {
                        what: format!("state of controller `{}`", controller.name()),
                        found: saved.to_string(),
                        expected: error.to_string(),
                    })?;
            }
        }
        self.progress = Progress {
            step: state.step,
            phase: training.phase,
            knobs: training.knobs.clone(),
            regimes: training.regimes.clone(),
            metrics: state.metrics.clone(),
            best: training.best.clone(),
            saved: Some(state.step),
            owed: None,
            restarts: training.restarts,
            peak_diagonality: training.peak_diagonality,
            standing: training.standing,
            skipped: false,
            watch: training.watch.clone(),
        };
        self.follow_changes(&state.hparams);
        Ok(())
    }

    /// Takes for the best what the folder of checkpoints holds as such.
    pub(crate) fn follow_best(&mut self, best: Option<&Best>) {
        self.progress.best = best.cloned();
    }

    /// Turns the knobs whose hyper-parameters were changed since the checkpoint.
    fn follow_changes(&mut self, before: &Hparams) {
        let hparams = &self.identity.hparams;
        if before.guide_loss_initial_weight != hparams.guide_loss_initial_weight {
            // The part of the schedule keeps its name, so its new weight would not be told.
            self.progress.regimes.remove(&Knob::GuideLossWeight);
        }
        let (then, now) = (Knobs::from_hparams(before), Knobs::from_hparams(hparams));
        for knob in Knob::ALL {
            let (then, now) = (then.get(knob), now.get(knob));
            if then != now {
                self.rebase(knob, then, now);
            }
        }
    }
}
