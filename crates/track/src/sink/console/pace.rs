//! How fast a run goes, and how long it will still take.

use std::collections::VecDeque;

/// Steps per second of the recent past, validations and checkpoints included.
#[derive(Default)]
pub(super) struct Pace {
    recent: VecDeque<(f64, u64)>,
}

impl Pace {
    /// Steps that count as recent.
    const WINDOW: usize = 200;

    pub(super) fn note(&mut self, time_s: f64, step: u64) {
        if self.recent.len() == Self::WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back((time_s, step));
    }

    pub(super) fn left_s(&self, step: u64, max_steps: u64) -> Option<f64> {
        let ((time_a, step_a), (time_b, step_b)) = (self.recent.front()?, self.recent.back()?);
        let steps = step_b.checked_sub(*step_a).filter(|steps| *steps > 0)?;
        let per_step = (time_b - time_a) / steps as f64;
        Some(per_step * max_steps.saturating_sub(step) as f64)
    }
}
