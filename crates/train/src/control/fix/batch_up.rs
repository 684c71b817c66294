//! Steps of too few utterances: the gradients of several batches together.

use diktor_track::short_figure;

use super::{Begins, Evidence, Fix, News, RunView, Target};
use crate::{Hparams, Knob, control::evidence::NORM_STEPS};

/// Utterances of a step from which on its gradient says more than chance.
const FEWEST: usize = 8;
/// Of the last [`NORM_STEPS`] norms, how many above the limit are a trouble.
const CLIPPED: usize = 90;

/// Averages the gradients of so many batches that a step sees eight utterances, where it sees fewer and nearly every
/// gradient is cut: what is left of it then is a direction, and of a few utterances a direction of chance. It needs no
/// more memory, but steps take as many times longer.
pub(super) struct BatchUp {
    /// Batches of a step.
    batches: usize,
}

impl BatchUp {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            batches: hparams.gradient_accumulation_steps,
        }
    }

    /// Utterances that a step sees.
    fn utterances(&self, view: &RunView<'_>) -> usize {
        self.batches * view.knobs.batch_size * view.knobs.accumulation_fix_factor
    }
}

impl Fix for BatchUp {
    fn name(&self) -> &'static str {
        "batch_up"
    }

    fn begins(&self) -> Begins {
        Begins::AtOnce
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.steps
    }

    fn quorum(&self) -> (usize, usize) {
        (2, 3)
    }

    fn trouble(&self, evidence: &Evidence, view: &RunView<'_>) -> Option<String> {
        let limit = view.knobs.grad_clip_thresh;
        let clipped = evidence.norms.count(|norm| norm > limit);
        let utterances = self.utterances(view);
        let stands = evidence.norms.is_full() && clipped >= CLIPPED && utterances < FEWEST;
        stands.then(|| {
            format!(
                "a step sees {utterances} of at least {FEWEST} utterances, and its gradient was above the limit of {} in \
                 {clipped} of the last {NORM_STEPS} steps",
                short_figure(limit)
            )
        })
    }

    fn remedy(&self, _evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)> {
        let times = FEWEST.div_ceil(self.utterances(view).max(1));
        let factor = times * view.knobs.accumulation_fix_factor;
        vec![(Knob::AccumulationFixFactor, factor as f64)]
    }

    fn target(&self) -> Target {
        Target::GradientNorm
    }
}
