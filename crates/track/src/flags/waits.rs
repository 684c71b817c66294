//! How long a run is given before what is wrong counts.

use serde_json::Value;

use crate::RunStarted;

/// Utterances, repeats counted, after which a voice of any size is normally done: 100 000 steps of
/// 32. A run that is shorter is measured by its own length.
const NORMAL_NEED: u64 = 3_200_000;
/// A run shorter than this is not measured by its own length: no voice aligns in a few hundred
/// utterances, and saying so would be a false alarm.
const LEAST_NEED: u64 = 16_000;
/// By this share of the need the diagonal must be there.
const FOUND_BY: f64 = 0.4;
/// By this share, after the first early look, a trouble is one that fixes may mend.
const MENDED_FROM: f64 = 0.15;
/// Time that a fix gets to show what it is worth, as a share of the need.
const TRIAL: f64 = 0.1;
/// Share of the need at which the first early look is taken.
const FIRST_LOOK: f64 = 0.1;
/// Utterances of a step, where the run does not say.
const USUAL_BATCH: u64 = 32;

/// The waits of a run: those of its hyper-parameters, or a share of what the run needs if that is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// Steps and epochs of grace; `None` where they are not known.
    pub grace: Option<(u64, u64)>,
    /// Steps that a fix gets to show what it is worth.
    pub trial: u64,
    /// Utterances that one step works on.
    pub per_step: u64,
    /// Steps of the whole run.
    pub max_steps: u64,
}

impl Waits {
    /// The waits of a run as its start tells them.
    pub fn of(start: Option<&RunStarted>) -> Self {
        let number = |name: &str| start?.hparams.get(name).and_then(Value::as_u64);
        let batch = number("batch_size").unwrap_or(USUAL_BATCH);
        let parts = number("gradient_accumulation_steps").unwrap_or(1);
        Self {
            grace: number("fix_grace_steps").zip(number("fix_grace_epochs")),
            trial: number("evaluation_window").unwrap_or(u64::MAX),
            per_step: batch.saturating_mul(parts),
            max_steps: start.and_then(|start| start.max_steps).unwrap_or(u64::MAX),
        }
    }

    /// Utterances after which this run is normally done.
    fn need(self) -> u64 {
        self.per_step
            .saturating_mul(self.max_steps)
            .clamp(LEAST_NEED, NORMAL_NEED)
    }

    /// The first step by which a share of the need has been seen.
    pub fn step_of(self, share: f64) -> u64 {
        (share * self.need() as f64 / self.per_step.max(1) as f64).ceil() as u64
    }

    /// Utterances by which the diagonal must be there.
    pub fn deadline_utterances(self) -> f64 {
        FOUND_BY * self.need() as f64
    }

    /// The first step by which the diagonal must be there.
    pub fn found_by(self) -> u64 {
        self.step_of(FOUND_BY)
    }

    /// The step of the first early look.
    pub fn first_look(self) -> u64 {
        self.step_of(FIRST_LOOK)
    }

    fn grace_is_over(self, step: u64, epoch: u64) -> bool {
        self.grace
            .is_some_and(|(steps, epochs)| step >= steps && epoch >= epochs)
    }

    /// Whether what is wrong now may be mended.
    pub fn may_mend(self, step: u64, epoch: u64) -> bool {
        self.grace_is_over(step, epoch) || step >= self.step_of(MENDED_FROM)
    }

    /// Whether the voice should have learnt to look by now.
    pub fn is_late(self, step: u64) -> bool {
        step >= self.found_by()
    }

    /// Whether what is wrong now is wrong for good.
    pub fn has_run_out(self, step: u64, epoch: u64) -> bool {
        self.grace_is_over(step, epoch) || self.is_late(step)
    }

    /// Steps after which a fix is judged.
    pub fn trial(self) -> u64 {
        self.trial.min(self.step_of(TRIAL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_judged_by_its_grace_or_by_its_length() {
        // A short run: 1350 steps of 16.
        let short = Waits {
            grace: Some((10_000, 20)),
            trial: 2000,
            per_step: 16,
            max_steps: 1350,
        };
        assert_eq!((short.first_look(), short.found_by()), (135, 540));
        assert!(!short.has_run_out(539, 20) && short.has_run_out(540, 0));
        assert!(!short.may_mend(202, 0) && short.may_mend(203, 0));
        assert_eq!(short.trial(), 135);
        let long = Waits {
            per_step: 32,
            max_steps: 100_000,
            ..short
        };
        assert!(!long.has_run_out(10_000, 19) && long.has_run_out(10_000, 20));
        assert!(long.has_run_out(40_000, 0), "few epochs, but many steps");
        assert_eq!(long.trial(), 2000);
    }

    #[test]
    fn a_run_that_does_not_say_is_judged_as_the_longest() {
        let unknown = Waits::of(None);
        assert_eq!(unknown.found_by(), 40_000);
        assert!(!unknown.has_run_out(39_999, 1000));
    }
}
