//! The ledger: what every utterance has been like over the epochs.
//!
//! Losses fall while a run goes on, so figures of different moments cannot be compared. Each is
//! therefore entered twice: as it was, and against the level of all utterances at that moment. What
//! is kept are exponential means, so that a look long ago counts little.

use std::collections::BTreeMap;

use diktor_track::Collapse;
use serde::{Deserialize, Serialize};

use crate::task::UtteranceReport;

/// Weight of the newest look in the mean of one utterance, once it has been looked at often: one look
/// is noisy, because dropout makes each different.
const NEWEST: f64 = 0.1;
/// Weight of the newest looks in the level of all utterances.
const NEWEST_LEVEL: f64 = 0.2;

/// Which set an utterance is in; each has its own level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// It is learnt from.
    Train,
    /// It is judged by.
    Validation,
}

impl Part {
    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
        }
    }
}

/// What is known of one utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Times it was looked at.
    pub looks: u64,
    /// Epochs begun at the newest look.
    pub epoch: u64,
    /// Squared mel error.
    pub loss: f64,
    /// `loss` as a share of the level of its moment: 1 is usual.
    pub relative_loss: f64,
    /// Alignment score; `None` of what is too short to have one.
    pub alignment_score: Option<f64>,
    /// `alignment_score` minus the level of its moment: 0 is usual.
    pub relative_alignment: Option<f64>,
    /// How wrong the gate is, 0 to 1; `None` of no step.
    pub gate_error: Option<f64>,
    /// `gate_error` minus the level of its moment: 0 is usual.
    pub relative_gate: Option<f64>,
    /// How its attention failed at the newest look.
    pub class: Option<Collapse>,
}

/// Every utterance that was looked at.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Ledger {
    entries: BTreeMap<Part, BTreeMap<String, Entry>>,
    levels: BTreeMap<Part, Level>,
}

/// The usual figures of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Level {
    loss: f64,
    alignment_score: Option<f64>,
    gate_error: Option<f64>,
}

impl Ledger {
    /// Enters a look at several utterances. A figure that is not finite says nothing about a
    /// transcript, so its utterance is left as it was.
    pub fn enter(&mut self, part: Part, epoch: u64, reports: &[UtteranceReport]) {
        let usable: Vec<&UtteranceReport> = reports
            .iter()
            .filter(|report| report.loss.is_finite())
            .collect();
        let Some(level) = self.level(part, &usable) else {
            return;
        };
        let entries = self.entries.entry(part).or_default();
        for report in usable {
            let look = Entry::first(report, &level, epoch);
            entries
                .entry(report.id.clone())
                .and_modify(|entry| entry.renew(&look))
                .or_insert(look);
        }
    }

    /// Utterances of one set and what is known of them, by name.
    pub fn entries(&self, part: Part) -> impl Iterator<Item = (&str, &Entry)> {
        let entries = self.entries.get(&part).into_iter().flatten();
        entries.map(|(id, entry)| (id.as_str(), entry))
    }

    /// Usual alignment score of a set at its newest look.
    pub fn usual_alignment(&self, part: Part) -> Option<f64> {
        self.levels.get(&part)?.alignment_score
    }

    /// What is known of one utterance.
    pub fn get(&self, part: Part, id: &str) -> Option<&Entry> {
        self.entries.get(&part)?.get(id)
    }

    /// Moves the level of a set towards the medians of a look.
    fn level(&mut self, part: Part, reports: &[&UtteranceReport]) -> Option<Level> {
        let median_of = |figure: fn(&UtteranceReport) -> Option<f64>| {
            median(
                &reports
                    .iter()
                    .filter_map(|report| figure(report))
                    .collect::<Vec<_>>(),
            )
        };
        let before = self.levels.get(&part).copied();
        let loss = median_of(|report| Some(report.loss))?;
        let now = Level {
            loss,
            alignment_score: median_of(|report| Some(report.attention?.alignment_score)),
            gate_error: median_of(|report| report.gate_error),
        };
        let level = before.map_or(now, |before| before.moved(&now));
        self.levels.insert(part, level);
        Some(level)
    }
}

impl Level {
    fn moved(self, now: &Self) -> Self {
        let mean = |old, new| optional(old, new, NEWEST_LEVEL);
        Self {
            loss: mixed(self.loss, now.loss, NEWEST_LEVEL),
            alignment_score: mean(self.alignment_score, now.alignment_score),
            gate_error: mean(self.gate_error, now.gate_error),
        }
    }
}

impl Entry {
    fn first(report: &UtteranceReport, level: &Level, epoch: u64) -> Self {
        let score = report.attention.map(|attention| attention.alignment_score);
        let against = |value: Option<f64>, level: Option<f64>| Some(value? - level?);
        Self {
            looks: 1,
            epoch,
            loss: report.loss,
            relative_loss: report.loss / level.loss.max(f64::MIN_POSITIVE),
            alignment_score: score,
            relative_alignment: against(score, level.alignment_score),
            gate_error: report.gate_error,
            relative_gate: against(report.gate_error, level.gate_error),
            class: report.attention.map(|attention| attention.collapse()),
        }
    }

    fn renew(&mut self, look: &Self) {
        let looks = self.looks + 1;
        // The plain mean of the first looks, so that the very first does not stay in it for long.
        let weight = NEWEST.max(1.0 / looks as f64);
        let mean = |old, new| mixed(old, new, weight);
        let maybe = |old, new| optional(old, new, weight);
        *self = Self {
            looks,
            epoch: look.epoch,
            loss: mean(self.loss, look.loss),
            relative_loss: mean(self.relative_loss, look.relative_loss),
            alignment_score: maybe(self.alignment_score, look.alignment_score),
            relative_alignment: maybe(self.relative_alignment, look.relative_alignment),
            gate_error: maybe(self.gate_error, look.gate_error),
            relative_gate: maybe(self.relative_gate, look.relative_gate),
            class: look.class.or(self.class),
        };
    }
}

fn mixed(old: f64, new: f64, weight: f64) -> f64 {
    old + weight * (new - old)
}

/// As [`mixed`]; what is not there changes nothing.
fn optional(old: Option<f64>, new: Option<f64>, weight: f64) -> Option<f64> {
    match (old, new) {
        (Some(old), Some(new)) => Some(mixed(old, new, weight)),
        (old, new) => new.or(old),
    }
}

/// The median; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(0.5 * (sorted[middle - 1] + upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(id: &str, loss: f64) -> UtteranceReport {
        UtteranceReport {
            id: id.to_owned(),
            loss,
            attention: None,
            gate_error: Some(0.25),
        }
    }

    fn looked(losses: &[(&str, f64)]) -> Vec<UtteranceReport> {
        losses.iter().map(|(id, loss)| report(id, *loss)).collect()
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, f64::NAN, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_look_counts_against_the_level_of_its_moment() {
        let mut ledger = Ledger::default();
        // The whole set halves its loss from look to look; `odd` stays at three times the median.
        for (epoch, level) in [(1, 8.0), (2, 4.0), (3, 2.0), (4, 1.0)] {
            let set = looked(&[("a", level), ("b", level), ("odd", 3.0 * level)]);
            ledger.enter(Part::Train, epoch, &set);
        }
        let odd = ledger.get(Part::Train, "odd").unwrap();
        let usual = ledger.get(Part::Train, "a").unwrap();
        assert_eq!((odd.looks, odd.epoch), (4, 4));
        assert!((odd.relative_loss / usual.relative_loss - 3.0).abs() < 1e-9);
        assert!(
            (usual.loss - (8.0 + 4.0 + 2.0 + 1.0) / 4.0).abs() < 1e-9,
            "{usual:?}"
        );
    }

    #[test]
    fn the_two_sets_have_levels_of_their_own() {
        let mut ledger = Ledger::default();
        ledger.enter(Part::Train, 1, &looked(&[("a", 1.0)]));
        ledger.enter(Part::Validation, 1, &looked(&[("v", 5.0)]));
        for (part, id) in [(Part::Train, "a"), (Part::Validation, "v")] {
            assert_eq!(ledger.get(part, id).unwrap().relative_loss, 1.0);
        }
        assert_eq!(ledger.get(Part::Train, "v"), None);
    }

    #[test]
    fn a_loss_that_is_not_finite_leaves_the_ledger_as_it_was() {
        let mut ledger = Ledger::default();
        ledger.enter(Part::Train, 1, &looked(&[("a", 1.0), ("b", f64::NAN)]));
        let before = ledger.clone();
        ledger.enter(Part::Train, 2, &looked(&[("a", f64::INFINITY)]));
        assert_eq!(ledger, before);
        assert_eq!(ledger.get(Part::Train, "b"), None);
    }

    #[test]
    fn it_comes_back_from_json_bit_for_bit() {
        let mut ledger = Ledger::default();
        for epoch in 1..4 {
            let set = looked(&[("a", 0.1 / epoch as f64), ("b", 1.0 / 3.0)]);
            ledger.enter(Part::Train, epoch, &set);
        }
        let json = serde_json::to_string(&ledger).unwrap();
        assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger);
    }
}
