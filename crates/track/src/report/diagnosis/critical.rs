//! The indicators that a run must meet, and the red flags that should stop it.

use serde::Serialize;

use super::super::{
    evidence::Evidence,
    verdict::{Call, Verdict},
};
use crate::{
    flags::{ALIGNED, EXPLOSIONS, GOOD_GAIN, NO_ATTENTION, STANDSTILL_STEPS, UNDERSTOOD},
    names,
};

/// Gradient norm of a calm run, where the run does not say otherwise.
pub(super) const CALM_NORM: f64 = 10.0;

/// How a run stands against both lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalCheck {
    /// Name of the run.
    pub run: String,
    /// Steps finished.
    pub step: u64,
    /// What the run has come to.
    pub verdict: Verdict,
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
    /// Balanced accuracy of the gate at the newest validation.
    GateAccuracy,
    /// Gain by the right text over the newest validations.
    TextGain,
    /// Sessions and restarts that began again at step 0.
    RestartsAtZero,
    /// Validation loss, all weights 1.
    Loss,
    /// Quality score in per cent.
    Quality,
    /// How well free speech is understood.
    Intelligibility,
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
    /// Steps in which neither loss nor attention became better, before the attention is there.
    LossStalled,
}

impl CriticalCheck {
    /// Whether a red flag is raised, or one has ended the run.
    pub fn has_red_flag(&self) -> bool {
        self.verdict.call == Call::StoppedItself || !self.verdict.raised.is_empty()
    }
}

pub(super) fn check(run: String, evidence: &Evidence) -> CriticalCheck {
    let indicator = |indicator, value: Option<f64>, target, is_met: fn(f64, f64) -> bool| {
        let met = value.map(|value| is_met(value, target));
        Indicator {
            indicator,
            value,
            target,
            met,
        }
    };
    let below = |kind, value, target| indicator(kind, value, target, |value, most| value < most);
    let above = |kind, value, target| indicator(kind, value, target, |value, least| value > least);
    let latest = |name| evidence.latest(name);
    let calm = evidence.settings().configured("gradient_norm_threshold");
    let restarts = evidence.has_begun().then(|| evidence.restarts_at_zero());
    let mut indicators = vec![
        below(
            IndicatorKind::GradientNorm,
            evidence.norms().median,
            calm.unwrap_or(CALM_NORM),
        ),
        above(
            IndicatorKind::Diagonality,
            latest(names::ALIGNMENT_DIAGONALITY),
            ALIGNED,
        ),
        above(
            IndicatorKind::GateAccuracy,
            latest(names::GATE_ACCURACY),
            0.8,
        ),
        below(IndicatorKind::RestartsAtZero, restarts, 1.0),
        below(IndicatorKind::Loss, latest(names::VALIDATION_LOSS), 1.0),
        above(IndicatorKind::Quality, latest(names::QUALITY_SCORE), 80.0),
    ];
    // Runs of few different texts have none.
    if let Some(gain) = evidence.text_gain() {
        indicators.push(above(IndicatorKind::TextGain, Some(gain), GOOD_GAIN));
    }
    // Runs on a handful of recordings have none.
    if let Some(heard) = latest(names::FREE_RUNNING_INTELLIGIBILITY) {
        indicators.push(above(
            IndicatorKind::Intelligibility,
            Some(heard),
            UNDERSTOOD,
        ));
    }
    CriticalCheck {
        run,
        step: evidence.step,
        verdict: Verdict::of(evidence),
        indicators,
        red_flags: red_flags(evidence),
    }
}

/// Every red flag, as the evidence has it.
pub(in crate::report) fn red_flags(evidence: &Evidence) -> Vec<Flag> {
    vec![
        gradient_flag(evidence),
        diagonality_flag(evidence),
        restart_flag(evidence),
        stall_flag(evidence),
    ]
}

fn gradient_flag(evidence: &Evidence) -> Flag {
    let norms = evidence.norms();
    Flag {
        red_flag: FlagKind::GradientNorm,
        value: (norms.of > 0).then_some(norms.bad as f64),
        limit: EXPLOSIONS as f64,
        raised: norms.explode,
    }
}

fn diagonality_flag(evidence: &Evidence) -> Flag {
    let value = evidence.latest(names::ALIGNMENT_DIAGONALITY);
    Flag {
        red_flag: FlagKind::Diagonality,
        value,
        limit: NO_ATTENTION,
        raised: value
            .filter(|_| evidence.is_due())
            .map(|value| value.is_nan() || value < NO_ATTENTION),
    }
}

fn restart_flag(evidence: &Evidence) -> Flag {
    let value = evidence.has_begun().then(|| evidence.restarts_in_a_row());
    let limit = evidence.most_restarts();
    Flag {
        red_flag: FlagKind::Restarts,
        value,
        limit,
        raised: value.map(|value| value > limit),
    }
}

fn stall_flag(evidence: &Evidence) -> Flag {
    let found = evidence.standstill();
    Flag {
        red_flag: FlagKind::LossStalled,
        value: found.map(|(waited, _)| waited as f64),
        limit: STANDSTILL_STEPS as f64,
        raised: found.and_then(|(_, raised)| raised),
    }
}
