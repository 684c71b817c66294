//! Tacotron 2 as a task.

use std::{collections::BTreeMap, sync::Arc};

use burn::tensor::{Device, Tensor};
use diktor_corpus::Example;
use diktor_model::{
    BatchNormUpdates, LossConfig, Losses, Mode, NamedTensor, Noise, Tacotron2, Tacotron2Config,
    loss,
};
use diktor_text::SymbolTable;
use diktor_track::names;

use super::{
    Depth, Skipped, StepReport, Task, Validation,
    adaptive::AdaptiveFactor,
    measure,
    variants::{Terms, heard},
};
use crate::{
    Checkpoint, Hparams, Knobs, TrainError,
    data::{StepBatch, plan},
    optim::{Adam, GradientSum, Update, clip_factor},
};

/// Tacotron 2, its optimiser and its validation set.
#[derive(Debug)]
pub struct Tacotron2Task {
    pub(super) model: Tacotron2,
    adam: Adam,
    pub(super) device: Device,
    pub(super) seed: u64,
    loss_masking: bool,
    entropy_loss_weight: f64,
    pub(super) terms: Terms,
    pub(super) factor: AdaptiveFactor,
    pub(super) max_decoder_steps: usize,
    pub(super) attention_windowing: bool,
    /// Mel frames per second.
    pub(super) frame_rate: f64,
    pub(super) validation: ValidationSet,
}

/// What the network is judged on.
#[derive(Debug, Clone)]
pub struct ValidationSet {
    /// The utterances.
    pub examples: Arc<Vec<Example>>,
    /// Which of them stand together, always the same; the first two batches are the light validation.
    pub(super) batches: Vec<Vec<usize>>,
    /// Mean mel of the training set: what a network that has learnt nothing but loudness would say.
    pub(super) mean_mel: Vec<f32>,
}

impl ValidationSet {
    /// Batches of the size and seed of the run.
    pub fn new(examples: Arc<Vec<Example>>, hparams: &Hparams, mean_mel: Vec<f32>) -> Self {
        let batches = if examples.is_empty() {
            Vec::new()
        } else {
            plan(&examples, hparams.batch_size, true, hparams.seed).epoch(0)
        };
        Self {
            examples,
            batches,
            mean_mel,
        }
    }
}

impl Tacotron2Task {
    /// A network with its first weights, which are a function of the seed.
    ///
    /// `device` must have autodiff enabled.
    ///
    /// # Errors
    /// If the dimensions are impossible, or there is nothing for a recogniser to hear.
    pub fn new(
        hparams: &Hparams,
        symbols: &SymbolTable,
        device: &Device,
        validation: ValidationSet,
    ) -> Result<Self, TrainError> {
        let config = Tacotron2Config {
            mmi_symbols: heard(hparams, symbols)?,
            ..hparams.tacotron2(symbols.len())
        };
        config.validate()?;
        Ok(Self {
            model: config.init(device, hparams.seed),
            adam: Adam::new(hparams.adam_beta1, hparams.adam_beta2, hparams.adam_epsilon),
            device: device.clone(),
            seed: hparams.seed,
            loss_masking: hparams.loss_masking,
            entropy_loss_weight: hparams.entropy_loss_weight,
            terms: Terms::from_hparams(hparams),
            factor: AdaptiveFactor::default(),
            max_decoder_steps: hparams.max_decoder_steps,
            attention_windowing: hparams.attention_windowing,
            frame_rate: 1.0 / hparams.mel().hop_seconds(),
            validation,
        })
    }

    /// The network.
    pub fn model(&self) -> &Tacotron2 {
        &self.model
    }

    /// The loss with the weights of now.
    fn loss_config(&self, knobs: &Knobs) -> LossConfig {
        LossConfig {
            gate_loss_weight: knobs.gate_loss_weight,
            gate_pos_weight: knobs.gate_pos_weight,
            guide_loss_weight: knobs.guide_loss_weight,
            guide_sigma: knobs.guide_sigma,
            entropy_loss_weight: self.entropy_loss_weight,
            mi_weight: self.terms.mmi_weight,
            ddc_loss_weight: self.terms.ddc_loss_weight,
            emb_loss_weight: self.terms.emb_loss_weight,
            loss_masking: self.loss_masking,
        }
    }
}

impl Task for Tacotron2Task {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        let (mut config, r) = (self.loss_config(knobs), batch.frames_per_step);
        let mut gradients = GradientSum::new();
        let mut statistics: Vec<BatchNormUpdates> = Vec::new();
        let mut sums = BTreeMap::new();
        let parts = batch.parts.len() as u64;
        let noise = |index: usize| Noise {
            seed: self.seed,
            step: step * parts + index as u64,
        };
        let mode = |noise| match knobs.p_teacher_forcing {
            forced if forced < 1.0 => Mode::Sample { noise, forced },
            _ => Mode::Train(noise),
        };
        let factor = self.adapted(batch, &config, (noise(0), mode(noise(0))), step);
        if let Some(limit) = self.terms.max_gaf {
            config.mi_weight *= factor.value(limit);
            sums.insert(names::CONTROL_GAF.to_owned(), factor.value(limit));
        }
        for (index, part) in batch.parts.iter().enumerate() {
            let part = self.read(part, noise(index));
            let output = self.model.forward(&part, r, &mode(noise(index)));
            let losses = loss(&output, &part, r, &config);
            let total = add_losses(&mut sums, &losses, parts as f64);
            if !total.is_finite() {
                return StepReport {
                    metrics: sums,
                    skipped: Some(Skipped::Loss(total)),
                };
            }
            gradients.add(&self.model, losses.total.backward());
            statistics.push(output.batch_norm);
        }
        let (gradients, mean, norm) = gradients.finish(&self.model);
        sums.insert(names::GRAD_NORM.to_owned(), norm);
        if !norm.is_finite() {
            return StepReport {
                metrics: sums,
                skipped: Some(Skipped::GradientNorm(norm)),
            };
        }
        let update = Update {
            factor: mean * clip_factor(norm, knobs.grad_clip_thresh),
            learning_rate: knobs.learning_rate,
            weight_decay: knobs.weight_decay,
        };
        // The clone shares its tensors with the original: nothing is copied.
        let moved = self.adam.update(self.model.clone(), gradients, update);
        self.model = statistics.into_iter().fold(moved, Tacotron2::absorb);
        self.factor = factor;
        StepReport {
            metrics: sums,
            skipped: None,
        }
    }

    fn validate(&self, depth: Depth, knobs: &Knobs) -> Validation {
        measure::validate(self, depth, knobs)
    }

    fn weights(&self) -> Vec<NamedTensor> {
        self.model.state()
    }

    fn optimizer(&self) -> (Vec<NamedTensor>, u64) {
        (self.adam.moments(&self.model), self.adam.updates())
    }

    fn memory(&self) -> serde_json::Value {
        match self.terms.max_gaf {
            Some(_) => serde_json::json!({ "gaf": self.factor }),
            None => serde_json::Value::Null,
        }
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let weights = self.completed(checkpoint);
        self.model = self.model.clone().load_state(&weights)?;
        let training = checkpoint.state.training.as_ref();
        self.factor = match training.and_then(|training| training.task.get("gaf")) {
            Some(gaf) => AdaptiveFactor::remembered(gaf)?,
            None => AdaptiveFactor::default(),
        };
        let updates = training.map_or(0, |training| training.updates);
        let moments = self.of_own_layers(checkpoint);
        self.adam.restore(&self.model, &moments, updates)
    }
}

/// Adds the terms of one part, each divided by the number of parts, and returns the part's total.
fn add_losses(sums: &mut BTreeMap<String, f64>, losses: &Losses, parts: f64) -> f64 {
    let ddc = losses.ddc.as_ref();
    let terms = [
        (names::TRAINING_LOSS, Some(&losses.total)),
        (names::TRAINING_TACO_LOSS, Some(&losses.taco)),
        (names::TRAINING_GUIDE_LOSS, Some(&losses.guide)),
        (names::TRAINING_GATE_LOSS, Some(&losses.gate)),
        (names::TRAINING_MEL_LOSS, Some(&losses.mel)),
        (names::TRAINING_MEL_POST_LOSS, Some(&losses.mel_post)),
        (names::TRAINING_ATTEN_LOSS, losses.attention.as_ref()),
        (names::ALIGNMENT_ENTROPY_LOSS, losses.entropy.as_ref()),
        (names::TRAINING_MI_LOSS, losses.mi.as_ref()),
        (names::TRAINING_EMB_LOSS, losses.emb.as_ref()),
        (names::TRAINING_DDC_COARSE_LOSS, ddc.map(|ddc| &ddc.coarse)),
        (
            names::TRAINING_DDC_CONSISTENCY_LOSS,
            ddc.map(|ddc| &ddc.consistency),
        ),
    ];
    let terms: Vec<(&str, &Tensor<1>)> = terms
        .into_iter()
        .filter_map(|(name, term)| Some((name, term?)))
        .collect();
    // One transfer for all of them: on a GPU each would be a stop.
    let tensors = terms.iter().map(|(_, term)| (*term).clone().inner());
    let values = Tensor::cat(tensors.collect(), 0).into_data();
    let values: Vec<f64> = values.iter::<f32>().map(f64::from).collect();
    for ((name, _), value) in terms.iter().zip(&values) {
        *sums.entry((*name).to_owned()).or_insert(0.0) += value / parts;
    }
    // An attention that nothing weighs costs nothing.
    sums.entry(names::TRAINING_ATTEN_LOSS.to_owned())
        .or_insert(0.0);
    values[0]
}
