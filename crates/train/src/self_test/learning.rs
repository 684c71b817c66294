//! The gradient is clipped, and guided attention guides.

use burn::tensor::{Device, Tensor, TensorData};
use diktor_model::{Batch, BatchNormUpdates, LossConfig, Output, loss};
use diktor_track::{names, short_figure};

use super::{Check, subject};
use crate::{Knobs, Task as _, TrainError, optim::FIRST};

/// Shares by which two norms may differ that would be the same without rounding.
const ROUNDING: f64 = 1e-3;

/// The norm of the gradient that reaches the optimiser, read from its first moments.
pub(super) fn clipping(device: &Device) -> Result<Check, TrainError> {
    let (free, arrived_free) = clipped_step(device, f64::MAX)?;
    let limit = free / 10.0;
    let (norm, arrived) = clipped_step(device, limit)?;
    let near = |a: f64, b: f64| (a - b).abs() <= ROUNDING * b;
    Ok(Check {
        name: "gradient clipping",
        passed: near(arrived, limit) && near(arrived_free, free) && near(norm, free),
        found: format!(
            "gradient of norm {} reaches the optimiser with norm {} at limit {}, with {} without",
            short_figure(norm),
            short_figure(arrived),
            short_figure(limit),
            short_figure(arrived_free)
        ),
        expected: "the norm of the limit, and the whole norm without one",
    })
}

/// The norm of the gradient of one step, and what of it reached the optimiser.
fn clipped_step(device: &Device, limit: f64) -> Result<(f64, f64), TrainError> {
    let hparams = subject::hparams();
    let mut task = subject::task(&hparams, device)?;
    let mut knobs = Knobs::from_hparams(&hparams);
    knobs.grad_clip_thresh = limit;
    let report = task.step(&subject::batch(&hparams, device), &knobs, 0);
    let norm = report.metrics.get(names::GRAD_NORM).copied();
    // After one update the first moment is `1 - beta1` of the gradient.
    let squares: f64 = task
        .optimizer()
        .0
        .iter()
        .filter(|moment| moment.name.starts_with(FIRST))
        .flat_map(|moment| &moment.values)
        .map(|value| f64::from(*value).powi(2))
        .sum();
    let arrived = squares.sqrt() / (1.0 - hparams.adam_beta1);
    Ok((norm.unwrap_or(f64::NAN), arrived))
}

/// What attention of known shape costs.
///
/// # Source
/// Tachibana et al. (arXiv:1710.08969), section 4.1; uniform attention costs the mean of the penalty over the unit
/// square, 0.316 for a sigma of 0.4.
pub(super) fn guided_loss(device: &Device) -> Check {
    let uniform = guide_of(device, |_, _| 1.0 / SYMBOLS as f32);
    let diagonal = guide_of(device, |step, symbol| {
        share(step * SYMBOLS / STEPS == symbol)
    });
    let stuck = guide_of(device, |_, symbol| share(symbol == 0));
    Check {
        name: "guided loss",
        passed: (uniform - 0.316).abs() < 5e-3 && diagonal < 1e-3 && stuck > uniform,
        found: format!(
            "uniform attention costs {}, the diagonal {}, the first symbol alone {}",
            short_figure(uniform),
            short_figure(diagonal),
            short_figure(stuck)
        ),
        expected: "0.316 within 0.005, less than 0.001, and more than uniform attention",
    }
}

/// All of the attention, or none.
fn share(here: bool) -> f32 {
    if here { 1.0 } else { 0.0 }
}

const SYMBOLS: usize = 90;
const STEPS: usize = 600;

fn guide_of(device: &Device, attend: impl Fn(usize, usize) -> f32) -> f64 {
    let weights: Vec<f32> = (0..STEPS * SYMBOLS)
        .map(|place| attend(place / SYMBOLS, place % SYMBOLS))
        .collect();
    let mel = Tensor::zeros([1, STEPS, 1], device);
    let output = Output {
        mel: mel.clone(),
        mel_post: mel.clone(),
        gate: Tensor::zeros([1, STEPS], device),
        alignments: Tensor::from_data(TensorData::new(weights, [1, STEPS, SYMBOLS]), device),
        recognised: None,
        coarse: None,
        style: None,
        batch_norm: BatchNormUpdates::default(),
    };
    let batch = Batch {
        symbols: Tensor::zeros([1, SYMBOLS], device),
        texts: vec![vec![0; SYMBOLS]],
        text_lengths: vec![SYMBOLS],
        mels: mel,
        mel_lengths: vec![STEPS],
        inputs: None,
        ids: vec!["shape".to_owned()],
    };
    let losses = loss(&output, &batch, 1, &LossConfig::default());
    f64::from(losses.guide.inner().into_scalar::<f32>())
}

/// Steps in which the network is guided.
const GUIDED_STEPS: u64 = 80;

/// The same network taught with and without guidance.
pub(super) fn guided_attention(device: &Device) -> Result<Check, TrainError> {
    let (before, guided) = taught(device, 10.0)?;
    let (_, alone) = taught(device, 0.0)?;
    Ok(Check {
        name: "guided attention",
        passed: guided < 0.9 * before && guided < alone,
        found: format!(
            "guide loss {} after {GUIDED_STEPS} guided steps, {} without, {} before",
            short_figure(guided),
            short_figure(alone),
            short_figure(before)
        ),
        expected: "less than 0.9 of the first loss, and less than without guidance",
    })
}

/// Loss that a network has to come below on a batch that it sees again and again.
const CONVERGED: f64 = 1.0;
/// Steps that it may take.
const CONVERGING_STEPS: u64 = 400;
/// Steps in a row that have to stay below it: one alone could be a lucky dropout.
const IN_A_ROW: usize = 5;

/// The whole loss falls below 1 when the network learns one batch by heart.
pub(super) fn convergence(device: &Device) -> Result<Check, TrainError> {
    let hparams = subject::hparams();
    let mut task = subject::task(&hparams, device)?;
    let mut knobs = Knobs::from_hparams(&hparams);
    knobs.learning_rate = 1e-2;
    let batch = subject::batch(&hparams, device);
    let mut losses = Vec::new();
    for step in 0..CONVERGING_STEPS {
        let report = task.step(&batch, &knobs, step);
        let loss = report.metrics.get(names::TRAINING_LOSS).copied();
        losses.push(loss.unwrap_or(f64::NAN));
        if is_low(&losses) {
            break;
        }
    }
    let first = losses.first().copied().unwrap_or(f64::NAN);
    let last = losses.last().copied().unwrap_or(f64::NAN);
    Ok(Check {
        name: "loss convergence",
        passed: is_low(&losses),
        found: format!(
            "loss {} after {} steps on one batch, {} at the first",
            short_figure(last),
            losses.len(),
            short_figure(first)
        ),
        expected: "below 1 in five steps in a row, within 400 steps",
    })
}

/// Whether the newest losses are all low.
fn is_low(losses: &[f64]) -> bool {
    let newest = losses.len().saturating_sub(IN_A_ROW);
    losses.len() >= IN_A_ROW && losses[newest..].iter().all(|loss| *loss < CONVERGED)
}

/// The guide loss of the first and of the last step on one batch.
fn taught(device: &Device, weight: f64) -> Result<(f64, f64), TrainError> {
    let hparams = subject::hparams();
    let mut task = subject::task(&hparams, device)?;
    let mut knobs = Knobs::from_hparams(&hparams);
    (knobs.learning_rate, knobs.guide_loss_weight) = (1e-2, weight);
    let batch = subject::batch(&hparams, device);
    let losses: Vec<f64> = (0..GUIDED_STEPS)
        .map(|step| task.step(&batch, &knobs, step))
        .filter_map(|report| report.metrics.get(names::TRAINING_GUIDE_LOSS).copied())
        .collect();
    let [first, .., last] = losses[..] else {
        return Ok((f64::NAN, f64::NAN));
    };
    Ok((first, last))
}
