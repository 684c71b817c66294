//! Automatic fixes: what a run does about its own troubles, and whether it helped.
//!
//! A [`Fix`] is a trouble, a remedy with a limit, a release, and the metric that tells whether the remedy helped. It
//! judges by [`Evidence`] alone and remembers nothing itself; [`AutoFix`] does everything that all of them have in common:
//! a trouble counts when it stood in k of the last m evaluations, one fix acts at a time, then there is a rest, then a
//! verdict, and what made things worse is undone.

mod auto_fix;
mod batch_up;
mod gate_threshold;
mod gate_weight;
mod guide_up;
mod lr_down;
mod lr_stall;
mod overfit;
mod target;

pub use auto_fix::AutoFix;

use self::{
    batch_up::BatchUp,
    gate_threshold::{Direction, GateThreshold},
    gate_weight::GateWeight,
    guide_up::GuideUp,
    lr_down::LrDown,
    lr_stall::LrStall,
    overfit::Overfit,
    target::Target,
};
use super::{
    RunView,
    evidence::{Evidence, News},
};
use crate::{Hparams, Knob};

/// How often a fix acts in a run, at most.
pub(super) const MOST_FIRINGS: u32 = 5;

/// A trouble and what is done about it.
trait Fix: Send {
    /// Its name in events and in the checkpoint.
    fn name(&self) -> &'static str;

    /// From when on it may act.
    fn begins(&self) -> Begins {
        Begins::AfterGrace
    }

    /// Whether what just happened is an evaluation for this fix.
    fn is_evaluated(&self, news: News) -> bool;

    /// In how many of how many evaluations the trouble must have stood.
    fn quorum(&self) -> (usize, usize);

    /// How often it acts in a run, at most.
    fn most_firings(&self) -> u32 {
        MOST_FIRINGS
    }

    /// The trouble in one sentence with its figures, if it stands now.
    fn trouble(&self, evidence: &Evidence, view: &RunView<'_>) -> Option<String>;

    /// The knobs it would turn and the values they would get; none if there is nothing left to turn.
    fn remedy(&self, evidence: &Evidence, view: &RunView<'_>) -> Vec<(Knob, f64)>;

    /// The metric that is to become better.
    fn target(&self) -> Target;

    /// A part of the remedy that is no longer needed: the knob, its next value, and why.
    fn release(
        &self,
        _evidence: &Evidence,
        _view: &RunView<'_>,
        _rest: Rest,
    ) -> Option<(Knob, f64, String)> {
        None
    }

    /// Whether its cut of the learning rate stays for the rest of the run.
    fn cuts_for_good(&self) -> bool {
        false
    }
}

/// From when on a fix may act, besides the rest at the beginning of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// At once.
    AtOnce,
    /// After the rest of a run of full length: the gradients of a network that has just begun are high.
    Settled,
    /// When a trouble is one.
    AfterGrace,
    /// When a voice should have learnt to look, because this is learnt after it.
    AfterAttention,
}

/// What a release has to respect.
#[derive(Debug, Clone, Copy)]
struct Rest {
    /// Steps since the fix last acted or released.
    steps: u64,
    /// Steps that lie between two moves of a fix.
    cooldown: u64,
    /// What the factor on the learning rate may go back to at most.
    rate_ceiling: f64,
}

/// All fixes, the most urgent first.
fn all(hparams: &Hparams) -> Vec<Box<dyn Fix>> {
    let mut fixes: Vec<Box<dyn Fix>> = vec![
        Box::new(LrDown::from_hparams(hparams)),
        Box::new(BatchUp::from_hparams(hparams)),
    ];
    if hparams.use_guided_attn {
        fixes.push(Box::new(GuideUp::from_hparams(hparams)));
    }
    fixes.push(Box::new(LrStall::from_hparams(hparams)));
    fixes.push(Box::new(GateWeight));
    if hparams.adaptive_gate_threshold {
        for direction in [Direction::Up, Direction::Down] {
            fixes.push(Box::new(GateThreshold::from_hparams(hparams, direction)));
        }
    }
    fixes.push(Box::new(Overfit));
    fixes
}
