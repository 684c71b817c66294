//! A folder of recordings as a training and a validation set.

use std::path::{Path, PathBuf};

use diktor_audio::TrimConfig;
use diktor_corpus::{
    Example, ImportConfig, Problem, Split, import_with_progress, leave_out, load_examples,
    read_quarantine, split,
};
use diktor_text::{Cleaners, Frontend};

use crate::{Hparams, TrainError};

/// What is learnt from and what is judged by.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// What the network learns from.
    pub train: Vec<Example>,
    /// What it is judged by.
    pub validation: Vec<Example>,
    /// How text becomes symbols.
    pub frontend: Frontend,
    /// Recordings that were left out, and why.
    pub problems: Vec<Problem>,
    /// The two parts as they came from the importer, to be recorded beside the run.
    pub split: Split,
}

/// How a folder is read, beyond the hyper-parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatasetOptions {
    /// Convert recordings of another sample rate instead of refusing them.
    pub resample: bool,
    /// Utterances to keep for validation; `None` chooses by the size of the corpus.
    pub validation: Option<usize>,
    /// Where computed mels are kept between runs; the hyper-parameter `mel_cache_dir` comes first.
    pub cache_dir: Option<PathBuf>,
}

/// Told how many recordings of how many are done.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

impl Dataset {
    /// Reads a corpus in any importable layout, checks and splits it, and computes its features.
    ///
    /// # Errors
    /// If the corpus is refused, or nothing of it can be used.
    pub fn from_folder(
        path: &Path,
        hparams: &Hparams,
        options: &DatasetOptions,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        let frontend = frontend(hparams)?;
        let import = import_config(hparams, options);
        let (manifest, problems) = import_with_progress(path, None, &frontend, &import, progress)?;
        let parts = split(&manifest, hparams.seed, options.validation);
        Self::of_parts(parts, problems, frontend, hparams, options, progress)
    }

    /// Reads two prepared lists, `training_files` and `validation_files` of the hyper-parameters.
    ///
    /// # Errors
    /// If a list is refused, or nothing of it can be used.
    pub fn from_filelists(
        hparams: &Hparams,
        options: &DatasetOptions,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        let frontend = frontend(hparams)?;
        let import = ImportConfig {
            root: Some(PathBuf::from(&hparams.dataset_path)),
            ..import_config(hparams, options)
        };
        let read =
            |list: &str| import_with_progress(Path::new(list), None, &frontend, &import, progress);
        let (train, mut problems) = read(&hparams.training_files)?;
        let (validation, more) = read(&hparams.validation_files)?;
        problems.extend(more);
        let parts = Split {
            train: train.utterances,
            validation: validation.utterances,
        };
        Self::of_parts(parts, problems, frontend, hparams, options, progress)
    }

    fn of_parts(
        mut split: Split,
        mut problems: Vec<Problem>,
        frontend: Frontend,
        hparams: &Hparams,
        options: &DatasetOptions,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        problems.extend(quarantine(&mut split, &hparams.quarantine_file)?);
        let mut features = hparams.features(options.resample);
        features.cache_dir = features.cache_dir.or_else(|| options.cache_dir.clone());
        let mel = hparams.mel();
        let mut load = |utterances, part| -> Result<Vec<Example>, TrainError> {
            let (examples, left_out) =
                load_examples(utterances, &frontend, &mel, &features, progress)?;
            problems.extend(left_out);
            if examples.is_empty() {
                Err(TrainError::NoExamples { part })
            } else {
                Ok(examples)
            }
        };
        let train = load(&split.train, "training")?;
        let validation = load(&split.validation, "validation")?;
        Ok(Self {
            train,
            validation,
            frontend,
            problems,
            split,
        })
    }
}

/// Takes out of both parts what a confirmed list names. The rest stays where it was: a split is made
/// before, so that a run with the list is judged by the same utterances as one without.
fn quarantine(split: &mut Split, list: &str) -> Result<Vec<Problem>, TrainError> {
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let ids = read_quarantine(Path::new(list))?;
    let mut left_out = leave_out(&mut split.train, &ids);
    left_out.extend(leave_out(&mut split.validation, &ids));
    if left_out.len() < ids.len() {
        tracing::warn!(
            list,
            listed = ids.len(),
            found = left_out.len(),
            "the corpus does not have every utterance of the list"
        );
    }
    Ok(left_out)
}

/// The text chain the hyper-parameters name.
///
/// # Errors
/// If a cleaner is unknown.
pub fn frontend(hparams: &Hparams) -> Result<Frontend, TrainError> {
    let cleaners: Vec<Cleaners> = hparams
        .text_cleaners
        .iter()
        .map(|name| name.parse())
        .collect::<Result<_, _>>()?;
    Ok(Frontend::new(cleaners))
}

fn import_config(hparams: &Hparams, options: &DatasetOptions) -> ImportConfig {
    ImportConfig {
        sampling_rate: hparams.sampling_rate,
        resample: options.resample,
        hop_length: hparams.hop_length,
        min_mel_frames: hparams.min_mel_frames,
        max_mel_frames: hparams.max_mel_frames,
        max_text_len: hparams.max_text_len,
        trim: hparams.trim_silence.then(TrimConfig::default),
        ..ImportConfig::default()
    }
}
