//! `diktor train`: recordings become a voice.

mod begin;
mod critical;
mod judge;
mod length;
mod logs;
mod metrics;
mod rehearse;
mod weights;

use std::{
    fmt,
    path::{Path, PathBuf},
};

use diktor_corpus::{Problem, SplitRecord, group_problems};
use diktor_track::{
    ConsoleStyle, Outcome,
    report::{ReportLocale, Verdict, call_words, verdict_of},
};
use diktor_train::{
    Dataset, Hparams, StopFlag, TrainError, TrainOutcome, TrainSpec, checkpoint::CheckpointError,
    data::DatasetOptions, is_in_use,
};
use serde::Serialize;

pub(crate) use self::begin::{Source, record};
use self::rehearse::Detail;
use crate::{
    alerting,
    answer::Form,
    cli::{
        self, TrainMode,
        older::{self, Place},
    },
    cmd::report::locale_of,
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
    verbose: bool,
    form: Form,
) -> anyhow::Result<Ending> {
    one_device(&arguments)?;
    if arguments.test_critical_fixes {
        return critical::run(&arguments, form);
    }
    match arguments.mode {
        TrainMode::Test => {
            let detail = match verbose {
                true => Detail::Figures,
                false => Detail::Verdict,
            };
            rehearse::run(&arguments, console, detail, form)
        }
        TrainMode::Validate => judge::run(&arguments, form),
        TrainMode::Train => {
            let result = trained(arguments, console)?;
            form.print(&result)?;
            Ok(ending(result.outcome))
        }
    }
}

/// Refuses more devices than a run can use.
fn one_device(arguments: &cli::Train) -> anyhow::Result<()> {
    let asked = match (arguments.n_gpus, arguments.rank) {
        (Some(count), _) if count > 1 => format!("--n-gpus {count}"),
        (_, Some(rank)) if rank > 0 => format!("--rank {rank}"),
        _ => return Ok(()),
    };
    let row = older::find(Place::Flag, "--distributed").expect("the list has it");
    Err(usage(format!(
        "`{asked}`: {}\nhint: {}",
        row.answer, row.hint
    )))
}

/// Trains, and leaves it to others to tell.
///
/// # Errors
/// As [`run`].
pub(crate) fn trained(arguments: cli::Train, console: ConsoleStyle) -> anyhow::Result<Trained> {
    let run_dir = begin::run_dir(&arguments)?;
    // Better known before the recordings are read than after.
    if is_in_use(&run_dir) {
        return Err(classify(TrainError::Busy { path: run_dir }));
    }
    let device = device::select(&arguments.device.device)?;
    let mut beginning = if arguments.resume {
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
    let dataset = dataset(&beginning.hparams, &beginning.source, beginning.split)?;
    length::settle(&arguments, &dataset, &mut beginning.hparams);
    let locale = beginning.hparams.locale;
    let opener = logs::opener(arguments.log_directory.as_deref(), &run_dir, locale.into())?;
    signals::install(&stop, locale)?;
    let spec = TrainSpec {
        beside: vec![record(&beginning.source)?, alerting::record(&told)?],
        opener: Some(opener),
        hparams: beginning.hparams,
        dataset,
        run_dir,
        resume: beginning.resume,
        warm_start: beginning.weights,
        go_on_from: beginning.go_on_from,
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
        | TrainError::OtherNetwork { .. }
        | TrainError::NoExamples { .. }
        | TrainError::UnknownLayer { .. }
        | TrainError::Checkpoint(CheckpointError::Foreign { .. })
        | TrainError::Hparam(_)
        | TrainError::Corpus(_)
        | TrainError::Text(_) => usage(error),
        other => other.into(),
    }
}

fn dataset(
    hparams: &Hparams,
    source: &Source,
    kept: Option<SplitRecord>,
) -> anyhow::Result<Dataset> {
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
        reading: source.reading.clone(),
        kept,
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

/// Every kind of problem in one line, for a person who would otherwise not look.
fn tell(problems: &[Problem]) {
    for group in group_problems(problems) {
        tracing::warn!("{}", group.line());
    }
    if problems.len() > 1 {
        tracing::warn!("`diktor prepare stats` shows more of each kind, with --json all");
    }
}

/// What came of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Trained {
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// What it has come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip)]
    locale: ReportLocale,
    steps: u64,
    resumed_from: Option<u64>,
    seconds: f64,
    run_dir: PathBuf,
    checkpoint: PathBuf,
    best: Option<PathBuf>,
    report: Option<PathBuf>,
    metrics: std::collections::BTreeMap<String, f64>,
}

impl Trained {
    /// Whether the run had ended before it was gone on with.
    fn left_nothing_to_do(&self) -> bool {
        self.outcome == Outcome::Completed && self.resumed_from == Some(self.steps)
    }
}

impl From<TrainOutcome> for Trained {
    fn from(run: TrainOutcome) -> Self {
        Self {
            outcome: run.outcome,
            verdict: verdict_of(&run.run_dir).ok(),
            locale: locale_of(None, &run.run_dir),
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
            Outcome::StoppedEarly => "stopped early: the validation loss falls no further",
            Outcome::RedFlag => "stopped by a red flag",
            Outcome::Interrupted => "interrupted, saved",
            Outcome::Failed => "failed",
        };
        if self.left_nothing_to_do() {
            writeln!(
                f,
                "nothing was left to do: the run had made its {} steps already",
                self.steps
            )?;
            writeln!(f, "to go on    raise `--max-steps` or `--epochs`")?;
        } else {
            writeln!(f, "{how} after {} steps, {:.0} s", self.steps, self.seconds)?;
        }
        if let Some(verdict) = &self.verdict {
            let [title, meaning] = call_words(self.locale, verdict.call);
            writeln!(f, "{title} {meaning}")?;
        }
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
