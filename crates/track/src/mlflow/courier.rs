//! Delivers a run while it is trained.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use super::{MlflowError, Server, backoff::Backoff, deliver::Delivery};
use crate::store::{Fact, Store, has_log, now_ms};

/// Time between two rounds.
const EVERY: Duration = Duration::from_secs(3);
/// How often a run is looked for that has not begun yet.
const LOOK: Duration = Duration::from_millis(200);
/// How long the end of a run waits for the last round.
const PATIENCE: Duration = Duration::from_secs(10);

/// Delivers a run on a thread of its own, as long as the run lasts.
///
/// It reads the store file and shares nothing else with the run: a server that is dead, slow or lying
/// costs the run nothing, and what it was not told stays in the store for [`super::sync()`].
#[derive(Debug)]
pub struct Courier {
    run_dir: PathBuf,
    server: Server,
    stop: Sender<()>,
    done: Receiver<()>,
}

impl Courier {
    /// Begins to deliver the session of the run in `run_dir` that begins now.
    pub fn start(run_dir: &Path, server: Server) -> Self {
        let (stop, stopping) = mpsc::channel();
        let (ended, done) = mpsc::channel();
        let route = Route {
            run_dir: run_dir.to_owned(),
            server: server.clone(),
            began_ms: now_ms(),
            stopping,
        };
        let started = thread::Builder::new()
            .name("mlflow".to_owned())
            .spawn(move || {
                route.walk();
                drop(ended);
            });
        if let Err(error) = started {
            tracing::warn!(%error, "no thread to deliver the run; `diktor sync` delivers it");
        }
        Self {
            run_dir: run_dir.to_owned(),
            server,
            stop,
            done,
        }
    }

    /// Waits a few seconds for the last round, and says what still waits then.
    pub fn finish(self) {
        let _thread_may_be_gone = self.stop.send(());
        let _done_or_late = self.done.recv_timeout(PATIENCE);
        if !has_log(&self.run_dir) {
            return;
        }
        let Ok(store) = Store::open(&self.run_dir) else {
            return;
        };
        let rows = store
            .progress(&self.server.target())
            .and_then(|told| store.metrics_waiting(told.metrics));
        let files = store.artifacts_waiting(&self.server.target());
        let (rows, files) = (rows.unwrap_or(0), files.map_or(0, |files| files.len()));
        if rows > 0 || files > 0 {
            tracing::warn!(
                "{rows} rows and {files} files wait for `{}`: `diktor sync {}` delivers them",
                self.server.uri(),
                self.run_dir.display()
            );
        }
    }
}

/// What the thread of a courier knows.
struct Route {
    run_dir: PathBuf,
    server: Server,
    began_ms: i64,
    stopping: Receiver<()>,
}

impl Route {
    fn walk(self) {
        let mut delivery = None;
        let mut backoff = Backoff::new(self.began_ms.unsigned_abs());
        let mut pause = LOOK;
        let mut well = true;
        loop {
            let last = self.stopping.recv_timeout(pause) != Err(RecvTimeoutError::Timeout);
            pause = match self.round(&mut delivery, last) {
                Ok(true) => {
                    if !well {
                        tracing::info!(server = self.server.uri(), "MLflow answers again");
                    }
                    well = true;
                    backoff.reset();
                    EVERY
                }
                Ok(false) => LOOK,
                Err(error) => {
                    if well {
                        tracing::warn!(
                            "MLflow: {error}; the run goes on, and what waits is kept in its store"
                        );
                    }
                    well = false;
                    backoff.next(error.retry_after())
                }
            };
            if last {
                return;
            }
        }
    }

    /// One round, once the session has begun; `false` before that.
    fn round(&self, delivery: &mut Option<Delivery>, last: bool) -> Result<bool, MlflowError> {
        let delivery = match delivery {
            Some(delivery) => delivery,
            None if !has_log(&self.run_dir) => return Ok(false),
            None => delivery.insert(Delivery::open(&self.run_dir, &self.server)?),
        };
        delivery.store.catch_up()?;
        // What a killed session left may be taken back by the one that begins.
        if delivery.store.number(Fact::SessionMs)? < self.began_ms {
            return Ok(false);
        }
        if last {
            delivery.note_pages()?;
        }
        delivery.round()?;
        Ok(true)
    }
}
