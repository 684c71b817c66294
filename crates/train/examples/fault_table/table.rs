//! What a run told, as rows of a table.

use std::fmt;

use diktor_track::{Collapse, EarlyVerdict, Event, EventKind, FaultAction, Outcome, names};
use diktor_train::{Hparams, watch::Span};

/// Within what a fault must be told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    /// So many steps.
    Steps(u64),
    /// So many validations.
    Validations(u64),
    /// The first early look, at a tenth of what a voice needs.
    EarlyLook,
    /// When the attention of any voice must be there.
    Deadline,
}

impl Limit {
    fn steps(self, hparams: &Hparams) -> u64 {
        let span = Span::of(hparams, hparams.max_steps);
        match self {
            Self::Steps(steps) => steps,
            Self::Validations(count) => count * hparams.validation_freq,
            Self::EarlyLook => span.first_look(),
            // The validation after it.
            Self::Deadline => span.found_by() + hparams.validation_freq,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps(1) => write!(f, "1 step"),
            Self::Steps(steps) => write!(f, "{steps} steps"),
            Self::Validations(1) => write!(f, "1 validation"),
            Self::Validations(count) => write!(f, "{count} validations"),
            Self::EarlyLook => write!(f, "the first early look"),
            Self::Deadline => write!(f, "0.4 of the run"),
        }
    }
}

/// Something that a person is told about a fault.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    step: u64,
    what: String,
}

impl Told {
    /// The first thing after `planted` that was not told at the same step of a clean run, too.
    pub(crate) fn first(events: &[Event], clean: &[Event], planted: u64) -> Option<Self> {
        let clean: Vec<Self> = clean.iter().filter_map(Self::of).collect();
        let mut told = events.iter().filter_map(Self::of);
        told.find(|told| told.step > planted && !clean.contains(told))
    }

    /// Who tells it and as what; nothing of what is no bad news.
    fn of(event: &Event) -> Option<Self> {
        let what = match &event.kind {
            EventKind::Fault(fault) => {
                let kind = format!("{:?}", fault.kind);
                match (&fault.place, &fault.suspects[..]) {
                    (Some(place), _) => format!("guard: {kind}, `{place}`"),
                    (None, [suspect, ..]) => format!("guard: {kind}, utterance {suspect}"),
                    (None, []) => format!("guard: {kind}"),
                }
            }
            EventKind::Attention(change) if change.to != Collapse::Ok => {
                format!("watch: attention {}", change.to.name())
            }
            EventKind::Early(look) if look.verdict == EarlyVerdict::NotOnItsWay => {
                format!("early look: not on its way, {}", look.class.name())
            }
            EventKind::Intervention(change) if change.who == "auto_fix" => {
                format!("fix: `{}`", change.knob)
            }
            EventKind::Phase { from, to, .. } if to < from => {
                format!("phases: back to {}", to.name())
            }
            EventKind::Warning { message, .. } => format!("warning: {}", without_figures(message)),
            _ => return None,
        };
        let step = event.step;
        Some(Self { step, what })
    }
}

/// A message up to its first figure.
fn without_figures(message: &str) -> &str {
    let end = message.find(|c: char| c.is_ascii_digit());
    message[..end.unwrap_or(message.len())].trim_end()
}

/// What became of a run.
struct End<'a> {
    outcome: Outcome,
    /// Why it was stopped, if it was.
    why: Option<&'a str>,
    /// The newest validation loss.
    loss: f64,
    /// Steps that made no update.
    skipped: usize,
    restarts: usize,
}

impl<'a> End<'a> {
    fn of(events: &'a [Event]) -> Option<Self> {
        let outcome = events.iter().rev().find_map(|event| match event.kind {
            EventKind::RunFinished { outcome, .. } => Some(outcome),
            _ => None,
        })?;
        let why = events.iter().rev().find_map(|event| match &event.kind {
            EventKind::Warning { message, .. } => message.split_once(" ends the run: "),
            _ => None,
        });
        let loss = events.iter().rev().find_map(|event| match &event.kind {
            EventKind::Validation { metrics } => metrics.get(names::VALIDATION_LOSS).copied(),
            _ => None,
        });
        let count = |wanted: fn(&EventKind) -> bool| {
            events.iter().filter(|event| wanted(&event.kind)).count()
        };
        Some(Self {
            outcome,
            why: why.map(|(_, why)| why),
            loss: loss.unwrap_or(f64::NAN),
            skipped: count(
                |kind| matches!(kind, EventKind::Fault(fault) if fault.action == FaultAction::Skipped),
            ),
            restarts: count(|kind| matches!(kind, EventKind::Restart(_))),
        })
    }
}

pub(crate) fn print_head(clean: &[Event]) {
    if let Some(end) = End::of(clean) {
        println!(
            "clean run: {:?}, validation loss {:.3}\n",
            end.outcome, end.loss
        );
    }
    println!(
        "| fault | planted after | told at | as | within | handled | outcome | loss | of clean |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
}

/// The whole row of one fault.
pub(crate) fn print_row(
    (name, planted, limit): (&str, u64, Limit),
    events: &[Event],
    clean: &[Event],
    hparams: &Hparams,
) {
    let (Some(end), Some(clean_end)) = (End::of(events), End::of(clean)) else {
        println!("| {name} | {planted} | the run has not finished | | | | | | |");
        return;
    };
    let (told, within) = match Told::first(events, clean, planted) {
        Some(told) => {
            let later = told.step - planted;
            let kept = if later <= limit.steps(hparams) {
                "yes"
            } else {
                "no"
            };
            (
                format!("{} (+{later}) | {}", told.step, told.what),
                format!("{limit}: {kept}"),
            )
        }
        None => ("never | -".to_owned(), format!("{limit}: no")),
    };
    let outcome = match (end.outcome, end.why) {
        (Outcome::Completed, _) => "completed".to_owned(),
        (Outcome::RedFlag, why) => format!("exit 3: {}", why.unwrap_or("no reason was given")),
        (other, _) => format!("{other:?}"),
    };
    let loss = match end.outcome {
        Outcome::Completed => format!(
            "{:.3} | {:.1} %",
            end.loss,
            100.0 * end.loss / clean_end.loss
        ),
        _ => "- | -".to_owned(),
    };
    println!(
        "| {name} | {planted} | {told} | {within} | {} skipped, {} restarts | {outcome} | {loss} |",
        end.skipped, end.restarts
    );
}
