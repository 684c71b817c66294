//! How far the sinks of a run are behind, for a sink that tells people so.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering},
};

use crate::tracker::LaneState;

/// How far every sink of a run is behind; cheap to clone, and may be asked from any thread.
#[derive(Clone, Default)]
pub struct Lag(Arc<[(&'static str, Arc<LaneState>)]>);

/// How far one sink is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkLag {
    /// Name of the sink.
    pub name: &'static str,
    /// What waits: events in its queue, and what it keeps until its server takes it.
    pub pending: u64,
    /// Events it missed.
    pub missed: u64,
    /// Whether it is still given events.
    pub works: bool,
}

impl Lag {
    pub(crate) fn of(lanes: Vec<(&'static str, Arc<LaneState>)>) -> Self {
        Self(lanes.into())
    }

    /// Every sink as it stands now, in the order in which the run was given them.
    pub fn sinks(&self) -> impl Iterator<Item = SinkLag> + '_ {
        self.0.iter().map(|(name, state)| SinkLag {
            name,
            pending: state.pending(),
            missed: state.missed.load(Ordering::Relaxed),
            works: !state.failed.load(Ordering::Acquire),
        })
    }
}

impl fmt::Debug for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sinks()).finish()
    }
}
