//! Which curves the report draws, and the figures around each.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{
    curve::{self, Chart, Line},
    history::{History, Series},
    html::{escape, section},
    locale::{Texts, Unit},
};
use crate::{figures::figure_in, names};

/// Where a curve's values come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Step,
    Validation,
}

struct ChartPlan {
    unit: Unit,
    lines: &'static [(Source, &'static str)],
}

use Source::{Step, Validation};

/// Charts in reading order; the titles stand in [`Texts::charts`].
const CHARTS: [ChartPlan; 10] = [
    ChartPlan {
        unit: Unit::Loss,
        lines: &[
            (Step, names::TRAINING_LOSS),
            (Step, names::TRAINING_TACO_LOSS),
            (Step, names::TRAINING_MEL_POST_LOSS),
            (Step, names::TRAINING_GUIDE_LOSS),
            (Step, names::TRAINING_GATE_LOSS),
        ],
    },
    ChartPlan {
        unit: Unit::Loss,
        lines: &[
            (Validation, names::VALIDATION_LOSS),
            (Step, names::TRAINING_TACO_LOSS),
        ],
    },
    ChartPlan {
        unit: Unit::Share,
        lines: &[
            (Validation, names::ALIGNMENT_DIAGONALITY),
            (Validation, names::FREE_RUNNING_DIAGONALITY),
            (Validation, names::VALIDATION_ALIGNMENT_SCORE),
            (Step, names::ALIGNMENT_DIAGONALITY),
        ],
    },
    ChartPlan {
        unit: Unit::Share,
        lines: &[
            (Validation, names::FREE_RUNNING_INTELLIGIBILITY),
            (Validation, names::FREE_RUNNING_VARIANCE_RATIO),
        ],
    },
    ChartPlan {
        unit: Unit::Share,
        lines: &[
            (Validation, names::GATE_ACCURACY),
            (Validation, names::GATE_F1),
            (Validation, names::FREE_RUNNING_RUNAWAY_RATE),
            (Validation, names::FREE_RUNNING_PREMATURE_RATE),
        ],
    },
    ChartPlan {
        unit: Unit::DecibelsAndNats,
        lines: &[
            (Validation, names::FREE_RUNNING_MCD_DB),
            (Validation, names::FREE_RUNNING_MEL_ERROR),
        ],
    },
    ChartPlan {
        unit: Unit::Share,
        lines: &[
            (Validation, names::VALIDATION_ATTENTION_FOCUS),
            (Validation, names::ALIGNMENT_COVERAGE),
            (Validation, names::ALIGNMENT_MONOTONICITY),
        ],
    },
    ChartPlan {
        unit: Unit::LearningRate,
        lines: &[(Step, names::LEARNING_RATE)],
    },
    ChartPlan {
        unit: Unit::Norm,
        lines: &[(Step, names::GRAD_NORM)],
    },
    ChartPlan {
        unit: Unit::FramesPerSecond,
        lines: &[(Step, names::PERF_FRAMES_PER_SECOND)],
    },
];

/// Metrics that are counters or known otherwise: no curve says anything.
const NO_CURVE: &[&str] = &[
    names::DURATION,
    names::EPOCH,
    names::ITERATION,
    names::VALIDATION_STEP,
    names::FREE_RUNNING_SENTENCES,
];
/// A run that measures more than this is read in TensorBoard.
const MAX_MORE: usize = 40;

/// The section of all curves.
pub(super) fn html(history: &History, texts: &Texts) -> String {
    let mut marks: Vec<u64> = history.changes.iter().map(|(step, _)| *step).collect();
    marks.dedup();
    let mut charts = String::new();
    for (plan, heading) in CHARTS.iter().zip(texts.charts) {
        let lines = plan
            .lines
            .iter()
            .filter_map(|(source, name)| line(history, texts, *source, name));
        let chart = Chart {
            lines: lines.collect(),
            shares: plan.unit == Unit::Share,
            unit: (texts.axis)(plan.unit),
            step: texts.step,
            locale: texts.locale,
            marks: &marks,
            last_step: history.last_step,
        };
        charts.push_str(&figure(&chart, heading.title, heading.meaning, texts));
    }
    let mut more = String::new();
    for (source, name) in unplanned(history).into_iter().take(MAX_MORE) {
        let metric = texts.metric(name);
        let chart = Chart {
            lines: line(history, texts, source, name).into_iter().collect(),
            shares: false,
            unit: (texts.axis)(unit_of(name)),
            step: texts.step,
            locale: texts.locale,
            marks: &marks,
            last_step: history.last_step,
        };
        let meaning = metric.map_or("", |metric| metric.meaning);
        more.push_str(&figure(&chart, texts.label(name), meaning, texts));
    }
    if charts.is_empty() && more.is_empty() {
        return String::new();
    }
    let mut body = String::new();
    if !charts.is_empty() {
        let _infallible = write!(body, "<div class=\"charts\">{charts}</div>");
    }
    if !more.is_empty() {
        let summary = escape(texts.more_curves);
        let _infallible = write!(
            body,
            "<details><summary>{summary}</summary><div class=\"charts\">{more}</div></details>"
        );
    }
    section("curves", texts.curves.title, texts.curves.meaning, &body)
}

fn series<'a>(history: &'a History, source: Source, name: &str) -> Option<&'a Series> {
    match source {
        Step => history.steps.get(name),
        Validation => history.validations.get(name),
    }
}

fn line<'a>(history: &'a History, texts: &Texts, source: Source, name: &str) -> Option<Line<'a>> {
    let series = series(history, source, name)?;
    let in_both = history.steps.contains_key(name) && history.validations.contains_key(name);
    let label = match source {
        _ if !in_both => texts.label(name).to_owned(),
        Step => format!("{} ({})", texts.label(name), texts.in_training),
        Validation => format!("{} ({})", texts.label(name), texts.in_validation),
    };
    Some(Line { label, series })
}

/// What the values of a metric are, as its name tells.
fn unit_of(name: &str) -> Unit {
    const ENDS: &[(&str, Unit)] = &[
        ("loss", Unit::Loss),
        ("_db", Unit::Decibels),
        ("_seconds", Unit::Seconds),
        ("frames_per_second", Unit::FramesPerSecond),
        ("_frames", Unit::Frames),
        ("entropy", Unit::Nats),
        (names::GRAD_NORM, Unit::Norm),
        (names::LEARNING_RATE, Unit::LearningRate),
    ];
    let mut ends = ENDS.iter();
    ends.find(|(end, _)| name.ends_with(end))
        .map_or(Unit::Plain, |(_, unit)| *unit)
}

/// Metrics that no planned chart shows.
fn unplanned(history: &History) -> Vec<(Source, &str)> {
    let planned: BTreeSet<(bool, &str)> = CHARTS
        .iter()
        .flat_map(|plan| plan.lines)
        .map(|(source, name)| (*source == Step, *name))
        .collect();
    let steps = history.steps.keys().map(|name| (Step, name.as_str()));
    let validations = history
        .validations
        .keys()
        .map(|name| (Validation, name.as_str()));
    steps
        .chain(validations)
        .filter(|(source, name)| !planned.contains(&(*source == Step, name)))
        .filter(|(_, name)| !NO_CURVE.contains(name))
        .collect()
}

/// One chart with title, explanation, legend and notes; nothing if there is nothing to draw.
fn figure(chart: &Chart<'_>, title: &str, meaning: &str, texts: &Texts) -> String {
    let Some(drawn) = curve::draw(chart) else {
        return String::new();
    };
    let mut legend = String::new();
    for (index, line) in chart.lines.iter().enumerate() {
        let last = line
            .series
            .last()
            .map(|point| figure_in(point.1, texts.locale))
            .unwrap_or_default();
        let _infallible = write!(
            legend,
            "<li><i style=\"background:var(--line-{index})\"></i>{} <b>{last}</b></li>",
            escape(&line.label)
        );
    }
    let note = match drawn.not_finite {
        0 => String::new(),
        lost => format!(
            "<figcaption>{lost} {}</figcaption>",
            escape(texts.not_finite)
        ),
    };
    format!(
        "<figure class=\"chart\" data-readings=\"{}\" data-step=\"{}\"><h3>{}</h3><p>{}</p>\
         <div class=\"plot\">{}<output></output></div><ul class=\"legend\">{legend}</ul>\
         {note}</figure>",
        escape(&drawn.readings.to_string()),
        escape(texts.step),
        escape(title),
        escape(meaning),
        drawn.svg,
    )
}
