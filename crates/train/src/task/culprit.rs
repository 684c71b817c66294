//! Who is to blame for a step that went wrong. Nothing here runs while steps go well.

use burn::optim::GradientsParams;
use diktor_model::{Batch, Noise, loss};

use super::{Culprit, Place, Skipped, Tacotron2Task, adaptive::AdaptiveFactor, tacotron2::mode};
use crate::{Knobs, data::StepBatch, optim::census};

/// How many times the median an utterance's own loss must be to stand out.
const STANDS_OUT: f64 = 10.0;

/// A step that made no update.
pub(super) struct Failed<'a> {
    pub(super) batch: &'a StepBatch,
    pub(super) knobs: &'a Knobs,
    pub(super) noise: Noise,
    pub(super) factor: AdaptiveFactor,
    pub(super) skipped: Skipped,
    /// Its gradient, if it came so far.
    pub(super) gradients: Option<&'a GradientsParams>,
}

/// Looks at the network, the gradient and each utterance.
///
/// The place is the first tensor in forward order that is not finite. If all are finite, it is a gradient: for one that
/// is not finite, the last in forward order, because backward carries it on to everything before; for a spike, the
/// largest. Utterances are replayed one by one, unless the network itself is broken: then every one of them fails.
pub(super) fn find(task: &Tacotron2Task, failed: &Failed<'_>) -> Culprit {
    let place = broken(task)
        .map(Place::Tensor)
        .or_else(|| gradient(task, failed).map(Place::Gradient));
    let utterances = match place {
        Some(Place::Tensor(_)) => Vec::new(),
        _ => utterances(task, failed),
    };
    Culprit {
        batch: failed.batch.ids().into_iter().map(str::to_owned).collect(),
        utterances,
        place,
    }
}

/// The first tensor that holds a value that is not finite.
pub(super) fn broken(task: &Tacotron2Task) -> Option<String> {
    let mut tensors = task.model.state().into_iter();
    tensors
        .find(|tensor| tensor.values.iter().any(|value| !value.is_finite()))
        .map(|tensor| tensor.name)
}

fn gradient(task: &Tacotron2Task, failed: &Failed<'_>) -> Option<String> {
    let names = task.model.parameter_names().into_iter().collect();
    let mut figures = census(&task.model, failed.gradients?, 1.0, &names).into_iter();
    let found = match failed.skipped {
        Skipped::Spike(_) => figures.max_by(|a, b| a.norm.total_cmp(&b.norm)),
        Skipped::Loss(_) | Skipped::GradientNorm(_) => figures.rfind(|one| !one.norm.is_finite()),
    };
    found.map(|one| one.name)
}

/// Utterances whose own loss is not finite; for a spike, those whose own loss stands out.
fn utterances(task: &Tacotron2Task, failed: &Failed<'_>) -> Vec<String> {
    let r = failed.batch.frames_per_step;
    let parts = failed.batch.parts.iter();
    let alone = parts.flat_map(|part| (0..part.size()).map(move |index| part.alone(index, r)));
    let losses: Vec<(String, f64)> = alone
        .map(|one| (one.ids[0].clone(), own_loss(task, &one, failed)))
        .collect();
    let limit = match failed.skipped {
        Skipped::Spike(_) => STANDS_OUT * median(&losses),
        Skipped::Loss(_) | Skipped::GradientNorm(_) => f64::INFINITY,
    };
    losses
        .into_iter()
        .filter(|(_, loss)| !loss.is_finite() || *loss > limit)
        .map(|(id, _)| id)
        .collect()
}

fn own_loss(task: &Tacotron2Task, one: &Batch, failed: &Failed<'_>) -> f64 {
    let r = failed.batch.frames_per_step;
    let mut config = task.loss_config(failed.knobs);
    if let Some(limit) = task.terms.max_gaf {
        config.mi_weight *= failed.factor.value(limit);
    }
    let one = task.read(one, failed.noise);
    let output = task
        .model
        .forward(&one, r, &mode(failed.noise, failed.knobs));
    let losses = loss(&output, &one, r, &config);
    f64::from(losses.total.inner().into_scalar::<f32>())
}

fn median(losses: &[(String, f64)]) -> f64 {
    let mut sorted: Vec<f64> = losses.iter().map(|(_, loss)| *loss).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get((sorted.len().max(1) - 1) / 2)
        .copied()
        .unwrap_or(0.0)
}
