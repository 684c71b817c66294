//! `diktor train`: recordings become a voice.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_corpus::{Problem, write_filelist};
use diktor_model::weights::{Dimensions, read_weights};
use diktor_track::{ConsoleStyle, Outcome};
use diktor_train::{
    Checkpoint, Dataset, Hparams, Resume, StopFlag, TrainError, TrainOutcome, TrainSpec,
    data::DatasetOptions,
};
use serde::{Deserialize, Serialize};

use crate::{
    answer::Form,
    cli::{self, HparamsSource},
    device,
    exit::{Ending, usage},
    progress, settings,
    settings::Flag,
    signals,
};

/// Where the recordings of a run came from, so that it can go on: `dataset/source.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    /// Folder or list; absent when the lists of the hyper-parameters were used.
    path: Option<PathBuf>,
    resample: bool,
}

/// What a run begins with.
struct Beginning {
    hparams: Hparams,
    source: Source,
    resume: Resume,
    weights: Option<PathBuf>,
}

/// Trains.
///
/// # Errors
/// When the run cannot start (exit code 2 where the command line is to blame) or fails.
pub(crate) fn run(
    arguments: cli::Train,
    console: ConsoleStyle,
    form: Form,
) -> anyhow::Result<Ending> {
    let run_dir = run_dir(&arguments)?;
    let device = device::select(&arguments.device.device)?;
    let begin = if arguments.resume {
        go_on(&arguments, &run_dir)?
    } else {
        afresh(&arguments, &run_dir)?
    };
    let dataset = dataset(&begin.hparams, &begin.source)?;
    record(&run_dir, &dataset, &begin.source)?;
    let stop = StopFlag::new();
    signals::install(&stop)?;
    let spec = TrainSpec {
        hparams: begin.hparams,
        dataset,
        run_dir,
        resume: begin.resume,
        warm_start: begin.weights,
        device,
        console,
        sinks: Vec::new(),
    };
    let outcome = diktor_train::train(spec, &stop).map_err(classify)?;
    let result = Trained::from(outcome);
    form.print(&result)?;
    Ok(ending(result.outcome))
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

fn run_dir(arguments: &cli::Train) -> anyhow::Result<PathBuf> {
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
fn flags(arguments: &cli::Train) -> Vec<Flag> {
    let said: [(&str, Option<String>); 4] = [
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
    ];
    said.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// A new run, perhaps from a checkpoint of another.
fn afresh(arguments: &cli::Train, run_dir: &Path) -> anyhow::Result<Beginning> {
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
    let file = read_weights(path)?;
    let dimensions =
        Dimensions::infer(&file.tensors).with_context(|| format!("`{}`", path.display()))?;
    dimensions_into(&mut hparams, &dimensions, &arguments.source)?;
    Ok(begin(hparams, Resume::Fresh, Some(path.clone())))
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
    let network = super::import::network(hparams, dimensions);
    hparams.adopt(&network);
    // What was said on the command line still wins, and then the weights that fit are taken.
    *hparams = settings::hparams_over(hparams.clone(), &source.overrides_only(), &[])?;
    Ok(())
}

/// The run in the directory, as it was or changed by what the command line says.
fn go_on(arguments: &cli::Train, run_dir: &Path) -> anyhow::Result<Beginning> {
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
    let recorded = source_file(run_dir);
    let source = match fs::read(&recorded) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map_err(|error| usage(format!("`{}`: {error}", recorded.display())))?,
        Err(_) => Source {
            path: None,
            resample: arguments.resample,
        },
    };
    Ok(Beginning {
        hparams,
        source,
        resume: Resume::Continue,
        weights: None,
    })
}

fn dataset(hparams: &Hparams, source: &Source) -> anyhow::Result<Dataset> {
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

fn source_file(run_dir: &Path) -> PathBuf {
    run_dir.join("dataset").join("source.json")
}

/// Records what the run is trained on: where it came from, and the split.
fn record(run_dir: &Path, dataset: &Dataset, source: &Source) -> anyhow::Result<()> {
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

#[derive(Debug, Serialize)]
struct Trained {
    outcome: Outcome,
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
