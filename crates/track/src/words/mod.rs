//! What a person reads of an event: one line, in a language.
//!
//! The console shows these lines, TensorBoard and the debug report quote them. What a run itself says in an event (a
//! reason, a warning) is taken through [`report::said`](crate::report::said).

mod en;
mod ru;

use std::path::Path;

use crate::{
    AttentionChange, ChangeCause, Collapse, EarlyLook, EventKind, FaultRecord, InterventionRecord,
    Outcome, Phase, RestartRecord, RunStarted, Suspects, VerdictRecord,
    figures::{Form, figure_in, short_figure},
    names,
    report::{ReportLocale, said},
};

/// Everything that is said of events in a language. A field that a language lacks does not compile.
pub(crate) struct Words {
    pub(crate) locale: ReportLocale,
    /// Hour, minute and second.
    pub(crate) units: [&'static str; 3],
    /// The first line of a run.
    pub(crate) started: fn(&RunStarted) -> String,
    pub(crate) step: &'static str,
    /// How long it will still take.
    pub(crate) left: fn(&str) -> String,
    /// Labels of the figures of progress, in the order of [`SHOWN`].
    pub(crate) shown: [&'static str; SHOWN.len()],
    /// What was measured at a step.
    pub(crate) validation: fn(u64) -> String,
    /// Labels of the figures of a validation, in the order of [`VALIDATED`].
    pub(crate) validated: [&'static str; VALIDATED.len()],
    /// How a session ended, at which step and after which time.
    pub(crate) finished: fn(Outcome, u64, &str) -> String,
    /// A session that ended at the step at which it began.
    pub(crate) nothing_left: fn(u64) -> String,
    pub(crate) warning: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) fault: &'static str,
    saved: fn(&str, &str) -> String,
    best: fn(&str, &Best) -> String,
    change: fn(&str, &str) -> String,
    causes: fn(ChangeCause) -> &'static str,
    verdict: fn(&VerdictRecord, &str) -> String,
    phase: fn([&str; 2], &str, &str) -> String,
    /// Names of the phases, in the order of [`Phase::ALL`].
    phases: [&'static str; Phase::ALL.len()],
    refused: fn(&str, &str, &str) -> String,
    fault_sentence: fn(&FaultRecord) -> String,
    restart: fn(&RestartRecord, &str, &str) -> String,
    attention: fn(&AttentionChange, &Self) -> String,
    /// What attention does, in the order of [`Collapse::ALL`].
    attention_does: [&'static str; Collapse::ALL.len()],
    early: fn(&EarlyLook, &Self) -> String,
    suspects: fn(&Suspects, &str) -> String,
}

/// By what a checkpoint became the best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Best<'a> {
    pub(crate) metric: &'a str,
    pub(crate) value: f64,
    /// Of the best before, where it is known.
    pub(crate) before: Option<f64>,
}

/// What progress shows, if the run measures it.
pub(crate) const SHOWN: [(&str, Form); 8] = [
    (names::TRAINING_LOSS, Form::Fixed(3)),
    (names::TRAINING_TACO_LOSS, Form::Fixed(3)),
    (names::TRAINING_GATE_LOSS, Form::Fixed(4)),
    (names::TRAINING_GUIDE_LOSS, Form::Fixed(4)),
    (names::ALIGNMENT_DIAGONALITY, Form::Fixed(2)),
    (names::GRAD_NORM, Form::Fixed(2)),
    (names::LEARNING_RATE, Form::Short),
    (names::PERF_FRAMES_PER_SECOND, Form::Fixed(0)),
];

/// What a validation shows, if the run measures it.
pub(crate) const VALIDATED: [(&str, Form); 10] = [
    (names::VALIDATION_LOSS, Form::Fixed(3)),
    (names::ALIGNMENT_DIAGONALITY, Form::Fixed(3)),
    (names::VALIDATION_ALIGNMENT_SCORE, Form::Fixed(3)),
    (names::GATE_ACCURACY, Form::Fixed(3)),
    (names::FREE_RUNNING_DIAGONALITY, Form::Fixed(3)),
    (names::FREE_RUNNING_INTELLIGIBILITY, Form::Fixed(2)),
    (names::FREE_RUNNING_RUNAWAY_RATE, Form::Percent),
    (names::FREE_RUNNING_PREMATURE_RATE, Form::Percent),
    (names::FREE_RUNNING_MCD_DB, Form::Fixed(2)),
    (names::QUALITY_COMPOSITE_TTS_SCORE, Form::Fixed(3)),
];

/// Utterances that a line names.
const MAX_NAMED: usize = 3;

impl Words {
    pub(crate) fn of(locale: ReportLocale) -> &'static Self {
        match locale {
            ReportLocale::En => &en::WORDS,
            ReportLocale::Ru => &ru::WORDS,
        }
    }

    /// What happened, without its step; `None` for events that are figures, pictures or sounds.
    pub(crate) fn line(&self, kind: &EventKind) -> Option<String> {
        let said = |sentence: &str| said(sentence, self.locale).into_owned();
        Some(match kind {
            EventKind::Intervention(change) => self.change(change),
            EventKind::Verdict(verdict) => (self.verdict)(verdict, &self.verdict_figures(verdict)),
            EventKind::Phase { from, to, why } => {
                let names = [from.name(), to.name()];
                (self.phase)(names, self.phases[*to as usize], &said(why))
            }
            EventKind::Refused { who, what, why } => (self.refused)(who, &said(what), &said(why)),
            EventKind::Fault(fault) => (self.fault_sentence)(fault),
            EventKind::Restart(restart) => {
                let overrides: Vec<String> = restart
                    .overrides
                    .iter()
                    .map(|(name, value)| format!("`{name}={}`", short_figure(*value)))
                    .collect();
                (self.restart)(restart, &overrides.join(", "), &said(&restart.why))
            }
            EventKind::Attention(change) => (self.attention)(change, self),
            EventKind::Early(look) => (self.early)(look, self),
            EventKind::Suspects(suspects) => {
                let worst = suspects.worst.iter().take(MAX_NAMED);
                let worst: Vec<&str> = worst.map(|one| one.utterance.as_str()).collect();
                (self.suspects)(suspects, &named(&worst))
            }
            EventKind::RunStarted(_)
            | EventKind::Step { .. }
            | EventKind::Validation { .. }
            | EventKind::Picture(_)
            | EventKind::Audio { .. }
            | EventKind::Histogram(_)
            | EventKind::CheckpointSaved { .. }
            | EventKind::Warning { .. }
            | EventKind::RunFinished { .. } => return None,
        })
    }

    /// That a checkpoint was saved, and why; for the best, by what it is the best.
    pub(crate) fn saved(&self, path: &Path, why: &str, best: Option<&Best<'_>>) -> String {
        let path = format!("`{}`", path.display());
        match best {
            Some(best) => (self.best)(&path, best),
            None => (self.saved)(&path, &said(why, self.locale)),
        }
    }

    /// A value that could be typed keeps its point.
    fn change(&self, change: &InterventionRecord) -> String {
        let [old, new] = [change.old, change.new].map(short_figure);
        let what = format!("`{}` {old} → {new}", change.knob);
        let cause = (self.causes)(change.cause());
        let why = said(&change.why, self.locale);
        (self.change)(&what, &format!("{cause}: {why}"))
    }

    fn verdict_figures(&self, verdict: &VerdictRecord) -> String {
        let [before, after] =
            [verdict.before, verdict.after].map(|value| figure_in(value, self.locale));
        format!("`{}` {before} → {after}", verdict.metric)
    }

    /// What attention does when it fails in a way, or does not fail.
    pub(crate) fn attention_does(&self, class: Collapse) -> &'static str {
        self.attention_does[class as usize]
    }
}

/// Names as code, one after another.
fn named(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What happened, in one line of a language, without its step; `None` for what is shown in another way: figures,
/// pictures, sounds, warnings, and the begin and the end of a run.
pub fn in_words(kind: &EventKind, locale: ReportLocale) -> Option<String> {
    Words::of(locale).line(kind)
}
