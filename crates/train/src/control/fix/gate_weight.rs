//! A gate that does not learn: more weight on the frames that end an utterance.

use diktor_track::{Phase, short_figure};

use super::{Begins, Evidence, Fix, News, RunView, Target};
use crate::Knob;

/// What the weight is multiplied by.
const FACTOR: f64 = 2.0;
/// The largest weight.
const MOST: f64 = 20.0;
/// Balanced accuracy below which the gate has learnt nothing; 0.5 is chance.
const NEAR_CHANCE: f64 = 0.6;

/// Doubles the weight of the gate's positive class while the gate stays near chance although attention has appeared.
pub(super) struct GateWeight;

impl Fix for GateWeight {
    fn name(&self) -> &'static str {
        "gate_weight"
    }

    fn begins(&self) -> Begins {
        Begins::AfterAttention
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.check
    }

    fn quorum(&self) -> (usize, usize) {
        (5, 5)
    }

    fn trouble(&self, evidence: &Evidence, view: &RunView<'_>) -> Option<String> {
        let accuracy = evidence.accuracy.newest()?;
        let aligned = view.phase > Phase::PreAlignment;
        let stands = aligned && accuracy < NEAR_CHANCE;
        stands.then(|| {
            format!(
                "gate accuracy is {}, below {NEAR_CHANCE}, and 0.5 is chance",
                short_figure(accuracy)
            )
        })
    }

    fn remedy(&self, _evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)> {
        let now = view.knobs.gate_pos_weight;
        if now >= MOST {
            return Vec::new();
        }
        vec![(Knob::GatePosWeight, (FACTOR * now).min(MOST))]
    }

    fn target(&self) -> Target {
        Target::GateAccuracy
    }
}
