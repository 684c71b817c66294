//! The event vocabulary: everything that happens in a run is one of these, and sinks only observe.

use std::{collections::BTreeMap, fmt, path::PathBuf};

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
    /// The attention of the validation set fails in another way than before, or no longer.
    Attention(AttentionChange),
    /// Early in a run: whether the attention is on its way to the text.
    Early(EarlyLook),
    /// The utterances whose transcript or recording is most likely wrong.
    Suspects(Suspects),
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

/// How attention fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collapse {
    /// Every step looks at everything alike.
    Uniform,
    /// It never leaves a few symbols.
    Stuck,
    /// It jumps about.
    Random,
    /// It does not reach the end of the text.
    Stalled,
    /// It leaves symbols out.
    Skipping,
    /// It does not fail.
    Ok,
}

impl Collapse {
    /// Every class, the most thorough failure first.
    pub const ALL: [Self; 6] = [
        Self::Uniform,
        Self::Stuck,
        Self::Random,
        Self::Stalled,
        Self::Skipping,
        Self::Ok,
    ];

    /// Its name in events and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Stuck => "stuck",
            Self::Random => "random",
            Self::Stalled => "stalled",
            Self::Skipping => "skipping",
            Self::Ok => "ok",
        }
    }
}

impl fmt::Display for Collapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The way most utterances of the validation set fail has changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AttentionChange {
    /// The class before; `None` at the first validation.
    pub from: Option<Collapse>,
    /// The class now.
    pub to: Collapse,
    /// Share of the utterances that are of it.
    #[serde(with = "crate::number")]
    pub share: f64,
    /// Mean diagonality of the validation.
    #[serde(with = "crate::number")]
    pub diagonality: f64,
}

/// A look at the attention when a tenth (two tenths, three) of what a voice normally needs is done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EarlyLook {
    /// What was seen.
    pub verdict: EarlyVerdict,
    /// How the attention of the newest validation fails.
    pub class: Collapse,
    /// Mean diagonality of training, smoothed.
    #[serde(with = "crate::number")]
    pub diagonality: f64,
    /// Rise of the diagonality per thousand utterances seen.
    #[serde(with = "crate::number")]
    pub slope: f64,
    /// Diagonality at the end of the run if it went on rising so.
    #[serde(with = "crate::number")]
    pub projected: f64,
    /// Utterances seen so far, repeats counted.
    pub utterances: u64,
    /// Step of the next look; `None` when none follows.
    pub look_again: Option<u64>,
}

/// Whether the attention is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyVerdict {
    /// It has found the diagonal.
    Aligned,
    /// It has not, and rises fast enough to find it.
    OnItsWay,
    /// It does not rise, or too slowly.
    NotOnItsWay,
}

/// The most suspicious utterances of a run so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspects {
    /// The worst first.
    pub worst: Vec<Suspect>,
    /// How many, of all, are proposed to be left out.
    pub proposed: u64,
    /// How many utterances have been measured.
    pub measured: u64,
}

/// One suspicious utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Name of the utterance.
    pub utterance: String,
    /// Its transcript.
    pub text: String,
    /// How unlike the rest it is, in robust standard deviations.
    #[serde(with = "crate::number")]
    pub suspicion: f64,
    /// Whether it is proposed to be left out.
    pub proposed: bool,
    /// What is unlike the rest, the most telling first.
    pub because: Vec<Oddity>,
    /// Squared mel error, smoothed.
    #[serde(with = "crate::number")]
    pub loss: f64,
    /// Alignment score, smoothed; `None` if it is too short to have one.
    pub alignment_score: Option<f64>,
    /// Mel frames per symbol.
    #[serde(with = "crate::number")]
    pub frames_per_symbol: f64,
    /// Its attention as a picture, relative to the run directory.
    pub picture: Option<PathBuf>,
    /// Its recording, relative to the run directory.
    pub audio: Option<PathBuf>,
}

/// A way in which an utterance is unlike the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Its mel is predicted worse.
    Loss,
    /// Its attention is worse.
    Attention,
    /// Its recording is longer than its text lets expect.
    Long,
    /// Its recording is shorter than its text lets expect.
    Short,
    /// Its end is predicted worse.
    Gate,
}

impl Oddity {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Attention => "attention",
            Self::Long => "long",
            Self::Short => "short",
            Self::Gate => "gate",
        }
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
