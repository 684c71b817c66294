//! `diktor recover`: a broken run goes on from its soundest checkpoint, more carefully.

use std::{
    fmt,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use diktor_alert::{Channel, ChannelName, Delivery, TakenUp, deliver, recovery_message};
use diktor_track::{
    ConsoleStyle, EVENTS_FILE, Event, EventKind, Jsonl, Outcome, Sink as _, read_events,
};
use diktor_train::{Recovery, TrainError, is_in_use, recovery::Change};
use serde::Serialize;

use super::{
    report::locale_of,
    train::{Trained, classify, ending, trained},
};
use crate::{
    alerting,
    answer::Form,
    cli::{self, CorpusArgs, HparamsSource, OnlookerArgs, TrainMode},
    exit::Ending,
    runs,
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
    let run_dir = run_of(arguments.run.as_deref())?;
    let in_use = is_in_use(&run_dir);
    if in_use && !arguments.dry_run {
        return Err(classify(TrainError::Busy { path: run_dir }));
    }
    let recovery = Recovery::plan(&run_dir, arguments.checkpoint.as_deref()).map_err(classify)?;
    let mut channels = match arguments.notify {
        true => notified(&run_dir)?,
        false => Vec::new(),
    };
    let mut plan = Plan::new(&arguments, &run_dir, &recovery, &channels);
    plan.in_use = in_use;
    if arguments.dry_run {
        form.print(&plan)?;
        return Ok(Ending::Done);
    }
    if plan.healthy && arguments.checkpoint.is_none() && arguments.hparams.is_none() {
        form.print(&Healthy { plan })?;
        return Ok(Ending::Done);
    }
    let shown = console != ConsoleStyle::Quiet;
    if shown {
        let _may_be_gone = writeln!(io::stderr(), "{plan}");
    }
    let step = recovery.step();
    recovery.prepare().map_err(classify)?;
    if arguments.notify {
        record(&run_dir, step, &plan)?;
    }
    let told = tell(&mut channels, &run_dir, &plan);
    let run = trained(resumed(arguments, run_dir), console)?;
    let outcome = run.outcome;
    form.print(&Recovered {
        plan,
        told,
        run,
        shown,
    })?;
    Ok(ending(outcome))
}

/// The run that is meant. A folder with checkpoints is one even where its record is lost.
fn run_of(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    match named {
        Some(path) if path.join("checkpoints").is_dir() => Ok(path.to_owned()),
        _ => runs::named(named),
    }
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
    /// Whether nothing is wrong with the run: it ended well, and its newest checkpoint is sound.
    healthy: bool,
    /// Whether a process trains in the directory now.
    in_use: bool,
}

impl Plan {
    fn new(
        arguments: &cli::Recover,
        run_dir: &Path,
        recovery: &Recovery,
        channels: &[Box<dyn Channel>],
    ) -> Self {
        let names = channels.iter().map(|channel| channel.name());
        Self {
            run_dir: run_dir.to_owned(),
            checkpoint: recovery.checkpoint().to_owned(),
            step: recovery.step(),
            refused: recovery.refused().iter().map(ToString::to_string).collect(),
            backup: recovery.backup.clone(),
            changes: recovery.changes(),
            hparams: arguments.hparams.clone(),
            notifies: arguments.notify.then(|| names.collect()),
            healthy: recovery.is_newest() && ended_well(run_dir),
            in_use: false,
        }
    }

    fn nothing_broken(&self) -> String {
        format!(
            "nothing is broken: the run came to its end, and its newest checkpoint is sound\n\
             to go on    diktor train --resume -o {} --max-steps N",
            self.run_dir.display()
        )
    }
}

/// Whether the run has come to its end, and nothing went wrong there.
fn ended_well(run_dir: &Path) -> bool {
    let events = read_events(&run_dir.join(EVENTS_FILE)).unwrap_or_default();
    let last = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::RunFinished { outcome, .. } => Some(Some(*outcome)),
        EventKind::RunStarted(_) => Some(None),
        _ => None,
    });
    let well = [Outcome::Completed, Outcome::StoppedEarly].map(Some);
    last.is_some_and(|outcome| well.contains(&outcome))
}

/// The channels of the run. The record of the run is written besides, whoever is there.
fn notified(run_dir: &Path) -> anyhow::Result<Vec<Box<dyn Channel>>> {
    let config = alerting::of_run(None, run_dir)?;
    Ok(alerting::channels(&config, true, run_dir)?.channels)
}

/// Tells people now, before the run takes up its work again.
fn tell(channels: &mut [Box<dyn Channel>], run_dir: &Path, plan: &Plan) -> Vec<Delivery> {
    let name = run_dir.file_name().unwrap_or_default().to_string_lossy();
    let changes = plan
        .changes
        .iter()
        .map(|Change { name, old, new }| [name.to_string(), old.to_string(), new.to_string()]);
    let again = TakenUp {
        run: &name,
        checkpoint: &plan.checkpoint,
        step: plan.step,
        backup: &plan.backup,
        changes: changes.collect(),
    };
    let message = recovery_message(&again, locale_of(None, run_dir), now_s());
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
    /// Whether a person has seen the plan before the training began.
    #[serde(skip)]
    shown: bool,
}

/// A run with which nothing is done.
#[derive(Debug, Serialize)]
struct Healthy {
    plan: Plan,
}

impl fmt::Display for Healthy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "run         {}", self.plan.run_dir.display())?;
        writeln!(f, "{}", self.plan.nothing_broken())
    }
}

/// The command line that goes on with the run as it was prepared.
fn resumed(arguments: cli::Recover, run_dir: PathBuf) -> cli::Train {
    cli::Train {
        mode: TrainMode::Train,
        test_critical_fixes: false,
        dataset: None,
        output: Some(run_dir),
        log_directory: None,
        resume: true,
        checkpoint: None,
        warm_start: false,
        epochs: None,
        max_steps: None,
        batch_size: None,
        learning_rate: None,
        n_gpus: None,
        rank: None,
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
        corpus: CorpusArgs::default(),
        onlookers: OnlookerArgs::default(),
        device: arguments.device,
    }
}

/// Writes the message into the record of the run, where every reader of events finds it.
fn record(run_dir: &Path, step: u64, plan: &Plan) -> anyhow::Result<()> {
    let path = run_dir.join(EVENTS_FILE);
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
        if self.in_use {
            writeln!(
                f,
                "in use      another process trains there: `recover` waits until it has ended"
            )?;
        }
        if self.healthy {
            writeln!(f, "{}", self.nothing_broken())?;
        }
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
        if !self.shown {
            write!(f, "{}", self.plan)?;
        }
        for Delivery { channel, error, .. } in &self.told {
            match error {
                Some(error) => writeln!(f, "not told    {}: {error}", channel.name())?,
                None => writeln!(f, "told        {}", channel.name())?,
            }
        }
        write!(f, "{}", self.run)
    }
}
