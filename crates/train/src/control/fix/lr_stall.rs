//! A loss that stands still although gradients are large: a smaller learning rate.

use diktor_track::short_figure;

use super::{Evidence, Fix, News, RunView, Target};
use crate::{Hparams, Knob, control::patience::Patience};

/// What the factor on the learning rate is multiplied by.
const FACTOR: f64 = 0.5;
/// Norm of the gradient above which there is still a way down.
const LARGE: f64 = 1.0;
/// Gain by the right text from which a voice reads.
const READS: f64 = 0.2;

/// Halves the learning rate when the training error no longer falls although its gradient says that it could: the steps
/// are too long to get there.
///
/// Only as long as the voice does not read yet, and until it must have learnt to look: a loss that stands still
/// afterwards is at its end.
///
/// A rate that was too high is too high for the rest of the run.
pub(super) struct LrStall {
    floor: f64,
    patience: Patience,
}

impl LrStall {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            floor: hparams.learning_rate_min,
            patience: Patience::from_hparams(hparams),
        }
    }
}

impl Fix for LrStall {
    fn name(&self) -> &'static str {
        "lr_stall"
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.stretch
    }

    fn quorum(&self) -> (usize, usize) {
        (2, 2)
    }

    fn trouble(&self, evidence: &Evidence, view: &RunView<'_>) -> Option<String> {
        let (error, best) = evidence.course.stall()?;
        let norm = evidence.norms.median()?;
        let reads = evidence.text_gain.is_some_and(|gain| gain >= READS);
        let stands = norm > LARGE && !reads && !self.patience.is_late(view);
        stands.then(|| {
            format!(
                "the mel error stands still: it is {} and was {}, although the norm of the gradient is {}",
                short_figure(error),
                short_figure(best),
                short_figure(norm)
            )
        })
    }

    fn remedy(&self, _evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)> {
        if view.knobs.learning_rate <= self.floor {
            return Vec::new();
        }
        vec![(Knob::LrFixFactor, FACTOR * view.knobs.lr_fix_factor)]
    }

    fn target(&self) -> Target {
        Target::MelError
    }

    fn cuts_for_good(&self) -> bool {
        true
    }
}
