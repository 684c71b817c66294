//! The tracked run as its readers see it: the event log, TensorBoard, the report.

// What helps tests may stop them: the exception that clippy makes for tests does not reach helpers.
#![allow(clippy::unwrap_used)]

mod age;
mod board;
mod critical;
mod diagnosis;
mod log;
mod mlflow;
mod mlflow_outages;
#[allow(dead_code, reason = "the tests of the binary start it with users")]
mod mlflow_server;
mod prometheus;
mod proxy;
mod report;
mod service;
mod synthetic;
mod tensorboard;
mod tfevents;
mod verdict;
mod wandb;

use std::{collections::BTreeMap, path::Path};

use diktor_track::{
    ConsoleStyle, Event, EventKind, RunStarted, Tracker, report::ReportLocale, run_sinks,
};

/// A step with one metric.
fn step(step: u64, name: &str, value: f64) -> Event {
    let metrics = BTreeMap::from([(name.to_owned(), value)]);
    Event {
        step,
        time_s: step as f64,
        kind: EventKind::Step { metrics },
    }
}

/// A start of a session.
fn started(resumed_from: Option<u64>) -> Event {
    let kind = EventKind::RunStarted(RunStarted {
        run: "run".to_owned(),
        version: "0.1.0".to_owned(),
        resumed_from,
        max_steps: None,
        total_params: 1,
        train_size: 2,
        val_size: 3,
        hparams: BTreeMap::new(),
    });
    Event {
        step: resumed_from.unwrap_or(0),
        time_s: 0.0,
        kind,
    }
}

/// One session of a run with all its files.
fn session(run_dir: &Path, resumed_from: Option<u64>, events: impl IntoIterator<Item = Event>) {
    let tracker = Tracker::new(
        run_sinks(run_dir, ConsoleStyle::Quiet, ReportLocale::En, resumed_from).unwrap(),
    );
    tracker.emit(started(resumed_from));
    events.into_iter().for_each(|event| tracker.emit(event));
    let summaries = tracker.finish();
    assert!(
        summaries.iter().all(|sink| sink.failure.is_none()),
        "{summaries:?}"
    );
}
