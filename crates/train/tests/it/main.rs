//! Tests of a run from outside, on a stub task where that is enough and on a tiny network where it is not.

#![allow(
    clippy::unwrap_used,
    reason = "a helper that cannot go on is a failed test"
)]

mod absurd;
mod checkpoint;
mod control;
mod engine;
mod faults;
mod feeder;
mod kill;
mod kill_points;
mod ledger;
mod number;
mod optim;
mod restarts;
mod resume;
mod support;
mod task;
mod variants;
