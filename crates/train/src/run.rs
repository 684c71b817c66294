//! One run from its data to its report.

mod announce;
mod begin;
mod place;
mod prepare;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use burn::tensor::Device;
use diktor_track::{
    ConsoleStyle, EventKind, NamedSink, Outcome, Store,
    report::{ReportLocale, write_report, write_worst},
};

pub(crate) use self::place::lock;
use self::{
    place::Place,
    prepare::{Prepared, prepare},
};
pub use self::{place::is_in_use, prepare::steps_of};
use crate::{
    Dataset, Hparams, StopFlag, TrainError,
    checkpoint::CheckpointStore,
    hparams::Locale,
    task::{Tacotron2Task, Task},
};

/// What to train, where and on what.
pub struct TrainSpec {
    /// The hyper-parameters, validated.
    pub hparams: Hparams,
    /// The data.
    pub dataset: Dataset,
    /// The run directory.
    pub run_dir: PathBuf,
    /// Whether to begin or to go on.
    pub resume: Resume,
    /// A file of weights to begin with instead of random ones.
    pub warm_start: Option<PathBuf>,
    /// A checkpoint of another run to go on from; the run directory must hold none of its own.
    pub go_on_from: Option<PathBuf>,
    /// Files that are written into the run directory when the run begins.
    pub beside: Vec<Beside>,
    /// Where to compute; autodiff is switched on here.
    pub device: Device,
    /// How much a person sees.
    pub console: ConsoleStyle,
    /// Further observers.
    pub sinks: Vec<NamedSink>,
    /// Opens observers that write somewhere, when the run begins: one that cannot begin leaves no file of theirs.
    pub opener: Option<Opener>,
}

/// Opens observers.
pub type Opener = Box<dyn FnOnce() -> Result<Vec<NamedSink>, TrainError>>;

/// A file that a run carries with it, and that only its starter understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Its place in the run directory.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Whether a run begins or goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// Begins; a run directory that already holds a checkpoint is refused.
    Fresh,
    /// Goes on from the newest whole checkpoint; a directory without any is refused.
    Continue,
    /// Goes on if there is something to go on from, and begins otherwise.
    Auto,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainOutcome {
    /// How.
    pub outcome: Outcome,
    /// Optimiser steps finished, over all sessions.
    pub steps: u64,
    /// Step this session went on from.
    pub resumed_from: Option<u64>,
    /// Seconds of this session.
    pub seconds: f64,
    /// Metrics of the newest full validation.
    pub metrics: BTreeMap<String, f64>,
    /// The run directory.
    pub run_dir: PathBuf,
    /// The newest checkpoint.
    pub last: PathBuf,
    /// The best checkpoint, once there was a full validation.
    pub best: Option<PathBuf>,
    /// The report, unless it could not be written.
    pub report: Option<PathBuf>,
}

/// Trains until the run is complete, somebody stops it, or something is wrong.
///
/// Nothing is written before everything that the run needs has been loaded: one that cannot begin leaves no
/// directory behind, and one that cannot go on leaves its directory as it was.
///
/// # Errors
/// If the run cannot start, or a checkpoint cannot be written. Whatever was saved before stays whole.
pub fn train(spec: TrainSpec, stop: &StopFlag) -> Result<TrainOutcome, TrainError> {
    train_as(spec, stop, |task| Box::new(task))
}

/// [`train`], with the task as `dress` hands it on.
pub(crate) fn train_as(
    spec: TrainSpec,
    stop: &StopFlag,
    dress: impl FnOnce(Tacotron2Task) -> Box<dyn Task>,
) -> Result<TrainOutcome, TrainError> {
    let began = Instant::now();
    let run_dir = spec.run_dir.clone();
    let locale = match spec.hparams.locale {
        Locale::En => ReportLocale::En,
        Locale::Ru => ReportLocale::Ru,
    };
    let mut place = Place::enter(&run_dir)?;
    let Prepared {
        mut engine,
        beginning,
    } = prepare(spec, dress)?;
    let resumed_from = beginning.resumed_from;
    let keeps_store = engine.identity.hparams.mlflow_logging;
    beginning.begin(&mut engine)?;
    let result = match engine.run(stop) {
        Err(error) if !saved_anything(&engine.store) => {
            // Not even its beginning could be saved: it leaves nothing.
            engine.diary.close();
            return Err(error);
        }
        result => result,
    };
    place.keep();
    let outcome = result.as_ref().map_or(Outcome::Failed, |outcome| *outcome);
    let seconds = began.elapsed().as_secs_f64();
    let finished = EventKind::RunFinished { outcome, seconds };
    let (steps, metrics) = (engine.progress.step(), engine.progress.metrics().clone());
    engine.diary.emit(steps, finished);
    let folder = engine.store.folder().to_owned();
    engine.diary.close();
    if keeps_store {
        complete_store(&run_dir);
    }
    let report = write_pages(&run_dir, locale);
    result?;
    let best = folder.join(crate::checkpoint::BEST);
    Ok(TrainOutcome {
        outcome,
        steps,
        resumed_from,
        seconds,
        metrics,
        run_dir,
        last: folder.join(crate::checkpoint::LAST),
        best: best.exists().then_some(best),
        report,
    })
}

fn saved_anything(store: &CheckpointStore) -> bool {
    store.has_good() || !store.is_empty().unwrap_or(false)
}

/// Writes the report, and the page of the worst utterances; neither can fail the run.
fn write_pages(run_dir: &Path, locale: ReportLocale) -> Option<PathBuf> {
    let report = write_report(run_dir, locale)
        .map_err(|error| tracing::warn!(%error, "the report could not be written"))
        .ok();
    if let Err(error) = write_worst(run_dir, locale) {
        tracing::warn!(%error, "the page of the worst utterances could not be written");
    }
    report
}

/// Brings the local store to the end of the log, which was closed at the same time as the store's sink.
fn complete_store(run_dir: &Path) {
    let completed = Store::open(run_dir).and_then(|mut store| store.catch_up());
    if let Err(error) = completed {
        tracing::warn!(%error, "the local store is incomplete; `diktor sync` completes it");
    }
}
