//! `diktor train --mode validate`: a checkpoint on the validation set, without training.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Instant,
};

use diktor_track::names;
use diktor_train::{
    Checkpoint,
    checkpoint::{CheckpointError, CheckpointStore, Found},
    data::split_of_run,
};
use serde::Serialize;

use super::{
    begin, classify,
    metrics::{self, Metrics},
};
use crate::{
    answer::Form,
    checkpoint::{Wanted, checkpoint_of, refused},
    cli, device,
    exit::{Ending, usage},
    runs, settings,
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
    checkpoint.network(&path)?;
    let device = device::select(&arguments.device.device)?;
    let hparams = settings::hparams_over(
        checkpoint.state.hparams.clone(),
        &arguments.source,
        &begin::flags(arguments),
    )?;
    let run_dir = run_of(arguments, &path);
    let source = begin::recorded(arguments, &run_dir)?;
    let dataset = super::dataset(&hparams, &source, split_of_run(&run_dir))?;
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
    if let Some(named) = &arguments.checkpoint {
        let path = checkpoint_of(named, Wanted::Newest)?;
        return Ok(Found {
            checkpoint: Checkpoint::read_finite(&path).map_err(refused)?,
            path,
            refused: Vec::new(),
        });
    }
    let run_dir = match &arguments.output {
        Some(run_dir) if run_dir.join("checkpoints").is_dir() => run_dir.clone(),
        Some(run_dir) => runs::named(Some(run_dir))?,
        None if runs::newest(Path::new(runs::OUTPUT)).is_some() => runs::named(None)?,
        None => {
            return Err(usage(
                "which checkpoint?\nhint: name it with `-c FILE`, or its run with `-o DIR`",
            ));
        }
    };
    let store = CheckpointStore::look(&run_dir);
    let path = store.folder().to_owned();
    if !path.is_dir() {
        return Err(nothing_to_judge(&path, &[]));
    }
    store
        .newest()?
        .map_err(|refused| nothing_to_judge(&path, &refused))
}

fn nothing_to_judge(folder: &Path, refused: &[CheckpointError]) -> anyhow::Error {
    let refused: String = refused.iter().map(|error| format!("\n  {error}")).collect();
    usage(format!(
        "`{}` holds no whole checkpoint to judge{refused}\nhint: `-o` names the folder of a run that has saved \
         one, `-c` a checkpoint",
        folder.display()
    ))
}

/// The run directory that is named, or the one the checkpoint lies in.
fn run_of(arguments: &cli::Train, checkpoint: &Path) -> PathBuf {
    let around = begin::run_around(checkpoint);
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
