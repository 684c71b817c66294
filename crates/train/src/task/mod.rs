//! What is trained.

mod adaptive;
mod loading;
mod measure;
mod tacotron2;
mod variants;

use std::collections::BTreeMap;

use diktor_audio::Mel;
use diktor_model::{Alignment, NamedTensor};

pub use tacotron2::{Tacotron2Task, ValidationSet};

use crate::{Checkpoint, Knobs, TrainError, data::StepBatch};

/// One trainable thing: owns its networks and optimisers.
pub trait Task: Send {
    /// Makes one optimiser step, the `step`-th of the run counted from 0.
    ///
    /// A step whose loss or gradient is not finite changes nothing in the task and says so in the report.
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport;

    /// Judges the network on its validation set, without changing anything.
    fn validate(&self, depth: Depth, knobs: &Knobs) -> Validation;

    /// Parameters and buffers, as the checkpoint holds them.
    fn weights(&self) -> Vec<NamedTensor>;

    /// Moments of the optimiser, and the updates it has made.
    fn optimizer(&self) -> (Vec<NamedTensor>, u64);

    /// What else it must remember across a stop.
    fn memory(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// Goes on from a checkpoint of this task.
    ///
    /// # Errors
    /// If the checkpoint belongs to another network.
    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError>;
}

/// What came of one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepReport {
    /// Losses and the gradient norm under their published names.
    pub metrics: BTreeMap<String, f64>,
    /// Why the update was not made, if it was not.
    pub skipped: Option<Skipped>,
}

/// Why an update was not made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Skipped {
    /// The loss had this value.
    Loss(f64),
    /// The norm of the gradient had this value.
    GradientNorm(f64),
}

/// How thoroughly to validate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Teacher-forced on two fixed batches: cheap enough to see the curve move.
    Light,
    /// Teacher-forced on everything, free-running on some, with exhibits.
    Full,
}

/// What a validation found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Validation {
    /// Metrics under their published names.
    pub metrics: BTreeMap<String, f64>,
    /// Utterances to look at and listen to.
    pub exhibits: Vec<Exhibit>,
}

/// One utterance to look at and listen to.
#[derive(Debug, Clone, PartialEq)]
pub struct Exhibit {
    /// Name of the utterance.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its symbols.
    pub symbols: Vec<u32>,
    /// The mel of the recording.
    pub target: Mel,
    /// The mel predicted from the true frames before each.
    pub predicted: Mel,
    /// The attention of that prediction.
    pub alignment: Alignment,
    /// The mel the network speaks on its own, and its attention.
    pub spoken: Option<(Mel, Alignment)>,
}
