//! The local store, kept abreast of the event log.

use std::path::{Path, PathBuf};

use crate::{Event, Sink, SinkError, Store, StoreError};

/// Keeps `store.sqlite` abreast of `events.jsonl`, about every second.
///
/// It takes nothing from the queue: what it follows is the log, so it misses no event however far
/// behind it falls, and takes what earlier sessions left there. A store that somebody else has locked
/// is brought up to date at the next flush, and so is one that a full disk keeps from being written; one
/// that cannot be opened costs the run its store and nothing else.
#[derive(Debug)]
pub struct LocalStore {
    run_dir: PathBuf,
    state: State,
    /// Whether it has been told that the store falls behind.
    told: bool,
}

#[derive(Debug)]
enum State {
    Unopened,
    Open(Store),
    Unusable,
}

impl LocalStore {
    /// The store of the run in `run_dir`; it is opened at the first flush.
    pub fn new(run_dir: &Path) -> Self {
        Self {
            run_dir: run_dir.to_owned(),
            state: State::Unopened,
            told: false,
        }
    }

    fn catch_up(&mut self) -> Result<(), StoreError> {
        if matches!(self.state, State::Unopened) {
            self.state = match Store::open(&self.run_dir) {
                Ok(store) => State::Open(store),
                Err(error) if error.is_passing() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "no local store is kept; `diktor sync` makes it from the log");
                    State::Unusable
                }
            };
        }
        match &mut self.state {
            State::Open(store) => store.catch_up(),
            State::Unopened | State::Unusable => Ok(()),
        }
    }
}

impl Sink for LocalStore {
    fn record(&mut self, _event: &Event) -> Result<(), SinkError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        match self.catch_up() {
            Err(error) if error.is_busy() => Ok(()),
            Err(error) if error.is_passing() => {
                if !std::mem::replace(&mut self.told, true) {
                    tracing::warn!("{error}; the local store falls behind and is tried again");
                }
                Ok(())
            }
            done => Ok(done?),
        }
    }

    fn undelivered(&self) -> u64 {
        match &self.state {
            State::Open(store) => store.waiting().unwrap_or(0),
            State::Unopened | State::Unusable => 0,
        }
    }
}
