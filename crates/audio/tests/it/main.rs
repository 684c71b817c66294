//! `diktor-audio` against files, references and real speech.

#![allow(
    clippy::unwrap_used,
    reason = "a helper that cannot go on is a failed test"
)]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod bad_files;
mod band;
mod coded;
mod files;
mod mel;
mod resample;
mod speech;
mod stft;
mod support;
mod wav;
