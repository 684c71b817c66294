//! `diktor recover`: a broken run goes on from its soundest checkpoint, more carefully.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use diktor_alert::{Channel, ChannelName, Delivery, deliver, recovery_message};
use diktor_track::{ConsoleStyle, Event, EventKind, Jsonl, Sink as _};
use diktor_train::{Recovery, recovery::Change};
use serde::Serialize;

use super::{
    report::locale_of,
    train::{Trained, classify, ending, trained},
};
use crate::{
    alerting,
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
    let mut channels = match arguments.notify {
        true => notified(&arguments.run)?,
        false => Vec::new(),
    };
    let plan = Plan::new(&arguments, &recovery, &channels);
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
    let told = tell(&mut channels, &arguments.run, &plan);
    let run = trained(resumed(arguments), console)?;
    let outcome = run.outcome;
    form.print(&Recovered { plan, told, run })?;
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
    /// Who is told, if people are to be told at all.
    notifies: Option<Vec<ChannelName>>,
}

impl Plan {
    fn new(arguments: &cli::Recover, recovery: &Recovery, channels: &[Box<dyn Channel>]) -> Self {
        let names = channels.iter().map(|channel| channel.name());
        Self {
            run_dir: arguments.run.clone(),
            checkpoint: recovery.checkpoint().to_owned(),
            step: recovery.step(),
            refused: recovery.refused().iter().map(ToString::to_string).collect(),
            backup: recovery.backup.clone(),
            changes: recovery.changes(),
            hparams: arguments.hparams.clone(),
            notifies: arguments.notify.then(|| names.collect()),
        }
    }
}

/// The channels of the run. The record of the run is written besides, whoever is there.
fn notified(run_dir: &Path) -> anyhow::Result<Vec<Box<dyn Channel>>> {
    let config = alerting::of_run(None, run_dir)?;
    Ok(alerting::channels(&config, true, run_dir)?.channels)
}

/// Tells people now, before the run takes up its work again.
fn tell(channels: &mut [Box<dyn Channel>], run_dir: &Path, plan: &Plan) -> Vec<Delivery> {
    let name = run_dir.file_name().unwrap_or_default().to_string_lossy();
    let message = recovery_message(&name, plan.to_string(), locale_of(None, run_dir), now_s());
    deliver(channels, &[message])
}

fn now_s() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

/// A plan and what came of it.
#[derive(Debug, Serialize)]
struct Recovered {
    plan: Plan,
    /// What became of the messages to people.
    told: Vec<Delivery>,
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
    let time_s = now_s();
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
        if let Some(channels) = &self.notifies {
            let names: Vec<&str> = channels.iter().map(|channel| channel.name()).collect();
            writeln!(f, "notifies    {}", names.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.plan)?;
        for Delivery { channel, error, .. } in &self.told {
            match error {
                Some(error) => writeln!(f, "not told    {}: {error}", channel.name())?,
                None => writeln!(f, "told        {}", channel.name())?,
            }
        }
        write!(f, "{}", self.run)
    }
}
