//! Gradients that stay high: a smaller learning rate.

use diktor_track::short_figure;

use super::{Begins, Evidence, Fix, News, Rest, RunView, Target};
use crate::{Hparams, Knob, control::evidence::NORM_STEPS};

/// What the factor on the learning rate is multiplied by.
const FACTOR: f64 = 0.5;
/// What a release multiplies it by.
const RELEASE: f64 = 1.25;
/// Rests without trouble before a release, in cooldowns.
const CALM_COOLDOWNS: u64 = 5;

/// Halves the learning rate while half of the gradients are above the limit.
pub(super) struct LrDown {
    limit: f64,
    floor: f64,
}

impl LrDown {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            limit: hparams.gradient_norm_threshold,
            floor: hparams.learning_rate_min,
        }
    }
}

impl Fix for LrDown {
    fn name(&self) -> &'static str {
        "lr_down"
    }

    fn begins(&self) -> Begins {
        Begins::Settled
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.steps
    }

    fn quorum(&self) -> (usize, usize) {
        (2, 3)
    }

    fn trouble(&self, evidence: &Evidence, _view: &RunView<'_>) -> Option<String> {
        let high = evidence.norms.count(|norm| norm > self.limit);
        (evidence.norms.is_full() && 2 * high >= NORM_STEPS).then(|| {
            format!(
                "the norm of the gradient was above {} in {high} of the last {NORM_STEPS} steps",
                short_figure(self.limit)
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
        Target::GradientNorm
    }

    fn release(
        &self,
        evidence: &Evidence,
        view: &RunView<'_>,
        rest: Rest,
    ) -> Option<(Knob, f64, String)> {
        let factor = view.knobs.lr_fix_factor;
        let calm = CALM_COOLDOWNS * rest.cooldown;
        if factor >= rest.rate_ceiling || evidence.calm_steps < calm || rest.steps < calm {
            return None;
        }
        let why = format!("gradients were calm for {} steps", evidence.calm_steps);
        let next = (RELEASE * factor).min(rest.rate_ceiling);
        Some((Knob::LrFixFactor, next, why))
    }
}
