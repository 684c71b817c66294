//! Where trouble begins: limits, waits and counts, once for the training that judges itself and for whoever reads its
//! events.

mod fading;
mod monotony;
mod standstill;
mod waits;

pub use self::{fading::Fading, monotony::Monotony, standstill::Standstill, waits::Waits};

/// Steps whose gradient norms are looked at together.
pub const NORM_STEPS: usize = 100;
/// Norm of the gradient that is an explosion if it stays.
pub const EXPLOSION: f64 = 100.0;
/// So many of the last [`NORM_STEPS`] above [`EXPLOSION`] are no longer chance.
pub const EXPLOSIONS: usize = 5;
/// So many steps above [`EXPLOSION`] in a row are enough evidence, however young the run.
pub const UNBROKEN: usize = 10;
/// Diagonality below which there is no attention.
pub const NO_ATTENTION: f64 = 0.1;
/// Diagonality with which attention has appeared.
pub const APPEARED: f64 = 0.3;
/// Diagonality from which attention is there, so that the text has to be of use.
pub const ATTENTION: f64 = 0.5;
/// Diagonality of attention that has found its way.
pub const ALIGNED: f64 = 0.7;
/// Gain by the right text below which there is none.
pub const NO_GAIN: f64 = 0.01;
/// Gain by the right text of a voice that reads.
pub const GOOD_GAIN: f64 = 0.1;
/// Intelligibility of free speech that a listener follows.
pub const UNDERSTOOD: f64 = 0.9;
/// Intelligibility below which free speech is mumbling.
pub const MUMBLED: f64 = 0.7;
/// Steps without improvement that are a standstill.
pub const STANDSTILL_STEPS: u64 = 1000;
/// Share of the best loss that is an improvement.
pub const IMPROVEMENT: f64 = 0.01;
/// Rise of the diagonality that is an improvement.
pub const MORE_ATTENTION: f64 = 0.01;
/// More restarts in a row than this are a red flag, where the run does not say otherwise.
pub const RESTARTS: f64 = 3.0;
/// Knob by which fixes raise guided attention.
pub const GUIDE_FIX_KNOB: &str = "guide_fix_factor";

/// Clean steps after which restarts are counted anew, in a run of so many steps.
pub fn forgiven_after(max_steps: u64) -> u64 {
    2000.min((max_steps / 10).max(20))
}
