//! A folder of recordings as a training and a validation set.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use diktor_audio::TrimConfig;
use diktor_corpus::{
    Example, ImportConfig, Manifest, Problem, Reading, Split, SplitChanges, SplitRecord, Utterance,
    import_with_progress, leave_out, load_examples, read_quarantine, refuse_too_few, remarks,
    split,
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
    /// Every utterance that either part has ever had, by id.
    pub record: SplitRecord,
    /// How the corpus differs from the one that the split was made of.
    pub changes: SplitChanges,
}

/// How a folder is read, beyond the hyper-parameters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatasetOptions {
    /// Convert recordings of another sample rate instead of refusing them.
    pub resample: bool,
    /// How the list of the corpus is read, where that is not found out.
    pub reading: Reading,
    /// Utterances to keep for validation; `None` chooses by the size of the corpus.
    pub validation: Option<usize>,
    /// Where computed mels are kept between runs; the hyper-parameter `mel_cache_dir` comes first.
    pub cache_dir: Option<PathBuf>,
    /// The split of a run that goes on: nothing moves from one part to the other.
    pub kept: Option<SplitRecord>,
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
        let (manifest, problems) =
            import_with_progress(path, options.reading.layout, &frontend, &import, progress)?;
        refuse_too_few(&manifest, &problems)?;
        tell_remarks(&manifest, &problems);
        let (parts, changes) = match &options.kept {
            Some(kept) => kept.apply(manifest.utterances.clone()).unwrap_or_else(|| {
                tracing::warn!(
                    "none of the utterances that judged the run is in `{}`: it is split anew",
                    path.display()
                );
                let parts = split(&manifest, hparams.seed, options.validation);
                (parts, SplitChanges::default())
            }),
            None => {
                let parts = split(&manifest, hparams.seed, options.validation);
                (parts, SplitChanges::default())
            }
        };
        let read = Read {
            parts,
            changes,
            problems,
        };
        Self::of_parts(read, frontend, hparams, options, progress)
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
        let layout = options.reading.layout;
        let read = |list: &str| {
            import_with_progress(Path::new(list), layout, &frontend, &import, progress)
        };
        let (train, mut problems) = read(&hparams.training_files)?;
        tell_remarks(&train, &problems);
        let (validation, more) = read(&hparams.validation_files)?;
        problems.extend(more);
        tell_overlap(&train.utterances, &validation.utterances);
        let listed = Split {
            train: train.utterances,
            validation: validation.utterances,
        };
        let (parts, changes) = match &options.kept {
            Some(kept) => as_kept(kept, listed),
            None => (listed, SplitChanges::default()),
        };
        let read = Read {
            parts,
            changes,
            problems,
        };
        Self::of_parts(read, frontend, hparams, options, progress)
    }

    fn of_parts(
        read: Read,
        frontend: Frontend,
        hparams: &Hparams,
        options: &DatasetOptions,
        progress: Progress<'_>,
    ) -> Result<Self, TrainError> {
        let Read {
            parts: mut split,
            changes,
            mut problems,
        } = read;
        // What is left out for a while keeps its part.
        let kept = options.kept.clone().unwrap_or_default();
        let record = kept.with(&split);
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
            record,
            changes,
        })
    }
}

/// Says what is odd about a corpus as a whole.
fn tell_remarks(manifest: &Manifest, problems: &[Problem]) {
    for remark in remarks(manifest, problems) {
        tracing::warn!("{remark}");
    }
}

/// Says when the network is judged by what it learns from: its figures would only show how well it
/// knows them by heart.
fn tell_overlap(train: &[Utterance], validation: &[Utterance]) {
    let learnt: HashSet<&str> = train.iter().map(|u| u.audio_hash.as_str()).collect();
    let both = |u: &&Utterance| learnt.contains(u.audio_hash.as_str());
    let shared = validation.iter().filter(both).count();
    if shared > 0 {
        tracing::warn!(
            "{shared} of {} recordings of the validation set are in the training set too: the \
             validation shows what is known by heart, not what is learnt (hint: \
             `diktor prepare import` writes two lists that share none)",
            validation.len()
        );
    }
}

/// A corpus that was read, in its parts.
struct Read {
    parts: Split,
    changes: SplitChanges,
    problems: Vec<Problem>,
}

/// Two lists as the run has split them: what has judged it judges it, whichever list has it now, and what
/// only a list of validation has come to name is left out.
fn as_kept(kept: &SplitRecord, listed: Split) -> (Split, SplitChanges) {
    // Lists that name the same recordings keep nothing apart.
    if kept.train.is_empty() {
        return (listed, SplitChanges::default());
    }
    let Split { train, validation } = listed.clone();
    let (known, added): (Vec<_>, Vec<_>) = validation
        .into_iter()
        .partition(|one| kept.validation.contains(&one.id) || kept.train.contains(&one.id));
    let both = train.into_iter().chain(known).collect();
    let Some(found) = kept.apply(both) else {
        tracing::warn!(
            "none of the utterances that judged the run is listed: both lists are used as they are"
        );
        return (listed, SplitChanges::default());
    };
    if !added.is_empty() {
        let ids: Vec<&str> = added.iter().map(|one| one.id.as_str()).collect();
        tracing::warn!(
            "{} utterances that the list of validation has gained are left out: a run is judged by the same \
             ones for good: {}",
            ids.len(),
            ids.join(", ")
        );
    }
    found
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
    options.reading.over(ImportConfig {
        sampling_rate: hparams.sampling_rate,
        resample: options.resample,
        highest_hz: hparams.mel_fmax,
        hop_length: hparams.hop_length,
        min_mel_frames: hparams.min_mel_frames,
        max_mel_frames: hparams.max_mel_frames,
        max_text_len: hparams.max_text_len,
        trim: hparams.trim_silence.then(TrimConfig::default),
        ..ImportConfig::default()
    })
}
