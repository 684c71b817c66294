//! Values that must fit each other, and values that are allowed and rarely meant.

use std::fmt;

use super::{
    choice::LrSchedule,
    error::HparamError,
    table::{HPARAMS, Hparams},
};

/// A value that is allowed and unusual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The hyper-parameter.
    pub name: &'static str,
    /// Its value, and why it is unusual.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.message)
    }
}

impl Hparams {
    /// Checks every range and what must fit together; returns what is unusual.
    ///
    /// # Errors
    /// The first value out of range, or the first values that do not fit.
    pub fn validate(&self) -> Result<Vec<Warning>, HparamError> {
        for row in HPARAMS {
            let value = row.value(self);
            if !row.range.holds(&value) {
                return Err(HparamError::OutOfRange {
                    name: row.name.to_owned(),
                    value: value.to_string(),
                    range: row.range,
                });
            }
        }
        self.check_optimisation()?;
        self.check_audio()?;
        self.check_model()?;
        self.check_variants()?;
        self.check_data()?;
        self.check_control()?;
        let mut warnings = self.warnings();
        warnings.extend(self.variant_warnings());
        Ok(warnings)
    }

    fn check_optimisation(&self) -> Result<(), HparamError> {
        demand(
            self.learning_rate_min <= self.learning_rate,
            || {
                format!(
                    "`learning_rate_min` = `{}` is above `learning_rate` = `{}`",
                    self.learning_rate_min, self.learning_rate
                )
            },
            "lower `learning_rate_min`",
        )?;
        demand(
            self.lr_schedule != LrSchedule::Noam || self.warmup_steps > 0,
            || "`lr_schedule` = `noam` peaks at `warmup_steps`, which is 0".to_owned(),
            "set `warmup_steps=4000`",
        )
    }

    fn check_audio(&self) -> Result<(), HparamError> {
        demand(
            self.win_length <= self.filter_length,
            || {
                format!(
                    "`win_length` = `{}` does not fit into `filter_length` = `{}`",
                    self.win_length, self.filter_length
                )
            },
            "lower `win_length`",
        )?;
        demand(
            self.hop_length <= self.win_length,
            || {
                format!(
                    "`hop_length` = `{}` leaves out samples between windows of `{}`",
                    self.hop_length, self.win_length
                )
            },
            "use a quarter of `win_length`",
        )?;
        demand(
            self.mel_fmin < self.mel_fmax,
            || {
                format!(
                    "`mel_fmin` = `{}` is not below `mel_fmax` = `{}`",
                    self.mel_fmin, self.mel_fmax
                )
            },
            "lower `mel_fmin`",
        )?;
        demand(
            self.mel_fmax * 2.0 <= f64::from(self.sampling_rate),
            || {
                format!(
                    "`mel_fmax` = `{}` is above half of `sampling_rate` = `{}`",
                    self.mel_fmax, self.sampling_rate
                )
            },
            "lower `mel_fmax`",
        )
    }

    fn check_model(&self) -> Result<(), HparamError> {
        demand(
            self.encoder_embedding_dim.is_multiple_of(2),
            || {
                format!(
                    "`encoder_embedding_dim` = `{}` is odd",
                    self.encoder_embedding_dim
                )
            },
            "each direction of the encoder takes half of it, so use an even number",
        )?;
        demand(
            self.symbols_embedding_dim == self.encoder_embedding_dim,
            || {
                format!(
                    "`symbols_embedding_dim` = `{}` and `encoder_embedding_dim` = `{}` differ",
                    self.symbols_embedding_dim, self.encoder_embedding_dim
                )
            },
            "set both to the same number",
        )?;
        demand(
            self.n_frames_per_step <= self.r_max,
            || {
                format!(
                    "`n_frames_per_step` = `{}` is above `r_max` = `{}`",
                    self.n_frames_per_step, self.r_max
                )
            },
            "raise `r_max`, or lower `n_frames_per_step`",
        )
    }

    fn check_variants(&self) -> Result<(), HparamError> {
        demand(
            self.use_gst || !self.use_tps_gst,
            || "`use_tps_gst` predicts a style, and `use_gst` is off".to_owned(),
            "set `use_gst=true`, or `use_tps_gst=false`",
        )?;
        demand(
            !self.use_gst || self.token_embedding_size.is_multiple_of(self.num_heads),
            || {
                format!(
                    "`token_embedding_size` = `{}` is no multiple of `num_heads` = `{}`",
                    self.token_embedding_size, self.num_heads
                )
            },
            "each head takes its share of a style, so use `num_heads=4`",
        )?;
        demand(
            !self.use_tps_gst || self.token_embedding_size.is_multiple_of(2),
            || {
                format!(
                    "`token_embedding_size` = `{}` is odd",
                    self.token_embedding_size
                )
            },
            "each direction of the style predictor takes half of it, so use an even number",
        )?;
        let (coarse, fine) = (self.ddc_reduction_factor, self.n_frames_per_step);
        demand(
            !self.use_ddc_loss || (coarse > fine && coarse.is_multiple_of(fine)),
            || {
                format!(
                    "`ddc_reduction_factor` = `{coarse}` is no multiple of `n_frames_per_step` = \
                     `{fine}` above it"
                )
            },
            "the coarse decoder takes whole steps of the fine one, so use twice or thrice as many frames",
        )
    }

    fn check_data(&self) -> Result<(), HparamError> {
        demand(
            self.min_mel_frames <= self.max_mel_frames,
            || {
                format!(
                    "`min_mel_frames` = `{}` is above `max_mel_frames` = `{}`",
                    self.min_mel_frames, self.max_mel_frames
                )
            },
            "lower `min_mel_frames`",
        )
    }

    fn check_control(&self) -> Result<(), HparamError> {
        demand(
            self.gate_min_threshold <= self.gate_max_threshold,
            || {
                format!(
                    "`gate_min_threshold` = `{}` is above `gate_max_threshold` = `{}`",
                    self.gate_min_threshold, self.gate_max_threshold
                )
            },
            "lower `gate_min_threshold`",
        )
    }

    fn warnings(&self) -> Vec<Warning> {
        let mut found = Vec::new();
        let mut warn = |unusual: bool, name: &'static str, message: String| {
            if unusual {
                found.push(Warning { name, message });
            }
        };
        let p = self.p_attention_dropout;
        warn(
            p > 0.15,
            "p_attention_dropout",
            format!("{p} is above 0.15: attention rarely aligns"),
        );
        let p = self.p_decoder_dropout;
        warn(
            p > 0.4,
            "p_decoder_dropout",
            format!("{p} is above 0.4: the decoder forgets the text"),
        );
        let p = self.prenet_dropout;
        warn(
            p < 0.3,
            "prenet_dropout",
            format!("{p} is below 0.3: the decoder may copy the last frame instead of reading"),
        );
        let b = self.batch_size;
        warn(
            b < 4,
            "batch_size",
            format!("{b} is below 4: gradients and batch norm are noisy"),
        );
        warn(
            b > 64,
            "batch_size",
            format!("{b} is above 64: rarely learns better than 64"),
        );
        let lr = self.learning_rate;
        warn(
            lr < 5e-4 && !self.use_guided_attn,
            "use_guided_attn",
            format!("off at learning rate {lr}: attention may never align"),
        );
        let steps = self
            .max_decoder_steps
            .saturating_mul(self.n_frames_per_step);
        warn(
            steps < self.max_mel_frames,
            "max_decoder_steps",
            format!(
                "gives at most {steps} frames, utterances have up to {}",
                self.max_mel_frames
            ),
        );
        found
    }
}

impl Hparams {
    fn variant_warnings(&self) -> impl Iterator<Item = Warning> {
        let tokens = self.token_num;
        let found = [
            (self.use_mmi && self.drop_frame_rate == 0.0).then(|| Warning {
                name: "drop_frame_rate",
                message: "0 with `use_mmi`: 0.2 keeps the decoder from copying frames past the \
                          recogniser"
                    .to_owned(),
            }),
            (self.use_gst && tokens > 10).then(|| Warning {
                name: "token_num",
                message: format!("{tokens} is above 10: tokens seldom learn as many manners"),
            }),
        ];
        found.into_iter().flatten()
    }
}

fn demand(
    holds: bool,
    what: impl FnOnce() -> String,
    hint: &'static str,
) -> Result<(), HparamError> {
    if holds {
        return Ok(());
    }
    Err(HparamError::Conflict {
        what: what(),
        hint: hint.to_owned(),
    })
}
