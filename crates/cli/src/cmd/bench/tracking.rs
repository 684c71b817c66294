//! `diktor bench tracking`: what it costs to record a step.

use std::{fmt, time::Instant};

use anyhow::Context as _;
use diktor_track::{ConsoleStyle, Event, EventKind, Tracker, report::ReportLocale, run_sinks};
use serde::Serialize;

use super::train;
use crate::{answer::Form, cli::BenchTracking, exit::Ending};

#[derive(Debug, Serialize)]
struct Measured {
    metrics: usize,
    records: usize,
    /// What the thread that trains spends on a step.
    emit_seconds: f64,
    /// What the sinks, each on its own thread, need for a step when they do nothing else.
    record_seconds: f64,
    seconds_per_step: f64,
    /// Both together, as a share of a training step.
    ratio: f64,
}

/// Measures and prints.
///
/// # Errors
/// When the sizes make no sense, or the sinks cannot be opened.
pub(crate) fn run(arguments: &BenchTracking, form: Form) -> anyhow::Result<Ending> {
    super::positive(&[
        ("--metrics", arguments.metrics),
        ("--records", arguments.records),
    ])?;
    let (emit_seconds, record_seconds) = record(arguments.metrics, arguments.records)?;
    let seconds_per_step = train::measure(&arguments.train)?.seconds_per_step;
    form.print(&Measured {
        metrics: arguments.metrics,
        records: arguments.records,
        emit_seconds,
        record_seconds,
        seconds_per_step,
        ratio: (emit_seconds + record_seconds) / seconds_per_step,
    })?;
    Ok(Ending::Done)
}

/// Seconds per step to hand a step over, and until every sink has it.
fn record(metrics: usize, records: usize) -> anyhow::Result<(f64, f64)> {
    let folder = tempfile::tempdir().context("a folder for the record")?;
    let tracker = Tracker::new(run_sinks(
        folder.path(),
        ConsoleStyle::Quiet,
        ReportLocale::En,
        None,
    )?);
    let began = Instant::now();
    let mut emitting = 0.0;
    for step in 0..records {
        let event = step_of(metrics, step as u64);
        let before = Instant::now();
        tracker.emit(event);
        emitting += before.elapsed().as_secs_f64();
    }
    let summaries = tracker.finish();
    let whole = began.elapsed().as_secs_f64();
    for summary in summaries {
        anyhow::ensure!(
            summary.missed == 0,
            "`{}` missed {} steps: record fewer",
            summary.name,
            summary.missed
        );
    }
    let records = records as f64;
    Ok((emitting / records, whole / records))
}

/// A step with figures of full length, as real ones are.
fn step_of(metrics: usize, step: u64) -> Event {
    let metrics = (0..metrics)
        .map(|number| {
            let value = ((step * 31 + number as u64) as f64).sin();
            (format!("bench.metric_{number:02}"), value)
        })
        .collect();
    Event {
        step,
        time_s: 1.8e9 + step as f64 / 7.0,
        kind: EventKind::Step { metrics },
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} metrics per step: {:.1} us to hand over, {:.1} us to record",
            self.metrics,
            1e6 * self.emit_seconds,
            1e6 * self.record_seconds
        )?;
        write!(
            f,
            "{:.3} % of a training step of {:.3} s",
            100.0 * self.ratio,
            self.seconds_per_step
        )
    }
}
