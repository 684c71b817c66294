//! The loop of a run: next batch, step, emit, controllers decide, apply, validate, checkpoint.

mod apply;
mod restart;
mod save;
mod state;
mod watch;

use std::{cell::OnceCell, collections::BTreeMap, time::Instant};

use diktor_audio::MelConfig;
use diktor_corpus::TextFits;
use diktor_text::SymbolTable;
use diktor_track::{EventKind, Outcome, Phase, names};

use crate::{
    Controller, Hparams, Knob, Knobs, Moment, StepReport, StopFlag, Task, TrainError,
    checkpoint::{Best, CheckpointStore, Standing},
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
    /// How well the texts fit their recordings, once somebody has asked.
    pub text_fits: OnceCell<TextFits>,
}

/// All that changes as the run goes, besides the task, the controllers and the place in the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    step: u64,
    phase: Phase,
    knobs: Knobs,
    regimes: BTreeMap<Knob, String>,
    metrics: BTreeMap<String, f64>,
    best: Option<Best>,
    /// Step of the newest checkpoint on the disk.
    saved: Option<u64>,
    /// A scheduled checkpoint that the disk did not take.
    owed: Option<save::Owed>,
    /// Restarts so far.
    restarts: u64,
    peak_diagonality: f64,
    /// What the checkpoint of this moment is worth.
    standing: Standing,
    /// Whether the last step made no update.
    skipped: bool,
    /// What was noticed so far.
    pub(crate) watch: Watch,
}

/// How the run goes on after the controllers were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// As it went.
    On,
    /// From an earlier checkpoint.
    Back,
    /// Not at all.
    End(Outcome),
}

impl Progress {
    /// At the beginning.
    pub fn start(hparams: &Hparams) -> Self {
        Self {
            step: 0,
            phase: Phase::default(),
            knobs: Knobs::from_hparams(hparams),
            regimes: BTreeMap::new(),
            metrics: BTreeMap::new(),
            best: None,
            saved: None,
            owed: None,
            restarts: 0,
            peak_diagonality: 0.0,
            standing: Standing::Good,
            skipped: false,
            watch: Watch::default(),
        }
    }

    /// Steps finished.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// How far the voice has come.
    pub fn phase(&self) -> Phase {
        self.phase
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
    /// If a checkpoint cannot be written, or not be read when the run has to go back; every checkpoint written before
    /// is whole.
    pub fn run(&mut self, stop: &StopFlag) -> Result<Outcome, TrainError> {
        let mut course = self.begin()?;
        while self.progress.step < self.identity.max_steps {
            match course {
                Course::On => {}
                Course::Back => {
                    course = self.consult(&Moment::Start)?;
                    continue;
                }
                Course::End(_) => break,
            }
            if stop.is_raised() {
                course = Course::End(Outcome::Interrupted);
                break;
            }
            let began = Instant::now();
            let batch = self.feeder.next_step()?;
            let report = self
                .task
                .step(&batch, &self.progress.knobs, self.progress.step);
            self.progress.step += 1;
            self.progress.standing = Standing::Unchecked;
            self.progress.skipped = report.skipped.is_some();
            self.emit_step(&batch, &report, began);
            self.watch_step(&batch, &report);
            course = self.consult(&Moment::Step(&report))?;
            if course != Course::Back {
                course = self.look(course)?;
                self.make_up()?;
            }
        }
        let outcome = match course {
            Course::End(outcome) => outcome,
            Course::On | Course::Back => Outcome::Completed,
        };
        self.save_end(outcome)?;
        Ok(outcome)
    }

    /// States what holds for the first step, and leaves a checkpoint to go back to where there is none.
    fn begin(&mut self) -> Result<Course, TrainError> {
        let course = self.consult(&Moment::Start)?;
        let wanted = self.progress.step == 0 || !self.store.has_good();
        if wanted && self.task.broken().is_none() {
            let standing = std::mem::replace(&mut self.progress.standing, Standing::Good);
            let snapshot = self.snapshot();
            save::insist(|| self.store.save_good(&snapshot))?;
            self.progress.standing = standing;
        }
        Ok(course)
    }

    /// What is due after a step: nothing, a light validation, or a full one with a checkpoint.
    fn look(&mut self, course: Course) -> Result<Course, TrainError> {
        let (step, hparams) = (self.progress.step, &self.identity.hparams);
        let full =
            step.is_multiple_of(hparams.iters_per_checkpoint) || step == self.identity.max_steps;
        if !full && !step.is_multiple_of(hparams.validation_freq) {
            return Ok(course);
        }
        // A broken network has nothing to validate, and is never written.
        if let Some(tensor) = self.task.broken() {
            return match course {
                Course::End(_) => Ok(course),
                Course::On | Course::Back => self.consult(&Moment::Broken(&tensor)),
            };
        }
        let found = self.validate(if full { Depth::Full } else { Depth::Light })?;
        if found == Course::Back {
            return Ok(found);
        }
        if full {
            self.checkpoint("schedule")?;
        }
        Ok(if course == Course::On { found } else { course })
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
        for histogram in &report.distributions {
            let histogram = EventKind::Histogram(histogram.clone());
            self.diary.emit(self.progress.step, histogram);
        }
    }

    /// Measures the network, shows what was found, and lets the controllers look at it.
    fn validate(&mut self, depth: Depth) -> Result<Course, TrainError> {
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
        match depth {
            Depth::Light => self.consult(&Moment::Checked(&found.metrics)),
            Depth::Full => {
                self.progress.metrics.clone_from(&found.metrics);
                self.weigh();
                self.consult(&Moment::Validated(&found.metrics))
            }
        }
    }
}
