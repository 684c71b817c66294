//! Controllers: everything that may change a run while it runs.

mod alarms;
mod clip;
mod course;
mod early_stop;
mod evidence;
mod faults;
mod fix;
mod forcing;
mod gradual;
mod guide;
mod learning_rate;
mod patience;
mod phases;
mod recent;
mod red_flags;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trace;

use std::collections::BTreeMap;

use diktor_track::{Phase, short_figure};

pub use alarms::Alarms;
pub use clip::{AutoClip, ClipLimit};
pub use early_stop::EarlyStop;
pub use faults::{FaultGuard, Restart};
pub use fix::AutoFix;
pub use forcing::ForcingSchedule;
pub use gradual::GradualTraining;
pub use guide::GuideSchedule;
pub use learning_rate::LearningRate;
pub use phases::Phases;
pub use red_flags::RedFlags;

use crate::{Hparams, Intervention, Knobs, StepReport};

/// What a controller sees of the run.
#[derive(Debug, Clone, Copy)]
pub struct RunView<'a> {
    /// Optimiser steps finished.
    pub step: u64,
    /// Step at which the run ends.
    pub max_steps: u64,
    /// Epochs finished.
    pub epoch: u64,
    /// How far the voice has come.
    pub phase: Phase,
    /// The knobs as they are.
    pub knobs: &'a Knobs,
    /// What just happened.
    pub moment: Moment<'a>,
}

impl<'a> RunView<'a> {
    /// The metrics of the validation that just ended, light or full, if one did.
    pub fn evaluation(&self) -> Option<&'a BTreeMap<String, f64>> {
        match self.moment {
            Moment::Checked(metrics) | Moment::Validated(metrics) => Some(metrics),
            Moment::Start | Moment::Step(_) | Moment::Broken(_) => None,
        }
    }
}

/// The moments at which controllers are asked.
#[derive(Debug, Clone, Copy)]
pub enum Moment<'a> {
    /// The session begins, afresh or from a checkpoint. A controller states what holds for the coming step and counts
    /// nothing, so that a resumed run decides what the uninterrupted one did.
    Start,
    /// A step ended.
    Step(&'a StepReport),
    /// A light validation ended: two fixed batches, teacher-forced.
    Checked(&'a BTreeMap<String, f64>),
    /// A full validation ended.
    Validated(&'a BTreeMap<String, f64>),
    /// A look at the network, before a validation, found a tensor of this name that is not finite.
    Broken(&'a str),
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

/// The controllers of an ordinary run, in the order in which conflicts are settled: the guard, phases, red flags and alarms, fixes, schedules.
///
/// The schedules stand last because they compose: the learning rate, the weight of guided attention and the limit of the
/// gradient norm are a schedule times the factors that guard, phases and fixes have set at the same moment.
pub fn standard(hparams: &Hparams, max_steps: u64) -> Vec<Box<dyn Controller>> {
    let mut list: Vec<Box<dyn Controller>> = vec![
        Box::new(FaultGuard::from_hparams(hparams)),
        Box::new(Phases::from_hparams(hparams)),
        Box::new(RedFlags::from_hparams(hparams)),
        Box::new(Alarms::from_hparams(hparams)),
    ];
    if hparams.auto_fix {
        list.push(Box::new(AutoFix::from_hparams(hparams)));
    }
    if hparams.early_stopping {
        list.push(Box::new(EarlyStop::from_hparams(hparams)));
    }
    list.push(Box::new(LearningRate::from_hparams(hparams, max_steps)));
    if hparams.use_guided_attn {
        list.push(Box::new(GuideSchedule::from_hparams(hparams)));
    }
    list.push(Box::new(ClipLimit::from_hparams(hparams)));
    if let Some(schedule) = ForcingSchedule::from_hparams(hparams) {
        list.push(Box::new(schedule));
    }
    if let Some(stages) = GradualTraining::from_hparams(hparams) {
        list.push(Box::new(stages));
    }
    list
}

/// The part of a schedule with the factors on it, where there are any.
fn with_factors(regime: &str, phase: f64, fix: f64, restart: f64) -> String {
    let mut text = regime.to_owned();
    for (factor, whose) in [(phase, "phase"), (fix, "fixes")] {
        if factor != 1.0 {
            text.push_str(&format!(", times {} of the {whose}", short_figure(factor)));
        }
    }
    // Without its figure: it moves at every step of the warm-up after a restart, and the guard tells of it.
    if restart != 1.0 {
        text.push_str(", times that of restarts");
    }
    text
}
