//! What a person sees while a run goes on: a progress bar in a terminal, plain lines in a log file.

mod pace;
mod shown;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::{
    pace::Pace,
    shown::{SHOWN, VALIDATED},
};
use crate::{
    Event, EventKind, InterventionRecord, Outcome, RunStarted, Sink, SinkError, VerdictRecord,
    figures::{self, Form, grouped},
    sink::words,
};

/// How much a person is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ConsoleStyle {
    /// Nothing but warnings.
    Quiet,
    /// Lines of text: the progress at least `every_s` seconds apart, and everything rare at once.
    Plain {
        /// Seconds between two lines of progress.
        every_s: f64,
    },
    /// A progress bar, with everything rare printed above it.
    Live,
}

impl ConsoleStyle {
    /// What suits standard error: a bar in a terminal, a line every 10 seconds in a file or pipe.
    pub fn detect(quiet: bool) -> Self {
        if quiet {
            Self::Quiet
        } else if io::stderr().is_terminal() {
            Self::Live
        } else {
            Self::Plain { every_s: 10.0 }
        }
    }
}

/// Shows a run on standard error.
pub struct Console {
    style: ConsoleStyle,
    out: Box<dyn Write + Send>,
    bar: Option<ProgressBar>,
    /// Latest value of every metric.
    latest: BTreeMap<String, f64>,
    pace: Pace,
    max_steps: Option<u64>,
    said_s: f64,
}

impl Console {
    /// Shows the run on standard error.
    pub fn new(style: ConsoleStyle) -> Self {
        Self::with_output(style, Box::new(io::stderr()))
    }

    /// Shows the run elsewhere; a bar is drawn on standard error only.
    pub fn with_output(style: ConsoleStyle, out: Box<dyn Write + Send>) -> Self {
        Self {
            style,
            out,
            bar: None,
            latest: BTreeMap::new(),
            pace: Pace::default(),
            max_steps: None,
            said_s: f64::NEG_INFINITY,
        }
    }

    fn say(&mut self, line: &str) -> Result<(), SinkError> {
        match &self.bar {
            Some(bar) => bar.suspend(|| writeln!(self.out, "{line}")),
            None => writeln!(self.out, "{line}"),
        }
        .map_err(SinkError::Terminal)
    }

    fn say_unless_quiet(&mut self, line: &str) -> Result<(), SinkError> {
        if self.style == ConsoleStyle::Quiet {
            Ok(())
        } else {
            self.say(line)
        }
    }

    fn started(&mut self, event: &Event, start: &RunStarted) -> Result<(), SinkError> {
        self.max_steps = start.max_steps;
        self.pace = Pace::default();
        self.pace.note(event.time_s, event.step);
        let from = match start.resumed_from {
            Some(step) => format!(", continues from step {step}"),
            None => String::new(),
        };
        self.say_unless_quiet(&format!(
            "run {}: {} parameters, {} utterances to train on, {} to validate on{from}",
            start.run,
            grouped(start.total_params),
            grouped(start.train_size),
            grouped(start.val_size),
        ))?;
        if self.style == ConsoleStyle::Live {
            self.bar = Some(live_bar(event.step, start.max_steps));
        }
        Ok(())
    }

    fn stepped(&mut self, event: &Event, metrics: &BTreeMap<String, f64>) -> Result<(), SinkError> {
        self.learn(metrics);
        self.pace.note(event.time_s, event.step);
        if let Some(bar) = &self.bar {
            bar.set_position(event.step);
            bar.set_message(self.progress(event.step));
        }
        let ConsoleStyle::Plain { every_s } = self.style else {
            return Ok(());
        };
        let is_last = self.max_steps == Some(event.step);
        if event.time_s - self.said_s < every_s && !is_last {
            return Ok(());
        }
        self.said_s = event.time_s;
        let of = self
            .max_steps
            .map(|max| format!("/{max}"))
            .unwrap_or_default();
        let line = format!("step {}{of}  {}", event.step, self.progress(event.step));
        self.say(&line)
    }

    fn learn(&mut self, metrics: &BTreeMap<String, f64>) {
        for (name, value) in metrics {
            self.latest.insert(name.clone(), *value);
        }
    }

    /// The figures of the moment, shortest names first met in the table below.
    fn progress(&self, step: u64) -> String {
        let mut parts: Vec<String> = SHOWN
            .iter()
            .filter_map(|(label, name, form)| {
                let value = self.latest.get(*name)?;
                Some(format!("{label} {}", form.show(*value)))
            })
            .collect();
        if let Some(left) = self.max_steps.and_then(|max| self.pace.left_s(step, max)) {
            parts.push(format!("ETA {}", figures::duration(left, UNITS)));
        }
        parts.join("  ")
    }

    fn validated(&mut self, step: u64, metrics: &BTreeMap<String, f64>) -> Result<(), SinkError> {
        self.learn(metrics);
        let parts: Vec<String> = VALIDATED
            .iter()
            .filter_map(|(label, name, form)| {
                Some(format!("{label} {}", form.show(*metrics.get(*name)?)))
            })
            .collect();
        self.say_unless_quiet(&format!("validation at step {step}: {}", parts.join("  ")))
    }

    fn judged(&mut self, step: u64, verdict: &VerdictRecord) -> Result<(), SinkError> {
        let outcome = verdict.outcome();
        let VerdictRecord {
            who,
            of_step,
            knob,
            metric,
            ..
        } = verdict;
        let [before, after] = [verdict.before, verdict.after].map(|value| Form::Short.show(value));
        self.say_unless_quiet(&format!(
            "step {step}: what {who} did to {knob} at step {of_step} {outcome}: {metric} {before} -> {after}"
        ))
    }

    fn finished(&mut self, step: u64, outcome: Outcome, seconds: f64) -> Result<(), SinkError> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let how = match outcome {
            Outcome::Completed => "completed",
            Outcome::StoppedEarly => "stopped early: nothing more to gain",
            Outcome::RedFlag => "stopped by a red flag",
            Outcome::Interrupted => "interrupted; everything is saved",
            Outcome::Failed => "failed",
        };
        let line = format!(
            "run {how}, at step {step} after {}",
            figures::duration(seconds, UNITS)
        );
        self.say_unless_quiet(&line)
    }
}

impl Sink for Console {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        let step = event.step;
        match &event.kind {
            EventKind::RunStarted(start) => self.started(event, start),
            EventKind::Step { metrics } => self.stepped(event, metrics),
            EventKind::Validation { metrics } => self.validated(step, metrics),
            EventKind::Intervention(InterventionRecord {
                who,
                knob,
                old,
                new,
                why,
            }) => {
                let (old, new) = (Form::Short.show(*old), Form::Short.show(*new));
                self.say_unless_quiet(&format!(
                    "step {step}: {who} set {knob} {old} -> {new}: {why}"
                ))
            }
            EventKind::Verdict(verdict) => self.judged(step, verdict),
            EventKind::Phase { from, to, why } => {
                let (from, to) = (from.name(), to.name());
                self.say_unless_quiet(&format!("step {step}: phase {from} -> {to}: {why}"))
            }
            EventKind::Refused { who, what, why } => {
                self.say_unless_quiet(&format!("step {step}: {who} wanted {what}, refused: {why}"))
            }
            EventKind::CheckpointSaved { path, why } => {
                self.say_unless_quiet(&format!("step {step}: saved {} ({why})", path.display()))
            }
            EventKind::Warning { message, hint } => {
                self.say(&format!("warning: {message}"))?;
                hint.as_ref()
                    .map_or(Ok(()), |hint| self.say(&format!("hint: {hint}")))
            }
            EventKind::Fault(fault) => {
                self.say(&format!("fault at step {step}: {}", fault.sentence()))
            }
            EventKind::Restart(restart) => {
                if let Some(bar) = &self.bar {
                    bar.set_position(restart.to_step);
                }
                self.pace = Pace::default();
                self.say(&restart.sentence())
            }
            EventKind::Attention(change) => {
                self.say_unless_quiet(&format!("step {step}: {}", words::attention(change)))
            }
            EventKind::Early(look) => {
                self.say_unless_quiet(&format!("step {step}: {}", words::early(look)))
            }
            EventKind::Suspects(suspects) => {
                self.say_unless_quiet(&format!("step {step}: {}", words::suspects(suspects)))
            }
            EventKind::RunFinished { outcome, seconds } => self.finished(step, *outcome, *seconds),
            EventKind::Picture(_) | EventKind::Audio { .. } | EventKind::Histogram(_) => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.out.flush().map_err(SinkError::Terminal)
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Console")
            .field("style", &self.style)
            .finish_non_exhaustive()
    }
}

/// Hour, minute and second.
const UNITS: [&str; 3] = ["h", "min", "s"];

fn live_bar(position: u64, max_steps: Option<u64>) -> ProgressBar {
    let template = match max_steps {
        Some(_) => "{elapsed_precise} [{bar:24}] {pos}/{len}  {wide_msg}",
        None => "{elapsed_precise} {spinner} {pos}  {wide_msg}",
    };
    let style = ProgressStyle::with_template(template)
        .expect("the template is a constant that indicatif knows")
        .progress_chars("=> ");
    let bar = ProgressBar::with_draw_target(max_steps, ProgressDrawTarget::stderr())
        .with_style(style)
        .with_position(position);
    bar.enable_steady_tick(Duration::from_millis(500));
    bar
}
