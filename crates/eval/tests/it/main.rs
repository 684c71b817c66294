//! `diktor-eval` against references, real speech and bad input.

#![allow(
    clippy::unwrap_used,
    reason = "a helper that cannot go on is a failed test"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod distances;
mod lists;
mod pitch;
mod recogniser;
mod speech;
mod support;
mod texts;
