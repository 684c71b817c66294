//! `diktor quickstart`: the main job from end to end, on the corpus that comes with the program.

mod corpus;
mod exhibit;
mod heldout;

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context as _;
use burn::tensor::Device;
use diktor_alert::AlertConfig;
use diktor_audio::MCD_DEFINITION;
use diktor_track::{
    ConsoleStyle, Outcome, names,
    report::{ReportLocale, Verdict, call_words, verdict_of, write_report},
};
use diktor_train::{
    Dataset, Hparams, Resume, StopFlag, TrainOutcome, TrainSpec,
    data::DatasetOptions,
    hparams::{Resolved, Sources, resolve},
};
use serde::Serialize;

use crate::{
    alerting,
    answer::Form,
    cli::{self, Language},
    cmd::train::{Source, classify, ending, record},
    device,
    exit::{Ending, usage},
    onlookers, progress, runs, signals, tracking,
    voice::Voice,
};
use heldout::{FreeRunning, HeldOut};

const PRESET: &str = "demo";

/// What came of it; the names are a contract with whoever reads `--json`.
#[derive(Debug, Serialize)]
struct Learnt {
    /// What it has come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip)]
    locale: ReportLocale,
    /// Validation, teacher-forced.
    diagonality: Option<f64>,
    /// Validation, teacher-forced: balanced accuracy.
    gate_accuracy: Option<f64>,
    /// Validation, freely running: how well it is understood, 1 as well as the recordings.
    intelligibility: Option<f64>,
    free_running: FreeRunning,
    mel_error: f64,
    mel_error_definition: &'static str,
    mcd_db: Option<f64>,
    mcd_definition: &'static str,
    seconds: f64,
    training_seconds: f64,
    steps: u64,
    seed: u64,
    run_dir: PathBuf,
    checkpoint: PathBuf,
    report: Option<PathBuf>,
    /// What the voice said, the sentence of the user first.
    wav: Vec<PathBuf>,
}

/// Trains, listens, and tells where everything is.
///
/// # Errors
/// When the corpus is not found, the run fails, or a file cannot be written.
pub(crate) fn run(
    arguments: cli::Quickstart,
    console: ConsoleStyle,
    form: Form,
) -> anyhow::Result<Ending> {
    let start = Instant::now();
    let corpus = corpus::find(arguments.lang)?;
    let hparams = hparams(&arguments)?;
    check_text(&hparams, arguments.text.as_deref())?;
    let device = device::select(&arguments.device.device)?;
    let server = tracking::server_of(&hparams)?;
    let run_dir = arguments
        .output
        .clone()
        .unwrap_or_else(|| runs::free("quickstart"));
    let sinks = onlookers::sinks(&arguments.onlookers, &run_dir)?;
    let spec = spec(hparams, &corpus, run_dir.clone(), &device, console)?;
    let spec = TrainSpec { sinks, ..spec };
    let learnt = tracking::delivered(&run_dir, server, || learn(spec, &arguments, &corpus, start))?;
    match learnt {
        Ok(learnt) => {
            form.print(&learnt)?;
            Ok(Ending::Done)
        }
        Err(outcome) => Ok(ending(outcome)),
    }
}

/// Trains and speaks; how the training ended if it ended early.
fn learn(
    spec: TrainSpec,
    arguments: &cli::Quickstart,
    corpus: &Path,
    start: Instant,
) -> anyhow::Result<Result<Learnt, Outcome>> {
    let (seed, device) = (spec.hparams.seed, spec.device.clone());
    let run = train(spec)?;
    if run.outcome != Outcome::Completed && run.outcome != Outcome::StoppedEarly {
        let why = "the training ended early, so nothing was spoken";
        tracing::warn!(
            "{why}; `diktor train --resume -o {}`",
            run.run_dir.display()
        );
        return Ok(Err(run.outcome));
    }
    let checkpoint = run.best.clone().unwrap_or_else(|| run.last.clone());
    let voice = Voice::load(&checkpoint, &device)?;
    let heldout = HeldOut::speak(&voice, &corpus.join("heldout"), &device)?;
    let wav = exhibit::write(&voice, &run, &heldout, arguments.text.as_deref())?;
    // Once more, now with what the voice said.
    let report = write_report(&run.run_dir, arguments.lang.into())
        .map(Some)
        .unwrap_or(run.report);
    let metric = |name: &str| run.metrics.get(name).copied();
    Ok(Ok(Learnt {
        verdict: verdict_of(&run.run_dir).ok(),
        locale: arguments.lang.into(),
        diagonality: metric(names::ALIGNMENT_DIAGONALITY),
        gate_accuracy: metric(names::GATE_ACCURACY),
        intelligibility: metric(names::FREE_RUNNING_INTELLIGIBILITY),
        free_running: heldout.free_running,
        mel_error: heldout.mel_error,
        mel_error_definition: heldout::MEL_ERROR_DEFINITION,
        mcd_db: heldout.mcd_db,
        mcd_definition: MCD_DEFINITION,
        seconds: start.elapsed().as_secs_f64(),
        training_seconds: run.seconds,
        steps: run.steps,
        seed,
        run_dir: run.run_dir,
        checkpoint,
        report,
        wav,
    }))
}

fn hparams(arguments: &cli::Quickstart) -> anyhow::Result<Hparams> {
    let mut flags = vec![("text_cleaners", arguments.lang.cleaners().to_owned())];
    flags.extend(arguments.seed.map(|seed| ("seed", seed.to_string())));
    flags.extend(
        arguments
            .steps
            .map(|steps| ("max_steps", steps.to_string())),
    );
    let locale = match arguments.lang {
        Language::En => "en",
        Language::Ru => "ru",
    };
    flags.push(("locale", locale.to_owned()));
    let sources = Sources {
        preset: Some(PRESET),
        config: None,
        flags: &flags,
        overrides: arguments.hparams.as_deref(),
    };
    let Resolved { hparams, warnings } = resolve(&sources).map_err(usage)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(hparams)
}

/// A sentence that cannot be spoken should be known before the training, not after it.
fn check_text(hparams: &Hparams, text: Option<&str>) -> anyhow::Result<()> {
    if let Some(text) = text {
        let frontend = diktor_train::data::frontend(hparams).map_err(usage)?;
        frontend
            .encode(text)
            .map_err(|error| usage(format!("`--text`: {error}")))?;
    }
    Ok(())
}

fn spec(
    hparams: Hparams,
    corpus: &Path,
    run_dir: PathBuf,
    device: &Device,
    console: ConsoleStyle,
) -> anyhow::Result<TrainSpec> {
    let progress = progress::counter("recordings");
    let options = DatasetOptions::default();
    let dataset = Dataset::from_folder(corpus, &hparams, &options, &progress).map_err(classify)?;
    let source = Source {
        path: Some(corpus.to_owned()),
        ..Source::default()
    };
    Ok(TrainSpec {
        hparams,
        dataset,
        run_dir,
        resume: Resume::Fresh,
        warm_start: None,
        go_on_from: None,
        beside: vec![record(&source)?],
        opener: None,
        device: device.clone(),
        console,
        sinks: Vec::new(),
    })
}

fn train(mut spec: TrainSpec) -> anyhow::Result<TrainOutcome> {
    let stop = StopFlag::new();
    let people = AlertConfig::default();
    let alerts = alerting::sink(&people, &spec.hparams, &spec.run_dir, &stop)?;
    spec.sinks.push(alerts);
    signals::install(&stop, spec.hparams.locale)?;
    diktor_train::train(spec, &stop)
        .map_err(classify)
        .context("training")
}

impl fmt::Display for Learnt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: Option<f64>| value.map_or("unknown".to_owned(), |v| format!("{v:.3}"));
        let free = &self.free_running;
        writeln!(f, "{} steps in {:.0} s", self.steps, self.training_seconds)?;
        if let Some(verdict) = &self.verdict {
            let [title, meaning] = call_words(self.locale, verdict.call);
            writeln!(f, "{title} {meaning}")?;
        }
        writeln!(f, "\nvalidation, teacher-forced")?;
        writeln!(f, "  diagonality    {}", shown(self.diagonality))?;
        writeln!(f, "  gate accuracy  {}", shown(self.gate_accuracy))?;
        writeln!(f, "\nvalidation, freely running")?;
        writeln!(f, "  intelligible   {}", shown(self.intelligibility))?;
        writeln!(f, "\n{} held-out sentences, freely running", free.sentences)?;
        writeln!(f, "  diagonality    {:.3}", free.diagonality)?;
        writeln!(f, "  ran away       {:.1} %", 100.0 * free.runaway_rate)?;
        writeln!(f, "  too early      {:.1} %", 100.0 * free.premature_rate)?;
        writeln!(f, "  distortion     {} dB", shown(self.mcd_db))?;
        writeln!(f, "  mel error      {:.3}", self.mel_error)?;
        writeln!(f, "\nrun         {}", self.run_dir.display())?;
        writeln!(f, "checkpoint  {}", self.checkpoint.display())?;
        for wav in &self.wav {
            writeln!(f, "listen      {}", wav.display())?;
        }
        if let Some(report) = &self.report {
            writeln!(f, "report      {}", report.display())?;
        }
        Ok(())
    }
}
