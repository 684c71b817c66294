//! The words of findings, per language.

mod en;
mod ru;

use super::{Advice, Fact, FlagKind, IndicatorKind, Progress};
use crate::{
    Oddity,
    report::{ReportLocale, locale::Texts},
};

/// Everything a diagnosis says. A field that a language lacks does not compile.
pub(in crate::report) struct Words {
    pub(in crate::report) locale: ReportLocale,
    /// Language tag of HTML.
    pub(super) lang: &'static str,
    /// What is wrong, and what shows it.
    pub(super) finding: fn(&Fact) -> (String, Vec<String>),
    /// One thing to do, in a sentence or two.
    pub(super) advice: fn(&Advice) -> String,
    /// How far a run is and what comes next, line by line.
    pub(super) how_far: fn(&Progress, &Texts) -> Vec<String>,
    /// Evidence, look at, what to do.
    pub(super) finding_heads: [&'static str; 3],
    pub(super) indicator: fn(IndicatorKind) -> &'static str,
    pub(super) flag: fn(FlagKind) -> &'static str,
    /// An indicator that is met, not met, not measured.
    pub(super) met: [&'static str; 3],
    /// A red flag that is raised, not raised, not to be told.
    pub(super) raised: [&'static str; 3],
    /// Indicators, red flags, value, limit.
    pub(super) heads: [&'static str; 4],
    /// Title of the page of the worst utterances.
    pub(super) worst: &'static str,
    /// What the page is for.
    pub(in crate::report) worst_lead: &'static str,
    /// How to confirm; `{run}` is the run directory.
    pub(super) confirm: &'static str,
    pub(in crate::report) proposed: &'static str,
    /// Title of the section of the report about the same utterances.
    pub(in crate::report) ledger: &'static str,
    /// How many are proposed, of how many that were measured.
    pub(in crate::report) judged: fn(u64, u64) -> String,
    /// Sends the reader to the page of the worst.
    pub(in crate::report) listen: &'static str,
    pub(in crate::report) utterance: &'static str,
    pub(in crate::report) text: &'static str,
    pub(in crate::report) suspicion: &'static str,
    pub(in crate::report) because: &'static str,
    pub(in crate::report) loss: &'static str,
    pub(in crate::report) alignment: &'static str,
    pub(in crate::report) text_fit: &'static str,
    pub(in crate::report) frames_per_symbol: &'static str,
    pub(super) step: &'static str,
    pub(in crate::report) oddity: fn(Oddity) -> &'static str,
}

impl Words {
    pub(in crate::report) fn of(locale: ReportLocale) -> &'static Self {
        match locale {
            ReportLocale::En => &en::WORDS,
            ReportLocale::Ru => &ru::WORDS,
        }
    }
}
