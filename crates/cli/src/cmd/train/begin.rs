//! With what a run begins: hyper-parameters, recordings and weights, new or those of another run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_corpus::{Reading, SplitRecord};
use diktor_train::{Beside, Hparams, Resume, TrainError, data::split_of_run};
use serde::{Deserialize, Serialize};

use super::{classify, weights};
use crate::{
    cli,
    exit::usage,
    runs,
    settings::{self, Flag},
};

/// Where the recordings of a run came from, so that it can go on: `dataset/source.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Folder or list; absent when the lists of the hyper-parameters were used.
    pub(crate) path: Option<PathBuf>,
    pub(crate) resample: bool,
    /// How the list is read, where that was said.
    #[serde(default)]
    pub(crate) reading: Reading,
}

/// What a run begins with.
pub(super) struct Beginning {
    pub(super) hparams: Hparams,
    pub(super) source: Source,
    pub(super) resume: Resume,
    /// Weights alone to begin with.
    pub(super) weights: Option<PathBuf>,
    /// A checkpoint of another run to go on from.
    pub(super) go_on_from: Option<PathBuf>,
    /// The split of the run that goes on.
    pub(super) split: Option<SplitRecord>,
}

pub(super) fn run_dir(arguments: &cli::Train) -> anyhow::Result<PathBuf> {
    if let Some(output) = &arguments.output {
        return Ok(output.clone());
    }
    if arguments.resume {
        let newest = runs::newest(Path::new(runs::OUTPUT));
        let run = newest.unwrap_or_else(|| Path::new(runs::OUTPUT).join("voice"));
        return Err(usage(format!(
            "which run?\nhint: name its directory, `--resume -o {}`",
            run.display()
        )));
    }
    let dataset = arguments.dataset.as_deref().unwrap_or(Path::new("voice"));
    let dataset = fs::canonicalize(dataset).unwrap_or_else(|_| dataset.to_owned());
    let name = dataset.file_stem();
    let name = name.map_or("voice".into(), |stem| stem.to_string_lossy());
    Ok(runs::free(&name))
}

/// Hyper-parameters that have flags of their own.
pub(super) fn flags(arguments: &cli::Train) -> Vec<Flag> {
    let said: [(&str, Option<String>); 5] = [
        ("epochs", arguments.epochs.map(|value| value.to_string())),
        (
            "max_steps",
            arguments.max_steps.map(|value| value.to_string()),
        ),
        (
            "batch_size",
            arguments.batch_size.map(|value| value.to_string()),
        ),
        (
            "learning_rate",
            arguments.learning_rate.map(|value| value.to_string()),
        ),
        (
            "auto_fix",
            arguments.no_auto_fix.then(|| "false".to_owned()),
        ),
    ];
    said.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// A new run, perhaps from a checkpoint of another.
pub(super) fn afresh(arguments: &cli::Train, run_dir: &Path) -> anyhow::Result<Beginning> {
    refuse_existing(run_dir)?;
    let source = Source {
        path: arguments.dataset.clone(),
        resample: arguments.corpus.resample,
        reading: arguments.corpus.reading(),
    };
    let flags = flags(arguments);
    let reading = arguments.corpus.reading();
    let corpus = arguments.dataset.as_deref().map(|path| (path, reading));
    let begin = |hparams, resume, weights| Beginning {
        hparams,
        source,
        resume,
        weights,
        go_on_from: None,
        split: None,
    };
    let Some(path) = weights::named(arguments)? else {
        let hparams = settings::hparams(&arguments.source, &flags, corpus.as_ref())?;
        return Ok(begin(hparams, Resume::Fresh, None));
    };
    let start = weights::start(arguments, &flags, &path)?;
    if start.goes_on {
        return Ok(Beginning {
            // What has judged the other run is not learnt from in this one.
            split: run_around(&path).and_then(split_of_run),
            go_on_from: Some(path),
            ..begin(start.hparams, Resume::Continue, None)
        });
    }
    Ok(begin(start.hparams, Resume::Fresh, Some(path)))
}

/// A directory with checkpoints is not begun anew: nothing of that run may be touched.
fn refuse_existing(run_dir: &Path) -> anyhow::Result<()> {
    let folder = run_dir.join("checkpoints");
    let mut files = fs::read_dir(&folder).into_iter().flatten().flatten();
    if files.any(|file| {
        file.path()
            .extension()
            .is_some_and(|ending| ending == "ckpt")
    }) {
        return Err(classify(TrainError::RunExists {
            path: run_dir.to_owned(),
        }));
    }
    Ok(())
}

/// The run directory that a checkpoint lies in.
pub(super) fn run_around(checkpoint: &Path) -> Option<&Path> {
    checkpoint.parent().and_then(Path::parent)
}

/// The run in the directory, as it was or changed by what the command line says.
pub(super) fn go_on(arguments: &cli::Train, run_dir: &Path) -> anyhow::Result<Beginning> {
    let config = run_dir.join("config.yaml");
    let text = fs::read_to_string(&config).map_err(|error| {
        usage(format!(
            "`{}`: {error}\nhint: `--resume` goes on with the run in `-o`; there is none here",
            config.display()
        ))
    })?;
    let base = Hparams::from_yaml(&text)
        .map_err(|error| usage(format!("`{}`: {error}", config.display())))?;
    let hparams = settings::hparams_over(base, &arguments.source, &flags(arguments))?;
    Ok(Beginning {
        hparams,
        source: recorded(arguments, run_dir)?,
        resume: Resume::Continue,
        weights: None,
        go_on_from: None,
        split: split_of_run(run_dir),
    })
}

/// The recordings of the run in the directory, or those the command line names.
///
/// # Errors
/// When neither is there (exit code 2).
pub(super) fn recorded(arguments: &cli::Train, run_dir: &Path) -> anyhow::Result<Source> {
    let recorded = source_file(run_dir);
    let mut source: Source = match fs::read(&recorded) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| usage(format!("`{}`: {error}", recorded.display())))?,
        Err(_) => Source::default(),
    };
    source.resample |= arguments.corpus.resample;
    source.reading = arguments.corpus.reading().or(source.reading);
    if let Some(named) = &arguments.dataset {
        source.path = Some(named.clone());
        return Ok(source);
    }
    match &source.path {
        Some(path) if !path.exists() => Err(usage(format!(
            "`{}`: the recordings of `{}` are no longer there\nhint: say where they are with \
             `--dataset`",
            path.display(),
            run_dir.display()
        ))),
        _ => Ok(source),
    }
}

/// Where a run keeps what its recordings came from.
const SOURCE: &str = "dataset/source.json";

fn source_file(run_dir: &Path) -> PathBuf {
    run_dir.join(SOURCE)
}

/// The record of where the recordings of a run come from, as it is kept in its directory.
pub(crate) fn record(source: &Source) -> anyhow::Result<Beside> {
    let source = Source {
        path: source.path.as_ref().map(std::path::absolute).transpose()?,
        resample: source.resample,
        reading: source.reading.clone(),
    };
    let text = serde_json::to_string_pretty(&source).context("writing JSON")?;
    Ok(Beside {
        path: SOURCE.into(),
        bytes: (text + "\n").into_bytes(),
    })
}
