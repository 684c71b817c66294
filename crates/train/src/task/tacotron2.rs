//! Tacotron 2 as a task.

use std::{collections::BTreeMap, sync::Arc};

use burn::tensor::{Device, Tensor};
use diktor_corpus::Example;
use diktor_model::{
    BatchNormUpdates, LossConfig, Losses, Mode, NamedTensor, Noise, Tacotron2, Tacotron2Config,
    loss,
};
use diktor_track::names;

use super::{Depth, Skipped, StepReport, Task, Validation, measure};
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
    /// If the dimensions are impossible.
    pub fn new(
        hparams: &Hparams,
        n_symbols: usize,
        device: &Device,
        validation: ValidationSet,
    ) -> Result<Self, TrainError> {
        let config: Tacotron2Config = hparams.tacotron2(n_symbols);
        config.validate()?;
        Ok(Self {
            model: config.init(device, hparams.seed),
            adam: Adam::new(hparams.adam_beta1, hparams.adam_beta2, hparams.adam_epsilon),
            device: device.clone(),
            seed: hparams.seed,
            loss_masking: hparams.loss_masking,
            entropy_loss_weight: hparams.entropy_loss_weight,
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

    /// Replaces every weight that `tensors` names and that has the right shape, except those of `ignore`.
    ///
    /// Returns the names that keep their first values.
    ///
    /// # Errors
    /// If a tensor cannot be loaded.
    pub fn warm_start(
        &mut self,
        tensors: &[NamedTensor],
        ignore: &[String],
    ) -> Result<Vec<String>, TrainError> {
        let mut kept = Vec::new();
        let mut state = self.model.state();
        for own in &mut state {
            let given = tensors.iter().find(|given| given.name == own.name);
            match given.filter(|given| given.shape == own.shape && !ignore.contains(&own.name)) {
                Some(given) => own.values.clone_from(&given.values),
                None => kept.push(own.name.clone()),
            }
        }
        self.model = self.model.clone().load_state(&state)?;
        Ok(kept)
    }

    /// The loss with the weights of now.
    fn loss_config(&self, knobs: &Knobs) -> LossConfig {
        LossConfig {
            gate_loss_weight: knobs.gate_loss_weight,
            gate_pos_weight: knobs.gate_pos_weight,
            guide_loss_weight: knobs.guide_loss_weight,
            guide_sigma: knobs.guide_sigma,
            entropy_loss_weight: self.entropy_loss_weight,
            loss_masking: self.loss_masking,
        }
    }
}

impl Task for Tacotron2Task {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        let (config, r) = (self.loss_config(knobs), batch.frames_per_step);
        let mut gradients = GradientSum::new();
        let mut statistics: Vec<BatchNormUpdates> = Vec::new();
        let mut sums = BTreeMap::new();
        let parts = batch.parts.len() as u64;
        for (index, part) in batch.parts.iter().enumerate() {
            let noise = Noise {
                seed: self.seed,
                step: step * parts + index as u64,
            };
            let mode = match knobs.p_teacher_forcing {
                forced if forced < 1.0 => Mode::Sample { noise, forced },
                _ => Mode::Train(noise),
            };
            let output = self.model.forward(part, r, &mode);
            let losses = loss(&output, part, r, &config);
            let total = add_losses(&mut sums, &losses, &config, parts as f64);
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

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.model = self.model.clone().load_state(&checkpoint.weights)?;
        let updates = checkpoint
            .state
            .training
            .as_ref()
            .map_or(0, |training| training.updates);
        self.adam
            .restore(&self.model, &checkpoint.optimizer, updates)
    }
}

/// Adds the terms of one part, each divided by the number of parts, and returns the part's total.
fn add_losses(
    sums: &mut BTreeMap<String, f64>,
    losses: &Losses,
    config: &LossConfig,
    parts: f64,
) -> f64 {
    let always = [
        (names::TRAINING_LOSS, &losses.total),
        (names::TRAINING_TACO_LOSS, &losses.taco),
        (names::TRAINING_GUIDE_LOSS, &losses.guide),
        (names::TRAINING_GATE_LOSS, &losses.gate),
        (names::TRAINING_MEL_LOSS, &losses.mel),
        (names::TRAINING_MEL_POST_LOSS, &losses.mel_post),
    ];
    let entropy = losses.entropy.iter();
    let terms: Vec<(&str, &Tensor<1>)> = always
        .into_iter()
        .chain(entropy.map(|entropy| (names::ALIGNMENT_ENTROPY_LOSS, entropy)))
        .collect();
    // One transfer for all of them: on a GPU each would be a stop.
    let values = terms.iter().map(|(_, term)| (*term).clone().inner());
    let values = Tensor::cat(values.collect(), 0).into_data();
    let found: BTreeMap<&str, f64> = terms
        .iter()
        .map(|(name, _)| *name)
        .zip(values.iter::<f32>().map(f64::from))
        .collect();
    let weighted = config.guide_loss_weight * found[names::TRAINING_GUIDE_LOSS]
        + config.entropy_loss_weight * found.get(names::ALIGNMENT_ENTROPY_LOSS).unwrap_or(&0.0);
    let attention = (names::TRAINING_ATTEN_LOSS, weighted);
    for (name, term) in found
        .iter()
        .map(|(name, term)| (*name, *term))
        .chain([attention])
    {
        *sums.entry(name.to_owned()).or_insert(0.0) += term / parts;
    }
    found[names::TRAINING_LOSS]
}
