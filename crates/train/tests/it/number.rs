//! A task that is one number, and the engine on it.

use std::{cell::OnceCell, collections::BTreeMap, path::Path};

use diktor_model::NamedTensor;
use diktor_track::{EventKind, Outcome, names};
use diktor_train::{
    Checkpoint, Controller, Hparams, Intervention, Knobs, Moment, RunView, StepReport, StopFlag,
    Task, TrainError, Validation, checkpoint::CheckpointStore, control, data::Cursor,
    data::StepBatch, data::fingerprint, engine::Engine, engine::Identity, engine::Progress,
    task::Culprit, task::Depth, task::Skipped,
};

use crate::support::{self, Seen};

/// A task that is one number: it falls by the learning rate times the frames of each batch.
pub(crate) struct Number {
    pub(crate) value: f32,
    pub(crate) updates: u64,
    pub(crate) broken: fn(u64) -> bool,
    /// Steps made, whatever was taken back.
    pub(crate) made: u64,
    /// Norm of its gradient.
    pub(crate) norm: f64,
    /// A figure that its validations show after so many steps.
    pub(crate) shows: fn(u64) -> Option<(&'static str, f64)>,
}

impl Number {
    pub(crate) fn new() -> Self {
        Self {
            value: 100.0,
            updates: 0,
            broken: |_| false,
            made: 0,
            norm: 1.0,
            shows: |_| None,
        }
    }
}

impl Task for Number {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        self.made += 1;
        let metrics = BTreeMap::from([
            (names::TRAINING_LOSS.to_owned(), f64::from(self.value)),
            (names::GRAD_NORM.to_owned(), self.norm),
        ]);
        if (self.broken)(step) {
            return StepReport {
                metrics,
                skipped: Some(Skipped::Loss(f64::NAN)),
                culprit: Some(Culprit {
                    batch: batch.ids().into_iter().map(str::to_owned).collect(),
                    ..Culprit::default()
                }),
                ..StepReport::default()
            };
        }
        self.updates += 1;
        self.value -= (knobs.learning_rate * batch.true_frames() as f64) as f32;
        StepReport {
            metrics,
            ..StepReport::default()
        }
    }

    fn validate(&self, _depth: Depth, _knobs: &Knobs) -> Validation {
        let loss = f64::from((self.value - 99.5).abs());
        let mut metrics = BTreeMap::from([(names::VALIDATION_LOSS.to_owned(), loss)]);
        metrics.extend((self.shows)(self.made).map(|(name, value)| (name.to_owned(), value)));
        Validation {
            metrics,
            ..Validation::default()
        }
    }

    fn weights(&self) -> Vec<NamedTensor> {
        vec![NamedTensor {
            name: "number".to_owned(),
            shape: vec![1],
            values: vec![self.value],
        }]
    }

    fn optimizer(&self) -> (Vec<NamedTensor>, u64) {
        (Vec::new(), self.updates)
    }

    fn broken(&self) -> Option<String> {
        (!self.value.is_finite()).then(|| "number".to_owned())
    }

    fn reinitialise(&mut self, seed: u64) {
        self.value = seed as f32;
        self.updates = 0;
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.value = checkpoint.weights[0].values[0];
        self.updates = checkpoint.state.training.as_ref().unwrap().updates;
        Ok(())
    }
}

/// Asks for the same things at every step.
pub(crate) struct Wishes(
    pub(crate) &'static str,
    pub(crate) fn() -> Vec<Intervention>,
);

impl Controller for Wishes {
    fn name(&self) -> &'static str {
        self.0
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        match view.moment {
            Moment::Step(_) if view.step == 2 => self.1(),
            _ => Vec::new(),
        }
    }
}

pub(crate) fn engine(run_dir: &Path, seen: &Seen, hparams: &Hparams, task: Number) -> Engine {
    let store = CheckpointStore::open(run_dir, hparams.keep_checkpoints).unwrap();
    let newest = store.newest().unwrap().ok();
    let cursor = newest.as_ref().map_or(Cursor::default(), |found| {
        found.checkpoint.state.training.as_ref().unwrap().cursor
    });
    let identity = Identity {
        hparams: hparams.clone(),
        symbols: support::frontend().symbols,
        mel: hparams.mel(),
        data: fingerprint(&support::examples(7)),
        max_steps: hparams.max_steps,
    };
    let mut engine = Engine {
        task: Box::new(task),
        controllers: control::standard(hparams, hparams.max_steps),
        feeder: support::feeder(hparams, cursor),
        store,
        diary: seen.diary(run_dir, hparams),
        progress: Progress::start(hparams),
        identity,
        text_fits: OnceCell::new(),
    };
    if let Some(found) = newest {
        engine.resume(&found.checkpoint).unwrap();
    }
    engine
}

/// Runs to the end, and gives the outcome and every event.
pub(crate) fn run(mut engine: Engine, seen: &Seen) -> (Outcome, Vec<EventKind>) {
    let outcome = engine.run(&StopFlag::new()).unwrap();
    engine.diary.close();
    (
        outcome,
        seen.events().into_iter().map(|event| event.kind).collect(),
    )
}

pub(crate) fn run_with(controllers: Vec<Box<dyn Controller>>) -> (Outcome, Vec<EventKind>) {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let mut engine = engine(folder.path(), &seen, &support::hparams(), Number::new());
    engine.controllers = controllers;
    run(engine, &seen)
}
