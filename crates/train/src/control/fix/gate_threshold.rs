//! Speech that stops too early or not at all: another threshold of the gate.

use diktor_track::{Phase, short_figure};

use super::{Begins, Evidence, Fix, News, RunView, Target};
use crate::{Hparams, Knob};

/// What is added to the threshold, or taken from it.
const STEP: f64 = 0.05;
/// Share of sentences that end wrongly which is a trouble.
const TOO_MANY: f64 = 0.1;

/// Which way the threshold goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// Up: sentences stop too early, because a higher threshold stops later.
    Up,
    /// Down: sentences do not stop.
    Down,
}

/// Moves the gate's threshold while sentences spoken freely end wrongly. Training does not see this knob.
pub(super) struct GateThreshold {
    direction: Direction,
    low: f64,
    high: f64,
}

impl GateThreshold {
    pub(super) fn from_hparams(hparams: &Hparams, direction: Direction) -> Self {
        Self {
            direction,
            low: hparams.gate_min_threshold,
            high: hparams.gate_max_threshold,
        }
    }
}

impl Fix for GateThreshold {
    fn name(&self) -> &'static str {
        match self.direction {
            Direction::Up => "gate_threshold_up",
            Direction::Down => "gate_threshold_down",
        }
    }

    fn begins(&self) -> Begins {
        Begins::AfterAttention
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.validation
    }

    fn quorum(&self) -> (usize, usize) {
        (2, 3)
    }

    /// Where both rates are high the threshold is not to blame, so only the higher of the two counts. A voice without
    /// alignment stops anywhere, whatever the threshold.
    fn trouble(&self, evidence: &Evidence, view: &RunView<'_>) -> Option<String> {
        let (premature, runaway) = (evidence.premature?, evidence.runaway?);
        let (rate, other, what) = match self.direction {
            Direction::Up => (premature, runaway, "stop too early"),
            Direction::Down => (runaway, premature, "do not stop"),
        };
        let aligned = view.phase > Phase::PreAlignment;
        let stands = aligned && rate > TOO_MANY && rate > other;
        stands.then(|| {
            format!(
                "{} of the sentences spoken freely {what}, more than {TOO_MANY}",
                short_figure(rate)
            )
        })
    }

    fn remedy(&self, _evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)> {
        let now = view.knobs.gate_threshold;
        let next = match self.direction {
            Direction::Up => (now + STEP).min(self.high).max(now),
            Direction::Down => (now - STEP).max(self.low).min(now),
        };
        if next == now {
            return Vec::new();
        }
        vec![(Knob::GateThreshold, next)]
    }

    fn target(&self) -> Target {
        Target::StopFailures
    }
}
