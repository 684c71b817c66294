//! What a step does besides for the variants of the network.

use std::borrow::Cow;

use diktor_model::{Batch, LossConfig, Mode, Noise, loss};
use diktor_text::SymbolTable;

use super::{
    Tacotron2Task,
    adaptive::{AdaptiveFactor, ratio},
};
use crate::{Hparams, TrainError, data::StepBatch, hparams::HparamError};

/// How the terms of the variants are weighed; the only thing that touches these is the factor of restarts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) mmi_weight: f64,
    /// Limit of the adaptive factor, where there is one.
    pub(super) max_gaf: Option<f64>,
    pub(super) update_gaf_every_n_step: u64,
    pub(super) ddc_loss_weight: f64,
    pub(super) emb_loss_weight: f64,
    pub(super) drop_frame_rate: f64,
}

impl Terms {
    pub(super) fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            mmi_weight: hparams.mmi_weight,
            max_gaf: (hparams.use_mmi && hparams.use_gaf).then_some(hparams.max_gaf),
            update_gaf_every_n_step: hparams.update_gaf_every_n_step,
            ddc_loss_weight: hparams.ddc_loss_weight,
            emb_loss_weight: hparams.emb_loss_weight,
            drop_frame_rate: hparams.drop_frame_rate,
        }
    }
}

impl Tacotron2Task {
    /// The batch as the decoder reads it at this step: some frames of it are dropped.
    pub(super) fn read<'a>(&self, part: &'a Batch, noise: Noise) -> Cow<'a, Batch> {
        match self.terms.drop_frame_rate {
            0.0 => Cow::Borrowed(part),
            rate => Cow::Owned(part.dropping_frames(rate, &self.validation.mean_mel, noise)),
        }
    }

    /// The adaptive factor for this step, measured afresh when it is time; two passes of their own, because a backward
    /// pass takes its graph with it.
    pub(super) fn adapted(
        &self,
        batch: &StepBatch,
        config: &LossConfig,
        (noise, mode): (Noise, Mode),
        step: u64,
    ) -> AdaptiveFactor {
        let due = step.is_multiple_of(self.terms.update_gaf_every_n_step);
        let (Some(limit), Some(part)) = (self.terms.max_gaf.filter(|_| due), batch.parts.first())
        else {
            return self.factor;
        };
        let (part, r) = (self.read(part, noise), batch.frames_per_step);
        let losses = || loss(&self.model.forward(&part, r, &mode), &part, r, config);
        let Some(mutual) = losses().mi else {
            return self.factor;
        };
        let (task, mutual) = (losses().taco.backward(), mutual.backward());
        match ratio(&self.model, &task, &mutual) {
            Some(ratio) => self.factor.measured(ratio, limit),
            None => self.factor,
        }
    }
}

/// The symbols that a recogniser hears, if there is one.
pub(super) fn heard(hparams: &Hparams, symbols: &SymbolTable) -> Result<Vec<u32>, TrainError> {
    if !hparams.use_mmi {
        return Ok(Vec::new());
    }
    let spoken = symbols.spoken();
    if spoken.is_empty() {
        return Err(TrainError::Hparam(HparamError::Conflict {
            what: "`use_mmi`: no symbol of the table is a letter, a digit or a phoneme".to_owned(),
            hint: "set `use_mmi=false`, or another `text_cleaners`".to_owned(),
        }));
    }
    Ok(spoken)
}
