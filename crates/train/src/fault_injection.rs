//! Faults planted into a run, to prove that they are found, named and handled.
//!
//! Behind the feature `fault-injection`, which the program that people use is built without.

use std::{
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use burn::{
    module::{Module as _, ModuleMapper, Param},
    tensor::Tensor,
};
use diktor_corpus::Example;
use diktor_model::{Batch, NamedTensor};

use crate::{
    Checkpoint, Knobs, StepReport, StopFlag, Task, TrainError, TrainOutcome, TrainSpec, Validation,
    data::StepBatch,
    run::train_as,
    self_test::subject::{self, poison},
    task::{Depth, Exhibit, Tacotron2Task},
};

const GATE: &str = "decoder.gate_layer.linear_layer";
const ENERGY: &str = "decoder.attention_layer.v.linear_layer.weight";

/// Mel bins of the utterances that [`examples`] makes up.
pub const BINS: usize = subject::BINS;

/// Utterances of different lengths whose mels depend on their symbols, so that there is something to learn.
pub fn examples(count: usize) -> Vec<Example> {
    subject::examples(count)
}

/// Environment variable with the number of an operation on checkpoint files before which the process ends, as by
/// `kill -9`; the first is 1.
pub const KILL_AT: &str = "DIKTOR_KILL_AT";

/// Operations on checkpoint files so far.
static OPERATIONS: AtomicU64 = AtomicU64::new(0);

/// Counts an operation, and ends the process where it was asked to: nothing is flushed, nobody tidies up.
pub(crate) fn file_operation() {
    let number = OPERATIONS.fetch_add(1, Ordering::Relaxed) + 1;
    let asked = std::env::var(KILL_AT)
        .ok()
        .and_then(|text| text.parse().ok());
    if asked == Some(number) {
        std::process::abort();
    }
}

/// Operations on checkpoint files that this process has made.
pub fn file_operations() -> u64 {
    OPERATIONS.load(Ordering::Relaxed)
}

/// A fault to plant.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// One value of the mel of the first utterance of each batch is NaN.
    NanInBatch,
    /// Every mel of each batch is multiplied by this.
    ScaledBatch(f32),
    /// The gradient of the parameter of this name is NaN.
    NanInGradient(&'static str),
    /// The first value of this parameter or running statistic becomes NaN.
    NanInTensor(&'static str),
    /// The gate never fires, whatever it learns.
    DeadGate,
    /// Each utterance gets the transcript of its neighbour in the batch.
    ShuffledTranscripts,
    /// Attention looks everywhere equally, whatever it learns.
    UniformAttention,
    /// The learning rate is so many times too high.
    LearningRate(f64),
}

/// A fault and when it strikes, in steps made since the session began: going back does not bring it back.
#[derive(Debug, Clone, PartialEq)]
pub struct Planted {
    /// When.
    pub steps: Range<u64>,
    /// What.
    pub fault: Fault,
}

/// [`crate::train`] with faults planted.
///
/// # Errors
/// Those of [`crate::train`].
pub fn train_with(
    spec: TrainSpec,
    plan: Vec<Planted>,
    stop: &StopFlag,
) -> Result<TrainOutcome, TrainError> {
    train_as(spec, stop, |task| {
        Box::new(FaultyTask {
            task,
            plan,
            made: 0,
        })
    })
}

/// A task that things happen to.
struct FaultyTask {
    task: Tacotron2Task,
    plan: Vec<Planted>,
    made: u64,
}

impl FaultyTask {
    /// Overwrites a tensor with finite values.
    fn tamper(&mut self, name: &str, change: impl Fn(&mut Vec<f32>)) {
        let mut tensors: Vec<NamedTensor> = self.task.weights();
        tensors.retain(|tensor| tensor.name == name);
        for tensor in &mut tensors {
            change(&mut tensor.values);
        }
        assert_eq!(tensors.len(), 1, "the network has one tensor `{name}`");
        self.task
            .warm_start(&tensors, &[])
            .expect("the tensor has the shape it had");
    }

    /// Makes the first value of a tensor NaN. Weights are not loaded with NaN in them, so a mark goes in and is replaced.
    fn break_tensor(&mut self, name: &str) {
        self.tamper(name, |values| values[0] = MARK);
        self.task.model = self.task.model.clone().map(&mut MarkToNan);
    }

    fn strike(&mut self, fault: &Fault, batch: &mut StepBatch, knobs: &mut Knobs) {
        match fault {
            Fault::NanInBatch => batch.parts.iter_mut().for_each(poison),
            Fault::ScaledBatch(factor) => {
                for part in &mut batch.parts {
                    part.mels = part.mels.clone().mul_scalar(*factor);
                }
            }
            Fault::NanInGradient(_) => {}
            Fault::NanInTensor(name) => self.break_tensor(name),
            Fault::DeadGate => {
                self.tamper(&format!("{GATE}.weight"), |values| values.fill(0.0));
                self.tamper(&format!("{GATE}.bias"), |values| values.fill(-30.0));
            }
            Fault::ShuffledTranscripts => batch.parts.iter_mut().for_each(shuffle),
            Fault::UniformAttention => self.tamper(ENERGY, |values| values.fill(0.0)),
            Fault::LearningRate(factor) => knobs.learning_rate *= factor,
        }
    }
}

/// No weight has this value by itself.
const MARK: f32 = 1.234_567e30;

struct MarkToNan;

impl ModuleMapper for MarkToNan {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| {
            let values = tensor.clone().inner();
            let marked = values.clone().equal_elem(MARK);
            let broken = Tensor::from_inner(values.mask_fill(marked, f32::NAN));
            if tensor.is_require_grad() {
                broken.require_grad()
            } else {
                broken
            }
        })
    }
}

/// Moves every transcript on by one utterance.
fn shuffle(part: &mut Batch) {
    let (size, symbols) = (part.size(), part.symbols.clone());
    let [first, rest] = [0..1, 1..size].map(|rows| symbols.clone().slice(rows));
    part.symbols = Tensor::cat(vec![rest, first], 0);
    part.text_lengths.rotate_left(1);
}

impl Task for FaultyTask {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        let now = self.made;
        self.made += 1;
        let (mut batch, mut knobs) = (batch.clone(), knobs.clone());
        let striking: Vec<Fault> = self
            .plan
            .iter()
            .filter(|planted| planted.steps.contains(&now))
            .map(|planted| planted.fault.clone())
            .collect();
        for fault in &striking {
            self.strike(fault, &mut batch, &mut knobs);
        }
        let mut pass = self.task.pass(&batch, &knobs, step);
        for fault in &striking {
            if let Fault::NanInGradient(name) = fault {
                let names = self.task.model().parameter_names();
                let found = names.iter().find(|(_, one)| one == name);
                let (id, _) = found.expect("the network has this parameter");
                pass.gradients.poison(self.task.model(), *id);
            }
        }
        self.task.accept(pass, &batch, &knobs)
    }

    fn validate(&self, depth: Depth, knobs: &Knobs) -> Validation {
        self.task.validate(depth, knobs)
    }

    fn show(&self, examples: &[&Example], knobs: &Knobs) -> Vec<Exhibit> {
        self.task.show(examples, knobs)
    }

    fn judged_by(&self) -> &[Example] {
        self.task.judged_by()
    }

    fn weights(&self) -> Vec<NamedTensor> {
        self.task.weights()
    }

    fn optimizer(&self) -> (Vec<NamedTensor>, u64) {
        self.task.optimizer()
    }

    fn broken(&self) -> Option<String> {
        self.task.broken()
    }

    fn reinitialise(&mut self, seed: u64) {
        self.task.reinitialise(seed);
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.task.restore(checkpoint)
    }
}
