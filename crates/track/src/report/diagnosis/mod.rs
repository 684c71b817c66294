//! What is wrong with a run, read from its events: findings with their evidence and the next action.
//!
//! Nothing here looks at a network or a recording: everything that is said can be checked in
//! `events.jsonl`.

mod critical;
mod fact;
mod locale;
mod rules;
mod worst;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use critical::{CriticalCheck, Flag, FlagKind, Indicator, IndicatorKind};
pub use fact::{Fact, Severity};
pub use worst::write_worst;

pub(super) use self::{locale::Words, worst::FILE as WORST_PAGE};
use super::{ReportLocale, history::History};
use crate::{Event, ReportError, effective, names, read_log};

/// What is wrong with a run, and what to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Name of the run.
    pub run: String,
    /// Steps finished.
    pub step: u64,
    /// Step at which the run ends, when known.
    pub max_steps: Option<u64>,
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
}

/// Reads a run directory and says what is wrong.
///
/// # Errors
/// If `events.jsonl` cannot be read.
pub fn diagnose(run_dir: &Path, locale: ReportLocale) -> Result<Diagnosis, ReportError> {
    let history = read_history(run_dir)?;
    let words = Words::of(locale);
    let findings = rules::facts(&history)
        .into_iter()
        .map(|fact| finding(fact, &history, words))
        .collect();
    Ok(Diagnosis {
        run: name_of(run_dir, &history),
        step: history.last_step,
        max_steps: history.start().and_then(|start| start.max_steps),
        findings,
    })
}

/// Reads a run directory and measures it against the critical indicators and the red flags.
///
/// # Errors
/// If `events.jsonl` cannot be read.
pub fn check_critical(run_dir: &Path) -> Result<CriticalCheck, ReportError> {
    let history = read_history(run_dir)?;
    Ok(critical::check(name_of(run_dir, &history), &history))
}

/// [`check_critical`] for a run whose events come from elsewhere.
pub fn check_critical_of(run: String, events: Vec<Event>) -> CriticalCheck {
    critical::check(run, &History::new(events))
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

fn finding(fact: Fact, history: &History, words: &Words) -> Finding {
    let (title, evidence, action) = (words.finding)(&fact);
    Finding {
        severity: fact.severity(),
        look_at: look_at(&fact, history),
        title,
        evidence,
        action,
        fact,
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
        Fact::NotAligned { .. } => newest(names::PICTURE_ALIGNMENT),
        Fact::GateDead { .. } | Fact::GatePremature { .. } | Fact::GateRunaway { .. } => {
            newest(names::PICTURE_ALIGNMENT_FREE)
        }
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
    Ok(History::new(effective(log.events)))
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
