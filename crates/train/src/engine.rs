//! The loop of a run: next batch, step, emit, controllers decide, apply, validate, checkpoint.

mod apply;
mod state;
mod watch;

use std::{collections::BTreeMap, time::Instant};

use diktor_audio::MelConfig;
use diktor_text::SymbolTable;
use diktor_track::{EventKind, Outcome, names};

use crate::{
    Controller, Hparams, Knob, Knobs, Moment, StepReport, StopFlag, Task, TrainError,
    checkpoint::{Best, CheckpointStore},
    data::{Feeder, StepBatch},
    diary::Diary,
    task::Depth,
    watch::Watch,
};

/// What a run is about: it stands in every checkpoint, and no step changes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The hyper-parameters.
    pub hparams: Hparams,
    /// The symbol table.
    pub symbols: SymbolTable,
    /// The mel spectrogram.
    pub mel: MelConfig,
    /// Fingerprint of the training set.
    pub data: String,
    /// Step at which the run ends.
    pub max_steps: u64,
}

/// One run in progress.
pub struct Engine {
    /// What is trained.
    pub task: Box<dyn Task>,
    /// Who may change what, in the order in which conflicts are settled.
    pub controllers: Vec<Box<dyn Controller>>,
    /// Where batches come from.
    pub feeder: Feeder,
    /// Where checkpoints go.
    pub store: CheckpointStore,
    /// Where everything that happens is told.
    pub diary: Diary,
    /// What the run is about.
    pub identity: Identity,
    /// How far it has come.
    pub progress: Progress,
}

/// All that changes as the run goes, besides the task, the controllers and the place in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    step: u64,
    knobs: Knobs,
    regimes: BTreeMap<Knob, String>,
    metrics: BTreeMap<String, f64>,
    best: Option<Best>,
    /// Step of the newest checkpoint on the disk.
    saved: Option<u64>,
    /// What was noticed so far.
    watch: Watch,
}

impl Progress {
    /// At the beginning.
    pub fn start(hparams: &Hparams) -> Self {
        Self {
            step: 0,
            knobs: Knobs::from_hparams(hparams),
            regimes: BTreeMap::new(),
            metrics: BTreeMap::new(),
            best: None,
            saved: None,
            watch: Watch::default(),
        }
    }

    /// Steps finished.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The knobs as they are.
    pub fn knobs(&self) -> &Knobs {
        &self.knobs
    }

    /// Metrics of the newest full validation.
    pub fn metrics(&self) -> &BTreeMap<String, f64> {
        &self.metrics
    }
}

impl Engine {
    /// Steps to the end of the run, or until somebody asks to stop.
    ///
    /// # Errors
    /// If a checkpoint cannot be written; every checkpoint written before is whole.
    pub fn run(&mut self, stop: &StopFlag) -> Result<Outcome, TrainError> {
        let mut end = self.consult(&Moment::Start);
        while self.progress.step < self.identity.max_steps && end.is_none() {
            if stop.is_raised() {
                end = Some(Outcome::Interrupted);
                break;
            }
            let began = Instant::now();
            let batch = self.feeder.next_step()?;
            let report = self
                .task
                .step(&batch, &self.progress.knobs, self.progress.step);
            self.progress.step += 1;
            self.emit_step(&batch, &report, began);
            self.watch_step(&batch, &report);
            end = self.consult(&Moment::Step(&report));

            let step = self.progress.step;
            let hparams = &self.identity.hparams;
            let scheduled = step.is_multiple_of(hparams.iters_per_checkpoint);
            if scheduled || step == self.identity.max_steps {
                end = end.or(self.validate_fully());
                self.checkpoint("schedule")?;
            } else if step.is_multiple_of(hparams.validation_freq) {
                self.validate(Depth::Light);
            }
        }
        if self.progress.saved != Some(self.progress.step) {
            let why = if end == Some(Outcome::Interrupted) {
                "interrupted"
            } else {
                "end"
            };
            self.diary.sync();
            let path = self.store.save_last(&self.snapshot())?;
            self.diary.saved(self.progress.step, &path, why);
            self.progress.saved = Some(self.progress.step);
        }
        Ok(end.unwrap_or(Outcome::Completed))
    }

    fn emit_step(&mut self, batch: &StepBatch, report: &StepReport, began: Instant) {
        let (seconds, cursor) = (began.elapsed().as_secs_f64(), self.feeder.cursor());
        let mut metrics = report.metrics.clone();
        metrics.extend(
            [
                (names::LEARNING_RATE, self.progress.knobs.learning_rate),
                (names::ITERATION, self.progress.step as f64),
                (names::EPOCH, cursor.epochs_begun() as f64),
                (names::DURATION, seconds),
                (names::PERF_STEP_SECONDS, seconds),
                (names::PERF_DATA_SECONDS, batch.waited_s),
                (
                    names::PERF_FRAMES_PER_SECOND,
                    batch.true_frames() as f64 / seconds.max(1e-9),
                ),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        self.diary
            .emit(self.progress.step, EventKind::Step { metrics });
        if let Some(skipped) = report.skipped {
            self.diary
                .skipped(self.progress.step, skipped, &batch.ids());
        }
    }

    fn validate_fully(&mut self) -> Option<Outcome> {
        self.progress.metrics = self.validate(Depth::Full);
        let metrics = self.progress.metrics.clone();
        self.consult(&Moment::Validated(&metrics))
    }

    fn validate(&mut self, depth: Depth) -> BTreeMap<String, f64> {
        let began = Instant::now();
        let found = self.task.validate(depth, &self.progress.knobs);
        self.diary.exhibit(self.progress.step, &found.exhibits);
        let mut metrics = found.metrics.clone();
        metrics.insert(names::VALIDATION_STEP.to_owned(), self.progress.step as f64);
        metrics.insert(
            names::PERF_VALIDATION_SECONDS.to_owned(),
            began.elapsed().as_secs_f64(),
        );
        self.diary
            .emit(self.progress.step, EventKind::Validation { metrics });
        self.watch_validation(depth, &found);
        found.metrics
    }

    /// Writes the scheduled checkpoint, and makes it the best one if no full validation was better.
    fn checkpoint(&mut self, why: &str) -> Result<(), TrainError> {
        let candidate = Best::of(self.progress.step, &self.progress.metrics);
        let is_best = candidate
            .as_ref()
            .is_some_and(|candidate| candidate.beats(self.progress.best.as_ref()));
        if is_best {
            self.progress.best = candidate;
        }
        self.diary.sync();
        let path = self.store.save(&self.snapshot())?;
        self.progress.saved = Some(self.progress.step);
        self.diary.saved(self.progress.step, &path, why);
        if is_best {
            let path = self.store.mark_best(&path)?;
            self.diary.saved(self.progress.step, &path, "best");
        }
        Ok(())
    }
}
