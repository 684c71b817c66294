//! Delivers a run by hand: `diktor sync`.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde::Serialize;

use super::{MlflowError, Server, backoff::Backoff, deliver::Delivery};
use crate::store::{Fact, has_log};

/// What a delivery brought to a server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Synced {
    /// The server.
    pub server: String,
    /// Its experiment.
    pub experiment: String,
    /// Its id for the run; `None` if it never heard of it.
    pub run_id: Option<String>,
    /// Rows of metrics that were delivered now.
    pub metrics: u64,
    /// Files that were delivered now.
    pub artifacts: u64,
    /// What the server refused for good now; it is kept in the table `dead_letters` of the store.
    pub refused: u64,
    /// Rows that still wait.
    pub waiting: u64,
    /// Why they wait, in words.
    pub failure: Option<String>,
}

/// Brings everything to the server that it lacks of the run in `run_dir`.
///
/// A server that does not answer is asked again for as long as `patience`; what is not delivered then is
/// kept, and told in [`Synced::failure`].
///
/// # Errors
/// If there is no run, somebody else is delivering it, or its store cannot be read.
pub fn sync(run_dir: &Path, server: &Server, patience: Duration) -> Result<Synced, MlflowError> {
    if !has_log(run_dir) {
        return Err(MlflowError::NoRun {
            path: run_dir.to_owned(),
        });
    }
    let deadline = Instant::now() + patience;
    let mut delivery = Delivery::open(run_dir, server)?;
    delivery.store.catch_up()?;
    delivery.note_pages()?;
    let seed = delivery.store.number(Fact::StartedMs)?;
    let mut backoff = Backoff::new(seed.unsigned_abs());
    let failure = loop {
        let Err(error) = delivery.round() else {
            break None;
        };
        let pause = backoff.next(error.retry_after());
        let left = deadline.saturating_duration_since(Instant::now());
        if !error.is_passing() || pause > left {
            break Some(error);
        }
        tracing::info!("{error}; trying again in {:.0} s", pause.as_secs_f64());
        thread::sleep(pause);
    };
    let target = server.target();
    let delivered = delivery.delivered();
    let run = delivery.store.progress(&target)?.run;
    Ok(Synced {
        server: target.server,
        experiment: target.experiment,
        run_id: run.map(|run| run.id),
        metrics: delivered.metrics,
        artifacts: delivered.artifacts,
        refused: delivered.refused,
        waiting: delivery.waiting()?,
        failure: failure.map(|error| error.to_string()),
    })
}
