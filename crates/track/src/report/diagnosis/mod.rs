//! What is wrong with a run, read from its events: findings with their evidence and the next action.
//!
//! Nothing here looks at a network or a recording: everything that is said can be checked in
//! `events.jsonl`.

mod advice;
mod critical;
mod fact;
mod locale;
mod progress;
mod rules;
mod worst;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use advice::{Advice, Setting};
pub use critical::{CriticalCheck, Flag, FlagKind, Indicator, IndicatorKind};
pub use fact::{Fact, Severity};
pub use progress::{Next, Progress};
pub use worst::write_worst;

pub(super) use self::{critical::red_flags, locale::Words, worst::FILE as WORST_PAGE};
use super::{ReportLocale, evidence::Evidence, history::History, locale::Texts, verdict::Verdict};
use crate::{Event, ReportError, figures::prose_in, names, read_log};

/// What is wrong with a run, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Name of the run.
    pub run: String,
    /// Steps finished.
    pub step: u64,
    /// Step at which the run ends, when known.
    pub max_steps: Option<u64>,
    /// What the run has come to.
    pub verdict: Verdict,
    /// The same in a sentence.
    pub headline: String,
    /// How far it is.
    pub progress: Progress,
    /// The same in words, line by line.
    pub how_far: Vec<String>,
    /// What was found, the worst first; never empty.
    pub findings: Vec<Finding>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What, with its figures.
    #[serde(flatten)]
    pub fact: Fact,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub title: String,
    /// What shows it.
    pub evidence: Vec<String>,
    /// Pictures and pages to look at, relative to the run directory.
    pub look_at: Vec<PathBuf>,
    /// What to do next.
    pub action: String,
    /// The same as a list.
    pub advice: Vec<Advice>,
}

/// Reads a run directory and says what is wrong.
///
/// # Errors
/// If `events.jsonl` cannot be read.
pub fn diagnose(run_dir: &Path, locale: ReportLocale) -> Result<Diagnosis, ReportError> {
    let history = read_history(run_dir)?;
    let words = Words::of(locale);
    let verdict = Verdict::of(&history.evidence);
    let progress = Progress::of(&history.evidence);
    let facts = rules::facts(&history, &verdict);
    let findings = facts
        .iter()
        .map(|fact| finding(fact, &facts, &history, words))
        .collect();
    Ok(Diagnosis {
        run: name_of(run_dir, &history),
        step: history.last_step,
        max_steps: history.start().and_then(|start| start.max_steps),
        headline: Texts::of(locale).verdict(verdict.call).title.to_owned(),
        how_far: in_prose((words.how_far)(&progress, Texts::of(locale)), locale),
        verdict,
        progress,
        findings,
    })
}

/// Reads a run directory and measures it against the critical indicators and the red flags.
///
/// # Errors
/// If `events.jsonl` cannot be read.
pub fn check_critical(run_dir: &Path) -> Result<CriticalCheck, ReportError> {
    let history = read_history(run_dir)?;
    Ok(critical::check(
        name_of(run_dir, &history),
        &history.evidence,
    ))
}

/// [`check_critical`] for a run whose events come from elsewhere.
pub fn check_critical_of(run: String, events: Vec<Event>) -> CriticalCheck {
    critical::check(run, &Evidence::of(&events))
}

/// Words of a critical check in a language: of an indicator and of a red flag.
pub fn critical_words(locale: ReportLocale) -> CriticalWords {
    let words = Words::of(locale);
    CriticalWords {
        indicator: words.indicator,
        flag: words.flag,
        met: words.met,
        raised: words.raised,
        heads: words.heads,
    }
}

/// What a critical check is called.
#[derive(Debug, Clone, Copy)]
pub struct CriticalWords {
    /// Name of an indicator.
    pub indicator: fn(IndicatorKind) -> &'static str,
    /// Name of a red flag.
    pub flag: fn(FlagKind) -> &'static str,
    /// An indicator that is met, not met, or not measured yet.
    pub met: [&'static str; 3],
    /// A red flag that is raised, not raised, or cannot be told yet.
    pub raised: [&'static str; 3],
    /// Headings: indicators, red flags, value, limit.
    pub heads: [&'static str; 4],
}

/// The few words around findings, in a language: evidence, look at, what to do.
pub fn finding_heads(locale: ReportLocale) -> [&'static str; 3] {
    Words::of(locale).finding_heads
}

/// Lines with their figures as the language has them.
fn in_prose(lines: Vec<String>, locale: ReportLocale) -> Vec<String> {
    lines.iter().map(|line| prose_in(line, locale)).collect()
}

fn finding(fact: &Fact, all: &[Fact], history: &History, words: &Words) -> Finding {
    let advice = advice::of(fact, &history.evidence, all);
    let (title, evidence) = (words.finding)(fact);
    let evidence = in_prose(evidence, words.locale);
    let said = in_prose(advice.iter().map(words.advice).collect(), words.locale);
    Finding {
        severity: fact.severity(),
        look_at: look_at(fact, history),
        title,
        evidence,
        action: said.join(" "),
        advice,
        fact: fact.clone(),
    }
}

/// The pictures that show a fact.
fn look_at(fact: &Fact, history: &History) -> Vec<PathBuf> {
    const MOST: usize = 3;
    let newest = |group: &str| -> Vec<PathBuf> {
        let of_group = history
            .pictures
            .iter()
            .filter(|(tag, _)| tag.split_once('/').is_some_and(|(found, _)| found == group));
        of_group
            .filter_map(|(_, shown)| Some(shown.last()?.path.clone()))
            .take(MOST)
            .collect()
    };
    match fact {
        Fact::NotAligned { .. } | Fact::TextIgnored { .. } => newest(names::PICTURE_ALIGNMENT),
        Fact::Mumbles { .. } => newest(names::PICTURE_MEL),
        Fact::FreeLost { .. }
        | Fact::GateDead { .. }
        | Fact::GatePremature { .. }
        | Fact::GateRunaway { .. } => newest(names::PICTURE_ALIGNMENT_FREE),
        Fact::BadTranscripts { .. } => {
            let suspects = history.suspects.iter();
            let pictures = suspects
                .flat_map(|(_, suspects)| &suspects.worst)
                .filter_map(|suspect| suspect.picture.clone());
            [PathBuf::from(worst::FILE)]
                .into_iter()
                .chain(pictures.take(MOST))
                .collect()
        }
        Fact::Healthy { .. } => vec![PathBuf::from("report.html")],
        _ => Vec::new(),
    }
}

fn read_history(run_dir: &Path) -> Result<History, ReportError> {
    let log = read_log(&run_dir.join("events.jsonl"))?;
    Ok(History::of_log(log.events))
}

fn name_of(run_dir: &Path, history: &History) -> String {
    match history.start() {
        Some(start) => start.run.clone(),
        None => run_dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
    }
}
