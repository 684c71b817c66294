//! The corpus as its users meet it: folders on disk, good and bad.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod clips;
mod features;
mod folder;
mod hostile;
mod importers;
mod list_fuzz;
mod lists;
mod real;
mod recordings;
mod statistics;
mod text_fit;
mod told;
