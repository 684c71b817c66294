//! `diktor train`: recordings become a voice.

mod begin;
mod critical;
mod judge;
mod metrics;
mod rehearse;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use diktor_corpus::Problem;
use diktor_track::{ConsoleStyle, Outcome};
use diktor_train::{
    Dataset, Hparams, StopFlag, TrainError, TrainOutcome, TrainSpec, data::DatasetOptions,
};
use serde::Serialize;

pub(crate) use self::begin::{Source, record};
use crate::{
    alerting,
    answer::Form,
    cli::{self, TrainMode},
    device,
    exit::{Ending, usage},
    onlookers, progress, signals, tracking,
};

/// Trains, or does what `--mode` or `--test-critical-fixes` asks for instead.
///
/// # Errors
/// When the run cannot start (exit code 2 where the command line is to blame) or fails.
pub(crate) fn run(
    arguments: cli::Train,
    console: ConsoleStyle,
    form: Form,
) -> anyhow::Result<Ending> {
    if arguments.test_critical_fixes {
        return critical::run(&arguments, form);
    }
    match arguments.mode {
        TrainMode::Test => rehearse::run(&arguments, console, form),
        TrainMode::Validate => judge::run(&arguments, form),
        TrainMode::Train => {
            let result = trained(arguments, console)?;
            form.print(&result)?;
            Ok(ending(result.outcome))
        }
    }
}

/// Trains, and leaves it to others to tell.
///
/// # Errors
/// As [`run`].
pub(crate) fn trained(arguments: cli::Train, console: ConsoleStyle) -> anyhow::Result<Trained> {
    let run_dir = begin::run_dir(&arguments)?;
    let device = device::select(&arguments.device.device)?;
    let beginning = if arguments.resume {
        begin::go_on(&arguments, &run_dir)?
    } else {
        begin::afresh(&arguments, &run_dir)?
    };
    let mut sinks = onlookers::sinks(&arguments.onlookers, &run_dir)?;
    let server = tracking::server_of(&beginning.hparams)?;
    let stop = StopFlag::new();
    // What is wrong with the channels should be known before the recordings are read.
    let told = alerting::of_run(arguments.source.config.as_deref(), &run_dir)?;
    sinks.push(alerting::sink(&told, &beginning.hparams, &run_dir, &stop)?);
    let dataset = dataset(&beginning.hparams, &beginning.source)?;
    begin::record(&run_dir, &dataset, &beginning.source)?;
    alerting::record(&told, &run_dir)?;
    signals::install(&stop)?;
    let spec = TrainSpec {
        hparams: beginning.hparams,
        dataset,
        run_dir,
        resume: beginning.resume,
        warm_start: beginning.weights,
        device,
        console,
        sinks,
    };
    let run_dir = spec.run_dir.clone();
    let outcome = tracking::delivered(&run_dir, server, || diktor_train::train(spec, &stop));
    let outcome = outcome.map_err(classify)?;
    Ok(Trained::from(outcome))
}

/// How a verb ends when its run ended so.
pub(crate) fn ending(outcome: Outcome) -> Ending {
    match outcome {
        Outcome::Completed | Outcome::StoppedEarly => Ending::Done,
        Outcome::RedFlag => Ending::RedFlag,
        Outcome::Interrupted => Ending::Interrupted,
        Outcome::Failed => Ending::CheckFailed,
    }
}

/// Errors that the command line or the data are to blame for have exit code 2.
pub(crate) fn classify(error: TrainError) -> anyhow::Error {
    match error {
        TrainError::RunExists { .. }
        | TrainError::NothingToResume { .. }
        | TrainError::Mismatch { .. }
        | TrainError::NoExamples { .. }
        | TrainError::Hparam(_)
        | TrainError::Corpus(_)
        | TrainError::Text(_) => usage(error),
        other => other.into(),
    }
}

fn dataset(hparams: &Hparams, source: &Source) -> anyhow::Result<Dataset> {
    let list = Path::new(&hparams.training_files);
    if source.path.is_none() && !list.is_file() {
        return Err(usage(format!(
            "`{}`: no such list of recordings\nhint: name a folder with `--dataset`, or lists with \
             `--hparams \"training_files=...,validation_files=...\"`",
            list.display()
        )));
    }
    let options = DatasetOptions {
        resample: source.resample,
        ..DatasetOptions::default()
    };
    let progress = progress::counter("recordings");
    let dataset = match &source.path {
        Some(path) => Dataset::from_folder(path, hparams, &options, &progress),
        None => Dataset::from_filelists(hparams, &options, &progress),
    }
    .map_err(classify)?;
    tell(&dataset.problems);
    Ok(dataset)
}

/// The first problems, for a person who would otherwise not look.
fn tell(problems: &[Problem]) {
    const SHOWN: usize = 10;
    for problem in problems.iter().take(SHOWN) {
        tracing::warn!("{problem}");
    }
    if problems.len() > SHOWN {
        tracing::warn!(
            "and {} more: `diktor prepare stats` lists them",
            problems.len() - SHOWN
        );
    }
}

/// What came of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Trained {
    /// How it ended.
    pub(crate) outcome: Outcome,
    steps: u64,
    resumed_from: Option<u64>,
    seconds: f64,
    run_dir: PathBuf,
    checkpoint: PathBuf,
    best: Option<PathBuf>,
    report: Option<PathBuf>,
    metrics: std::collections::BTreeMap<String, f64>,
}

impl From<TrainOutcome> for Trained {
    fn from(run: TrainOutcome) -> Self {
        Self {
            outcome: run.outcome,
            steps: run.steps,
            resumed_from: run.resumed_from,
            seconds: run.seconds,
            run_dir: run.run_dir,
            checkpoint: run.last,
            best: run.best,
            report: run.report,
            metrics: run.metrics,
        }
    }
}

impl fmt::Display for Trained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.outcome {
            Outcome::Completed => "done",
            Outcome::StoppedEarly => "stopped early: nothing more to gain",
            Outcome::RedFlag => "stopped by a red flag",
            Outcome::Interrupted => "interrupted, saved",
            Outcome::Failed => "failed",
        };
        writeln!(f, "{how} after {} steps, {:.0} s", self.steps, self.seconds)?;
        writeln!(f, "run         {}", self.run_dir.display())?;
        writeln!(f, "checkpoint  {}", self.checkpoint.display())?;
        if let Some(best) = &self.best {
            writeln!(f, "best        {}", best.display())?;
        }
        if let Some(report) = &self.report {
            writeln!(f, "report      {}", report.display())?;
        }
        if self.outcome == Outcome::Interrupted {
            let run = self.run_dir.display();
            writeln!(f, "go on with  diktor train --resume -o {run}")?;
        }
        Ok(())
    }
}
