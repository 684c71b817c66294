//! What is trained.

mod adaptive;
mod culprit;
mod loading;
mod measure;
mod tacotron2;
mod text_gain;
mod utterance;
mod variants;

use std::collections::BTreeMap;

use diktor_audio::Mel;
use diktor_corpus::Example;
use diktor_model::{Alignment, NamedTensor};
use diktor_track::Histogram;

pub use loading::check_ignored;
pub use tacotron2::{Tacotron2Task, ValidationSet};
pub use utterance::UtteranceReport;

use crate::{Checkpoint, Knobs, TrainError, data::StepBatch, optim::GradientFigures};

/// One trainable thing: owns its networks and optimisers.
pub trait Task: Send {
    /// Makes one optimiser step, the `step`-th of the run counted from 0.
    ///
    /// A step whose loss or gradient is not finite, or whose gradient is far too large, changes nothing in the task,
    /// says so in the report and names the culprit.
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport;

    /// Judges the network on its validation set, without changing anything.
    fn validate(&self, depth: Depth, knobs: &Knobs) -> Validation;

    /// Predicts utterances teacher-forced, to be looked at; nothing where a task has nothing to show.
    fn show(&self, _examples: &[&Example], _knobs: &Knobs) -> Vec<Exhibit> {
        Vec::new()
    }

    /// What the task is judged by; nothing where there is nothing to show.
    fn judged_by(&self) -> &[Example] {
        &[]
    }

    /// Parameters and buffers, as the checkpoint holds them.
    fn weights(&self) -> Vec<NamedTensor>;

    /// Moments of the optimiser, and the updates it has made.
    fn optimizer(&self) -> (Vec<NamedTensor>, u64);

    /// The first tensor, in the order of a forward pass, that holds a value that is not finite.
    fn broken(&self) -> Option<String>;

    /// Begins anew with the first weights that `seed` gives; the optimiser forgets what it has seen.
    fn reinitialise(&mut self, seed: u64);

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
    /// Where to look for the reason, if the update was not made.
    pub culprit: Option<Culprit>,
    /// Every utterance of the step, at the steps at which the ledger looks; empty at the others.
    pub utterances: Vec<UtteranceReport>,
    /// The gradient of every parameter, at the steps of a debug report; empty at the others.
    pub gradients: Vec<GradientFigures>,
    /// How weights and gradients are distributed, at the steps before a validation; empty at the others.
    pub distributions: Vec<Histogram>,
}

/// Where to look for the reason of a step that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Culprit {
    /// Every utterance of the step.
    pub batch: Vec<String>,
    /// Those whose own forward pass gives a loss that is not finite, or that is by far the largest.
    pub utterances: Vec<String>,
    /// Where in the network.
    pub place: Option<Place>,
}

/// A place in the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A parameter or running statistic that is itself not finite.
    Tensor(String),
    /// A parameter whose gradient stands out.
    Gradient(String),
}

impl Place {
    /// The name of the tensor.
    pub fn into_name(self) -> String {
        match self {
            Self::Tensor(name) | Self::Gradient(name) => name,
        }
    }
}

/// Why an update was not made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Skipped {
    /// The loss had this value.
    Loss(f64),
    /// The norm of the gradient had this value, which is not finite.
    GradientNorm(f64),
    /// The norm of the gradient had this value, which is finite and far too large.
    Spike(f64),
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
    /// Every utterance that was measured.
    pub utterances: Vec<UtteranceReport>,
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
