//! What a person sees while a run goes on: a progress bar in a terminal, plain lines in a log file.

mod pace;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    io::{self, IsTerminal, Write},
    path::Path,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::pace::Pace;
use crate::{
    Event, EventKind, Outcome, RunStarted, Sink, SinkError,
    figures::{self, Form},
    names,
    report::{ReportLocale, said},
    words::{Best, SHOWN, VALIDATED, Words},
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

/// Shows a run on standard error, in the language of the run.
pub struct Console {
    style: ConsoleStyle,
    words: &'static Words,
    out: Box<dyn Write + Send>,
    bar: Option<ProgressBar>,
    /// Latest value of every metric.
    latest: BTreeMap<String, f64>,
    pace: Pace,
    max_steps: Option<u64>,
    /// Step that this session went on from.
    began_at: Option<u64>,
    said_s: f64,
    /// Metric and value by which the newest best checkpoint is the best.
    best: Option<(&'static str, f64)>,
}

impl Console {
    /// Shows the run on standard error.
    pub fn new(style: ConsoleStyle, locale: ReportLocale) -> Self {
        Self::with_output(style, locale, Box::new(io::stderr()))
    }

    /// Shows the run elsewhere; a bar is drawn on standard error only.
    pub fn with_output(
        style: ConsoleStyle,
        locale: ReportLocale,
        out: Box<dyn Write + Send>,
    ) -> Self {
        Self {
            style,
            words: Words::of(locale),
            out,
            bar: None,
            latest: BTreeMap::new(),
            pace: Pace::default(),
            max_steps: None,
            began_at: None,
            said_s: f64::NEG_INFINITY,
            best: None,
        }
    }

    fn say(&mut self, line: &str) -> Result<(), SinkError> {
        // A terminal that is closed, or a log on a full disk, ends nothing: the next line is tried again.
        let _may_be_gone = match &self.bar {
            Some(bar) => bar.suspend(|| writeln!(self.out, "{line}")),
            None => writeln!(self.out, "{line}"),
        };
        Ok(())
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
        self.began_at = start.resumed_from;
        self.pace = Pace::default();
        self.pace.note(event.time_s, event.step);
        self.say_unless_quiet(&(self.words.started)(start))?;
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
        let line = format!(
            "{} {}{of}  {}",
            self.words.step,
            event.step,
            self.progress(event.step)
        );
        self.say(&line)
    }

    fn learn(&mut self, metrics: &BTreeMap<String, f64>) {
        for (name, value) in metrics {
            self.latest.insert(name.clone(), *value);
        }
    }

    /// The figures of the moment.
    fn progress(&self, step: u64) -> String {
        let mut parts = self.figures(&self.words.shown, &SHOWN, &self.latest);
        if let Some(left) = self.max_steps.and_then(|max| self.pace.left_s(step, max)) {
            parts.push((self.words.left)(&figures::duration(
                left,
                self.words.units,
            )));
        }
        parts.join("  ")
    }

    /// Those of the named figures that were measured, with their labels.
    fn figures(
        &self,
        labels: &[&str],
        named: &[(&str, Form)],
        metrics: &BTreeMap<String, f64>,
    ) -> Vec<String> {
        let labelled = labels.iter().zip(named);
        labelled
            .filter_map(|(label, (name, form))| {
                let value = *metrics.get(*name)?;
                Some(format!(
                    "{label} {}",
                    form.show_in(value, self.words.locale)
                ))
            })
            .collect()
    }

    fn validated(&mut self, step: u64, metrics: &BTreeMap<String, f64>) -> Result<(), SinkError> {
        self.learn(metrics);
        let parts = self.figures(&self.words.validated, &VALIDATED, metrics);
        let line = format!("{}: {}", (self.words.validation)(step), parts.join("  "));
        self.say_unless_quiet(&line)
    }

    fn saved(&mut self, step: u64, path: &Path, why: &str) -> Result<(), SinkError> {
        let best = if why == BEST {
            self.newest_best()
        } else {
            None
        };
        let line = self.words.saved(path, why, best.as_ref());
        if let Some(best) = best {
            self.best = Some((best.metric, best.value));
        }
        self.at_step(step, &line)
    }

    /// By what the newest validation is the best; a score is preferred to a loss, as the run prefers it.
    fn newest_best(&self) -> Option<Best<'static>> {
        let (metric, value) = [names::QUALITY_COMPOSITE_TTS_SCORE, names::VALIDATION_LOSS]
            .into_iter()
            .find_map(|metric| Some((metric, *self.latest.get(metric)?)))?;
        let before = self.best.filter(|(known, _)| *known == metric);
        Some(Best {
            metric,
            value,
            before: before.map(|(_, value)| value),
        })
    }

    /// A line that begins with its step.
    fn at_step(&mut self, step: u64, line: &str) -> Result<(), SinkError> {
        self.say_unless_quiet(&format!("{} {step}: {line}", self.words.step))
    }

    fn warned(&mut self, message: &str, hint: Option<&str>) -> Result<(), SinkError> {
        let words = self.words;
        let said = |sentence| said(sentence, words.locale);
        self.say(&format!("{}: {}", words.warning, said(message)))?;
        match hint {
            Some(hint) => self.say(&format!("{}: {}", words.hint, said(hint))),
            None => Ok(()),
        }
    }

    fn finished(&mut self, step: u64, outcome: Outcome, seconds: f64) -> Result<(), SinkError> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if outcome == Outcome::Completed && self.began_at == Some(step) {
            return self.say_unless_quiet(&(self.words.nothing_left)(step));
        }
        let time = figures::duration(seconds, self.words.units);
        let line = (self.words.finished)(outcome, step, &time);
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
            EventKind::CheckpointSaved { path, why } => self.saved(step, path, why),
            EventKind::Warning { message, hint } => self.warned(message, hint.as_deref()),
            EventKind::Fault(_) => {
                let words = self.words;
                let line = words.line(&event.kind).unwrap_or_default();
                self.say(&format!("{}, {} {step}: {line}", words.fault, words.step))
            }
            EventKind::Restart(restart) => {
                if let Some(bar) = &self.bar {
                    bar.set_position(restart.to_step);
                }
                self.pace = Pace::default();
                self.say(&self.words.line(&event.kind).unwrap_or_default())
            }
            EventKind::RunFinished { outcome, seconds } => self.finished(step, *outcome, *seconds),
            EventKind::Picture(_) | EventKind::Audio { .. } | EventKind::Histogram(_) => Ok(()),
            kind => match self.words.line(kind) {
                Some(line) => self.at_step(step, &line),
                None => Ok(()),
            },
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let _may_be_gone = self.out.flush();
        Ok(())
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

/// Why a checkpoint was saved that is better than all before.
const BEST: &str = "best";

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
