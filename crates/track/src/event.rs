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
        /// Why it was written: `schedule`, `best`, `interrupted`, `end`.
        why: String,
    },
    /// Something a person should know, with what to do about it.
    Warning {
        /// What is wrong, naming the thing and the value.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
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
