//! What happened in a run: the event vocabulary, the sinks that observe it and the report made of it.
//!
//! Everything that happens in a run is an [`Event`]. The run hands it to a [`Tracker`], which copies
//! it to every [`Sink`], each on its own thread behind a bounded queue, so that nothing that observes
//! a run can slow, steer or stop it:
//!
//! ```
//! use std::collections::BTreeMap;
//! use diktor_track::{ConsoleStyle, Event, EventKind, Tracker, names, report::ReportLocale, run_sinks};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let run_dir = tempfile::tempdir()?;
//! # let run_dir = run_dir.path();
//! let tracker = Tracker::new(run_sinks(run_dir, ConsoleStyle::Quiet, ReportLocale::En, None)?);
//! let metrics = BTreeMap::from([(names::TRAINING_LOSS.to_owned(), 0.7)]);
//! tracker.emit(Event { step: 1, time_s: 0.0, kind: EventKind::Step { metrics } });
//! tracker.finish();
//! assert_eq!(diktor_track::read_events(&run_dir.join("events.jsonl"))?.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! Decisions:
//! - `events.jsonl` is the record; everything else (TensorBoard files, `report.html`) is a view of
//!   it. It is therefore the only sink the run waits for when its queue is full.
//! - A non-finite number is a fact worth keeping, so it is written as the text `"NaN"`, `"inf"` or
//!   `"-inf"` ([`number`]) and read back bit for bit.
//! - A resumed run appends to the same file. [`effective`] is the one place that says which of the
//!   lines of a killed session still count.
//! - `store.sqlite` follows the log and holds what trackers want, with marks of how far each was told;
//!   [`mlflow`] delivers from it and from nowhere else, so a dead server costs nothing and loses nothing.
//! - Pictures and sounds travel as file names relative to the run directory: an event is always small.

mod artefact;
mod error;
mod event;
mod figures;
pub mod flags;
mod lag;
mod log;
pub mod mlflow;
pub mod names;
pub mod number;
mod outbox;
pub mod picture;
pub mod report;
pub mod seal;
mod secret;
mod sink;
mod store;
pub mod tfevents;
mod tracker;
mod words;

/// The record of a run, in its directory.
pub const EVENTS_FILE: &str = "events.jsonl";
/// The folder of the run directory that TensorBoard reads.
pub const TENSORBOARD_FOLDER: &str = "tb";
/// The resolved configuration of a run, in its directory.
pub const CONFIG_FILE: &str = "config.yaml";

pub use self::{
    error::{ReadError, ReportError, SinkError},
    event::{
        AttentionChange, ChangeCause, Collapse, EarlyLook, EarlyVerdict, Event, EventKind,
        FaultAction, FaultKind, FaultRecord, Histogram, InterventionRecord, Oddity, Outcome, Phase,
        Picture, RestartRecord, RunStarted, Suspect, Suspects, VerdictRecord,
    },
    figures::{date, decimals_in, duration, figure_in, grouped, short_figure},
    lag::{Lag, SinkLag},
    log::{EventLog, effective, read_events, read_log},
    secret::{HIDDEN, Secret, SecretError, SecretName, Secrets, secret_of_file},
    sink::{
        Delivery, NamedSink, STORE_SINK, Sink, console::Console, console::ConsoleStyle,
        jsonl::Jsonl, prometheus::Prometheus, run_sinks, store::LocalStore,
        tensorboard::TensorBoard,
    },
    store::{STORE_FILE, Store, StoreError},
    tracker::{SinkSummary, Tracker},
    words::in_words,
};
