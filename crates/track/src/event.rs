//! The event vocabulary: everything that happens in a run is one of these, and sinks only observe.

mod attention;
mod control;
mod fault;
mod histogram;
mod suspects;

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

pub use self::{
    attention::{AttentionChange, Collapse, EarlyLook, EarlyVerdict},
    control::{ChangeCause, InterventionRecord, Phase, VerdictRecord},
    fault::{FaultAction, FaultKind, FaultRecord, RestartRecord},
    histogram::Histogram,
    suspects::{Oddity, Suspect, Suspects},
};

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
    /// How the numbers of a module are distributed.
    Histogram(Histogram),
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
