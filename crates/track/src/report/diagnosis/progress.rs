//! How far a run is, and what comes next.

use serde::Serialize;

use super::super::evidence::Evidence;
use crate::{
    Phase,
    flags::{ALIGNED, APPEARED},
    names,
};

/// Where a run is on its way to a voice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    /// Steps finished.
    pub step: u64,
    /// Step at which the run ends, when known.
    pub max_steps: Option<u64>,
    /// Seconds until then at the pace of the newest session; `None` when it is not running or not known.
    pub left_s: Option<f64>,
    /// How far the voice has come.
    pub phase: Phase,
    /// Mean diagonality of the newest validation.
    pub diagonality: Option<f64>,
    /// Step and diagonality of a few validations before it.
    pub before: Option<(u64, f64)>,
    /// What comes next.
    pub next: Next,
}

/// What comes next in a run: a closed list.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "next", rename_all = "snake_case")]
pub enum Next {
    /// The first validation.
    Validation {
        /// Its step, if the run says.
        step: Option<u64>,
    },
    /// Attention appears: diagonality 0.3.
    Attention {
        /// Step by which it is usually seen: that of the first early look.
        usual: u64,
        /// Step by which it must be there.
        latest: u64,
    },
    /// Attention becomes steady: diagonality 0.7.
    Steady {
        /// Step by which it must be there.
        latest: u64,
    },
    /// The gate and the mel become better, and free speech with them.
    Sound {
        /// Step at which the run ends, when known.
        end: Option<u64>,
    },
    /// Nothing: the run is over.
    Over,
}

impl Progress {
    pub(super) fn of(evidence: &Evidence) -> Self {
        let max_steps = evidence.start.as_ref().and_then(|start| start.max_steps);
        let trend = evidence.trend();
        let [before, now] = trend.map_or([None; 2], |[before, now]| {
            let earlier = (before.0 < now.0).then_some(before);
            [earlier, Some(now)]
        });
        Self {
            step: evidence.step,
            max_steps,
            left_s: evidence.left_s(),
            phase: evidence.phase,
            diagonality: now.map(|(_, diagonality)| diagonality),
            before,
            next: next(evidence, max_steps),
        }
    }
}

fn next(evidence: &Evidence, max_steps: Option<u64>) -> Next {
    let waits = evidence.waits();
    if evidence.has_ended() {
        return Next::Over;
    }
    match evidence.latest(names::ALIGNMENT_DIAGONALITY) {
        None => Next::Validation {
            step: evidence
                .settings()
                .configured("validation_freq")
                .map(|every| every as u64)
                .filter(|every| *every > 0)
                .map(|every| (evidence.step / every + 1) * every),
        },
        Some(diagonality) if diagonality.is_nan() || diagonality < APPEARED => Next::Attention {
            usual: waits.first_look(),
            latest: waits.found_by(),
        },
        Some(diagonality) if diagonality < ALIGNED => Next::Steady {
            latest: waits.found_by(),
        },
        Some(_) => Next::Sound { end: max_steps },
    }
}
