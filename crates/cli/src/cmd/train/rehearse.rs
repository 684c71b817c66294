//! `diktor train --mode test`: everything once, in a folder that is gone afterwards.

use std::{
    fmt,
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use diktor_track::{
    ConsoleStyle, Event, EventKind, Outcome, Sink, SinkError, duration, grouped, names,
    short_figure,
};
use diktor_train::{Checkpoint, Resume, StopFlag, TrainSpec, steps_of};
use serde::Serialize;

use super::{
    begin::{self, Beginning},
    classify, ending,
    metrics::{self, Metrics},
    weights,
};
use crate::{
    answer::Form,
    cli, device,
    exit::{Ending, usage},
    machine, signals,
};

/// How much of what a rehearsal found is shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Whether the training can begin, and how long it will take.
    Verdict,
    /// Every figure besides.
    Figures,
}

/// Builds a run, makes one step, validates one batch, writes a checkpoint and a report, and throws them away.
///
/// # Errors
/// Those of a run that cannot start.
pub(super) fn run(
    arguments: &cli::Train,
    console: ConsoleStyle,
    detail: Detail,
    form: Form,
) -> anyhow::Result<Ending> {
    if arguments.resume {
        return Err(usage(
            "`--mode test` does not touch a run\nhint: name its checkpoint, \
             `-c RUN/checkpoints/last.ckpt`, and its recordings",
        ));
    }
    let folder = tempfile::tempdir().context("no folder for files of the moment")?;
    let device = device::select(&arguments.device.device)?;
    let mut beginning = begin::afresh(arguments, folder.path())?;
    let behind = steps_behind(arguments, &beginning)?;
    let mut dataset = super::dataset(&beginning.hparams, &beginning.source, beginning.split)?;
    let sizes = [dataset.train.len(), dataset.validation.len()];
    let steps = steps_of(&beginning.hparams, &dataset.train).saturating_sub(behind);
    beginning.hparams.max_steps = behind + 1;
    if console != ConsoleStyle::Quiet {
        announce(sizes);
    }
    dataset.validation.truncate(beginning.hparams.batch_size);
    let witness = Witness::default();
    let stop = StopFlag::new();
    signals::install(&stop, beginning.hparams.locale)?;
    let spec = TrainSpec {
        hparams: beginning.hparams,
        dataset,
        run_dir: folder.path().to_owned(),
        resume: beginning.resume,
        warm_start: beginning.weights,
        go_on_from: beginning.go_on_from,
        beside: Vec::new(),
        opener: None,
        device,
        // A run that leaves nothing has nothing to say of its files: what it warns of is told below.
        console: ConsoleStyle::Quiet,
        sinks: vec![("rehearsal", Box::new(witness.clone()))],
    };
    let run = diktor_train::train(spec, &stop).map_err(classify)?;
    if run.outcome == Outcome::Interrupted {
        return Ok(ending(run.outcome));
    }
    let rehearsed = Rehearsed::new(witness.seen(), sizes, run.seconds, steps);
    form.print(&Shown {
        rehearsed: &rehearsed,
        detail,
    })?;
    Ok(if rehearsed.ready {
        Ending::Done
    } else {
        Ending::CheckFailed
    })
}

/// Says what is going on: on a slow machine it takes minutes.
fn announce([train, validation]: [usize; 2]) {
    let _may_be_gone = writeln!(
        io::stderr(),
        "rehearsing on {train} recordings to train on and {validation} to validate on: one step, one \
         validation, and nothing is kept"
    );
}

/// Steps that the checkpoint to go on from has behind it.
fn steps_behind(arguments: &cli::Train, beginning: &Beginning) -> anyhow::Result<u64> {
    match (weights::named(arguments)?, beginning.resume) {
        (Some(path), Resume::Continue | Resume::Auto) => Ok(Checkpoint::read(&path)?.state.step),
        _ => Ok(0),
    }
}

/// Remembers what a run tells.
#[derive(Debug, Clone, Default)]
struct Witness(Arc<Mutex<Seen>>);

#[derive(Debug, Clone, Default)]
struct Seen {
    parameters: u64,
    step: Metrics,
    validation: Metrics,
    faults: Vec<String>,
}

impl Witness {
    fn seen(&self) -> Seen {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }
}

impl Sink for Witness {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.kind {
            EventKind::RunStarted(run) => seen.parameters = run.total_params,
            EventKind::Step { metrics } => seen.step.clone_from(metrics),
            EventKind::Validation { metrics } => seen.validation.clone_from(metrics),
            EventKind::Fault(fault) => seen.faults.push(fault.sentence()),
            _ => {}
        }
        Ok(())
    }
}

/// What a rehearsal found.
#[derive(Debug, Serialize)]
struct Rehearsed {
    /// Whether the step was made, and loss and validation loss are finite.
    ready: bool,
    /// What is in the way.
    problems: Vec<String>,
    /// Steps that the training will make.
    steps: u64,
    /// How long the one step took.
    step_seconds: Option<f64>,
    /// How long all of them will take at that pace, validations not counted.
    training_seconds: Option<f64>,
    /// The most memory that was held, where the system says.
    peak_memory_bytes: Option<u64>,
    parameters: u64,
    train_size: usize,
    val_size: usize,
    seconds: f64,
    step: Metrics,
    validation: Metrics,
    faults: Vec<String>,
}

impl Rehearsed {
    fn new(seen: Seen, [train_size, val_size]: [usize; 2], seconds: f64, steps: u64) -> Self {
        let Seen {
            parameters,
            step,
            validation,
            faults,
        } = seen;
        let mut problems = faults.clone();
        for (metrics, name) in [
            (&step, names::TRAINING_LOSS),
            (&validation, names::VALIDATION_LOSS),
        ] {
            match metrics.get(name) {
                Some(value) if value.is_finite() => {}
                Some(value) => problems.push(format!("`{name}` is {value}")),
                None => problems.push(format!("`{name}` was not measured")),
            }
        }
        let step_seconds = step.get(names::PERF_STEP_SECONDS).copied();
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let training_seconds = step_seconds.map(|each| each * steps as f64);
        Self {
            ready: problems.is_empty(),
            problems,
            steps,
            step_seconds,
            training_seconds,
            peak_memory_bytes: machine::peak_memory_bytes(),
            parameters,
            train_size,
            val_size,
            seconds,
            step,
            validation,
            faults,
        }
    }
}

/// A rehearsal, and how much of it a person sees.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    rehearsed: &'a Rehearsed,
    #[serde(skip)]
    detail: Detail,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 3] = ["h", "min", "s"];
        let found = self.rehearsed;
        let seconds = found.seconds;
        if found.ready {
            writeln!(
                f,
                "fit to train: one step and one validation went as they should, {seconds:.0} s"
            )?;
        } else {
            writeln!(f, "NOT fit to train: {}", found.problems.join("; "))?;
        }
        if let (Some(each), Some(all)) = (found.step_seconds, found.training_seconds) {
            writeln!(
                f,
                "will take   {}: {} steps of {} s, validations not counted",
                duration(all, UNITS),
                grouped(found.steps),
                short_figure(each)
            )?;
        }
        writeln!(f, "network     {} parameters", grouped(found.parameters))?;
        let (train, validation) = (found.train_size, found.val_size);
        writeln!(
            f,
            "recordings  {train} to train on, {validation} to validate on"
        )?;
        if let Some(bytes) = found.peak_memory_bytes {
            writeln!(f, "memory      {} at its most", machine::readable(bytes))?;
        }
        if self.detail == Detail::Verdict {
            return writeln!(f, "figures     `-v` shows them, `--json` too");
        }
        metrics::write(f, "step", &found.step)?;
        metrics::write(f, "validation", &found.validation)
    }
}
