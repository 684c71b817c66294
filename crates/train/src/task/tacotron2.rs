//! Tacotron 2 as a task.

use std::{collections::BTreeMap, sync::Arc};

use burn::{
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use diktor_corpus::{Example, Listener};
use diktor_model::{
    BatchNormUpdates, LossConfig, Losses, Mode, NamedTensor, Noise, Tacotron2, Tacotron2Config,
    loss,
};
use diktor_text::SymbolTable;
use diktor_track::{Histogram, names};

use super::{
    Depth, Exhibit, Skipped, StepReport, Task, UtteranceReport, Validation,
    adaptive::AdaptiveFactor,
    culprit::{self, Failed},
    measure, utterance,
    variants::{Terms, heard},
};
use crate::{
    Checkpoint, Hparams, Knobs, TrainError,
    data::{StepBatch, plan},
    optim::{Adam, GradientFigures, GradientSum, Update, census, clip_factor, distributions},
};

/// Tacotron 2, its optimiser and its validation set.
#[derive(Debug)]
pub struct Tacotron2Task {
    pub(crate) model: Tacotron2,
    adam: Adam,
    pub(super) device: Device,
    pub(super) seed: u64,
    loss_masking: bool,
    /// Norm of the gradient above which no update is made.
    skip_above: f64,
    /// Steps between two looks at single utterances; 0 never looks.
    ledger_interval: u64,
    /// Steps between two debug reports; 0 writes none.
    debug_interval: u64,
    /// Steps between two looks at how weights and gradients are distributed: those between validations.
    distribution_interval: u64,
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
    /// Who knows how the recordings sound, and judges free speech; nobody where there are too few.
    pub(super) listener: Option<Arc<Listener>>,
}

/// What forward and backward gave, before anything follows it.
pub(crate) struct Pass {
    pub(crate) gradients: GradientSum,
    statistics: Vec<BatchNormUpdates>,
    sums: BTreeMap<String, f64>,
    /// The dropout of its last part.
    noise: Noise,
    /// The adaptive factor it went by.
    factor: AdaptiveFactor,
    /// Why it was broken off.
    failed: Option<Skipped>,
    /// Every utterance so far, if the ledger looks at this step.
    utterances: Vec<UtteranceReport>,
    /// What of its gradient is wanted.
    wanted: Wanted,
}

/// What of a gradient is wanted.
#[derive(Clone, Copy)]
struct Wanted {
    /// The figures of every parameter.
    figures: bool,
    /// How it and the weights are distributed.
    distributions: bool,
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
            listener: None,
        }
    }

    /// Lets free speech be judged by a model that learns how the recordings of the training set sound.
    #[must_use]
    pub fn listening(self, train: &[Example], symbols: &SymbolTable, seed: u64) -> Self {
        Self {
            listener: Listener::learn(train, symbols, seed).map(Arc::new),
            ..self
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
            skip_above: hparams.grad_skip_threshold,
            ledger_interval: hparams.ledger_interval,
            debug_interval: hparams.debug_interval(),
            distribution_interval: hparams.validation_freq,
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

    /// Forward and backward over every part of the batch; changes nothing.
    pub(crate) fn pass(&self, batch: &StepBatch, knobs: &Knobs, step: u64) -> Pass {
        let (mut config, r) = (self.loss_config(knobs), batch.frames_per_step);
        let is_due = |every| every > 0 && (step + 1).is_multiple_of(every);
        let wanted = Wanted {
            figures: is_due(self.debug_interval),
            distributions: is_due(self.distribution_interval),
        };
        let looks = is_due(self.ledger_interval) || wanted.figures;
        let parts = batch.parts.len() as u64;
        let noise = Noise {
            seed: self.seed,
            step: step * parts,
        };
        let mut pass = Pass {
            gradients: GradientSum::new(),
            statistics: Vec::new(),
            sums: BTreeMap::new(),
            noise,
            factor: self.adapted(batch, &config, (noise, mode(noise, knobs)), step),
            failed: None,
            utterances: Vec::new(),
            wanted,
        };
        if let Some(limit) = self.terms.max_gaf {
            let factor = pass.factor.value(limit);
            config.mi_weight *= factor;
            pass.sums.insert(names::CONTROL_GAF.to_owned(), factor);
        }
        for (index, part) in batch.parts.iter().enumerate() {
            pass.noise.step = step * parts + index as u64;
            let part = self.read(part, pass.noise);
            let output = self.model.forward(&part, r, &mode(pass.noise, knobs));
            let losses = loss(&output, &part, r, &config);
            let total = add_losses(&mut pass.sums, &losses, parts as f64);
            if looks {
                pass.utterances
                    .extend(utterance::reports(&output, &part, r));
            }
            if !total.is_finite() {
                pass.failed = Some(Skipped::Loss(total));
                return pass;
            }
            pass.gradients.add(&self.model, losses.total.backward());
            pass.statistics.push(output.batch_norm);
        }
        pass
    }

    /// Follows the gradient of a pass, unless something is wrong with it.
    pub(crate) fn accept(&mut self, pass: Pass, batch: &StepBatch, knobs: &Knobs) -> StepReport {
        let Pass {
            gradients,
            statistics,
            sums: mut metrics,
            noise,
            factor,
            failed,
            utterances,
            wanted,
        } = pass;
        let (gradients, mean, norm) = gradients.finish(&self.model);
        let (figures, distributions) = match failed {
            None => self.examine(wanted, &gradients, mean),
            Some(_) => Default::default(),
        };
        let skipped = failed.or_else(|| {
            metrics.insert(names::GRAD_NORM.to_owned(), norm);
            if !norm.is_finite() {
                Some(Skipped::GradientNorm(norm))
            } else if norm > self.skip_above {
                Some(Skipped::Spike(norm))
            } else {
                None
            }
        });
        if let Some(skipped) = skipped {
            let failed = Failed {
                batch,
                knobs,
                noise,
                factor,
                skipped,
                gradients: failed.is_none().then_some(&gradients),
            };
            return StepReport {
                metrics,
                skipped: Some(skipped),
                culprit: Some(culprit::find(self, &failed)),
                utterances,
                gradients: figures,
                distributions,
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
            metrics,
            utterances,
            gradients: figures,
            distributions,
            ..StepReport::default()
        }
    }

    /// What is wanted of a gradient, and of the weights that gave it.
    fn examine(
        &self,
        wanted: Wanted,
        gradients: &GradientsParams,
        factor: f64,
    ) -> (Vec<GradientFigures>, Vec<Histogram>) {
        let names = match wanted {
            Wanted {
                figures: false,
                distributions: false,
            } => return Default::default(),
            _ => self.model.parameter_names().into_iter().collect(),
        };
        let figures = wanted
            .figures
            .then(|| census(&self.model, gradients, factor, &names));
        let distributions = wanted
            .distributions
            .then(|| distributions(&self.model, gradients, factor, &names));
        (
            figures.unwrap_or_default(),
            distributions.unwrap_or_default(),
        )
    }

    /// The loss with the weights of now.
    pub(super) fn loss_config(&self, knobs: &Knobs) -> LossConfig {
        LossConfig {
            gate_loss_weight: knobs.gate_loss_weight,
            gate_pos_weight: knobs.gate_pos_weight,
            guide_loss_weight: knobs.guide_loss_weight,
            guide_sigma: knobs.guide_sigma,
            entropy_loss_weight: self.entropy_loss_weight,
            mi_weight: self.terms.mmi_weight * knobs.variants_restart_factor,
            ddc_loss_weight: self.terms.ddc_loss_weight * knobs.variants_restart_factor,
            emb_loss_weight: self.terms.emb_loss_weight,
            loss_masking: self.loss_masking,
        }
    }
}

impl Task for Tacotron2Task {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        let pass = self.pass(batch, knobs, step);
        self.accept(pass, batch, knobs)
    }

    fn validate(&self, depth: Depth, knobs: &Knobs) -> Validation {
        measure::validate(self, depth, knobs)
    }

    fn show(&self, examples: &[&Example], knobs: &Knobs) -> Vec<Exhibit> {
        measure::show(self, examples, knobs)
    }

    fn judged_by(&self) -> &[Example] {
        &self.validation.examples
    }

    fn weights(&self) -> Vec<NamedTensor> {
        self.model.state()
    }

    fn optimizer(&self) -> (Vec<NamedTensor>, u64) {
        (self.adam.moments(&self.model), self.adam.updates())
    }

    fn broken(&self) -> Option<String> {
        culprit::broken(self)
    }

    fn reinitialise(&mut self, seed: u64) {
        self.model = self.model.config().init(&self.device, seed);
        self.adam = self.adam.anew();
        self.factor = AdaptiveFactor::default();
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

/// Training reads true frames, or some of its own where the schedule asks for that.
pub(super) fn mode(noise: Noise, knobs: &Knobs) -> Mode {
    match knobs.p_teacher_forcing {
        forced if forced < 1.0 => Mode::Sample { noise, forced },
        _ => Mode::Train(noise),
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
