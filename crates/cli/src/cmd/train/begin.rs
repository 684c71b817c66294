//! With what a run begins: hyper-parameters, recordings and weights, new or those of another run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_corpus::write_filelist;
use diktor_model::weights::{Dimensions, read_weights};
use diktor_train::{Checkpoint, Dataset, Hparams, Resume, TrainError};
use serde::{Deserialize, Serialize};

use super::classify;
use crate::{
    cli::{self, HparamsSource},
    cmd::import,
    exit::usage,
    settings::{self, Flag},
};

/// Where the recordings of a run came from, so that it can go on: `dataset/source.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// Folder or list; absent when the lists of the hyper-parameters were used.
    pub(crate) path: Option<PathBuf>,
    pub(crate) resample: bool,
}

/// What a run begins with.
pub(super) struct Beginning {
    pub(super) hparams: Hparams,
    pub(super) source: Source,
    pub(super) resume: Resume,
    pub(super) weights: Option<PathBuf>,
}

pub(super) fn run_dir(arguments: &cli::Train) -> anyhow::Result<PathBuf> {
    if let Some(output) = &arguments.output {
        return Ok(output.clone());
    }
    if arguments.resume {
        return Err(usage(
            "which run?\nhint: name its directory, `--resume -o output/voice`",
        ));
    }
    let dataset = arguments.dataset.as_deref().unwrap_or(Path::new("voice"));
    let dataset = fs::canonicalize(dataset).unwrap_or_else(|_| dataset.to_owned());
    let name = dataset
        .file_stem()
        .map_or_else(|| "voice".into(), |stem| stem.to_owned());
    Ok(Path::new("output").join(name))
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
        resample: arguments.resample,
    };
    let (flags, corpus) = (flags(arguments), arguments.dataset.as_deref());
    let begin = |hparams, resume, weights| Beginning {
        hparams,
        source,
        resume,
        weights,
    };
    let Some(path) = &arguments.checkpoint else {
        let hparams = settings::hparams(&arguments.source, &flags, corpus)?;
        return Ok(begin(hparams, Resume::Fresh, None));
    };
    if !path.is_file() {
        return Err(usage(format!("`{}`: no such file", path.display())));
    }
    let checkpoint = Checkpoint::read(path).ok();
    let mut hparams = match &checkpoint {
        Some(of) => settings::hparams_over(of.state.hparams.clone(), &arguments.source, &flags)?,
        None => settings::hparams(&arguments.source, &flags, corpus)?,
    };
    let whole = checkpoint.filter(|found| found.state.training.is_some());
    if let (Some(_), false) = (&whole, arguments.warm_start) {
        adopt_run(path, run_dir)?;
        return Ok(begin(hparams, Resume::Continue, None));
    }
    if !arguments.warm_start {
        // Weights alone, and all of them are wanted.
        hparams.ignore_layers.clear();
    }
    hparams
        .ignore_layers
        .extend(ignored(arguments).map(str::to_owned));
    let file = read_weights(path)?;
    let dimensions =
        Dimensions::infer(&file.tensors).with_context(|| format!("`{}`", path.display()))?;
    dimensions_into(&mut hparams, &dimensions, &arguments.source)?;
    Ok(begin(hparams, Resume::Fresh, Some(path.clone())))
}

/// Layers of the variants that a flag leaves at their first values.
fn ignored(arguments: &cli::Train) -> impl Iterator<Item = &'static str> {
    const MMI: &[&str] = &[
        "mi",
        "decoder.linear_projection",
        "decoder.mel_layer",
        "decoder.gate_layer",
    ];
    let said: [(bool, &[&str]); 3] = [
        (arguments.ignore_mmi_layers, MMI),
        (arguments.ignore_gst_layers, &["gst", "gst_proj"]),
        (arguments.ignore_tsgst_layers, &["tpse_gst"]),
    ];
    said.into_iter()
        .filter(|(said, _)| *said)
        .flat_map(|(_, layers)| layers.iter().copied())
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

/// Puts a checkpoint where the run will look for the newest one.
fn adopt_run(checkpoint: &Path, run_dir: &Path) -> anyhow::Result<()> {
    let folder = run_dir.join("checkpoints");
    let last = folder.join(diktor_train::checkpoint::LAST);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(checkpoint, &last))
        .with_context(|| format!("`{}` cannot be written", last.display()))?;
    Ok(())
}

/// The sizes of weights that were trained elsewhere, unless the command line asks for others.
fn dimensions_into(
    hparams: &mut Hparams,
    dimensions: &Dimensions,
    source: &HparamsSource,
) -> anyhow::Result<()> {
    let network = import::network(hparams, dimensions);
    // A network may get layers that the file lacks: they begin with their first values.
    let wanted = (hparams.use_mmi, hparams.use_gst, hparams.use_tps_gst);
    hparams.adopt(&network);
    hparams.use_mmi |= wanted.0;
    hparams.use_gst |= wanted.1;
    hparams.use_tps_gst |= wanted.2;
    // What was said on the command line still wins, and then the weights that fit are taken.
    *hparams = settings::hparams_over(hparams.clone(), &source.overrides_only(), &[])?;
    Ok(())
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
        Err(_) => Source {
            path: None,
            resample: false,
        },
    };
    source.resample |= arguments.resample;
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

fn source_file(run_dir: &Path) -> PathBuf {
    run_dir.join("dataset").join("source.json")
}

/// Records what the run is trained on: where it came from, and the split.
pub(crate) fn record(run_dir: &Path, dataset: &Dataset, source: &Source) -> anyhow::Result<()> {
    let file = source_file(run_dir);
    let folder = file.parent().expect("the file is in a folder of the run");
    let source = Source {
        path: source.path.as_ref().map(std::path::absolute).transpose()?,
        resample: source.resample,
    };
    let text = serde_json::to_string_pretty(&source).context("writing JSON")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&file, text + "\n"))
        .with_context(|| format!("`{}` cannot be written", file.display()))?;
    write_filelist(&folder.join("train.csv"), &dataset.split.train)?;
    write_filelist(&folder.join("val.csv"), &dataset.split.validation)?;
    Ok(())
}
