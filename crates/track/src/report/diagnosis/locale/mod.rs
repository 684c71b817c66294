//! The words of findings, per language.

mod en;
mod ru;

use super::{Fact, FlagKind, IndicatorKind};
use crate::{Oddity, report::ReportLocale};

/// Everything a diagnosis says. A field that a language lacks does not compile.
pub(super) struct Words {
    /// Language tag of HTML.
    pub(super) lang: &'static str,
    /// What is wrong, what shows it, and what to do.
    pub(super) finding: fn(&Fact) -> (String, Vec<String>, String),
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
    pub(super) worst_lead: &'static str,
    /// How to confirm; `{run}` is the run directory.
    pub(super) confirm: &'static str,
    pub(super) proposed: &'static str,
    pub(super) suspicion: &'static str,
    pub(super) because: &'static str,
    pub(super) loss: &'static str,
    pub(super) alignment: &'static str,
    pub(super) frames_per_symbol: &'static str,
    pub(super) step: &'static str,
    pub(super) oddity: fn(Oddity) -> &'static str,
}

impl Words {
    pub(super) fn of(locale: ReportLocale) -> &'static Self {
        match locale {
            ReportLocale::En => &en::WORDS,
            ReportLocale::Ru => &ru::WORDS,
        }
    }
}
