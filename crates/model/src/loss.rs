//! The training loss and its parts.

use burn::tensor::{Device, Tensor, TensorData, activation::log_sigmoid};
use serde::{Deserialize, Serialize};

use crate::{
    batch::{Batch, length_mask},
    ops::ctc::ctc,
    tacotron2::{Coarse, Output, Recognition},
};

/// Weights and shapes of the loss terms, under their hyper-parameter names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// Weight of the gate term.
    pub gate_loss_weight: f64,
    /// Weight of the rare positive frames inside the gate term.
    pub gate_pos_weight: f64,
    /// Weight of the guided attention term; 0 turns it off.
    pub guide_loss_weight: f64,
    /// Width of the guided attention's tolerance, as a share of the diagonal.
    pub guide_sigma: f64,
    /// Weight of the attention's entropy; 0 turns it off.
    pub entropy_loss_weight: f64,
    /// Weight of the mutual-information term.
    pub mi_weight: f64,
    /// Weight of double decoder consistency.
    pub ddc_loss_weight: f64,
    /// Weight of the style prediction.
    pub emb_loss_weight: f64,
    /// Whether means run over true frames only (`true`) or over padding too (NVIDIA's).
    pub loss_masking: bool,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            gate_loss_weight: 1.0,
            gate_pos_weight: 1.0,
            guide_loss_weight: 1.0,
            guide_sigma: 0.4,
            entropy_loss_weight: 0.0,
            mi_weight: 1.0,
            ddc_loss_weight: 0.1,
            emb_loss_weight: 1.0,
            loss_masking: true,
        }
    }
}

/// The loss of one batch and its raw parts, `[1]` each.
#[derive(Debug, Clone)]
pub struct Losses {
    /// What is minimised.
    pub total: Tensor<1>,
    /// Squared error of the mel before the post-net.
    pub mel: Tensor<1>,
    /// Squared error of the mel after the post-net.
    pub mel_post: Tensor<1>,
    /// Binary cross-entropy of the gate, unweighted by `gate_loss_weight`.
    pub gate: Tensor<1>,
    /// Guided attention, unweighted by `guide_loss_weight`.
    pub guide: Tensor<1>,
    /// Entropy of the attention, unweighted by `entropy_loss_weight`; absent where that is 0.
    pub entropy: Option<Tensor<1>>,
    /// `mel + mel_post + gate_loss_weight * gate`.
    pub taco: Tensor<1>,
    /// Weighted sum of the terms on the attention: guided, sharp, and consistent with the coarse
    /// decoder.
    pub attention: Option<Tensor<1>>,
    /// Nats per decoder step that the recogniser is short of the text; unweighted.
    pub mi: Option<Tensor<1>>,
    /// Double decoder consistency, unweighted.
    pub ddc: Option<DoubleDecoder>,
    /// Mean absolute error of the predicted style, unweighted.
    pub emb: Option<Tensor<1>>,
}

/// The two terms of double decoder consistency, `[1]` each.
#[derive(Debug, Clone)]
pub struct DoubleDecoder {
    /// Squared error of the coarse decoder's mel.
    pub coarse: Tensor<1>,
    /// How far the two attentions are apart at a decoder step, from 0 to 2.
    pub consistency: Tensor<1>,
}

/// `taco + guide_loss_weight * guide + entropy_loss_weight * entropy + ddc_loss_weight * (coarse +
/// consistency) + mi_weight * mi + emb_loss_weight * emb`, as far as the network has what a term
/// reads.
pub fn loss(output: &Output, batch: &Batch, r: usize, config: &LossConfig) -> Losses {
    let mel = squared_error(&output.mel, batch, config.loss_masking);
    let mel_post = squared_error(&output.mel_post, batch, config.loss_masking);
    let gate = gate(output, batch, r, config);
    let guide = guided_attention(&output.alignments, batch, r, config.guide_sigma);
    let taco = mel.clone() + mel_post.clone() + gate.clone() * config.gate_loss_weight;
    let ddc = output
        .coarse
        .as_ref()
        .map(|coarse| double_decoder(output, coarse, batch, r, config.loss_masking));
    let mi = output.recognised.as_ref().map(mutual_information);
    let style = output.style.as_ref();
    let emb = style.map(|style| {
        (style.predicted.clone() - style.target.clone())
            .abs()
            .mean()
    });
    let entropy = (config.entropy_loss_weight != 0.0)
        .then(|| attention_entropy(&output.alignments, batch, r));

    let apart = ddc.as_ref().map(|ddc| &ddc.consistency);
    let attention = weighted(None, Some(&guide), config.guide_loss_weight);
    let attention = weighted(attention, entropy.as_ref(), config.entropy_loss_weight);
    let attention = weighted(attention, apart, config.ddc_loss_weight);
    let coarse = ddc.as_ref().map(|ddc| &ddc.coarse);
    let total = weighted(Some(taco.clone()), attention.as_ref(), 1.0);
    let total = weighted(total, coarse, config.ddc_loss_weight);
    let total = weighted(total, mi.as_ref(), config.mi_weight);
    let total = weighted(total, emb.as_ref(), config.emb_loss_weight);
    Losses {
        total: total.unwrap_or_else(|| taco.clone()),
        mel,
        mel_post,
        gate,
        guide,
        entropy,
        taco,
        attention,
        mi,
        ddc,
        emb,
    }
}

/// `sum + weight * term`; a term without weight or that is not there leaves no trace in the graph.
fn weighted(sum: Option<Tensor<1>>, term: Option<&Tensor<1>>, weight: f64) -> Option<Tensor<1>> {
    let Some(term) = term.filter(|_| weight != 0.0) else {
        return sum;
    };
    let term = if weight == 1.0 {
        term.clone()
    } else {
        term.clone() * weight
    };
    Some(match sum {
        Some(sum) => sum + term,
        None => term,
    })
}

/// Mean over utterances of the nats per decoder step that spelling the text costs.
///
/// # Source
/// Maximizing Mutual Information for Tacotron (arXiv:1909.01145), equation 6.
fn mutual_information(heard: &Recognition) -> Tensor<1> {
    let lengths = &heard.spelling.lengths;
    let shares: Vec<f32> = lengths
        .iter()
        .map(|steps| 1.0 / (*steps * lengths.len()) as f32)
        .collect();
    let loss = ctc(heard.log_probabilities.clone(), &heard.spelling);
    let shares = Tensor::from_data(TensorData::new(shares, [lengths.len()]), &loss.device());
    (loss * shares).sum()
}

/// # Source
/// Coqui TTS, `losses.py`, `TacotronLoss`; the consistency summed over symbols, so that it does not
/// depend on the length of the text.
fn double_decoder(
    output: &Output,
    coarse: &Coarse,
    batch: &Batch,
    r: usize,
    masked: bool,
) -> DoubleDecoder {
    let [_, steps, _] = output.alignments.dims();
    let lengths = batch.steps(r);
    let mask: Tensor<3> =
        length_mask(&lengths, steps, &output.alignments.device()).unsqueeze_dim(2);
    let apart = (output.alignments.clone() - coarse.alignments.clone()).abs() * mask;
    DoubleDecoder {
        coarse: squared_error(&coarse.mel, batch, masked),
        consistency: apart.sum() / lengths.iter().sum::<usize>() as f64,
    }
}

/// Mean of the squared error over bins and frames.
fn squared_error(mel: &Tensor<3>, batch: &Batch, masked: bool) -> Tensor<1> {
    let [_, frames, bins] = mel.dims();
    let error = (mel.clone() - batch.mels.clone()).powi_scalar(2);
    if !masked {
        return error.mean();
    }
    let mask = length_mask(&batch.mel_lengths, frames, &mel.device()).unsqueeze_dim(2);
    (error * mask).sum() / (batch.true_frames() * bins) as f64
}

/// The gate should fire at the step that holds the last true frame, and after it.
fn gate(output: &Output, batch: &Batch, r: usize, config: &LossConfig) -> Tensor<1> {
    let [size, steps] = output.gate.dims();
    let device = output.gate.device();
    let lengths = batch.steps(r);
    let before: Vec<usize> = lengths
        .iter()
        .map(|length| length.saturating_sub(1))
        .collect();
    let running = length_mask(&before, steps, &device);
    let target = running.clone() * -1.0 + 1.0;
    let (fire, hold) = (
        log_sigmoid(output.gate.clone()),
        log_sigmoid(output.gate.clone() * -1.0),
    );
    let entropy = (target * fire * config.gate_pos_weight + running * hold) * -1.0;
    if config.loss_masking {
        let mask = length_mask(&lengths, steps, &device);
        (entropy * mask).sum() / lengths.iter().sum::<usize>() as f64
    } else {
        entropy.sum() / (size * steps) as f64
    }
}

/// Mean over true decoder steps of the attention that lies far from the diagonal.
///
/// # Source
/// Tachibana et al. (arXiv:1710.08969), section 4.1; normalised by steps, so that the value does
/// not depend on the length of the text.
fn guided_attention(alignments: &Tensor<3>, batch: &Batch, r: usize, sigma: f64) -> Tensor<1> {
    let [_, steps, symbols] = alignments.dims();
    let lengths = batch.steps(r);
    let away = far_from_diagonal(&lengths, &batch.text_lengths, [steps, symbols], sigma);
    let away = penalty(away, [lengths.len(), steps, symbols], &alignments.device());
    (alignments.clone() * away).sum() / lengths.iter().sum::<usize>() as f64
}

/// Mean over true decoder steps of the attention's entropy, as a share of that of no attention at
/// all: 0 where each step reads one symbol, 1 where it reads all of them alike.
fn attention_entropy(alignments: &Tensor<3>, batch: &Batch, r: usize) -> Tensor<1> {
    /// Keeps the logarithm finite; such a weight adds nothing to the entropy.
    const SMALLEST: f64 = 1e-8;
    let [size, steps, _] = alignments.dims();
    let lengths = batch.steps(r);
    let mut shares = vec![0.0; size * steps];
    for ((row, s_true), n_true) in shares
        .chunks_mut(steps.max(1))
        .zip(&lengths)
        .zip(&batch.text_lengths)
    {
        // One symbol alone has no entropy to share in.
        let highest = (*n_true as f32).ln();
        let share = if *n_true > 1 { 1.0 / highest } else { 0.0 };
        row[..*s_true].fill(share);
    }
    let shares = penalty(shares, [size, steps, 1], &alignments.device());
    let information = alignments.clone().clamp_min(SMALLEST).log() * -1.0;
    (alignments.clone() * information * shares).sum() / lengths.iter().sum::<usize>() as f64
}

fn penalty(values: Vec<f32>, shape: [usize; 3], device: &Device) -> Tensor<3> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// `1 - exp(-(n / N - s / S)^2 / (2 sigma^2))` inside the true rectangle, 0 outside.
fn far_from_diagonal(steps: &[usize], symbols: &[usize], size: [usize; 2], sigma: f64) -> Vec<f32> {
    let mut values = vec![0.0; steps.len() * size[0] * size[1]];
    for (b, (s_true, n_true)) in steps.iter().zip(symbols).enumerate() {
        for s in 0..*s_true {
            let row = &mut values[(b * size[0] + s) * size[1]..][..*n_true];
            let at = s as f64 / *s_true as f64;
            for (n, value) in row.iter_mut().enumerate() {
                let distance = n as f64 / *n_true as f64 - at;
                *value = (1.0 - (-distance * distance / (2.0 * sigma * sigma)).exp()) as f32;
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guided attention of one utterance with `attend(step, symbol)` as its weights.
    fn guide(size: [usize; 2], sigma: f64, attend: impl Fn(usize, usize) -> f64) -> f64 {
        let away = far_from_diagonal(&[size[0]], &[size[1]], size, sigma);
        let sum: f64 = (0..size[0] * size[1])
            .map(|i| attend(i / size[1], i % size[1]) * f64::from(away[i]))
            .sum();
        sum / size[0] as f64
    }

    #[test]
    fn uniform_attention_costs_what_the_integral_says() {
        // Means of the penalty over the unit square, to the resolution of 600 x 90.
        for (sigma, expected) in [(0.4, 0.316), (0.2, 0.579), (0.1, 0.769)] {
            let found = guide([600, 90], sigma, |_, _| 1.0 / 90.0);
            assert!((found - expected).abs() < 2e-3, "sigma {sigma}: {found}");
        }
    }

    #[test]
    fn the_diagonal_is_free_and_the_corner_is_dear() {
        let diagonal = guide([60, 60], 0.2, |s, n| f64::from(s == n));
        let corner = guide([60, 60], 0.2, |_, n| f64::from(n == 59));
        assert_eq!(diagonal, 0.0);
        assert!(corner > 0.7, "{corner}");
    }

    /// Entropy of two utterances of 2 steps over 3 symbols and 1 step over 2, of which the rows are
    /// given.
    fn entropy(rows: [[f32; 3]; 4]) -> f32 {
        let device = Device::flex();
        let mel = |frames| diktor_audio::Mel::new(1, vec![0.0; frames]);
        let (long, short) = (mel(2), mel(1));
        let sample = |symbols, mel| crate::Sample {
            id: "entropy",
            symbols,
            mel,
        };
        let samples = [sample(&[1, 2, 3], &long), sample(&[1, 2], &short)];
        let batch = Batch::collate(&samples, 1, &device);
        let rows = Tensor::from_data(TensorData::new(rows.concat(), [2, 2, 3]), &device);
        attention_entropy(&rows, &batch, 1).into_scalar::<f32>()
    }

    #[test]
    fn entropy_is_one_without_attention_and_zero_where_it_is_sharp() {
        let third = 1.0 / 3.0;
        let padding = [0.5, 0.3, 0.2];
        let uniform = entropy([[third; 3], [third; 3], [0.5, 0.5, 0.0], padding]);
        assert!((uniform - 1.0).abs() < 1e-6, "{uniform}");
        let sharp = [1.0, 0.0, 0.0];
        assert_eq!(entropy([sharp, sharp, sharp, padding]), 0.0);
        let mixed = entropy([[third; 3], sharp, sharp, padding]);
        assert!((mixed - third).abs() < 1e-6, "{mixed}");
    }

    #[test]
    fn padding_carries_no_penalty() {
        let away = far_from_diagonal(&[2, 3], &[1, 4], [3, 4], 0.4);
        let (first, second) = away.split_at(12);
        assert!(
            first[1..4]
                .iter()
                .chain(&first[5..])
                .all(|value| *value == 0.0)
        );
        assert!(second.iter().any(|value| *value > 0.0));
    }
}
