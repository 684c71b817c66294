//! Learning by heart: more weight decay and a smaller learning rate.

use diktor_track::short_figure;

use super::{Begins, Evidence, Fix, News, RunView, Target};
use crate::{
    Knob,
    control::{evidence::VALIDATIONS, recent::Recent},
};

/// What the weight decay is multiplied by.
const DECAY_FACTOR: f64 = 3.0;
/// The largest weight decay.
const MOST_DECAY: f64 = 1e-3;
/// What the factor on the learning rate is multiplied by.
const RATE_FACTOR: f64 = 0.5;
/// Distance between the mel errors of validation and training that is a trouble.
const GAP: f64 = 0.5;

/// Holds the model back, once, when validation becomes worse while training becomes better.
///
/// The two are compared by their mel errors: the gate counts differently in training, by its weights.
pub(super) struct Overfit;

fn rises(values: &Recent) -> bool {
    values.is_full() && values.values().is_sorted_by(|a, b| a < b)
}

impl Fix for Overfit {
    fn name(&self) -> &'static str {
        "overfit"
    }

    fn begins(&self) -> Begins {
        Begins::AfterAttention
    }

    fn is_evaluated(&self, news: News) -> bool {
        news.validation
    }

    fn quorum(&self) -> (usize, usize) {
        (1, 1)
    }

    fn most_firings(&self) -> u32 {
        1
    }

    fn trouble(&self, evidence: &Evidence, _view: &RunView<'_>) -> Option<String> {
        let validated = evidence.mel_errors.newest()?;
        let first = evidence.trained_then.values().next()?;
        let trained = evidence.trained_then.newest()?;
        let stands = rises(&evidence.mel_errors) && trained < first && validated - trained > GAP;
        stands.then(|| {
            format!(
                "the mel error of validation rose for {} validations to {}, while that of training fell from {} to {}",
                VALIDATIONS - 1,
                short_figure(validated),
                short_figure(first),
                short_figure(trained)
            )
        })
    }

    fn remedy(&self, _evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)> {
        let decay = view.knobs.weight_decay;
        let more_decay = (DECAY_FACTOR * decay).min(MOST_DECAY.max(decay));
        let mut turned = vec![(Knob::LrFixFactor, RATE_FACTOR * view.knobs.lr_fix_factor)];
        if more_decay > decay {
            turned.push((Knob::WeightDecay, more_decay));
        }
        turned
    }

    fn target(&self) -> Target {
        Target::ValidationLoss
    }

    fn cuts_for_good(&self) -> bool {
        true
    }
}
