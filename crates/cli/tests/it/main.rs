//! The `diktor` binary as a person or a script meets it: what it prints, writes and ends with.

#![allow(clippy::unwrap_used, reason = "a harness may fail as loudly as a test")]

mod access;
mod alerting;
#[path = "../../../track/tests/it/board.rs"]
mod board;
mod careless;
mod checkpoints;
mod deploy;
mod diagnosis;
mod evaluating;
mod harness;
mod import_export;
mod living;
mod looking;
mod mistakes;
mod mlflow;
#[path = "../../../track/tests/it/mlflow_server.rs"]
#[allow(dead_code, reason = "the tests of `track` look at more")]
mod mlflow_server;
mod modes;
mod prepare;
mod prometheus;
mod quickstart;
mod recovering;
mod run_names;
mod secrets;
#[path = "../../../track/tests/it/service.rs"]
mod service;
mod speaking;
mod specification;
#[path = "../../../alert/tests/it/standin.rs"]
#[allow(dead_code, reason = "the crate `alert` needs more of it")]
mod standin;
mod terminal;
mod texts;
mod training;
