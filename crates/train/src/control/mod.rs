//! Controllers: everything that may change a run while it runs.

mod divergence;
mod forcing;
mod gradual;
mod guide;
mod learning_rate;

use std::collections::BTreeMap;

pub use divergence::DivergenceGuard;
pub use forcing::ForcingSchedule;
pub use gradual::GradualTraining;
pub use guide::GuideSchedule;
pub use learning_rate::LearningRate;

use crate::{Hparams, Intervention, Knobs, StepReport};

/// What a controller sees of the run.
#[derive(Debug, Clone, Copy)]
pub struct RunView<'a> {
    /// Optimiser steps finished.
    pub step: u64,
    /// Step at which the run ends.
    pub max_steps: u64,
    /// The knobs as they are.
    pub knobs: &'a Knobs,
    /// What just happened.
    pub moment: Moment<'a>,
}

/// The moments at which controllers are asked.
#[derive(Debug, Clone, Copy)]
pub enum Moment<'a> {
    /// The session begins, afresh or from a checkpoint. A controller states what holds for the coming step and counts
    /// nothing, so that a resumed run decides what the uninterrupted one did.
    Start,
    /// A step ended.
    Step(&'a StepReport),
    /// A full validation ended.
    Validated(&'a BTreeMap<String, f64>),
}

/// Looks at the run and may ask for a change; never touches the run itself.
///
/// # Conflicts
/// When two controllers ask for the same knob at the same moment, the one that stands first in the list wins and the
/// other gets a `Refused` event. The list is that of [`standard`].
pub trait Controller: Send {
    /// Name in events and in the checkpoint.
    fn name(&self) -> &'static str;

    /// What it wants changed.
    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention>;

    /// What it must remember across a stop.
    fn save(&self) -> serde_json::Value {
        serde_json::Value::Null
    }

    /// Remembers.
    ///
    /// # Errors
    /// If the state is not one it wrote.
    fn load(&mut self, _state: &serde_json::Value) -> Result<(), serde_json::Error> {
        Ok(())
    }
}

/// The controllers of an ordinary run, in the order in which conflicts are settled: the guard, then the schedules.
pub fn standard(hparams: &Hparams, max_steps: u64) -> Vec<Box<dyn Controller>> {
    let mut list: Vec<Box<dyn Controller>> = vec![
        Box::new(DivergenceGuard::default()),
        Box::new(LearningRate::from_hparams(hparams, max_steps)),
    ];
    if hparams.use_guided_attn {
        list.push(Box::new(GuideSchedule::from_hparams(hparams)));
    }
    if let Some(schedule) = ForcingSchedule::from_hparams(hparams) {
        list.push(Box::new(schedule));
    }
    if let Some(stages) = GradualTraining::from_hparams(hparams) {
        list.push(Box::new(stages));
    }
    list
}
