//! Values that must fit each other, and values that are allowed and rarely meant.

use std::fmt;

use diktor_model::AttentionType;
use diktor_track::{mlflow::LOCAL_STORE, seal::Recipients};

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
        self.check_sizes()?;
        self.check_optimisation()?;
        self.check_data()?;
        self.check_control()?;
        self.check_gradual()?;
        self.check_forcing()?;
        self.check_sending()?;
        let mut warnings = self.warnings();
        warnings.extend(self.variant_warnings());
        Ok(warnings)
    }

    /// Checks every range, and that the sizes of sound and network fit together: what has to hold before anything is
    /// built after these values.
    ///
    /// # Errors
    /// The first value out of range, or the first that do not fit.
    pub(crate) fn check_sizes(&self) -> Result<(), HparamError> {
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
        self.check_audio()?;
        self.check_model()?;
        self.check_variants()
    }

    fn check_sending(&self) -> Result<(), HparamError> {
        Recipients::parse(&self.encryption_recipients)?;
        let host = self.tracking_uri.split("://").nth(1).unwrap_or_default();
        let host = host.split('/').next().unwrap_or_default();
        demand(
            !host.contains('@'),
            || "`tracking_uri` holds a user or a password, which would be written down".to_owned(),
            "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead",
        )
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
        )?;
        demand(
            self.attention_type != AttentionType::Dca || !self.use_attention_smoothing,
            || "`use_attention_smoothing` has no meaning with `attention_type` = `dca`".to_owned(),
            "set `use_attention_smoothing=false`: only a softmax can weigh the prior of `dca`",
        )
    }

    fn check_gradual(&self) -> Result<(), HparamError> {
        for stage in &self.gradual_training {
            demand(
                (1..=self.r_max).contains(&stage.frames_per_step),
                || {
                    format!(
                        "stage `{stage}` of `gradual_training` has {} frames per step, `r_max` is `{}`",
                        stage.frames_per_step, self.r_max
                    )
                },
                "raise `r_max`, or lower the frames of the stage",
            )?;
            demand(
                stage
                    .batch_size
                    .is_none_or(|size| (1..=256).contains(&size)),
                || format!("stage `{stage}` of `gradual_training` has an impossible batch size"),
                "use 1 to 256",
            )?;
        }
        for pair in self.gradual_training.windows(2) {
            let ordered = if self.gradual_diagonality > 0.0 {
                pair[0].from_step <= pair[1].from_step
            } else {
                pair[0].from_step < pair[1].from_step
            };
            demand(
                ordered,
                || {
                    format!(
                        "stage `{}` of `gradual_training` does not begin after `{}`",
                        pair[1], pair[0]
                    )
                },
                "put the stages in the order of their steps",
            )?;
        }
        demand(
            self.gradual_diagonality == 0.0 || self.gradual_training.len() > 1,
            || "`gradual_diagonality` has no stages to open".to_owned(),
            "set `gradual_training=[0:3,0:2]`, or leave `gradual_diagonality` at 0",
        )
    }

    fn check_forcing(&self) -> Result<(), HparamError> {
        let (start, end) = (
            self.teacher_forcing_start_ratio,
            self.teacher_forcing_end_ratio,
        );
        demand(
            end <= start,
            || {
                format!(
                    "`teacher_forcing_end_ratio` = `{end}` is above `teacher_forcing_start_ratio` = `{start}`"
                )
            },
            "lower `teacher_forcing_end_ratio`: true frames only become rarer",
        )?;
        demand(
            self.p_teacher_forcing == 1.0 || end == 1.0,
            || {
                format!(
                    "`p_teacher_forcing` = `{}` and a schedule of teacher forcing exclude each other",
                    self.p_teacher_forcing
                )
            },
            "leave `p_teacher_forcing` at 1.0, or both ratios",
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
        self.check_coarse()
    }

    /// Whole steps of the fine decoder, at every number of frames that it comes to.
    fn check_coarse(&self) -> Result<(), HparamError> {
        const HINT: &str = "the coarse decoder takes whole steps of the fine one, so use twice or thrice as many frames";
        let coarse = self.ddc_reduction_factor;
        let is_coarse = |fine: usize| coarse > fine && coarse.is_multiple_of(fine);
        let fine = self.n_frames_per_step;
        demand(
            !self.use_ddc_loss || is_coarse(fine),
            || {
                format!(
                    "`ddc_reduction_factor` = `{coarse}` is no multiple of `n_frames_per_step` = \
                     `{fine}` above it"
                )
            },
            HINT,
        )?;
        for stage in &self.gradual_training {
            let fine = stage.frames_per_step;
            demand(
                !self.use_ddc_loss || is_coarse(fine),
                || {
                    format!(
                        "`ddc_reduction_factor` = `{coarse}` is no multiple of the {fine} frames \
                         per step of stage `{stage}` of `gradual_training` above them"
                    )
                },
                HINT,
            )?;
        }
        Ok(())
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

    /// The lowest probability with which training reads true frames.
    fn least_forcing(&self) -> f64 {
        let forced = self.p_teacher_forcing.min(self.teacher_forcing_end_ratio);
        forced.max(self.min_teacher_forcing)
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
        let forced = self.least_forcing();
        warn(
            forced < 1.0,
            "p_teacher_forcing",
            format!("{forced} is below 1: each step costs two passes, and frames drift"),
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
        found.extend(self.store_warning());
        found
    }

    /// An address of MLflow that is a folder which only MLflow itself writes.
    fn store_warning(&self) -> Option<Warning> {
        let is_folder = self.tracking_uri.trim_end_matches('/') == LOCAL_STORE;
        is_folder.then(|| Warning {
            name: "tracking_uri",
            message: format!(
                "`{LOCAL_STORE}` is a folder that MLflow itself writes; the run keeps its local store alone; \
                 hint: `diktor export mlflow-db RUN -o runs.db` makes a database that `mlflow ui` \
                 shows, or name a server, `http://host:5000`"
            ),
        })
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
