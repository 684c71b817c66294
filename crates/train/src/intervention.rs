//! What a controller may ask for.

use diktor_track::{FaultRecord, Outcome, Phase, VerdictRecord};

use crate::{Knob, control::Restart};

/// The closed list of changes a controller can ask for.
///
/// # Schedules
/// A learning rate in warm-up changes at every step; one event per step would bury the changes a person wants to read.
/// So a schedule asks with [`Intervention::Follow`]: the value is applied each time, and is in the metrics of each step,
/// but the event is written only when `regime` changes ("warm-up", "hold", "exponential decay", "floor").
#[derive(Debug, Clone, PartialEq)]
pub enum Intervention {
    /// Set a knob once.
    Set {
        /// Which.
        knob: Knob,
        /// The value it shall have.
        value: f64,
        /// Reason in one sentence.
        why: String,
    },
    /// Keep a knob on a schedule.
    Follow {
        /// Which.
        knob: Knob,
        /// The value it shall have for the next step.
        value: f64,
        /// The part of the schedule the run is in, in words.
        regime: String,
    },
    /// Enter another phase.
    Enter {
        /// Which.
        phase: Phase,
        /// Reason in one sentence.
        why: String,
    },
    /// Say what came of an earlier change.
    Judge(VerdictRecord),
    /// Tell a person.
    Warn {
        /// What is wrong, with the figures.
        message: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// Tell of a fault, and change nothing.
    Tell(FaultRecord),
    /// Go back to an earlier checkpoint and try again; what else was asked for at this moment is forgotten.
    Restart(Restart),
    /// End the run after saving.
    Stop {
        /// How the run counts as ended.
        outcome: Outcome,
        /// Reason in one sentence.
        why: String,
    },
}

impl Intervention {
    /// The knob this wants to change, if it is about one.
    pub fn knob(&self) -> Option<Knob> {
        match self {
            Self::Set { knob, .. } | Self::Follow { knob, .. } => Some(*knob),
            Self::Enter { .. }
            | Self::Judge(_)
            | Self::Warn { .. }
            | Self::Tell(_)
            | Self::Restart(_)
            | Self::Stop { .. } => None,
        }
    }

    /// What is asked for, in words.
    pub fn what(&self) -> String {
        match self {
            Self::Set { knob, value, .. } | Self::Follow { knob, value, .. } => {
                format!("{} = {value}", knob.name())
            }
            Self::Enter { phase, .. } => format!("phase {}", phase.name()),
            Self::Judge(verdict) => format!("verdict on {}", verdict.knob),
            Self::Warn { message, .. } => message.clone(),
            Self::Tell(fault) => format!("tell of a fault ({:?})", fault.kind),
            Self::Restart(restart) => format!("restart {} of {}", restart.attempt, restart.most),
            Self::Stop { outcome, .. } => format!("stop ({outcome:?})"),
        }
    }
}
