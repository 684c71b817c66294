//! `diktor train --mode test`: everything once, in a folder that is gone afterwards.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use diktor_track::{ConsoleStyle, Event, EventKind, Outcome, Sink, SinkError, names};
use diktor_train::{Checkpoint, Resume, StopFlag, TrainSpec};
use serde::Serialize;

use super::{
    begin::{self, Beginning},
    classify, ending,
    metrics::{self, Metrics},
};
use crate::{
    answer::Form,
    cli, device,
    exit::{Ending, usage},
    signals,
};

/// Builds a run, makes one step, validates one batch, writes a checkpoint and a report, and throws them away.
///
/// # Errors
/// Those of a run that cannot start.
pub(super) fn run(
    arguments: &cli::Train,
    console: ConsoleStyle,
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
    beginning.hparams.max_steps = steps_behind(arguments, &beginning)? + 1;
    let mut dataset = super::dataset(&beginning.hparams, &beginning.source)?;
    let sizes = [dataset.train.len(), dataset.validation.len()];
    dataset.validation.truncate(beginning.hparams.batch_size);
    let witness = Witness::default();
    let stop = StopFlag::new();
    signals::install(&stop)?;
    let spec = TrainSpec {
        hparams: beginning.hparams,
        dataset,
        run_dir: folder.path().to_owned(),
        resume: beginning.resume,
        warm_start: beginning.weights,
        device,
        console,
        sinks: vec![("rehearsal", Box::new(witness.clone()))],
    };
    let run = diktor_train::train(spec, &stop).map_err(classify)?;
    if run.outcome == Outcome::Interrupted {
        return Ok(ending(run.outcome));
    }
    let rehearsed = Rehearsed::new(witness.seen(), sizes, run.seconds);
    form.print(&rehearsed)?;
    Ok(if rehearsed.ready {
        Ending::Done
    } else {
        Ending::CheckFailed
    })
}

/// Steps that the checkpoint to go on from has behind it.
fn steps_behind(arguments: &cli::Train, beginning: &Beginning) -> anyhow::Result<u64> {
    match (&arguments.checkpoint, beginning.resume) {
        (Some(path), Resume::Continue | Resume::Auto) => Ok(Checkpoint::read(path)?.state.step),
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
    parameters: u64,
    train_size: usize,
    val_size: usize,
    seconds: f64,
    step: Metrics,
    validation: Metrics,
    faults: Vec<String>,
}

impl Rehearsed {
    fn new(seen: Seen, [train_size, val_size]: [usize; 2], seconds: f64) -> Self {
        let Seen {
            parameters,
            step,
            validation,
            faults,
        } = seen;
        let finite = |metrics: &Metrics, name| metrics.get(name).is_some_and(|v| v.is_finite());
        let losses = finite(&step, names::TRAINING_LOSS)
            && (val_size == 0 || finite(&validation, names::VALIDATION_LOSS));
        Self {
            ready: losses && faults.is_empty(),
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

impl fmt::Display for Rehearsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.ready { "ready" } else { "NOT ready" };
        let seconds = self.seconds;
        writeln!(
            f,
            "{verdict}: one step, one validation batch, {seconds:.0} s"
        )?;
        writeln!(f, "network     {} parameters", self.parameters)?;
        let (train, validation) = (self.train_size, self.val_size);
        writeln!(
            f,
            "recordings  {train} to train on, {validation} to validate on"
        )?;
        for fault in &self.faults {
            writeln!(f, "fault       {fault}")?;
        }
        metrics::write(f, "step", &self.step)?;
        metrics::write(f, "validation", &self.validation)
    }
}
