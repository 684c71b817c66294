//! The five indicators that a run must meet, and the four red flags that should stop it.

use serde::Serialize;

use super::{
    super::history::History,
    rules::{ALIGNED, LARGE_NORM, RECENT, RED_NORM, RED_STEPS, is_due, median, recent_norms},
};
use crate::names;

/// Diagonality below which attention that is due is a red flag.
const RED_DIAGONALITY: f64 = 0.1;
/// More restarts in a row than this are a red flag.
const RED_RESTARTS: f64 = 3.0;
/// Steps within which the loss must fall, before the attention is there.
const STALL_STEPS: u64 = 1000;
/// By this share.
const STALL_SHARE: f64 = 0.01;
/// Weight of the newest step in the smoothed loss.
const NEWEST: f64 = 0.02;

/// How a run stands against both lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalCheck {
    /// Name of the run.
    pub run: String,
    /// Steps finished.
    pub step: u64,
    /// What a run must come to.
    pub indicators: Vec<Indicator>,
    /// What should stop it.
    pub red_flags: Vec<Flag>,
}

/// One indicator.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Indicator {
    /// Which.
    pub indicator: IndicatorKind,
    /// Its value; `None` if it was not measured.
    pub value: Option<f64>,
    /// What it must be below or above.
    pub target: f64,
    /// Whether it is; `None` if it was not measured.
    pub met: Option<bool>,
}

/// The closed list of indicators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IndicatorKind {
    /// Median gradient norm of the last 100 steps.
    GradientNorm,
    /// Diagonality of the newest validation.
    Diagonality,
    /// Sessions and restarts that began again at step 0.
    RestartsAtZero,
    /// Validation loss, all weights 1.
    Loss,
    /// Quality score in per cent.
    Quality,
}

/// One red flag.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Flag {
    /// Which.
    pub red_flag: FlagKind,
    /// Its value; `None` if it was not measured.
    pub value: Option<f64>,
    /// From where on it is raised.
    pub limit: f64,
    /// Whether it is; `None` if it cannot be told.
    pub raised: Option<bool>,
}

/// The closed list of red flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// Steps of the last 100 with a gradient norm above 100 or not finite.
    GradientNorm,
    /// Diagonality, once attention is due.
    Diagonality,
    /// Restarts in a row.
    Restarts,
    /// Steps since the loss last fell, before the attention is there.
    LossStalled,
}

impl CriticalCheck {
    /// Whether the run should be stopped.
    pub fn has_red_flag(&self) -> bool {
        self.red_flags.iter().any(|flag| flag.raised == Some(true))
    }
}

pub(super) fn check(run: String, history: &History) -> CriticalCheck {
    let begun = !history.sessions.is_empty();
    let below = |indicator, value: Option<f64>, target| Indicator {
        indicator,
        value,
        target,
        met: value.map(|value| value < target),
    };
    let above = |indicator, value: Option<f64>, target| Indicator {
        indicator,
        value,
        target,
        met: value.map(|value| value > target),
    };
    CriticalCheck {
        run,
        step: history.last_step,
        indicators: vec![
            below(
                IndicatorKind::GradientNorm,
                median(&recent_norms(history)),
                LARGE_NORM,
            ),
            above(
                IndicatorKind::Diagonality,
                history.latest(names::ALIGNMENT_DIAGONALITY),
                ALIGNED,
            ),
            below(
                IndicatorKind::RestartsAtZero,
                begun.then(|| restarts_at_zero(history)),
                1.0,
            ),
            below(
                IndicatorKind::Loss,
                history.latest(names::VALIDATION_LOSS),
                1.0,
            ),
            above(
                IndicatorKind::Quality,
                history.latest(names::QUALITY_SCORE),
                80.0,
            ),
        ],
        red_flags: vec![
            gradient_flag(history),
            diagonality_flag(history),
            restart_flag(history, begun),
            stall_flag(history),
        ],
    }
}

fn gradient_flag(history: &History) -> Flag {
    let norms = recent_norms(history);
    let bad = norms
        .iter()
        .filter(|norm| !norm.is_finite() || **norm > RED_NORM)
        .count() as f64;
    let limit = RED_STEPS as f64;
    let broken = !norms.is_empty() && norms.iter().all(|norm| !norm.is_finite());
    Flag {
        red_flag: FlagKind::GradientNorm,
        value: (!norms.is_empty()).then_some(bad),
        limit,
        // The very first gradients of a network are large and mean nothing, unless none is a number.
        raised: (broken || norms.len() >= RECENT).then_some(broken || bad >= limit),
    }
}

fn diagonality_flag(history: &History) -> Flag {
    let value = history.latest(names::ALIGNMENT_DIAGONALITY);
    Flag {
        red_flag: FlagKind::Diagonality,
        value,
        limit: RED_DIAGONALITY,
        raised: value
            .filter(|_| is_due(history))
            .map(|value| value.is_nan() || value < RED_DIAGONALITY),
    }
}

fn restart_flag(history: &History, begun: bool) -> Flag {
    let value = begun.then(|| restarts_in_a_row(history));
    Flag {
        red_flag: FlagKind::Restarts,
        value,
        limit: RED_RESTARTS,
        raised: value.map(|value| value > RED_RESTARTS),
    }
}

fn stall_flag(history: &History) -> Flag {
    let stalled = stalled_for(history);
    let aligned = history
        .latest(names::ALIGNMENT_DIAGONALITY)
        .is_some_and(|diagonality| diagonality >= ALIGNED);
    Flag {
        red_flag: FlagKind::LossStalled,
        value: stalled.map(|steps| steps as f64),
        limit: STALL_STEPS as f64,
        // Once the attention is there a loss may stand still for long: that is the end of learning.
        raised: stalled.map(|steps| !aligned && steps >= STALL_STEPS),
    }
}

/// Steps since the smoothed training loss last was one per cent better than ever before.
fn stalled_for(history: &History) -> Option<u64> {
    let losses = history.steps.get(names::TRAINING_LOSS)?;
    let mut finite = losses.iter().filter(|point| point.1.is_finite());
    let &(mut improved, mut mean) = finite.next()?;
    let mut best = mean;
    for &(step, loss) in finite {
        mean += NEWEST * (loss - mean);
        if mean < best * (1.0 - STALL_SHARE) {
            (best, improved) = (mean, step);
        }
    }
    Some(history.last_step.saturating_sub(improved))
}

fn restarts_at_zero(history: &History) -> f64 {
    let again = history.sessions.iter().skip(1);
    let sessions = again
        .filter(|session| session.start.resumed_from.is_none_or(|step| step == 0))
        .count();
    let restarts = history.restarts.iter();
    (sessions + restarts.filter(|restart| restart.to_step == 0).count()) as f64
}

/// Sessions at the end of the history that went on from the same step or an earlier one, or restarts within a session
/// if they are more and the run has not come further than where the last one began.
fn restarts_in_a_row(history: &History) -> f64 {
    let from: Vec<u64> = history
        .sessions
        .iter()
        .map(|session| session.start.resumed_from.unwrap_or(0))
        .collect();
    let pairs = from.windows(2).rev();
    let sessions = pairs.take_while(|pair| pair[1] <= pair[0]).count() as f64;
    let restarts = history
        .restarts
        .last()
        .filter(|restart| history.last_step <= restart.from_step)
        .map_or(0.0, |restart| restart.attempt as f64);
    sessions.max(restarts)
}
