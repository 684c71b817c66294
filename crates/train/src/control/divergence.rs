//! Stops a run whose numbers are gone.

use diktor_track::Outcome;
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView};
use crate::Intervention;

/// Raises the red flag after too many skipped steps in a row.
///
/// A single non-finite step is skipped and costs nothing; a long row of them means that the weights themselves no
/// longer give finite losses, and every further step would burn time for nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DivergenceGuard {
    limit: u64,
    in_a_row: u64,
}

impl DivergenceGuard {
    /// Stops after `limit` skipped steps in a row.
    pub fn new(limit: u64) -> Self {
        Self { limit, in_a_row: 0 }
    }
}

impl Default for DivergenceGuard {
    fn default() -> Self {
        Self::new(20)
    }
}

impl Controller for DivergenceGuard {
    fn name(&self) -> &'static str {
        "divergence_guard"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        let Moment::Step(report) = view.moment else {
            return Vec::new();
        };
        self.in_a_row = match report.skipped {
            Some(_) => self.in_a_row + 1,
            None => 0,
        };
        if self.in_a_row < self.limit {
            return Vec::new();
        }
        vec![Intervention::Stop {
            outcome: Outcome::RedFlag,
            why: format!("{} steps in a row gave no finite gradient", self.in_a_row),
        }]
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!({ "in_a_row": self.in_a_row })
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        #[derive(Deserialize)]
        struct State {
            in_a_row: u64,
        }
        self.in_a_row = State::deserialize(state)?.in_a_row;
        Ok(())
    }
}
