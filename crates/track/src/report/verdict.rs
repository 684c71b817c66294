//! What the figures of a run say, in one word each.

use super::history::History;
use crate::{figures::Form, names};

/// Whether a figure is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    Good,
    Fair,
    Bad,
    /// There is no scale that holds for every voice.
    Plain,
}

/// What the run has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It reads new sentences by itself and stops.
    Speaks,
    /// It follows the text with the recording's help, but not yet by itself.
    NeedsHelp,
    /// It follows the text with the recording's help; by itself was not tried.
    Aligned,
    /// It begins to follow the text.
    Learning,
    /// It does not follow the text.
    NotAligned,
    /// No validation has been made.
    Unmeasured,
}

/// A figure that stands at the top of the report.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyFigure {
    pub(super) name: &'static str,
    pub(super) form: Form,
    scale: Scale,
}

#[derive(Debug, Clone, Copy)]
enum Scale {
    /// Good from the first value on, fair from the second.
    AtLeast(f64, f64),
    /// Good up to the first value, fair up to the second.
    AtMost(f64, f64),
    None,
}

/// The figures at the top, most telling first.
pub(super) const KEY_FIGURES: &[KeyFigure] = &[
    figure(
        names::ALIGNMENT_DIAGONALITY,
        Form::Fixed(3),
        Scale::AtLeast(0.7, 0.3),
    ),
    figure(
        names::FREE_RUNNING_DIAGONALITY,
        Form::Fixed(3),
        Scale::AtLeast(0.7, 0.3),
    ),
    figure(
        names::GATE_ACCURACY,
        Form::Fixed(3),
        Scale::AtLeast(0.8, 0.65),
    ),
    figure(
        names::FREE_RUNNING_RUNAWAY_RATE,
        Form::Percent,
        Scale::AtMost(0.05, 0.2),
    ),
    figure(
        names::FREE_RUNNING_PREMATURE_RATE,
        Form::Percent,
        Scale::AtMost(0.05, 0.2),
    ),
    figure(names::VALIDATION_LOSS, Form::Fixed(3), Scale::None),
    figure(names::TRAINING_LOSS, Form::Fixed(3), Scale::None),
    figure(names::FREE_RUNNING_MCD_DB, Form::Fixed(2), Scale::None),
    figure(names::FREE_RUNNING_MEL_ERROR, Form::Fixed(2), Scale::None),
    figure(
        names::QUALITY_SCORE,
        Form::Fixed(0),
        Scale::AtLeast(80.0, 50.0),
    ),
    figure(names::PERF_FRAMES_PER_SECOND, Form::Fixed(0), Scale::None),
];

const fn figure(name: &'static str, form: Form, scale: Scale) -> KeyFigure {
    KeyFigure { name, form, scale }
}

impl KeyFigure {
    pub(super) fn grade(&self, value: f64) -> Grade {
        let (good, fair) = match self.scale {
            Scale::AtLeast(good, fair) => (value >= good, value >= fair),
            Scale::AtMost(good, fair) => (value <= good, value <= fair),
            Scale::None if value.is_finite() => return Grade::Plain,
            Scale::None => return Grade::Bad,
        };
        match (good, fair) {
            (true, _) => Grade::Good,
            (false, true) => Grade::Fair,
            (false, false) => Grade::Bad,
        }
    }
}

/// Weighs the last validation.
pub(super) fn verdict(history: &History) -> Verdict {
    let Some(diagonality) = history.latest(names::ALIGNMENT_DIAGONALITY) else {
        return Verdict::Unmeasured;
    };
    let grade = |name: &str| {
        let key = KEY_FIGURES.iter().find(|key| key.name == name)?;
        Some(key.grade(history.latest(name)?))
    };
    let all_good = |names: &[&str]| {
        names
            .iter()
            .all(|name| grade(name).is_none_or(|grade| grade == Grade::Good))
    };
    if diagonality.is_nan() || diagonality < 0.3 {
        Verdict::NotAligned
    } else if diagonality < 0.7 {
        Verdict::Learning
    } else if history.latest(names::FREE_RUNNING_DIAGONALITY).is_none() {
        if all_good(&[names::GATE_ACCURACY]) {
            Verdict::Aligned
        } else {
            Verdict::NeedsHelp
        }
    } else if all_good(&[
        names::FREE_RUNNING_DIAGONALITY,
        names::FREE_RUNNING_RUNAWAY_RATE,
        names::FREE_RUNNING_PREMATURE_RATE,
    ]) {
        Verdict::Speaks
    } else {
        Verdict::NeedsHelp
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, EventKind};

    fn check(figures: &[(&str, f64)], expected: Verdict) {
        let metrics = figures
            .iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect();
        let event = Event {
            step: 1,
            time_s: 0.0,
            kind: EventKind::Validation { metrics },
        };
        assert_eq!(verdict(&History::new(vec![event])), expected, "{figures:?}");
    }

    #[test]
    fn the_verdict_follows_the_worst_link() {
        const D: &str = names::ALIGNMENT_DIAGONALITY;
        const FREE: &str = names::FREE_RUNNING_DIAGONALITY;
        const RUNAWAY: &str = names::FREE_RUNNING_RUNAWAY_RATE;
        check(&[], Verdict::Unmeasured);
        check(&[(D, 0.1)], Verdict::NotAligned);
        check(&[(D, f64::NAN)], Verdict::NotAligned);
        check(&[(D, 0.5)], Verdict::Learning);
        check(&[(D, 0.9)], Verdict::Aligned);
        check(&[(D, 0.9), (names::GATE_ACCURACY, 0.5)], Verdict::NeedsHelp);
        check(&[(D, 0.9), (FREE, 0.4)], Verdict::NeedsHelp);
        check(&[(D, 0.9), (FREE, 0.8), (RUNAWAY, 0.5)], Verdict::NeedsHelp);
        check(&[(D, 0.9), (FREE, 0.8), (RUNAWAY, 0.0)], Verdict::Speaks);
    }
}
