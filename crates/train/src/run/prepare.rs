//! A run is put together, and nothing of it is written.

use std::{cell::OnceCell, collections::BTreeMap, path::Path, sync::Arc};

use burn::tensor::Device;
use diktor_corpus::{Example, global_mean_mel};
use diktor_text::SymbolTable;
use diktor_track::{EventKind, RunStarted};

use super::{
    Resume, TrainSpec,
    announce::{announce, listed},
    begin::Beginning,
};
use crate::{
    Checkpoint, Hparams, TrainError,
    checkpoint::{CheckpointStore, Found, Given},
    control,
    data::{Cursor, Feeder, FeederConfig, fingerprint, monotony, read_mean_frame},
    diary::{Diary, Voice},
    engine::{Engine, Identity, Progress},
    task::{Tacotron2Task, Task, ValidationSet},
};

/// The weights that belong to letters.
const EMBEDDING: &str = "embedding.weight";

/// A run of which nothing has been written.
pub(super) struct Prepared {
    pub(super) engine: Engine,
    pub(super) beginning: Beginning,
}

/// Puts the parts of a run together, and writes nothing.
pub(super) fn prepare(
    mut spec: TrainSpec,
    dress: impl FnOnce(Tacotron2Task) -> Box<dyn Task>,
) -> Result<Prepared, TrainError> {
    let found = find(&spec)?;
    let resumed_from = found.as_ref().map(|found| found.checkpoint.state.step);
    let diary = Diary::closed(&spec.run_dir, voice(&spec));
    let (device, hparams) = (spec.device.autodiff(), spec.hparams);
    let train = std::mem::take(&mut spec.dataset.train);
    let validation = Arc::new(std::mem::take(&mut spec.dataset.validation));
    let (data, sizes) = (fingerprint(&train), [train.len(), validation.len()]);
    let symbols = spec.dataset.frontend.symbols.clone();

    let max_steps = steps_of(&hparams, &train);
    let mut task = untrained(&hparams, &symbols, &device, &train, validation)?;
    let train = Arc::new(train);
    let feeder = feed(Arc::clone(&train), &hparams, device, found.as_ref())?;
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
    tell_monotony(&train, &diary, resumed_from);
    let mut knows_texts = found.is_none();
    if let (Some(path), None) = (&spec.warm_start, &found) {
        let kept = warm(&mut task, path, &identity, &diary)?;
        // With the embedding come the letters of the other voice's texts, and nobody knows which.
        knows_texts = kept.iter().any(|name| name == EMBEDDING);
    }
    let mut engine = Engine {
        task: dress(task),
        controllers: control::standard(&identity.hparams, max_steps),
        feeder,
        store: CheckpointStore::look(&spec.run_dir),
        diary,
        progress: Progress::start(&identity.hparams),
        identity,
        text_fits: OnceCell::new(),
    };
    if let Some(found) = &found {
        announce(&engine, found, &spec.dataset.changes);
        resume(&mut engine, &found.checkpoint)?;
        engine.progress.watch.hears_also(&train);
    } else if knows_texts {
        let symbols = engine.identity.symbols.len();
        engine.progress.watch.hears(&train, symbols);
    }
    let beginning = Beginning {
        resumed_from,
        found,
        is_of_another_run: spec.go_on_from.is_some(),
        run_dir: spec.run_dir,
        dataset: spec.dataset,
        console: spec.console,
        sinks: spec.sinks,
        opener: spec.opener,
        beside: spec.beside,
    };
    Ok(Prepared { engine, beginning })
}

/// A task that has learnt nothing, with what judges it.
fn untrained(
    hparams: &Hparams,
    symbols: &SymbolTable,
    device: &Device,
    train: &[Example],
    validation: Arc<Vec<Example>>,
) -> Result<Tacotron2Task, TrainError> {
    let mean_mel = mean_frame(train, hparams)?;
    let judged = ValidationSet::new(validation, hparams, mean_mel);
    let judged = judged.listening(train, symbols, hparams.seed);
    Tacotron2Task::new(hparams, symbols, device, judged)
}

/// Says when texts or recordings are hardly different from each other.
fn tell_monotony(train: &[Example], diary: &Diary, resumed_from: Option<u64>) {
    if let Some(monotony) = monotony(train) {
        let hint = "a voice learns from many different sentences, each with its own recording";
        diary.warn(resumed_from.unwrap_or(0), monotony.sentence(), Some(hint));
    }
}

fn voice(spec: &TrainSpec) -> Voice {
    Voice {
        mel: spec.hparams.mel(),
        symbols: spec.dataset.frontend.symbols.clone(),
        enhance: spec.hparams.use_audio_quality_enhancement,
        locale: spec.hparams.locale.into(),
    }
}

/// Steps that the whole training takes on these utterances.
pub fn steps_of(hparams: &Hparams, train: &[Example]) -> u64 {
    match hparams.max_steps {
        0 => {
            let per_epoch = FeederConfig::from_hparams(hparams).steps_per_epoch(train);
            hparams.epochs.saturating_mul(per_epoch)
        }
        steps => steps,
    }
}

/// Finds the checkpoint to go on from, as the caller wishes.
fn find(spec: &TrainSpec) -> Result<Option<Found>, TrainError> {
    let store = CheckpointStore::look(&spec.run_dir);
    let path = store.folder().to_owned();
    // A run that was killed before its first checkpoint may be begun anew, or gone on with from its beginning.
    let empty = !path.is_dir() || store.is_empty()?;
    if let Some(other) = &spec.go_on_from {
        return match empty {
            true => Ok(Some(Found {
                path: other.clone(),
                checkpoint: Checkpoint::read(other)?,
                refused: Vec::new(),
            })),
            false => Err(TrainError::RunExists { path }),
        };
    }
    match (spec.resume, empty) {
        (Resume::Fresh | Resume::Auto, true) => Ok(None),
        (Resume::Fresh, false) => Err(TrainError::RunExists { path }),
        (Resume::Continue | Resume::Auto, _) if !path.is_dir() => {
            Err(TrainError::NothingToResume {
                path,
                refused: Vec::new(),
            })
        }
        (Resume::Continue | Resume::Auto, _) => match store.newest()? {
            Ok(found) => Ok(Some(found)),
            Err(refused) => Err(TrainError::NothingToResume { path, refused }),
        },
    }
}

/// Goes on from a checkpoint of the same network.
fn resume(engine: &mut Engine, from: &Checkpoint) -> Result<(), TrainError> {
    let then = &from.state.hparams;
    engine
        .resume(from)
        .map_err(|error| misfit(error, then, &engine.identity.hparams))
}

/// Names the hyper-parameters that make a checkpoint fit no more.
fn misfit(error: TrainError, then: &Hparams, now: &Hparams) -> TrainError {
    let changed: Vec<String> = then
        .reshaped_by(now)
        .iter()
        .map(|row| {
            format!(
                "`{}` from {} to {}",
                row.name,
                row.value(then),
                row.value(now)
            )
        })
        .collect();
    match (&error, changed.is_empty()) {
        (TrainError::Model(_) | TrainError::Mismatch { .. }, false) => TrainError::OtherNetwork {
            changed: listed(&changed),
        },
        _ => error,
    }
}

/// The mean frame of the training set, or the one that a file says.
fn mean_frame(train: &[Example], hparams: &Hparams) -> Result<Vec<f32>, TrainError> {
    match &*hparams.global_mean_npy {
        "" => Ok(global_mean_mel(train).unwrap_or_default()),
        path => read_mean_frame(Path::new(path), hparams.n_mel_channels),
    }
}

/// Batches from where the checkpoint stands, as its knobs had made them.
fn feed(
    train: Arc<Vec<Example>>,
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
    Feeder::new(train, config, device, cursor)
}

/// Begins with the weights of a file; says and returns which keep their random values.
fn warm(
    task: &mut Tacotron2Task,
    path: &Path,
    identity: &Identity,
    diary: &Diary,
) -> Result<Vec<String>, TrainError> {
    let given = Given::read(path)?;
    let kept = task.warm_start(given.tensors(), &identity.hparams.ignore_layers)?;
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
            kept.iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(", ")
        );
        diary.warn(0, message, None);
    }
    Ok(kept)
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
