//! Delivers a run while it is trained.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::Duration,
};

use super::{MlflowError, Server, backoff::Backoff, deliver::Delivery};
use crate::{
    EVENTS_FILE,
    store::{Fact, Store, now_ms},
};

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
    session: Session,
    server: Server,
    stop: Sender<()>,
    done: Receiver<()>,
}

/// The session of a run, and how its log was before. Until it has begun, nothing of its directory is touched:
/// it may never begin.
#[derive(Debug, Clone)]
struct Session {
    run_dir: PathBuf,
    /// Bytes of the log when the program began.
    log_before: Option<u64>,
}

impl Session {
    fn of(run_dir: &Path) -> Self {
        Self {
            run_dir: run_dir.to_owned(),
            log_before: log_bytes(run_dir),
        }
    }

    fn has_begun(&self) -> bool {
        log_bytes(&self.run_dir) != self.log_before
    }
}

fn log_bytes(run_dir: &Path) -> Option<u64> {
    let log = fs::metadata(run_dir.join(EVENTS_FILE)).ok()?;
    Some(log.len())
}

impl Courier {
    /// Begins to deliver the session of the run in `run_dir` that begins now.
    pub fn start(run_dir: &Path, server: Server) -> Self {
        let (stop, stopping) = mpsc::channel();
        let (ended, done) = mpsc::channel();
        let session = Session::of(run_dir);
        let route = Route {
            session: session.clone(),
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
            session,
            server,
            stop,
            done,
        }
    }

    /// Waits a few seconds for the last round, and says what still waits then.
    pub fn finish(self) {
        let _thread_may_be_gone = self.stop.send(());
        let _done_or_late = self.done.recv_timeout(PATIENCE);
        if !self.session.has_begun() {
            return;
        }
        let Ok(store) = Store::open(&self.session.run_dir) else {
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
                self.session.run_dir.display()
            );
        }
    }
}

/// What the thread of a courier knows.
struct Route {
    session: Session,
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
            None if !self.session.has_begun() => return Ok(false),
            None => delivery.insert(Delivery::open(&self.session.run_dir, &self.server)?),
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
