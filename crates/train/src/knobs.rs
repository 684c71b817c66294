//! What may change in mid-run.

use serde::{Deserialize, Serialize};

use crate::Hparams;

/// The closed list of knobs, each named as its hyper-parameter; a factor on another knob is named after that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knob {
    /// Step size of the optimiser.
    LearningRate,
    /// L2 inside the optimiser.
    WeightDecay,
    /// Limit of the global gradient norm.
    GradClipThresh,
    /// Weight of the guided-attention term.
    GuideLossWeight,
    /// Width of the guided-attention band, as a share of the text.
    GuideSigma,
    /// Weight of the gate term.
    GateLossWeight,
    /// Weight of the positive class inside the gate term.
    GatePosWeight,
    /// Gate probability above which free-running synthesis stops; training does not see it.
    GateThreshold,
    /// Mel frames per decoder step, `r`.
    NFramesPerStep,
    /// What the phase of the run multiplies the scheduled learning rate by.
    LrPhaseFactor,
    /// What automatic fixes multiply the scheduled learning rate by.
    LrFixFactor,
    /// What the phase of the run multiplies the scheduled weight of guided attention by.
    GuidePhaseFactor,
    /// What automatic fixes multiply the scheduled weight of guided attention by.
    GuideFixFactor,
    /// What a restart multiplies the learning rate by.
    LrRestartFactor,
    /// What a restart multiplies the limit of the gradient norm by.
    ClipRestartFactor,
    /// What a restart multiplies the weight of guided attention by.
    GuideRestartFactor,
    /// What a restart multiplies the weights of mutual information and of the coarse decoder by.
    VariantsRestartFactor,
    /// Utterances per batch.
    BatchSize,
    /// What automatic fixes multiply the number of batches per step by.
    AccumulationFixFactor,
    /// Probability with which the decoder reads true frames in training.
    PTeacherForcing,
}

impl Knob {
    /// Every knob.
    pub const ALL: [Self; 20] = [
        Self::LearningRate,
        Self::WeightDecay,
        Self::GradClipThresh,
        Self::GuideLossWeight,
        Self::GuideSigma,
        Self::GateLossWeight,
        Self::GatePosWeight,
        Self::GateThreshold,
        Self::NFramesPerStep,
        Self::LrPhaseFactor,
        Self::LrFixFactor,
        Self::GuidePhaseFactor,
        Self::GuideFixFactor,
        Self::LrRestartFactor,
        Self::ClipRestartFactor,
        Self::GuideRestartFactor,
        Self::VariantsRestartFactor,
        Self::BatchSize,
        Self::AccumulationFixFactor,
        Self::PTeacherForcing,
    ];

    /// The name of the hyper-parameter that gives its first value; a factor, which begins at 1, has a name of its own.
    pub fn name(self) -> &'static str {
        match self {
            Self::LearningRate => "learning_rate",
            Self::WeightDecay => "weight_decay",
            Self::GradClipThresh => "grad_clip_thresh",
            Self::GuideLossWeight => "guide_loss_weight",
            Self::GuideSigma => "guide_sigma",
            Self::GateLossWeight => "gate_loss_weight",
            Self::GatePosWeight => "gate_pos_weight",
            Self::GateThreshold => "gate_threshold",
            Self::NFramesPerStep => "n_frames_per_step",
            Self::LrPhaseFactor => "lr_phase_factor",
            Self::LrFixFactor => "lr_fix_factor",
            Self::GuidePhaseFactor => "guide_phase_factor",
            Self::GuideFixFactor => "guide_fix_factor",
            Self::LrRestartFactor => "lr_restart_factor",
            Self::ClipRestartFactor => "clip_restart_factor",
            Self::GuideRestartFactor => "guide_restart_factor",
            Self::VariantsRestartFactor => "variants_restart_factor",
            Self::BatchSize => "batch_size",
            Self::AccumulationFixFactor => "gradient_accumulation_fix_factor",
            Self::PTeacherForcing => "p_teacher_forcing",
        }
    }

    /// Why a knob cannot take a value; `None` if it can.
    pub fn objection(self, value: f64) -> Option<String> {
        let allowed = match self {
            Self::LearningRate
            | Self::GradClipThresh
            | Self::GuideSigma
            | Self::LrPhaseFactor
            | Self::LrFixFactor
            | Self::GuidePhaseFactor
            | Self::GuideFixFactor
            | Self::LrRestartFactor
            | Self::ClipRestartFactor
            | Self::GuideRestartFactor => value > 0.0 && value.is_finite(),
            Self::GateThreshold | Self::PTeacherForcing | Self::VariantsRestartFactor => {
                (0.0..=1.0).contains(&value)
            }
            Self::NFramesPerStep | Self::AccumulationFixFactor => {
                value >= 1.0 && value.fract() == 0.0 && value <= 64.0
            }
            Self::BatchSize => value >= 1.0 && value.fract() == 0.0 && value <= 4096.0,
            Self::WeightDecay
            | Self::GuideLossWeight
            | Self::GateLossWeight
            | Self::GatePosWeight => value >= 0.0 && value.is_finite(),
        };
        (!allowed).then(|| format!("`{}` cannot be {value}", self.name()))
    }
}

/// The values of all knobs. A task reads them; only `Engine::apply` writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knobs {
    /// Step size of the optimiser.
    pub learning_rate: f64,
    /// L2 inside the optimiser.
    pub weight_decay: f64,
    /// Limit of the global gradient norm.
    pub grad_clip_thresh: f64,
    /// Weight of the guided-attention term; 0 switches it off.
    pub guide_loss_weight: f64,
    /// Width of the guided-attention band.
    pub guide_sigma: f64,
    /// Weight of the gate term.
    pub gate_loss_weight: f64,
    /// Weight of the positive class inside the gate term.
    pub gate_pos_weight: f64,
    /// Gate probability above which synthesis stops.
    pub gate_threshold: f64,
    /// Mel frames per decoder step.
    pub n_frames_per_step: usize,
    /// Factor of the phase on the learning rate.
    #[serde(default = "unchanged")]
    pub lr_phase_factor: f64,
    /// Factor of automatic fixes on the learning rate.
    #[serde(default = "unchanged")]
    pub lr_fix_factor: f64,
    /// Factor of the phase on the weight of guided attention.
    #[serde(default = "unchanged")]
    pub guide_phase_factor: f64,
    /// Factor of automatic fixes on the weight of guided attention.
    #[serde(default = "unchanged")]
    pub guide_fix_factor: f64,
    /// Factor of restarts on the learning rate.
    #[serde(default = "unchanged")]
    pub lr_restart_factor: f64,
    /// Factor of restarts on the limit of the gradient norm.
    #[serde(default = "unchanged")]
    pub clip_restart_factor: f64,
    /// Factor of restarts on the weight of guided attention.
    #[serde(default = "unchanged")]
    pub guide_restart_factor: f64,
    /// Factor of restarts on the weights of mutual information and of the coarse decoder.
    #[serde(default = "unchanged")]
    pub variants_restart_factor: f64,
    /// Utterances per batch.
    pub batch_size: usize,
    /// Factor of automatic fixes on the number of batches per step.
    #[serde(default = "once")]
    pub accumulation_fix_factor: usize,
    /// Probability with which the decoder reads true frames in training.
    pub p_teacher_forcing: f64,
}

/// The factor that changes nothing: where every factor begins, and what a checkpoint means that has none.
fn unchanged() -> f64 {
    1.0
}

/// The same for a factor that is a whole number.
fn once() -> usize {
    1
}

impl Knobs {
    /// The values a run starts with.
    pub fn from_hparams(hparams: &Hparams) -> Self {
        Self {
            learning_rate: hparams.learning_rate,
            weight_decay: hparams.weight_decay,
            grad_clip_thresh: hparams.grad_clip_thresh,
            guide_loss_weight: if hparams.use_guided_attn {
                hparams.guide_loss_weight
            } else {
                0.0
            },
            guide_sigma: hparams.guide_sigma,
            gate_loss_weight: hparams.gate_loss_weight,
            gate_pos_weight: hparams.gate_pos_weight,
            gate_threshold: hparams.gate_threshold,
            n_frames_per_step: hparams.n_frames_per_step,
            lr_phase_factor: unchanged(),
            lr_fix_factor: unchanged(),
            guide_phase_factor: unchanged(),
            guide_fix_factor: unchanged(),
            lr_restart_factor: unchanged(),
            clip_restart_factor: unchanged(),
            guide_restart_factor: unchanged(),
            variants_restart_factor: unchanged(),
            batch_size: hparams.batch_size,
            accumulation_fix_factor: once(),
            p_teacher_forcing: hparams.p_teacher_forcing.max(hparams.min_teacher_forcing),
        }
    }

    /// The value of one knob.
    pub fn get(&self, knob: Knob) -> f64 {
        match knob {
            Knob::LearningRate => self.learning_rate,
            Knob::WeightDecay => self.weight_decay,
            Knob::GradClipThresh => self.grad_clip_thresh,
            Knob::GuideLossWeight => self.guide_loss_weight,
            Knob::GuideSigma => self.guide_sigma,
            Knob::GateLossWeight => self.gate_loss_weight,
            Knob::GatePosWeight => self.gate_pos_weight,
            Knob::GateThreshold => self.gate_threshold,
            Knob::NFramesPerStep => self.n_frames_per_step as f64,
            Knob::LrPhaseFactor => self.lr_phase_factor,
            Knob::LrFixFactor => self.lr_fix_factor,
            Knob::GuidePhaseFactor => self.guide_phase_factor,
            Knob::GuideFixFactor => self.guide_fix_factor,
            Knob::LrRestartFactor => self.lr_restart_factor,
            Knob::ClipRestartFactor => self.clip_restart_factor,
            Knob::GuideRestartFactor => self.guide_restart_factor,
            Knob::VariantsRestartFactor => self.variants_restart_factor,
            Knob::BatchSize => self.batch_size as f64,
            Knob::AccumulationFixFactor => self.accumulation_fix_factor as f64,
            Knob::PTeacherForcing => self.p_teacher_forcing,
        }
    }

    /// Writes one knob. Private to the crate, and called from `Engine::apply` alone.
    pub(crate) fn set(&mut self, knob: Knob, value: f64) {
        match knob {
            Knob::LearningRate => self.learning_rate = value,
            Knob::WeightDecay => self.weight_decay = value,
            Knob::GradClipThresh => self.grad_clip_thresh = value,
            Knob::GuideLossWeight => self.guide_loss_weight = value,
            Knob::GuideSigma => self.guide_sigma = value,
            Knob::GateLossWeight => self.gate_loss_weight = value,
            Knob::GatePosWeight => self.gate_pos_weight = value,
            Knob::GateThreshold => self.gate_threshold = value,
            Knob::NFramesPerStep => self.n_frames_per_step = value as usize,
            Knob::LrPhaseFactor => self.lr_phase_factor = value,
            Knob::LrFixFactor => self.lr_fix_factor = value,
            Knob::GuidePhaseFactor => self.guide_phase_factor = value,
            Knob::GuideFixFactor => self.guide_fix_factor = value,
            Knob::LrRestartFactor => self.lr_restart_factor = value,
            Knob::ClipRestartFactor => self.clip_restart_factor = value,
            Knob::GuideRestartFactor => self.guide_restart_factor = value,
            Knob::VariantsRestartFactor => self.variants_restart_factor = value,
            Knob::BatchSize => self.batch_size = value as usize,
            Knob::AccumulationFixFactor => self.accumulation_fix_factor = value as usize,
            Knob::PTeacherForcing => self.p_teacher_forcing = value,
        }
    }
}
