//! How long those who judge and mend a run wait: as the hyper-parameters say, but no longer than a run of its length can
//! bear.

use diktor_track::flags::Waits;

use super::RunView;
use crate::{Hparams, watch::Span};

/// Rest after a fix has acted, as a share of the need.
const REST: f64 = 0.05;
/// Steps over which a loss that falls at all has fallen, as a share of the need.
const STRETCH: f64 = 0.03;
/// A run has at least so many checks before its attention must be there.
const EARLY_CHECKS: u64 = 40;

/// The waits of a run. Each is that of the hyper-parameters, or a share of what the run needs if that is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Patience {
    grace_steps: u64,
    grace_epochs: u64,
    interval: u64,
    rest: u64,
    trial: u64,
    /// The length of a run that has no end; a view has the end.
    span: Span,
}

impl Patience {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            grace_steps: hparams.fix_grace_steps,
            grace_epochs: hparams.fix_grace_epochs,
            interval: hparams.fix_interval,
            rest: hparams.fix_cooldown,
            trial: hparams.evaluation_window,
            span: Span::of(hparams, u64::MAX),
        }
    }

    fn span(self, view: &RunView<'_>) -> Span {
        Span {
            max_steps: view.max_steps,
            ..self.span
        }
    }

    /// What a reader of the run's events judges it by too.
    fn waits(self, view: &RunView<'_>) -> Waits {
        Waits {
            grace: Some((self.grace_steps, self.grace_epochs)),
            trial: self.trial,
            per_step: self.span.per_step,
            max_steps: view.max_steps,
        }
    }

    /// Whether the beginning is over, however short the run.
    pub(super) fn has_settled(self, view: &RunView<'_>) -> bool {
        view.step >= self.rest
    }

    /// Whether what is wrong now may be mended.
    pub(super) fn may_mend(self, view: &RunView<'_>) -> bool {
        self.waits(view).may_mend(view.step, view.epoch)
    }

    /// Whether the voice should have learnt to look by now.
    pub(super) fn is_late(self, view: &RunView<'_>) -> bool {
        self.waits(view).is_late(view.step)
    }

    /// Whether what is wrong now is wrong for good.
    pub(super) fn has_run_out(self, view: &RunView<'_>) -> bool {
        self.waits(view).has_run_out(view.step, view.epoch)
    }

    /// Steps from one evaluation to the next.
    pub(super) fn interval(self, view: &RunView<'_>) -> u64 {
        let deadline = self.waits(view).found_by();
        self.interval.min(deadline / EARLY_CHECKS).max(1)
    }

    /// Steps in which nothing acts after a fix has acted, or at the beginning.
    pub(super) fn rest(self, view: &RunView<'_>) -> u64 {
        self.rest.min(self.span(view).step_of(REST))
    }

    /// Steps over which a training loss is averaged: a share of the need, however long the run.
    pub(super) fn stretch(self, view: &RunView<'_>) -> u64 {
        self.span(view).step_of(STRETCH)
    }

    /// Steps after which a fix is judged.
    pub(super) fn trial(self, view: &RunView<'_>) -> u64 {
        self.waits(view).trial()
    }
}

#[cfg(test)]
mod tests {
    use diktor_track::Phase;

    use super::*;
    use crate::{Knobs, Moment};

    fn view(knobs: &Knobs, step: u64, epoch: u64, max_steps: u64) -> RunView<'_> {
        RunView {
            step,
            max_steps,
            epoch,
            phase: Phase::default(),
            knobs,
            moment: Moment::Start,
        }
    }

    #[test]
    fn a_long_run_waits_as_the_hyper_parameters_say() {
        let (hparams, long) = (Hparams::default(), 1_000_000);
        let (patience, knobs) = (
            Patience::from_hparams(&hparams),
            Knobs::from_hparams(&hparams),
        );
        let early = view(&knobs, 9_999, 20, long);
        assert_eq!(
            [
                patience.interval(&early),
                patience.rest(&early),
                patience.trial(&early)
            ],
            [100, 1000, 2000]
        );
        assert!(!patience.may_mend(&early));
        assert!(!patience.may_mend(&view(&knobs, 10_000, 19, long)));
        assert!(patience.may_mend(&view(&knobs, 10_000, 20, long)));
        assert!(patience.has_run_out(&view(&knobs, 10_000, 20, long)));
        assert!(!patience.is_late(&view(&knobs, 10_000, 20, long)));
    }

    #[test]
    fn a_short_run_waits_by_its_length() {
        // A short run: 1350 steps of 16.
        let hparams = Hparams {
            batch_size: 16,
            ..Hparams::default()
        };
        let (patience, knobs) = (
            Patience::from_hparams(&hparams),
            Knobs::from_hparams(&hparams),
        );
        let at = |step| view(&knobs, step, 0, 1350);
        assert_eq!(
            [
                patience.interval(&at(0)),
                patience.rest(&at(0)),
                patience.trial(&at(0))
            ],
            [13, 68, 135]
        );
        assert!(!patience.may_mend(&at(202)) && patience.may_mend(&at(203)));
        assert!(!patience.has_run_out(&at(539)) && patience.has_run_out(&at(540)));
    }
}
