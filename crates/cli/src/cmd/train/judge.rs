//! `diktor train --mode validate`: a checkpoint on the validation set, without training.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Instant,
};

use diktor_track::names;
use diktor_train::{
    Checkpoint, TrainError,
    checkpoint::{CheckpointStore, Found},
};
use serde::Serialize;

use super::{
    begin, classify,
    metrics::{self, Metrics},
};
use crate::{
    answer::Form,
    cli, device,
    exit::{Ending, usage},
    settings,
};

/// Validates fully and prints; a validation loss that is not finite is a failed check.
///
/// # Errors
/// When there is no checkpoint, no recordings, or they do not fit each other (exit code 2).
pub(super) fn run(arguments: &cli::Train, form: Form) -> anyhow::Result<Ending> {
    let began = Instant::now();
    let Found {
        path,
        checkpoint,
        refused,
    } = find(arguments)?;
    for error in refused {
        tracing::warn!("{error}");
    }
    let device = device::select(&arguments.device.device)?;
    let hparams = settings::hparams_over(
        checkpoint.state.hparams.clone(),
        &arguments.source,
        &begin::flags(arguments),
    )?;
    let source = begin::recorded(arguments, &run_of(arguments, &path))?;
    let dataset = super::dataset(&hparams, &source)?;
    let utterances = dataset.validation.len();
    let found =
        diktor_train::validate(&checkpoint, &hparams, dataset, &device).map_err(classify)?;
    let judged = Judged {
        checkpoint: path,
        step: checkpoint.state.step,
        dataset: source.path,
        utterances,
        seconds: began.elapsed().as_secs_f64(),
        metrics: found.metrics,
    };
    form.print(&judged)?;
    let loss = judged.metrics.get(names::VALIDATION_LOSS);
    Ok(if loss.is_some_and(|loss| loss.is_finite()) {
        Ending::Done
    } else {
        Ending::CheckFailed
    })
}

/// The checkpoint that is named, or the newest whole one of the run.
fn find(arguments: &cli::Train) -> anyhow::Result<Found> {
    if let Some(path) = &arguments.checkpoint {
        if !path.is_file() {
            return Err(usage(format!("`{}`: no such file", path.display())));
        }
        return Ok(Found {
            path: path.clone(),
            checkpoint: Checkpoint::read_finite(path)?,
            refused: Vec::new(),
        });
    }
    let Some(run_dir) = &arguments.output else {
        return Err(usage(
            "which checkpoint?\nhint: name it with `-c FILE`, or its run with `-o DIR`",
        ));
    };
    let store = CheckpointStore::look(run_dir);
    let path = store.folder().to_owned();
    if !path.is_dir() {
        let refused = Vec::new();
        return Err(classify(TrainError::NothingToResume { path, refused }));
    }
    store
        .newest()?
        .map_err(|refused| classify(TrainError::NothingToResume { path, refused }))
}

/// The run directory that is named, or the one the checkpoint lies in.
fn run_of(arguments: &cli::Train, checkpoint: &Path) -> PathBuf {
    let around = checkpoint.parent().and_then(Path::parent);
    let named = arguments.output.as_deref();
    named.or(around).unwrap_or(Path::new("")).to_owned()
}

/// What a full validation found.
#[derive(Debug, Serialize)]
struct Judged {
    checkpoint: PathBuf,
    step: u64,
    /// Where the recordings came from; absent when the lists of the hyper-parameters were used.
    dataset: Option<PathBuf>,
    utterances: usize,
    seconds: f64,
    metrics: Metrics,
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (checkpoint, step) = (self.checkpoint.display(), self.step);
        writeln!(f, "checkpoint  {checkpoint}, step {step}")?;
        let (count, seconds) = (self.utterances, self.seconds);
        writeln!(f, "judged on   {count} recordings, {seconds:.0} s")?;
        if let Some(dataset) = &self.dataset {
            writeln!(f, "of          {}", dataset.display())?;
        }
        metrics::write(f, "validation", &self.metrics)
    }
}
