//! Whether a loss still falls, stretch by stretch.

use serde::{Deserialize, Serialize};

/// Share of the best that is an improvement.
const IMPROVEMENT: f64 = 0.005;

/// The mean errors of one stretch of training after the other.
///
/// Means over hundreds of steps, because the errors of single batches differ by more than a slow fall takes away.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Course {
    sum: f64,
    steps: u64,
    newest: Option<f64>,
    best: Option<f64>,
    stalled: bool,
    /// Step at which the newest stretch ended.
    ended_at: u64,
    frames_per_step: usize,
}

impl Course {
    /// Takes in the error of the step that brought the run to `step`; says whether a stretch of `length` steps is over.
    ///
    /// The error at another number of frames per decoder step is another one, and begins anew.
    pub(super) fn push(
        &mut self,
        error: f64,
        step: u64,
        length: u64,
        frames_per_step: usize,
    ) -> bool {
        if frames_per_step != self.frames_per_step {
            *self = Self {
                frames_per_step,
                ..Self::default()
            };
        }
        if !error.is_finite() {
            return false;
        }
        self.sum += error;
        self.steps += 1;
        if self.steps < length {
            return false;
        }
        let mean = self.sum / self.steps as f64;
        self.stalled = (self.best).is_some_and(|best| mean > (1.0 - IMPROVEMENT) * best);
        if !self.stalled {
            self.best = Some(mean);
        }
        *self = Self {
            sum: 0.0,
            steps: 0,
            newest: Some(mean),
            ended_at: step,
            ..*self
        };
        true
    }

    /// Mean error of the newest stretch.
    pub(super) fn newest(&self) -> Option<f64> {
        self.newest
    }

    pub(super) fn ended_at(&self) -> u64 {
        self.ended_at
    }

    /// The mean error of the newest stretch and the one it should have been clearly better than, if it was not.
    pub(super) fn stall(&self) -> Option<(f64, f64)> {
        self.newest.zip(self.best).filter(|_| self.stalled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether each stretch of ten steps stalls.
    fn stalls(errors: &[f64]) -> Vec<bool> {
        let (mut course, mut found) = (Course::default(), Vec::new());
        for (index, error) in errors.iter().enumerate() {
            for step in 0..10 {
                // The noise of single steps has no say.
                let noisy = error + if step % 2 == 0 { 0.4 } else { -0.4 };
                if course.push(noisy, 10 * index as u64 + step + 1, 10, 3) {
                    found.push(course.stall().is_some());
                }
            }
        }
        found
    }

    #[test]
    fn a_stretch_stalls_when_it_is_not_clearly_better_than_the_best() {
        assert_eq!(stalls(&[9.0, 8.0, 8.1, 7.9]), [false, false, true, false]);
        assert_eq!(stalls(&[9.0, 12.0, 9.0, 8.97]), [false, true, true, true]);
    }

    #[test]
    fn a_slow_fall_stalls_now_and_then_but_never_for_long() {
        assert_eq!(
            stalls(&[10.0, 9.97, 9.94, 9.91, 9.88]),
            [false, true, false, true, false]
        );
    }

    #[test]
    fn other_frames_per_step_begin_anew() {
        let mut course = Course::default();
        assert!(course.push(4.0, 1, 1, 6));
        assert!(course.push(5.0, 2, 1, 3));
        assert_eq!((course.stall(), course.newest()), (None, Some(5.0)));
        assert_eq!(course.ended_at(), 2);
    }
}
