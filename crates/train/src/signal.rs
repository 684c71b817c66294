//! How a person asks a run to stop.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Counts requests to stop; the engine looks at it between steps.
///
/// The program raises it from its SIGINT and SIGTERM handlers: after the first request the run finishes its step and
/// saves, after the second the program ends at once (its own doing, not the engine's).
#[derive(Debug, Clone, Default)]
pub struct StopFlag(Arc<AtomicUsize>);

impl StopFlag {
    /// A flag nobody has raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the run to stop, and returns how many times it has been asked, this time included.
    pub fn raise(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Whether anybody asked.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    /// The counter itself, for handlers that can only store into an atomic.
    pub fn counter(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.0)
    }
}
