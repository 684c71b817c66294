//! `diktor recover`: a broken run goes on from its soundest checkpoint, more carefully.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use diktor_track::{ConsoleStyle, Event, EventKind, Jsonl, Sink as _};
use diktor_train::{Recovery, recovery::Change};
use serde::Serialize;

use super::train::{Trained, classify, ending, trained};
use crate::{
    answer::Form,
    cli::{self, HparamsSource, OnlookerArgs, TrainMode},
    exit::Ending,
};

/// Keeps everything, goes back, and trains on.
///
/// # Errors
/// When there is nothing to go on from (exit code 2), or the training fails.
pub(crate) fn run(
    arguments: cli::Recover,
    console: ConsoleStyle,
    form: Form,
) -> anyhow::Result<Ending> {
    let recovery =
        Recovery::plan(&arguments.run, arguments.checkpoint.as_deref()).map_err(classify)?;
    let plan = Plan::new(&arguments, &recovery);
    if arguments.dry_run {
        form.print(&plan)?;
        return Ok(Ending::Done);
    }
    tracing::warn!("{plan}");
    let step = recovery.step();
    recovery.prepare().map_err(classify)?;
    if arguments.notify {
        record(&arguments.run, step, &plan)?;
    }
    let run = trained(resumed(arguments), console)?;
    let outcome = run.outcome;
    form.print(&Recovered { plan, run })?;
    Ok(ending(outcome))
}

/// What is going to be done, or was.
#[derive(Debug, Serialize)]
struct Plan {
    run_dir: PathBuf,
    checkpoint: PathBuf,
    step: u64,
    refused: Vec<String>,
    backup: PathBuf,
    changes: Vec<Change>,
    /// What the command line says on top.
    hparams: Option<String>,
    /// What became of the wish to tell people.
    notification: Option<&'static str>,
}

impl Plan {
    fn new(arguments: &cli::Recover, recovery: &Recovery) -> Self {
        Self {
            run_dir: arguments.run.clone(),
            checkpoint: recovery.checkpoint().to_owned(),
            step: recovery.step(),
            refused: recovery.refused().iter().map(ToString::to_string).collect(),
            backup: recovery.backup.clone(),
            changes: recovery.changes(),
            hparams: arguments.hparams.clone(),
            notification: arguments.notify.then_some(NO_CHANNELS),
        }
    }
}

const NO_CHANNELS: &str = "this version has no channels to people (Telegram, Slack, e-mail): the \
                           message is only written to events.jsonl and the report";

/// A plan and what came of it.
#[derive(Debug, Serialize)]
struct Recovered {
    plan: Plan,
    run: Trained,
}

/// The command line that goes on with the run as it was prepared.
fn resumed(arguments: cli::Recover) -> cli::Train {
    cli::Train {
        mode: TrainMode::Train,
        test_critical_fixes: false,
        dataset: None,
        output: Some(arguments.run),
        resume: true,
        checkpoint: None,
        warm_start: false,
        epochs: None,
        max_steps: None,
        batch_size: None,
        learning_rate: None,
        no_auto_fix: false,
        ignore_mmi_layers: false,
        ignore_gst_layers: false,
        ignore_tsgst_layers: false,
        source: HparamsSource {
            lang: None,
            preset: None,
            config: None,
            hparams: arguments.hparams,
        },
        resample: false,
        onlookers: OnlookerArgs::default(),
        device: arguments.device,
    }
}

/// Writes the message into the record of the run, where every reader of events finds it.
fn record(run_dir: &Path, step: u64, plan: &Plan) -> anyhow::Result<()> {
    let path = run_dir.join("events.jsonl");
    let time_s = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64();
    let message = format!(
        "the run is recovered from `{}` at step {step}; everything before is in `{}`",
        plan.checkpoint.display(),
        plan.backup.display()
    );
    let hint = Some("look at the faults in the report before it goes on for long".to_owned());
    let kind = EventKind::Warning { message, hint };
    let written = Jsonl::open(&path).and_then(|mut log| log.record(&Event { step, time_s, kind }));
    written.with_context(|| format!("`{}`", path.display()))
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "run         {}", self.run_dir.display())?;
        for refused in &self.refused {
            let first = refused.lines().next().unwrap_or_default();
            writeln!(f, "left out    {first}")?;
        }
        let checkpoint = self.checkpoint.display();
        writeln!(f, "goes on     {checkpoint}, step {}", self.step)?;
        writeln!(f, "backup      {}", self.backup.display())?;
        for Change { name, old, new } in &self.changes {
            writeln!(f, "changes     {name} {old} -> {new}")?;
        }
        if let Some(hparams) = &self.hparams {
            writeln!(f, "on top      {hparams}")?;
        }
        if let Some(notification) = self.notification {
            writeln!(f, "notifies    {notification}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.plan, self.run)
    }
}
