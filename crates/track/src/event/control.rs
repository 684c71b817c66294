//! What a run changed in itself, whether that helped, and how far the voice has come.

use serde::{Deserialize, Serialize};

/// One change of one knob: the only way a run changes its mind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterventionRecord {
    /// Controller that asked.
    pub who: String,
    /// Knob, by its hyper-parameter name.
    pub knob: String,
    /// Value before.
    #[serde(with = "crate::number")]
    pub old: f64,
    /// Value after.
    #[serde(with = "crate::number")]
    pub new: f64,
    /// Reason in one sentence.
    pub why: String,
}

/// On what grounds a knob changed: a schedule that was known beforehand is no news, a fix is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeCause {
    /// It follows its schedule.
    Schedule,
    /// The run entered a phase.
    Phase,
    /// An automatic fix acted, or was released or undone.
    Fix,
    /// A fault took the run back.
    Fault,
    /// A person gave another hyper-parameter on resume.
    Person,
    /// Whoever it was, it is none of these.
    Other,
}

impl ChangeCause {
    /// By the controller that asked.
    pub fn of(who: &str) -> Self {
        match who {
            "learning_rate" | "guide_schedule" | "clip_limit" | "gradual_training"
            | "forcing_schedule" => Self::Schedule,
            "phases" => Self::Phase,
            "auto_fix" => Self::Fix,
            "fault_guard" => Self::Fault,
            "hparams" => Self::Person,
            _ => Self::Other,
        }
    }
}

impl InterventionRecord {
    /// On what grounds the knob changed.
    pub fn cause(&self) -> ChangeCause {
        ChangeCause::of(&self.who)
    }
}

/// Whether an intervention helped, said once enough steps have passed to tell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictRecord {
    /// Who asked for the intervention.
    pub who: String,
    /// Step of the intervention.
    pub of_step: u64,
    /// Knob of the intervention, by its name.
    pub knob: String,
    /// Metric that was to become better.
    pub metric: String,
    /// Its value when the knob was turned.
    #[serde(with = "crate::number")]
    pub before: f64,
    /// Its value now.
    #[serde(with = "crate::number")]
    pub after: f64,
    /// Whether it became better.
    pub helped: bool,
    /// Whether the knob goes back, because the metric became worse.
    pub undone: bool,
}

impl VerdictRecord {
    /// What came of it, in words.
    pub fn outcome(&self) -> &'static str {
        match (self.helped, self.undone) {
            (true, _) => "helped",
            (false, false) => "made no difference",
            (false, true) => "made it worse and is undone",
        }
    }
}

/// How far a voice has come, which decides what its training is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Attention has still to appear.
    #[default]
    PreAlignment,
    /// Attention is there and becomes steady.
    AlignmentLearning,
    /// Attention holds; the mel and the gate become better.
    QualityOptimization,
    /// The last polish.
    FineTuning,
}

impl Phase {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [
        Self::PreAlignment,
        Self::AlignmentLearning,
        Self::QualityOptimization,
        Self::FineTuning,
    ];

    /// As it is written in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreAlignment => "pre_alignment",
            Self::AlignmentLearning => "alignment_learning",
            Self::QualityOptimization => "quality_optimization",
            Self::FineTuning => "fine_tuning",
        }
    }

    /// The phase after this one.
    pub fn next(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }

    /// The phase before this one.
    pub fn previous(self) -> Option<Self> {
        Self::ALL.get((self as usize).checked_sub(1)?).copied()
    }
}
