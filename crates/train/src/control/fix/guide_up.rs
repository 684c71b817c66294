//! Attention that does not appear: more weight on guided attention.

use diktor_track::short_figure;

use super::{Evidence, Fix, News, Rest, RunView, Target};
use crate::{
    Hparams, Knob,
    control::{
        evidence::CHECKS,
        guide::{FIX_MULTIPLE, MAX_WEIGHT},
    },
};

/// Smaller multiples are not worth an intervention.
const SMALLEST: f64 = 1.05;
/// Largest share of the attention terms in the total loss.
const MOST_SHARE: f64 = 0.5;
/// A rise of the diagonality over the last checks that is no rise.
const FLAT: f64 = 0.01;
/// Diagonality above which the weight is released.
const ALIGNED: f64 = 0.7;
/// What a release multiplies the factor by.
const RELEASE: f64 = 0.9;

/// Raises the weight of guided attention while diagonality stays low and does not rise.
pub(super) struct GuideUp {
    threshold: f64,
}

impl GuideUp {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            threshold: hparams.attention_diagonality_threshold,
        }
    }
}

impl Fix for GuideUp {
    fn name(&self) -> &'static str {
        "guide_up"
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.check
    }

    fn quorum(&self) -> (usize, usize) {
        (5, 5)
    }

    fn trouble(&self, evidence: &Evidence, _view: &RunView<'_>) -> Option<String> {
        let diagonality = evidence.diagonality.newest()?;
        let rise = evidence.diagonality.rise()?;
        let stands = diagonality < self.threshold && rise <= FLAT;
        stands.then(|| {
            format!(
                "diagonality is {}, below {}, and does not rise ({} over the last checks)",
                short_figure(diagonality),
                short_figure(self.threshold),
                short_figure(rise)
            )
        })
    }

    fn remedy(&self, evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)> {
        let share = evidence.attention_share.value().unwrap_or(0.0).max(0.0);
        let by_share = MOST_SHARE / (1.0 - MOST_SHARE) * (1.0 - share) / share;
        let by_weight = MAX_WEIGHT / view.knobs.guide_loss_weight;
        let multiple = FIX_MULTIPLE.min(by_share).min(by_weight);
        if multiple < SMALLEST {
            return Vec::new();
        }
        vec![(Knob::GuideFixFactor, multiple * view.knobs.guide_fix_factor)]
    }

    fn target(&self) -> Target {
        Target::Diagonality
    }

    fn release(
        &self,
        evidence: &Evidence,
        view: &RunView<'_>,
        rest: Rest,
    ) -> Option<(Knob, f64, String)> {
        let factor = view.knobs.guide_fix_factor;
        let aligned = evidence.diagonality.count(|value| value > ALIGNED) == CHECKS;
        if factor <= 1.0 || !aligned || rest.steps < rest.cooldown {
            return None;
        }
        let why = format!("diagonality was above {ALIGNED} in the last {CHECKS} checks");
        Some((Knob::GuideFixFactor, (RELEASE * factor).max(1.0), why))
    }
}
