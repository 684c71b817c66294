//! What the guard remembers, and for how long.

use serde::{Deserialize, Serialize};

use super::{divergence::Divergence, lost::Skills};

/// How long the guard waits, in steps: as the specification says, but no longer than a run of this length can bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    /// Clean steps past the place where the run went wrong, after which restarts are counted anew and one halving of
    /// the learning rate is taken back.
    pub(super) clean: u64,
    /// Age that a checkpoint must have for a second restart in a row: the fault may be older than it was seen.
    pub(super) repeated_age: u64,
    /// Most steps of the warm-up after a restart.
    pub(super) warm_up: u64,
}

impl Pace {
    pub(super) fn of(max_steps: u64) -> Self {
        Self {
            clean: 2000.min((max_steps / 10).max(20)),
            repeated_age: 500.min(max_steps / 10),
            warm_up: 500.min((max_steps / 20).max(10)),
        }
    }
}

/// What must survive a stop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    pub(super) non_finite_in_a_row: u64,
    pub(super) spikes: Vec<u64>,
    pub(super) explosions: Vec<u64>,
    pub(super) vanished_in_a_row: u64,
    pub(super) clean: u64,
    pub(super) attempts: u64,
    /// How many times the learning rate is halved.
    pub(super) severity: i32,
    /// How many times it stays halved, because the run went wrong as soon as less was tried.
    pub(super) least_severity: i32,
    /// Step at which a halving was last taken back.
    pub(super) eased_at: Option<u64>,
    /// Step at which the run last went wrong.
    pub(super) went_back_at: u64,
    /// Step from which the learning rate rises again; not known until the run has gone back.
    pub(super) warm_from: WarmFrom,
    /// One sentence for each restart in a row.
    pub(super) tried: Vec<String>,
    pub(super) divergence: Divergence,
    pub(super) skills: Skills,
}

/// Where the warm-up after a restart begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WarmFrom {
    /// There was no restart.
    #[default]
    Never,
    /// Where the run stands when it begins again.
    Here,
    /// After this step.
    Step(u64),
}

impl Memory {
    /// A clean step: enough of them past the place where the run went wrong, and the past is forgiven by one halving.
    pub(super) fn forgive(&mut self, step: u64, stretch: u64) {
        self.clean += 1;
        if self.clean < stretch || step < self.went_back_at + stretch {
            return;
        }
        self.clean = 0;
        self.attempts = 0;
        self.tried.clear();
        if self.severity > self.least_severity {
            self.severity -= 1;
            self.eased_at = Some(step);
        }
    }

    /// The run goes back from `step`, with one more halving.
    ///
    /// A halving that was taken back just before is needed for good.
    pub(super) fn go_back(&mut self, step: u64, stretch: u64, reason: &str) {
        let severity = self.severity + 1;
        let eased_just_now = self.eased_at.is_some_and(|at| step < at + stretch);
        let mut tried = std::mem::take(&mut self.tried);
        tried.push(format!("at step {step} {reason}"));
        *self = Self {
            attempts: self.attempts + 1,
            severity,
            least_severity: if eased_just_now {
                severity
            } else {
                self.least_severity
            },
            went_back_at: step.max(self.went_back_at),
            warm_from: WarmFrom::Here,
            tried,
            skills: std::mem::take(&mut self.skills),
            ..Self::default()
        };
    }
}
