//! What a person sees while a run goes on: a progress bar in a terminal, plain lines in a log file.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    Event, EventKind, InterventionRecord, Outcome, RunStarted, Sink, SinkError, VerdictRecord,
    figures::{self, Form, grouped},
    names,
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
            EventKind::Picture(_) | EventKind::Audio { .. } => Ok(()),
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

/// What progress shows, if the run measures it.
const SHOWN: &[(&str, &str, Form)] = &[
    ("loss", names::TRAINING_LOSS, Form::Fixed(3)),
    ("taco", names::TRAINING_TACO_LOSS, Form::Fixed(3)),
    ("gate", names::TRAINING_GATE_LOSS, Form::Fixed(4)),
    ("guide", names::TRAINING_GUIDE_LOSS, Form::Fixed(4)),
    ("diag", names::ALIGNMENT_DIAGONALITY, Form::Fixed(2)),
    ("grad", names::GRAD_NORM, Form::Fixed(2)),
    ("lr", names::LEARNING_RATE, Form::Short),
    ("frames/s", names::PERF_FRAMES_PER_SECOND, Form::Fixed(0)),
];

/// What a validation shows, if the run measures it.
const VALIDATED: &[(&str, &str, Form)] = &[
    ("loss", names::VALIDATION_LOSS, Form::Fixed(3)),
    ("diagonality", names::ALIGNMENT_DIAGONALITY, Form::Fixed(3)),
    (
        "alignment",
        names::VALIDATION_ALIGNMENT_SCORE,
        Form::Fixed(3),
    ),
    ("gate accuracy", names::GATE_ACCURACY, Form::Fixed(3)),
    (
        "free-running diagonality",
        names::FREE_RUNNING_DIAGONALITY,
        Form::Fixed(3),
    ),
    ("runaway", names::FREE_RUNNING_RUNAWAY_RATE, Form::Percent),
    (
        "premature",
        names::FREE_RUNNING_PREMATURE_RATE,
        Form::Percent,
    ),
    ("MCD dB", names::FREE_RUNNING_MCD_DB, Form::Fixed(2)),
];

/// Steps per second of the recent past, validations and checkpoints included.
#[derive(Default)]
struct Pace {
    recent: VecDeque<(f64, u64)>,
}

impl Pace {
    /// Steps that count as recent.
    const WINDOW: usize = 200;

    fn note(&mut self, time_s: f64, step: u64) {
        if self.recent.len() == Self::WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back((time_s, step));
    }

    fn left_s(&self, step: u64, max_steps: u64) -> Option<f64> {
        let ((time_a, step_a), (time_b, step_b)) = (self.recent.front()?, self.recent.back()?);
        let steps = step_b.checked_sub(*step_a).filter(|steps| *steps > 0)?;
        let per_step = (time_b - time_a) / steps as f64;
        Some(per_step * max_steps.saturating_sub(step) as f64)
    }
}

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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::Phase;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What a run of 100 steps of half a second is told as.
    fn told(style: ConsoleStyle) -> String {
        let paper = Paper::default();
        let mut console = Console::with_output(style, Box::new(paper.clone()));
        let mut tell = |step: u64, kind| {
            console
                .record(&Event {
                    step,
                    time_s: step as f64 / 2.0,
                    kind,
                })
                .unwrap();
        };
        tell(
            0,
            EventKind::RunStarted(RunStarted {
                run: "demo".to_owned(),
                version: String::new(),
                resumed_from: None,
                max_steps: Some(100),
                total_params: 2_107_153,
                train_size: 380,
                val_size: 20,
                hparams: BTreeMap::new(),
            }),
        );
        for step in 1..=100 {
            let values = [
                (names::TRAINING_LOSS, f64::NAN),
                (names::PERF_FRAMES_PER_SECOND, 900.4),
            ];
            let metrics = values.map(|(name, value)| (name.to_owned(), value)).into();
            tell(step, EventKind::Step { metrics });
        }
        let metrics = [(names::GATE_ACCURACY.to_owned(), 0.91)].into();
        tell(100, EventKind::Validation { metrics });
        tell(
            100,
            EventKind::Warning {
                message: "loud".to_owned(),
                hint: Some("turn down".to_owned()),
            },
        );
        tell(
            100,
            EventKind::RunFinished {
                outcome: Outcome::Completed,
                seconds: 50.0,
            },
        );
        let bytes = paper.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn plain_lines_come_at_their_pace() {
        let text = told(ConsoleStyle::Plain { every_s: 10.0 });
        let expected = "\
run demo: 2 107 153 parameters, 380 utterances to train on, 20 to validate on
step 1/100  loss NaN  frames/s 900  ETA 50 s
step 21/100  loss NaN  frames/s 900  ETA 40 s
step 41/100  loss NaN  frames/s 900  ETA 30 s
step 61/100  loss NaN  frames/s 900  ETA 20 s
step 81/100  loss NaN  frames/s 900  ETA 10 s
step 100/100  loss NaN  frames/s 900  ETA 0 s
validation at step 100: gate accuracy 0.910
warning: loud
hint: turn down
run completed, at step 100 after 50 s
";
        assert_eq!(text, expected);
    }

    #[test]
    fn phases_and_verdicts_are_lines_of_their_own() {
        let paper = Paper::default();
        let mut console = Console::with_output(
            ConsoleStyle::Plain { every_s: 10.0 },
            Box::new(paper.clone()),
        );
        let verdict = VerdictRecord {
            who: "auto_fix".to_owned(),
            of_step: 2400,
            knob: "guide_fix_factor".to_owned(),
            metric: names::ALIGNMENT_DIAGONALITY.to_owned(),
            before: 0.1234,
            after: 0.31,
            helped: true,
            undone: false,
        };
        let kinds = [
            EventKind::Verdict(verdict),
            EventKind::Phase {
                from: Phase::PreAlignment,
                to: Phase::AlignmentLearning,
                why: "diagonality 0.31 is at least 0.3".to_owned(),
            },
        ];
        for kind in kinds {
            let (step, time_s) = (4400, 0.0);
            console.record(&Event { step, time_s, kind }).unwrap();
        }
        let told = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        let expected = "\
step 4400: what auto_fix did to guide_fix_factor at step 2400 helped: alignment.diagonality 0.123 -> 0.31
step 4400: phase pre_alignment -> alignment_learning: diagonality 0.31 is at least 0.3
";
        assert_eq!(told, expected);
    }

    #[test]
    fn quiet_tells_warnings_only() {
        assert_eq!(
            told(ConsoleStyle::Quiet),
            "warning: loud\nhint: turn down\n"
        );
    }
}
