//! Checkpoints: everything a run needs to go on to the same bits, in one file any tool can open.
//!
//! # The file
//! A safetensors file. Weights carry NVIDIA's names and layouts; the moments of the optimiser carry the prefix
//! `optimizer.`; the metadata hold `format` (`diktor-checkpoint`), `state` (the JSON of [`State`]) and `sha256`, the
//! checksum of the state, of the list of tensors, and of their bytes.
//!
//! # What is not in it
//! No clock, no path, no count of sessions: the same hyper-parameters and data give the same bytes however often the
//! run was stopped, so two checkpoints can be compared with `cmp`.
//!
//! # Safety of what is read
//! The file is data: nothing in it is executed, every size is checked against the length of the file before memory is
//! taken, and a file whose checksum does not hold is refused with a sentence. A checksum can be made by anybody:
//! every field of the state is checked too, before anything is built after it.

mod atomic;
mod check;
mod error;
mod format;
mod given;
mod mend;
mod store;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use diktor_audio::MelConfig;
use diktor_model::NamedTensor;
use diktor_text::SymbolTable;
use diktor_track::{Phase, names};
use serde::{Deserialize, Serialize};

pub use atomic::write_atomic;
pub use error::{CheckpointError, ForeignKind};
pub use given::Given;
pub use store::{BEST, CheckpointStore, Found, GOOD, LAST};

use crate::{Hparams, Knob, Knobs, data::Cursor, watch::Watch};

/// Version of [`State`] that this program writes, and the newest it reads.
pub const STATE_VERSION: u32 = 1;

/// A checkpoint in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What the tensors belong to.
    pub state: State,
    /// Parameters and buffers of the network, under NVIDIA's names.
    pub weights: Vec<NamedTensor>,
    /// Moments of the optimiser, without their prefix; empty in an imported checkpoint.
    pub optimizer: Vec<NamedTensor>,
}

/// Everything but the tensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Version of this structure.
    pub version: u32,
    /// Which network: `tacotron2`.
    pub model: String,
    /// Optimiser steps finished; 0 in an imported checkpoint.
    pub step: u64,
    /// The hyper-parameters, complete.
    pub hparams: Hparams,
    /// The symbol table the embedding belongs to.
    pub symbols: SymbolTable,
    /// The mel spectrogram the network speaks.
    pub mel: MelConfig,
    /// Metrics of the newest full validation.
    #[serde(with = "diktor_track::number::map")]
    pub metrics: BTreeMap<String, f64>,
    /// What only training needs; absent in an imported checkpoint.
    pub training: Option<TrainingState>,
}

/// What a run must remember to go on as if nothing had happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingState {
    /// The next batch.
    pub cursor: Cursor,
    /// The one seed; every stream of randomness is a function of it and of a position.
    pub seed: u64,
    /// Updates the optimiser has made (skipped steps do not count).
    pub updates: u64,
    /// How far the voice has come.
    #[serde(default)]
    pub phase: Phase,
    /// The knobs for the coming step.
    pub knobs: Knobs,
    /// The part of its schedule each knob is in.
    pub regimes: BTreeMap<Knob, String>,
    /// What each controller remembers.
    pub controllers: BTreeMap<String, serde_json::Value>,
    /// What the task remembers besides weights and moments.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub task: serde_json::Value,
    /// The best full validation so far.
    pub best: Option<Best>,
    /// A fingerprint of the training set: its utterances, their symbols and their lengths.
    pub data: String,
    /// Restarts so far; with the seed they give the order of the data.
    #[serde(default)]
    pub restarts: u64,
    /// The highest diagonality of a full validation.
    #[serde(default)]
    pub peak_diagonality: f64,
    /// Whether this is a place to go back to.
    #[serde(default)]
    pub standing: Standing,
    /// What was noticed so far.
    #[serde(default)]
    pub watch: Watch,
}

/// What is known of the health of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its validation passed every check.
    Good,
    /// It was saved between validations.
    #[default]
    Unchecked,
    /// Its validation failed a check, or the run was stopped by a red flag there.
    Suspect,
}

/// The best full validation so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Step of the validation.
    pub step: u64,
    /// The metric that decided.
    pub metric: String,
    /// Its value; smaller is better.
    pub value: f64,
}

impl State {
    /// The hyper-parameters of a voice made of this: those of the run, with what the run had come to where synthesis
    /// depends on it.
    pub fn speaking(&self) -> Hparams {
        let mut hparams = self.hparams.clone();
        if let Some(training) = &self.training {
            hparams.n_frames_per_step = training.knobs.n_frames_per_step;
            hparams.gate_threshold = training.knobs.gate_threshold;
        }
        hparams
    }
}

impl Best {
    /// What a full validation is judged by: the composite score, which knows about alignment, gate and mel besides the
    /// loss; the loss alone where there is no score. A loss alone would call a voice good that reads nothing out.
    pub fn of(step: u64, metrics: &BTreeMap<String, f64>) -> Option<Self> {
        [names::QUALITY_COMPOSITE_TTS_SCORE, names::VALIDATION_LOSS]
            .into_iter()
            .find_map(|metric| {
                let value = metrics
                    .get(metric)
                    .copied()
                    .filter(|value| value.is_finite())?;
                let metric = metric.to_owned();
                Some(Self {
                    step,
                    metric,
                    value,
                })
            })
    }

    /// Whether this is better than the best so far. Another metric starts the comparison anew.
    pub fn beats(&self, best: Option<&Self>) -> bool {
        best.is_none_or(|best| best.metric != self.metric || self.value < best.value)
    }
}

impl Checkpoint {
    /// A checkpoint of weights alone, as an import makes it.
    pub fn of_weights(
        weights: Vec<NamedTensor>,
        hparams: Hparams,
        symbols: SymbolTable,
        mel: MelConfig,
    ) -> Self {
        Self {
            state: State {
                version: STATE_VERSION,
                model: check::MODEL.to_owned(),
                step: 0,
                hparams,
                symbols,
                mel,
                metrics: BTreeMap::new(),
                training: None,
            },
            weights,
            optimizer: Vec::new(),
        }
    }

    /// Writes the file so that `path` holds either what it held before or the whole checkpoint.
    ///
    /// # Errors
    /// If a tensor holds a non-finite value, or the file cannot be written; `path` is then as it was.
    pub fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let encoded = format::Encoded::new(self)?;
        write_atomic(path, |out| encoded.write_to(out)).map_err(|source| CheckpointError::Io {
            path: path.to_owned(),
            source,
        })
    }

    /// What is known of its health; nothing if no run wrote it.
    pub fn standing(&self) -> Standing {
        let training = self.state.training.as_ref();
        training.map_or(Standing::Unchecked, |training| training.standing)
    }

    /// How new it is: the restarts of its run, then its steps.
    pub(crate) fn age(&self) -> (u64, u64) {
        let training = self.state.training.as_ref();
        (
            training.map_or(0, |training| training.restarts),
            self.state.step,
        )
    }

    /// The best validation, if this is the checkpoint of it.
    pub(crate) fn own_best(&self) -> Option<&Best> {
        let best = self.state.training.as_ref()?.best.as_ref()?;
        (best.step == self.state.step).then_some(best)
    }

    /// The first tensor that holds a value that is not finite, moments of the optimiser included.
    pub fn broken(&self) -> Option<&str> {
        let mut tensors = self.weights.iter().chain(&self.optimizer);
        tensors
            .find(|tensor| tensor.values.iter().any(|value| !value.is_finite()))
            .map(|tensor| tensor.name.as_str())
    }

    /// [`Checkpoint::read`], which refuses a tensor that is not finite too.
    ///
    /// # Errors
    /// As [`Checkpoint::read`].
    pub fn read_finite(path: &Path) -> Result<Self, CheckpointError> {
        let checkpoint = Self::read(path)?;
        match checkpoint.broken() {
            Some(tensor) => Err(CheckpointError::Damaged {
                path: path.to_owned(),
                what: format!("tensor `{tensor}` holds values that are not finite"),
            }),
            None => Ok(checkpoint),
        }
    }

    /// Reads and checks a file.
    ///
    /// # Errors
    /// If the file cannot be read, is no checkpoint, is damaged, or is from a newer program.
    pub fn read(path: &Path) -> Result<Self, CheckpointError> {
        let io = |source| CheckpointError::Io {
            path: PathBuf::from(path),
            source,
        };
        if !std::fs::metadata(path).map_err(io)?.is_file() {
            return Err(CheckpointError::Damaged {
                path: path.to_owned(),
                what: "not a regular file".to_owned(),
            });
        }
        let bytes = std::fs::read(path).map_err(io)?;
        format::decode(&bytes, path)
    }
}
