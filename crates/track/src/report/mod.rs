//! `report.html`: the whole run in one file that needs nothing else.
//!
//! The page holds its pictures, sounds, curves, style and script; it loads nothing, and its content
//! policy forbids it to. Everything that comes from the run is escaped.

mod charts;
mod curve;
mod diagnosis;
mod evidence;
mod history;
mod html;
mod key_figures;
mod ledger;
mod locale;
mod page;
mod samples;
mod settings;
mod tables;
mod verdict;

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use self::{diagnosis::Words, history::History, locale::Texts};
pub use self::{
    diagnosis::{
        Advice, CriticalCheck, CriticalWords, Diagnosis, Fact, Finding, Flag, FlagKind, Indicator,
        IndicatorKind, Next, Progress, Setting, Severity, check_critical, check_critical_of,
        critical_words, diagnose, finding_heads, write_worst,
    },
    evidence::Evidence,
    html::{data_uri, escape, section, table},
    page::shell,
    verdict::{Call, Mood, Verdict},
};
use crate::{FaultKind, ReportError, read_log};

/// Language of the report's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportLocale {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

/// A sentence that a run says in its events (a reason, a warning, a hint), in a language; as it was
/// said where the language does not have it.
pub fn said(sentence: &str, locale: ReportLocale) -> Cow<'_, str> {
    Texts::of(locale).said(sentence)
}

/// Whether a language has a sentence that a run says.
pub fn knows(sentence: &str, locale: ReportLocale) -> bool {
    Texts::of(locale).knows(sentence)
}

/// A fault in words of a language.
pub fn fault_words(locale: ReportLocale, kind: FaultKind) -> &'static str {
    Texts::of(locale).fault(kind)
}

/// What the run in a directory has come to.
///
/// # Errors
/// If `events.jsonl` cannot be read.
pub fn verdict_of(run_dir: &Path) -> Result<Verdict, ReportError> {
    let log = read_log(&run_dir.join("events.jsonl"))?;
    Ok(Verdict::of(&Evidence::of_log(log.events)))
}

/// What a call means: a headline, and a sentence or two.
pub fn call_words(locale: ReportLocale, call: Call) -> [&'static str; 2] {
    let words = Texts::of(locale).verdict(call);
    [words.title, words.meaning]
}

/// Writes `report.html` into the run directory and returns its path.
///
/// It is made from `events.jsonl`, `config.yaml` and the pictures and sounds that the events name;
/// what of these is missing or damaged is left out.
///
/// # Errors
/// If `events.jsonl` cannot be read or the report cannot be written.
pub fn write_report(run_dir: &Path, locale: ReportLocale) -> Result<PathBuf, ReportError> {
    let log = read_log(&run_dir.join("events.jsonl"))?;
    let history = History::of_log(log.events);
    let configuration = fs::read(run_dir.join("config.yaml")).ok();
    let page = page::html(&page::Material {
        run_dir,
        history: &history,
        configuration: configuration.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        unreadable_lines: log.unreadable_lines.len(),
        texts: Texts::of(locale),
        words: Words::of(locale),
    });
    let path = run_dir.join("report.html");
    // Written beside and renamed: a browser that reloads meanwhile sees the old page or the new one.
    let draft = run_dir.join(".report.html.tmp");
    fs::write(&draft, page)
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(|source| ReportError::Write {
            path: path.clone(),
            source,
        })?;
    Ok(path)
}
