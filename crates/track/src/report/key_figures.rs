//! The figures at the top of the report, each with what is good of it.

use crate::{figures::Form, flags, names};

/// Whether a figure is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grade {
    Good,
    Fair,
    Bad,
    /// There is no scale that holds for every voice.
    Plain,
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
        names::FREE_RUNNING_INTELLIGIBILITY,
        Form::Fixed(2),
        Scale::AtLeast(flags::UNDERSTOOD, flags::MUMBLED),
    ),
    figure(
        names::ALIGNMENT_DIAGONALITY,
        Form::Fixed(3),
        Scale::AtLeast(0.7, 0.3),
    ),
    figure(
        names::ALIGNMENT_TEXT_GAIN,
        Form::Fixed(3),
        Scale::AtLeast(flags::GOOD_GAIN, flags::NO_GAIN),
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
    figure(
        names::FREE_RUNNING_VARIANCE_RATIO,
        Form::Fixed(2),
        Scale::None,
    ),
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
