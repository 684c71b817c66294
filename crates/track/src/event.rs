//! The event vocabulary: everything that happens in a run is one of these, and sinks only observe.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

/// One thing that happened, as it is written to `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Optimiser steps finished when it happened.
    pub step: u64,
    /// Unix time in seconds.
    #[serde(with = "crate::number")]
    pub time_s: f64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The closed list of what can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// A run began, or went on after a stop.
    RunStarted(RunStarted),
    /// Training metrics of one optimiser step, under their published names (`training.loss`, ...).
    Step {
        /// Name to value; non-finite values are kept.
        #[serde(with = "crate::number::map")]
        metrics: BTreeMap<String, f64>,
    },
    /// Metrics of one validation pass (`validation.loss`, `alignment.diagonality`, ...).
    Validation {
        /// Name to value; non-finite values are kept.
        #[serde(with = "crate::number::map")]
        metrics: BTreeMap<String, f64>,
    },
    /// A knob of the run changed.
    Intervention(InterventionRecord),
    /// What came of an earlier intervention.
    Verdict(VerdictRecord),
    /// The run entered another phase.
    Phase {
        /// The phase it was in.
        from: Phase,
        /// The phase it is in.
        to: Phase,
        /// Reason in one sentence, with the figures.
        why: String,
    },
    /// A controller wanted a change and did not get it.
    Refused {
        /// Controller that asked.
        who: String,
        /// What it asked for.
        what: String,
        /// Why it was not done.
        why: String,
    },
    /// A picture for people: sinks render it.
    Picture(Picture),
    /// A sound for people.
    Audio {
        /// Tag, `audio/LJ001-0001`.
        tag: String,
        /// The WAV file, relative to the run directory.
        path: PathBuf,
        /// What is heard.
        caption: String,
    },
    /// A checkpoint reached the disk.
    CheckpointSaved {
        /// File, relative to the run directory.
        path: PathBuf,
        /// Why it was written: `schedule`, `best`, `restart`, `interrupted`, `end`.
        why: String,
    },
    /// Something a person should know, with what to do about it.
    Warning {
        /// What is wrong, naming the thing and the value.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A step went wrong, or the network itself is broken.
    Fault(FaultRecord),
    /// The run went back to an earlier checkpoint and tries again, more carefully.
    Restart(RestartRecord),
    /// The run ended.
    RunFinished {
        /// How.
        outcome: Outcome,
        /// Wall-clock seconds of this session.
        #[serde(with = "crate::number")]
        seconds: f64,
    },
}

/// What a run is made of, said once at its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Name of the run directory.
    pub run: String,
    /// Version of the program.
    pub version: String,
    /// Step this session continues from; `None` for a fresh run.
    pub resumed_from: Option<u64>,
    /// Step at which the run will end, when known.
    pub max_steps: Option<u64>,
    /// `model.total_params`.
    pub total_params: u64,
    /// `dataset.train_size`.
    pub train_size: u64,
    /// `dataset.val_size`.
    pub val_size: u64,
    /// Every hyper-parameter by its published name.
    pub hparams: BTreeMap<String, serde_json::Value>,
}

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

/// What went wrong, where, and what was done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// What went wrong.
    pub kind: FaultKind,
    /// The figure that told: the loss, or the norm of the gradient.
    #[serde(with = "crate::number")]
    pub value: f64,
    /// Parameter or buffer where it was found, if it was.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Utterances that, taken alone, show the fault; empty if no recording is to blame.
    pub suspects: Vec<String>,
    /// Every utterance of the batch.
    pub batch: Vec<String>,
    /// What was done.
    pub action: FaultAction,
}

/// What can go wrong with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The loss is NaN or infinite.
    NonFiniteLoss,
    /// The loss is finite, its gradient is not.
    NonFiniteGradient,
    /// A parameter or a running statistic of the network is not finite.
    NonFiniteTensor,
    /// The norm of the gradient is far above the ordinary.
    GradientSpike,
    /// The norm of the gradient is so large that the weights themselves are in doubt.
    GradientExplosion,
    /// The norm of the gradient has been next to nothing for long.
    VanishingGradient,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NonFiniteLoss,
        Self::NonFiniteGradient,
        Self::NonFiniteTensor,
        Self::GradientSpike,
        Self::GradientExplosion,
        Self::VanishingGradient,
    ];
}

/// What was done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// The step made no update.
    Skipped,
    /// It was told, and nothing else.
    Reported,
    /// The run went back to an earlier checkpoint.
    Restarted,
    /// The run was ended.
    Stopped,
}

impl FaultAction {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Skipped,
        Self::Reported,
        Self::Restarted,
        Self::Stopped,
    ];
}

impl FaultRecord {
    /// What happened, in one English sentence.
    pub fn sentence(&self) -> String {
        let value = self.value;
        let what = match self.kind {
            FaultKind::NonFiniteLoss => format!("the loss is {value}"),
            FaultKind::NonFiniteGradient => format!("the norm of the gradient is {value}"),
            FaultKind::NonFiniteTensor => "the network holds values that are not finite".to_owned(),
            FaultKind::GradientSpike => format!("the norm of the gradient jumped to {value:.1}"),
            FaultKind::GradientExplosion => {
                format!("the gradient exploded, its norm is {value:.1}")
            }
            FaultKind::VanishingGradient => {
                format!("the gradient has vanished, its norm is {value:e}")
            }
        };
        let place = self.place.as_ref().map(|place| format!(", in `{place}`"));
        let who = match (&self.suspects[..], &self.batch[..]) {
            ([], []) => String::new(),
            ([], batch) => format!("; batch of {}", batch.join(", ")),
            (suspects, _) => format!("; utterance {}", suspects.join(", ")),
        };
        let action = match self.action {
            FaultAction::Skipped => "no update was made",
            FaultAction::Reported => "the run goes on",
            FaultAction::Restarted => "the run goes back",
            FaultAction::Stopped => "the run ends",
        };
        format!("{what}{}{who}: {action}", place.unwrap_or_default())
    }
}

/// A way back to an earlier checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestartRecord {
    /// Which restart in a row this is, from 1.
    pub attempt: u64,
    /// How many in a row there may be.
    pub most: u64,
    /// Steps finished when the run went back.
    pub from_step: u64,
    /// Steps finished in the checkpoint it went back to.
    pub to_step: u64,
    /// That checkpoint, relative to the run directory.
    pub checkpoint: PathBuf,
    /// Whether the weights were drawn anew instead of taken from it.
    pub reinitialised: bool,
    /// What is different this time, by the names of the knobs.
    #[serde(with = "crate::number::map")]
    pub overrides: BTreeMap<String, f64>,
    /// Reason in one sentence.
    pub why: String,
}

impl RestartRecord {
    /// What happened, in one English sentence.
    pub fn sentence(&self) -> String {
        let Self {
            attempt,
            most,
            from_step,
            to_step,
            why,
            ..
        } = self;
        let weights = if self.reinitialised {
            " with new weights"
        } else {
            ""
        };
        let changes: Vec<String> = self
            .overrides
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        format!(
            "restart {attempt} of {most}: from step {from_step} back to {to_step}{weights} ({}): {why}",
            changes.join(", ")
        )
    }
}

/// A matrix to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Tag, `alignment/LJ001-0001` or `mel/LJ001-0001`.
    pub tag: String,
    /// What is shown.
    pub caption: String,
    /// The PNG file, relative to the run directory, rendered by whoever emits the event.
    pub path: PathBuf,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It did all its steps.
    Completed,
    /// A controller stopped it because there was nothing more to gain.
    StoppedEarly,
    /// A red flag stopped it.
    RedFlag,
    /// A person stopped it; everything is saved.
    Interrupted,
    /// An error ended it.
    Failed,
}
