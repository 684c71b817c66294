//! The limit of the gradient norm.

use std::collections::VecDeque;

use diktor_track::names;
use serde::{Deserialize, Serialize};

use super::{Controller, Moment, RunView};
use crate::{Hparams, Intervention, Knob};

/// Restarts lower the limit no further than this.
const LOWEST: f64 = 0.1;
/// Norms that are remembered.
const REMEMBERED: usize = 1000;
/// Norms from which on the percentile means something.
const ENOUGH: usize = 100;
/// The percentile of them that becomes the limit.
const PERCENTILE: f64 = 0.95;
/// The limit is never below this share of the configured one.
const STRICTEST: f64 = 0.1;

/// Owns the limit of the gradient norm: the configured one, lowered by restarts and, if asked for, by experience.
#[derive(Debug, Clone)]
pub struct ClipLimit {
    base: f64,
    adaptive: Option<AutoClip>,
}

impl ClipLimit {
    /// The limit the hyper-parameters describe.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            base: hparams.grad_clip_thresh,
            adaptive: hparams.adaptive_gradient_clipping.then(AutoClip::default),
        }
    }

    /// The limit and why it is what it is.
    fn limit(&self, restart_factor: f64) -> (f64, &'static str) {
        let base = (self.base * restart_factor).max(LOWEST.min(self.base));
        let regime = if base < self.base {
            "lowered by a restart"
        } else {
            "as configured"
        };
        match self.adaptive.as_ref().and_then(AutoClip::percentile) {
            Some(percentile) => (
                percentile.clamp(STRICTEST * base, base),
                "follows the norms of the last 1000 steps",
            ),
            None => (base, regime),
        }
    }
}

/// The norms of late, and the limit they suggest.
///
/// # Source
/// Seetharaman et al.: AutoClip (arXiv:2007.14469), equation 2, over a window instead of the whole past.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AutoClip {
    norms: VecDeque<f64>,
}

impl AutoClip {
    /// Remembers the norm of one step, before clipping. One that is not finite says nothing.
    pub fn note(&mut self, norm: f64) {
        if !norm.is_finite() {
            return;
        }
        if self.norms.len() == REMEMBERED {
            self.norms.pop_front();
        }
        self.norms.push_back(norm);
    }

    /// The 95th percentile of the norms, between neighbours in a straight line; `None` while there are too few.
    pub fn percentile(&self) -> Option<f64> {
        if self.norms.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<f64> = self.norms.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let place = PERCENTILE * (sorted.len() - 1) as f64;
        let below = place.floor() as usize;
        let above = (below + 1).min(sorted.len() - 1);
        Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
    }
}

impl Controller for ClipLimit {
    fn name(&self) -> &'static str {
        "clip_limit"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        if let (Some(adaptive), Moment::Step(report)) = (&mut self.adaptive, view.moment)
            && let Some(norm) = report.metrics.get(names::GRAD_NORM)
        {
            adaptive.note(*norm);
        }
        let (value, regime) = self.limit(view.knobs.clip_restart_factor);
        vec![Intervention::Follow {
            knob: Knob::GradClipThresh,
            value,
            regime: regime.to_owned(),
        }]
    }

    fn save(&self) -> serde_json::Value {
        serde_json::json!(self.adaptive)
    }

    fn load(&mut self, state: &serde_json::Value) -> Result<(), serde_json::Error> {
        let saved = Option::<AutoClip>::deserialize(state)?;
        if let (Some(adaptive), Some(saved)) = (&mut self.adaptive, saved) {
            *adaptive = saved;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adaptive(base: f64, norms: impl IntoIterator<Item = f64>) -> ClipLimit {
        let mut autoclip = AutoClip::default();
        for norm in norms {
            autoclip.note(norm);
        }
        ClipLimit {
            base,
            adaptive: Some(autoclip),
        }
    }

    #[test]
    fn the_percentile_is_that_of_numpy() {
        // numpy.percentile(numpy.arange(1, 201), 95) is 190.05.
        let norms = (1..=200).map(f64::from);
        let found = adaptive(1.0, norms).adaptive.unwrap().percentile().unwrap();
        assert!((found - 190.05).abs() < 1e-9, "{found}");
    }

    #[test]
    fn experience_only_ever_makes_the_limit_stricter() {
        for (norm, limit) in [(0.4, 0.4), (50.0, 1.0), (1e-4, 0.1)] {
            assert_eq!(adaptive(1.0, [norm; 100]).limit(1.0).0, limit, "{norm}");
        }
        assert_eq!(adaptive(1.0, [0.4; 99]).limit(1.0).0, 1.0);
        let broken = (0..100).map(|step| if step == 50 { f64::NAN } else { 0.4 });
        assert_eq!(
            adaptive(1.0, broken).limit(1.0).0,
            1.0,
            "a norm that is not finite is no experience"
        );
    }

    #[test]
    fn a_restart_lowers_the_limit_but_never_raises_it() {
        let limit = |base, factor| {
            let fixed = ClipLimit {
                base,
                adaptive: None,
            };
            fixed.limit(factor).0
        };
        assert_eq!(limit(1.0, 1.0), 1.0);
        assert_eq!(limit(1.0, 0.25), 0.25);
        assert_eq!(limit(1.0, 0.01), 0.1);
        assert_eq!(limit(0.05, 0.5), 0.05);
    }
}
