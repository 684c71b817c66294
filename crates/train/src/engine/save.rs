//! Writing checkpoints, and what is done when they cannot be written.

use std::{path::PathBuf, thread::sleep, time::Duration};

use diktor_track::Outcome;

use super::Engine;
use crate::{
    Checkpoint, TrainError,
    checkpoint::{BEST, Best, CheckpointError, Standing},
};

/// Pauses before a checkpoint that could not be written is tried again; the run waits meanwhile.
const PAUSES_MS: [u64; 2] = [100, 500];
/// Likewise where nothing is left to do but to wait: at the end of a run, and on the way back.
const LAST_PAUSES_MS: [u64; 5] = [100, 500, 1000, 2000, 4000];
/// Steps between two attempts to make up for a scheduled checkpoint, at first and at most.
const RETRY_STEPS: (u64, u64) = (1, 64);

/// A scheduled checkpoint that could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owed {
    /// Step after which it is tried again.
    next: u64,
    /// Steps to wait if that fails too.
    wait: u64,
}

/// Writes, and tries again after each pause while it is the disk that refuses.
pub(super) fn persist<T>(
    pauses_ms: &[u64],
    mut write: impl FnMut() -> Result<T, CheckpointError>,
) -> Result<T, CheckpointError> {
    let mut pauses = pauses_ms.iter();
    loop {
        match (write(), pauses.next()) {
            (Err(CheckpointError::Io { .. }), Some(pause)) => sleep(Duration::from_millis(*pause)),
            (done, _) => return done,
        }
    }
}

/// As [`persist`], where the run cannot go on without the file.
pub(super) fn insist<T>(
    write: impl FnMut() -> Result<T, CheckpointError>,
) -> Result<T, CheckpointError> {
    persist(&LAST_PAUSES_MS, write)
}

impl Engine {
    /// Writes the scheduled checkpoint, and makes it the best one if no full validation was better.
    ///
    /// A disk that does not take it is told of, and tried again after the next steps.
    ///
    /// # Errors
    /// If the state itself cannot be written, as when it is not finite.
    pub(super) fn checkpoint(&mut self, why: &str) -> Result<(), TrainError> {
        let candidate = Best::of(self.progress.step, &self.progress.metrics);
        let is_best = candidate
            .as_ref()
            .is_some_and(|candidate| candidate.beats(self.progress.best.as_ref()));
        let former = self.progress.best.clone();
        if is_best {
            self.progress.best = candidate;
        }
        self.diary.sync();
        let snapshot = self.snapshot();
        let path = match persist(&PAUSES_MS, || self.write_scheduled(&snapshot, is_best)) {
            Ok(path) => path,
            Err(error @ CheckpointError::Io { .. }) => {
                self.progress.best = former;
                self.owe(&error);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        let step = self.progress.step;
        self.progress.saved = Some(step);
        self.progress.owed = None;
        self.diary.saved(step, &path, why);
        if is_best {
            let best = self.store.folder().join(BEST);
            self.diary.saved(step, &best, "best");
        }
        Ok(())
    }

    fn write_scheduled(
        &self,
        snapshot: &Checkpoint,
        is_best: bool,
    ) -> Result<PathBuf, CheckpointError> {
        let path = self.store.save(snapshot)?;
        if self.progress.standing == Standing::Good {
            self.store.mark_good(&path)?;
        }
        if is_best {
            self.store.mark_best(&path)?;
        }
        Ok(path)
    }

    /// Tells that a checkpoint could not be written, and when it is tried again.
    fn owe(&mut self, error: &CheckpointError) {
        let step = self.progress.step;
        let (wait, _) = RETRY_STEPS;
        self.progress.owed = Some(Owed {
            next: step + wait,
            wait,
        });
        let message = format!(
            "the checkpoint of step {step} could not be written: {error}; the run goes on, and it is tried again"
        );
        let hint = match self.progress.saved {
            Some(saved) => format!(
                "free some space or make the folder writable; until then a stop goes back to step {saved}"
            ),
            None => "free some space or make the folder writable; until then a stop loses the run"
                .to_owned(),
        };
        self.diary.warn(step, message, Some(&hint));
    }

    /// Makes up for a scheduled checkpoint that could not be written: `last.ckpt` gets the state of now.
    ///
    /// # Errors
    /// As [`Engine::checkpoint`].
    pub(super) fn make_up(&mut self) -> Result<(), TrainError> {
        let step = self.progress.step;
        let due = self.progress.owed.filter(|owed| step >= owed.next);
        let Some(Owed { wait, .. }) = due else {
            return Ok(());
        };
        if self.task.broken().is_some() {
            return Ok(());
        }
        self.diary.sync();
        match self.store.save_last(&self.snapshot()) {
            Ok(path) => {
                self.progress.owed = None;
                self.progress.saved = Some(step);
                self.diary.saved(step, &path, "late");
            }
            Err(CheckpointError::Io { .. }) => {
                let (_, most) = RETRY_STEPS;
                let wait = (2 * wait).min(most);
                let next = step + wait;
                self.progress.owed = Some(Owed { next, wait });
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Saves what no scheduled checkpoint holds yet. A broken network is not saved: the last whole state stays.
    ///
    /// # Errors
    /// If it cannot be written, however often it is tried; what was there is still there.
    pub(super) fn save_end(&mut self, outcome: Outcome) -> Result<(), TrainError> {
        let step = self.progress.step;
        if outcome == Outcome::RedFlag {
            self.progress.standing = Standing::Suspect;
        } else if self.progress.saved == Some(step) {
            return Ok(());
        }
        if let Some(tensor) = self.task.broken() {
            let message =
                format!("the state of step {step} is not saved: `{tensor}` is not finite");
            let hint = "`last.ckpt` holds the last whole state; `diktor recover` goes on from it";
            self.diary.warn(step, message, Some(hint));
            return Ok(());
        }
        let why = match outcome {
            Outcome::Interrupted => "interrupted",
            _ => "end",
        };
        self.diary.sync();
        let snapshot = self.snapshot();
        let path = insist(|| self.store.save_last(&snapshot)).map_err(|source| {
            let newest = self.progress.saved;
            let newest = newest.map_or("nothing".to_owned(), |saved| format!("step {saved}"));
            TrainError::NotSaved {
                step,
                source,
                newest,
            }
        })?;
        self.diary.saved(step, &path, why);
        self.progress.saved = Some(step);
        self.progress.owed = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn full() -> CheckpointError {
        CheckpointError::Io {
            path: "last.ckpt".into(),
            source: io::ErrorKind::StorageFull.into(),
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let mut tries = 0;
        let mut write = |succeeds_at: u32, error: fn() -> CheckpointError| {
            tries = 0;
            let done = persist(&[1, 1], || {
                tries += 1;
                if tries == succeeds_at {
                    Ok(())
                } else {
                    Err(error())
                }
            });
            (done.is_ok(), tries)
        };
        assert_eq!(write(3, full), (true, 3));
        assert_eq!(write(9, full), (false, 3));
        let not_finite = || CheckpointError::NonFinite {
            tensor: "a".to_owned(),
            index: 0,
            value: f32::NAN,
        };
        assert_eq!(write(2, not_finite), (false, 1));
    }
}
