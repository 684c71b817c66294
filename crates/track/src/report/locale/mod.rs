//! The report's own words, per language.

mod en;
mod ru;
mod ru_said;
mod said;

use std::borrow::Cow;

use super::{ReportLocale, verdict::Call};
use crate::{FaultAction, FaultKind, Outcome, Phase};

/// What the values of a chart are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Loss,
    Share,
    DecibelsAndNats,
    Decibels,
    Nats,
    LearningRate,
    Norm,
    Seconds,
    Frames,
    FramesPerSecond,
    /// Nothing but a number.
    Plain,
}

/// A metric to a newcomer.
#[derive(Debug, Clone, Copy)]
pub(super) struct MetricText {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// One line: what it is and what is good.
    pub(super) meaning: &'static str,
}

/// A heading and the line below it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading {
    pub(super) title: &'static str,
    pub(super) meaning: &'static str,
}

/// Everything the report says by itself. A field that a language lacks does not compile.
#[derive(Debug)]
pub(super) struct Texts {
    pub(super) locale: ReportLocale,
    /// Language tag of HTML.
    pub(super) lang: &'static str,
    /// What a run says, as pairs of English and this language; empty for English.
    pub(super) sentences: &'static [said::Pair],
    pub(super) report_of: &'static str,
    /// Headline and what it means, per call in the order of [`Call::ALL`].
    pub(super) verdicts: [Heading; Call::ALL.len()],
    /// Words for how a session ended, in the order of [`Texts::outcome`].
    pub(super) outcomes: [&'static str; 5],
    pub(super) unfinished: &'static str,
    pub(super) figures: Heading,
    pub(super) samples: Heading,
    pub(super) curves: Heading,
    pub(super) phases: Heading,
    /// Names of the phases, in the order of [`Phase::ALL`].
    pub(super) phase_names: [&'static str; 4],
    pub(super) changes: Heading,
    pub(super) warnings: Heading,
    pub(super) faults: Heading,
    /// Words for faults, in the order of [`FaultKind::ALL`].
    pub(super) fault_kinds: [&'static str; FaultKind::ALL.len()],
    /// Words for what was done about them, in the order of [`FaultAction::ALL`].
    pub(super) fault_actions: [&'static str; FaultAction::ALL.len()],
    pub(super) place: &'static str,
    /// The utterances of a fault.
    pub(super) culprits: &'static str,
    pub(super) action: &'static str,
    pub(super) restarts: &'static str,
    pub(super) attempt: &'static str,
    pub(super) configuration: Heading,
    pub(super) facts: Heading,
    /// Titles and meanings of the charts, in the order of `charts::CHARTS`.
    pub(super) charts: [Heading; 10],
    /// What stands beside the values of a chart.
    pub(super) axis: fn(Unit) -> &'static str,
    pub(super) more_curves: &'static str,
    pub(super) no_changes: &'static str,
    pub(super) no_figures: &'static str,
    pub(super) not_finite: &'static str,
    pub(super) in_training: &'static str,
    pub(super) in_validation: &'static str,
    /// Names and explanations of the groups of pictures and sounds.
    pub(super) groups: &'static [(&'static str, Heading)],
    pub(super) earlier: &'static str,
    pub(super) left_out: &'static str,
    pub(super) unreadable: &'static str,
    pub(super) step: &'static str,
    pub(super) who: &'static str,
    pub(super) knob: &'static str,
    pub(super) old_new: &'static str,
    pub(super) why: &'static str,
    pub(super) came_of_it: &'static str,
    pub(super) helped: &'static str,
    pub(super) no_difference: &'static str,
    pub(super) worse_undone: &'static str,
    pub(super) refused: &'static str,
    pub(super) message: &'static str,
    pub(super) hint: &'static str,
    pub(super) times: &'static str,
    pub(super) name: &'static str,
    pub(super) value: &'static str,
    pub(super) hparams: &'static str,
    pub(super) run: &'static str,
    pub(super) version: &'static str,
    pub(super) parameters: &'static str,
    pub(super) utterances: &'static str,
    pub(super) steps_done: &'static str,
    pub(super) time_spent: &'static str,
    pub(super) sessions: &'static str,
    pub(super) began: &'static str,
    pub(super) from_step: &'static str,
    pub(super) ended: &'static str,
    pub(super) checkpoints: &'static str,
    pub(super) file: &'static str,
    /// Hour, minute, second.
    pub(super) units: [&'static str; 3],
    pub(super) metrics: &'static [MetricText],
}

impl Texts {
    pub(super) fn of(locale: ReportLocale) -> &'static Self {
        match locale {
            ReportLocale::En => &en::TEXTS,
            ReportLocale::Ru => &ru::TEXTS,
        }
    }

    pub(super) fn verdict(&self, call: Call) -> Heading {
        self.verdicts[call as usize]
    }

    pub(super) fn outcome(&self, outcome: Outcome) -> &'static str {
        self.outcomes[match outcome {
            Outcome::Completed => 0,
            Outcome::StoppedEarly => 1,
            Outcome::RedFlag => 2,
            Outcome::Interrupted => 3,
            Outcome::Failed => 4,
        }]
    }

    pub(super) fn phase(&self, phase: Phase) -> &'static str {
        self.phase_names[phase as usize]
    }

    pub(super) fn fault(&self, kind: FaultKind) -> &'static str {
        let mut named = FaultKind::ALL.into_iter().zip(self.fault_kinds);
        named
            .find(|(one, _)| *one == kind)
            .map_or("", |(_, words)| words)
    }

    pub(super) fn fault_action(&self, action: FaultAction) -> &'static str {
        let mut named = FaultAction::ALL.into_iter().zip(self.fault_actions);
        named
            .find(|(one, _)| *one == action)
            .map_or("", |(_, words)| words)
    }

    /// A sentence of the run, in this language where it has it.
    pub(super) fn said<'a>(&self, sentence: &'a str) -> Cow<'a, str> {
        said::or_as_said(self.sentences, sentence)
    }

    /// Whether this language has a sentence of the run.
    pub(super) fn knows(&self, sentence: &str) -> bool {
        self.lang == en::TEXTS.lang || said::find(self.sentences, sentence).is_some()
    }

    /// What is known of a metric.
    pub(super) fn metric(&self, name: &str) -> Option<&'static MetricText> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// Label of a metric; its name if it has none.
    pub(super) fn label<'a>(&self, name: &'a str) -> &'a str {
        self.metric(name).map_or(name, |metric| metric.label)
    }

    /// What is known of a group of pictures or sounds.
    pub(super) fn group(&self, group: &str) -> Option<Heading> {
        self.groups
            .iter()
            .find(|(name, _)| *name == group)
            .map(|(_, heading)| *heading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{names, report::key_figures::KEY_FIGURES};

    #[test]
    fn both_languages_explain_the_same_known_metrics() {
        let known = |texts: &Texts| -> Vec<&str> {
            texts.metrics.iter().map(|metric| metric.name).collect()
        };
        assert_eq!(known(&en::TEXTS), known(&ru::TEXTS));
        for name in known(&en::TEXTS) {
            assert!(names::ALL.contains(&name), "{name}");
        }
        for key in KEY_FIGURES {
            assert!(en::TEXTS.metric(key.name).is_some(), "{}", key.name);
        }
    }
}
