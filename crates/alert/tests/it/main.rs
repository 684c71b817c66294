//! Channels against the services they speak to, and a whole run told to people.

// What helps tests may stop them: the exception that clippy makes for tests does not reach helpers.
#![allow(clippy::unwrap_used)]

mod channels;
mod commands;
mod mail;
mod run;
mod russian;
#[path = "../../../track/tests/it/service.rs"]
mod service;
mod standin;

use std::{
    thread,
    time::{Duration, Instant},
};

/// Waits until something is so.
fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}
