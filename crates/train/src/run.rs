//! One run from its data to its report.

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use burn::tensor::Device;
use diktor_corpus::{Example, global_mean_mel};
use diktor_track::{
    CONFIG_FILE, ConsoleStyle, EventKind, NamedSink, Outcome, RunStarted, STORE_SINK, Store,
    Tracker,
    report::{ReportLocale, write_report, write_worst},
    run_sinks,
};

use crate::{
    Dataset, Hparams, StopFlag, TrainError,
    checkpoint::{CheckpointStore, Found, write_atomic},
    control,
    data::{Cursor, Feeder, FeederConfig, fingerprint, read_mean_frame},
    diary::{Diary, Voice},
    engine::{Engine, Identity, Progress},
    hparams::Locale,
    task::{Tacotron2Task, Task, ValidationSet},
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
    /// Where to compute; autodiff is switched on here.
    pub device: Device,
    /// How much a person sees.
    pub console: ConsoleStyle,
    /// Further observers.
    pub sinks: Vec<NamedSink>,
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
    fs::create_dir_all(&run_dir).map_err(TrainError::io(&run_dir))?;
    let _lock = lock(&run_dir)?;
    let store = CheckpointStore::open(&run_dir, spec.hparams.keep_checkpoints)?;
    let found = find(&store, spec.resume)?;
    let resumed_from = found.as_ref().map(|found| found.checkpoint.state.step);
    write_config(&run_dir, &spec.hparams)?;
    let keeps_store = spec.hparams.mlflow_logging;

    let mut engine = assemble(spec, store, found, dress)?;
    let result = engine.run(stop);
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
    let report = match write_report(&run_dir, locale) {
        Ok(path) => Some(path),
        Err(error) => {
            tracing::warn!(%error, "the report could not be written");
            None
        }
    };
    if let Err(error) = write_worst(&run_dir, locale) {
        tracing::warn!(%error, "the page of the worst utterances could not be written");
    }
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

/// Brings the local store to the end of the log, which was closed at the same time as the store's sink.
fn complete_store(run_dir: &Path) {
    let completed = Store::open(run_dir).and_then(|mut store| store.catch_up());
    if let Err(error) = completed {
        tracing::warn!(%error, "the local store is incomplete; `diktor sync` completes it");
    }
}

/// Keeps other processes out of the run directory until this one ends, however it ends.
pub(crate) fn lock(run_dir: &Path) -> Result<File, TrainError> {
    let path = run_dir.join(".lock");
    let file = File::create(&path).map_err(TrainError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(TrainError::Busy {
            path: run_dir.to_owned(),
        }),
        // A file system without locks is no reason not to train.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Finds the checkpoint to go on from, as the caller wishes.
fn find(store: &CheckpointStore, resume: Resume) -> Result<Option<Found>, TrainError> {
    // A run that was killed before its first checkpoint may be begun anew, or gone on with from its beginning.
    if resume != Resume::Continue && store.is_empty()? {
        return Ok(None);
    }
    if resume == Resume::Fresh {
        return Err(TrainError::RunExists {
            path: store.folder().to_owned(),
        });
    }
    match store.newest()? {
        Ok(found) => Ok(Some(found)),
        Err(refused) => Err(TrainError::NothingToResume {
            path: store.folder().to_owned(),
            refused,
        }),
    }
}

/// Puts the parts of a run together.
fn assemble(
    mut spec: TrainSpec,
    store: CheckpointStore,
    found: Option<Found>,
    dress: impl FnOnce(Tacotron2Task) -> Box<dyn Task>,
) -> Result<Engine, TrainError> {
    let resumed_from = found.as_ref().map(|found| found.checkpoint.state.step);
    let diary = open_diary(&mut spec, resumed_from)?;
    let device = spec.device.autodiff();
    let hparams = spec.hparams;
    let (train, validation) = (spec.dataset.train, Arc::new(spec.dataset.validation));
    let mean_mel = mean_frame(&train, &hparams)?;
    let (data, sizes) = (fingerprint(&train), [train.len(), validation.len()]);
    let symbols = spec.dataset.frontend.symbols;

    let max_steps = match hparams.max_steps {
        0 => {
            let config = FeederConfig::from_hparams(&hparams);
            hparams
                .epochs
                .saturating_mul(config.steps_per_epoch(&train))
        }
        steps => steps,
    };
    let judged = ValidationSet::new(validation, &hparams, mean_mel);
    let mut task = Tacotron2Task::new(&hparams, &symbols, &device, judged)?;
    let feeder = feed(train, &hparams, device, found.as_ref())?;
    let identity = Identity {
        mel: hparams.mel(),
        hparams,
        symbols,
        data,
        max_steps,
    };
    let parameters = task.model().parameter_count();
    let start = started(&spec.run_dir, &identity, parameters, resumed_from, sizes);
    diary.emit(resumed_from.unwrap_or(0), start);
    if let (Some(path), None) = (&spec.warm_start, &found) {
        warm(&mut task, path, &identity, &diary)?;
    }
    let mut engine = Engine {
        task: dress(task),
        controllers: control::standard(&identity.hparams, max_steps),
        feeder,
        store,
        diary,
        progress: Progress::start(&identity.hparams),
        identity,
        text_fits: OnceCell::new(),
    };
    if let Some(found) = found {
        announce(&engine, &found);
        engine.resume(&found.checkpoint)?;
    }
    Ok(engine)
}

/// The mean frame of the training set, or the one that a file says.
fn mean_frame(train: &[Example], hparams: &Hparams) -> Result<Vec<f32>, TrainError> {
    match &*hparams.global_mean_npy {
        "" => Ok(global_mean_mel(train).unwrap_or_default()),
        path => read_mean_frame(Path::new(path), hparams.n_mel_channels),
    }
}

/// Opens everything that watches the run.
fn open_diary(spec: &mut TrainSpec, resumed_from: Option<u64>) -> Result<Diary, TrainError> {
    let hparams = &spec.hparams;
    let mut sinks = run_sinks(&spec.run_dir, spec.console, resumed_from)?;
    sinks.retain(|(name, _)| match *name {
        "tensorboard" => hparams.tensorboard_logging,
        STORE_SINK => hparams.mlflow_logging,
        _ => true,
    });
    sinks.append(&mut spec.sinks);
    let voice = Voice {
        mel: hparams.mel(),
        symbols: spec.dataset.frontend.symbols.clone(),
        enhance: hparams.use_audio_quality_enhancement,
    };
    Ok(Diary::new(Tracker::new(sinks), &spec.run_dir, voice))
}

/// Batches from where the checkpoint stands, as its knobs had made them.
fn feed(
    train: Vec<Example>,
    hparams: &Hparams,
    device: Device,
    found: Option<&Found>,
) -> Result<Feeder, TrainError> {
    let mut config = FeederConfig::from_hparams(hparams);
    let mut cursor = Cursor::default();
    if let Some(training) = found.and_then(|found| found.checkpoint.state.training.as_ref()) {
        cursor = training.cursor;
        config = FeederConfig::turned(hparams, &training.knobs, training.restarts);
    }
    Feeder::new(Arc::new(train), config, device, cursor)
}

/// Begins with the weights of a file, and says which keep their random values.
fn warm(
    task: &mut Tacotron2Task,
    path: &Path,
    identity: &Identity,
    diary: &Diary,
) -> Result<(), TrainError> {
    let file = diktor_model::weights::read_weights(path)?;
    let kept = task.warm_start(&file.tensors, &identity.hparams.ignore_layers)?;
    let total = task.weights().len();
    if kept.len() == total {
        return Err(TrainError::Mismatch {
            what: format!("weights of `{}`", path.display()),
            found: "no tensor of this network".to_owned(),
            expected: "Tacotron 2 of these dimensions".to_owned(),
        });
    }
    if !kept.is_empty() {
        let message = format!(
            "warm start from `{}`: {} of {total} tensors keep their first values: {}",
            path.display(),
            kept.len(),
            kept.join(", ")
        );
        diary.warn(0, message, None);
    }
    Ok(())
}

/// Says what the run goes on from, and what is strange about it.
fn announce(engine: &Engine, found: &Found) {
    let state = &found.checkpoint.state;
    for error in &found.refused {
        engine.diary.warn(
            state.step,
            format!("{error}"),
            Some(&format!("going on from `{}`", found.path.display())),
        );
    }
    let data = state.training.as_ref().map(|training| &training.data);
    if data.is_some_and(|data| *data != engine.identity.data) {
        engine.diary.warn(
            state.step,
            "the training set is not the one this run was trained on so far".to_owned(),
            Some("the run goes on, but not to the bits it would have had"),
        );
    }
}

fn started(
    run_dir: &Path,
    identity: &Identity,
    parameters: usize,
    resumed_from: Option<u64>,
    [train, validation]: [usize; 2],
) -> EventKind {
    let mut hparams: BTreeMap<String, serde_json::Value> =
        match serde_json::to_value(&identity.hparams) {
            Ok(serde_json::Value::Object(map)) => map.into_iter().collect(),
            _ => BTreeMap::new(),
        };
    // A published name: users of the original look for it, and no device here trains in f16.
    hparams.insert("fp16_run".to_owned(), false.into());
    EventKind::RunStarted(RunStarted {
        run: run_dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        resumed_from,
        max_steps: Some(identity.max_steps),
        total_params: parameters as u64,
        train_size: train as u64,
        val_size: validation as u64,
        hparams,
    })
}

fn write_config(run_dir: &Path, hparams: &Hparams) -> Result<(), TrainError> {
    let path = run_dir.join(CONFIG_FILE);
    write_atomic(&path, |out| out.write_all(hparams.to_yaml().as_bytes()))
        .map_err(TrainError::io(path))
}
