//! Sinks: the places events go to. One file per member, and [`run_sinks`] is the list of them.

pub(crate) mod console;
pub(crate) mod jsonl;
pub(crate) mod prometheus;
pub(crate) mod store;
pub(crate) mod tensorboard;

use std::path::Path;

use crate::{
    Console, ConsoleStyle, EVENTS_FILE, Event, Jsonl, Lag, LocalStore, SinkError, TensorBoard,
    report::ReportLocale,
};

/// Somewhere events go. It only observes: it cannot change the run, and it may fail without harm.
pub trait Sink {
    /// Takes one event.
    ///
    /// # Errors
    /// If it cannot be taken; the sink is then given nothing more.
    fn record(&mut self, event: &Event) -> Result<(), SinkError>;

    /// Puts what was taken so far where others can see it; called about every second.
    ///
    /// # Errors
    /// If that is not possible; the sink is then given nothing more.
    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }

    /// What happens to an event that arrives while the sink is too far behind.
    fn delivery(&self) -> Delivery {
        Delivery::BestEffort
    }

    /// Shows how far all sinks of the run are behind, before the first event.
    fn watch(&mut self, _lag: &Lag) {}

    /// How much it has taken and keeps until its server takes it; asked about every second.
    fn undelivered(&self) -> u64 {
        0
    }
}

/// What happens to an event that arrives while the sink is too far behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The sink misses it; how many it missed is told at the end.
    BestEffort,
    /// The run waits: the sink is the record of the run.
    Lossless,
}

/// A sink and the name by which people are told about it.
pub type NamedSink = (&'static str, Box<dyn Sink + Send>);

/// Name of the sink that keeps the local store.
pub const STORE_SINK: &str = "store";

/// The sinks of every run: `events.jsonl`, the local store that follows it, the TensorBoard files in
/// `tb/`, and the console in a language.
///
/// # Errors
/// If the files cannot be opened.
pub fn run_sinks(
    run_dir: &Path,
    console: ConsoleStyle,
    locale: ReportLocale,
    resumed_from: Option<u64>,
) -> Result<Vec<NamedSink>, SinkError> {
    Ok(vec![
        (
            EVENTS_FILE,
            Box::new(Jsonl::open(&run_dir.join(EVENTS_FILE))?),
        ),
        (STORE_SINK, Box::new(LocalStore::new(run_dir))),
        (
            "tensorboard",
            Box::new(TensorBoard::open(run_dir, resumed_from)?),
        ),
        ("console", Box::new(Console::new(console, locale))),
    ])
}
