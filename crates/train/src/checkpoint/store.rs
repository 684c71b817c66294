//! The checkpoint folder of a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Checkpoint, CheckpointError, Standing,
    atomic::{link_atomic, mark, remove_unfinished},
};

/// The newest checkpoint.
pub const LAST: &str = "last.ckpt";
/// The checkpoint of the best full validation.
pub const BEST: &str = "best_model.ckpt";

/// The newest checkpoint whose validation passed every check, or that of the beginning.
pub const GOOD: &str = "last_good.ckpt";

/// The folder `checkpoints/` of a run directory.
///
/// A scheduled checkpoint is written once, as `checkpoint_<step>.ckpt`; `last.ckpt`, `best_model.ckpt` and
/// `last_good.ckpt` are further names of the same file where the file system has hard links, so they cost nothing and outlive its removal.
#[derive(Debug, Clone)]
pub struct CheckpointStore {
    folder: PathBuf,
    keep: usize,
}

/// A checkpoint to continue from.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// What it holds.
    pub checkpoint: Checkpoint,
    /// Newer files that were refused, and why.
    pub refused: Vec<CheckpointError>,
}

impl CheckpointStore {
    /// Opens the folder, creating it if need be, and removes what a killed run left half written.
    ///
    /// `keep` numbered checkpoints stay; 0 keeps all.
    ///
    /// # Errors
    /// If the folder cannot be created or written.
    pub fn open(run_dir: &Path, keep: usize) -> Result<Self, CheckpointError> {
        let folder = run_dir.join("checkpoints");
        fs::create_dir_all(&folder)
            .and_then(|()| remove_unfinished(&folder))
            .map_err(|source| CheckpointError::Io {
                path: folder.clone(),
                source,
            })?;
        Ok(Self { folder, keep })
    }

    /// The folder as it is: for a reader who must not disturb the run that writes there.
    pub fn look(run_dir: &Path) -> Self {
        Self {
            folder: run_dir.join("checkpoints"),
            keep: 0,
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the scheduled checkpoint, makes it the last one, and removes the oldest ones beyond the number to keep.
    ///
    /// # Errors
    /// If it cannot be written; what was there is still there.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<PathBuf, CheckpointError> {
        let path = self.numbered(checkpoint.state.step);
        checkpoint.write(&path)?;
        self.link(&path, LAST)?;
        self.prune()?;
        Ok(path)
    }

    /// Writes `last.ckpt` alone: what a stop between two scheduled checkpoints needs.
    ///
    /// # Errors
    /// If it cannot be written; the former `last.ckpt` is still there.
    pub fn save_last(&self, checkpoint: &Checkpoint) -> Result<PathBuf, CheckpointError> {
        let path = self.folder.join(LAST);
        checkpoint.write(&path)?;
        Ok(path)
    }

    /// Makes a file of this folder the best one.
    ///
    /// # Errors
    /// If it can be neither linked nor copied.
    pub fn mark_best(&self, path: &Path) -> Result<PathBuf, CheckpointError> {
        self.link(path, BEST)
    }

    /// Makes a file of this folder the one to go back to.
    ///
    /// # Errors
    /// If it can be neither linked nor copied.
    pub fn mark_good(&self, path: &Path) -> Result<PathBuf, CheckpointError> {
        self.link(path, GOOD)
    }

    /// Writes the one to go back to while there is no validated checkpoint.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save_good(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        checkpoint.write(&self.folder.join(GOOD))
    }

    /// Whether there is one to go back to.
    pub fn has_good(&self) -> bool {
        self.folder.join(GOOD).exists()
    }

    /// The newest good checkpoint of at most `limit` steps; if none is that old, the oldest good one there is.
    ///
    /// `None` if no good checkpoint can be read.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn good(&self, limit: u64) -> Result<Option<Found>, CheckpointError> {
        let mut refused = Vec::new();
        let mut oldest: Option<(PathBuf, Checkpoint)> = None;
        let numbered = self.list()?.into_iter().rev().map(|(_, path)| path);
        for path in std::iter::once(self.folder.join(GOOD)).chain(numbered) {
            let checkpoint = match Checkpoint::read(&path) {
                Ok(checkpoint) if checkpoint.standing() == Standing::Good => checkpoint,
                Ok(_) => continue,
                Err(error) => {
                    refused.push(error);
                    continue;
                }
            };
            let step = checkpoint.state.step;
            if step <= limit {
                oldest = Some((path, checkpoint));
                break;
            }
            if oldest
                .as_ref()
                .is_none_or(|(_, best)| step < best.state.step)
            {
                oldest = Some((path, checkpoint));
            }
        }
        Ok(oldest.map(|(path, checkpoint)| Found {
            path,
            checkpoint,
            refused,
        }))
    }

    /// The soundest checkpoint of all: finite, rather not [`Standing::Suspect`], and then the newest.
    ///
    /// Or the errors of all that were refused.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn soundest(&self) -> Result<Result<Found, Vec<CheckpointError>>, CheckpointError> {
        let rank = |checkpoint: &Checkpoint| {
            let trusted = checkpoint.standing() != Standing::Suspect;
            (trusted, checkpoint.state.step)
        };
        let mut refused = Vec::new();
        let mut soundest: Option<(PathBuf, Checkpoint)> = None;
        let numbered = self.list()?.into_iter().rev().map(|(_, path)| path);
        for path in self.named(&[LAST, GOOD, BEST]).chain(numbered) {
            match Checkpoint::read_finite(&path) {
                Ok(one) => {
                    if soundest
                        .as_ref()
                        .is_none_or(|(_, best)| rank(&one) > rank(best))
                    {
                        soundest = Some((path, one));
                    }
                }
                Err(error) => refused.push(error),
            }
        }
        Ok(match soundest {
            Some((path, checkpoint)) => Ok(Found {
                path,
                checkpoint,
                refused,
            }),
            None => Err(refused),
        })
    }

    /// Removes the numbered checkpoints above `step`: they belong to an attempt that was given up.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn forget_above(&self, step: u64) -> Result<(), CheckpointError> {
        let given_up = self.list()?.into_iter().filter(|(of, _)| *of > step);
        given_up.map(|(_, path)| path).try_for_each(|path| {
            mark();
            fs::remove_file(&path).map_err(|source| CheckpointError::Io { path, source })
        })
    }

    /// The newest whole checkpoint among `last.ckpt` and the numbered ones; where none of them is left or
    /// whole, the good or the best one, whichever is newer. Or the errors of all that were refused.
    ///
    /// What was written after a restart is newer than what the attempt before it left behind, however far that came.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn newest(&self) -> Result<Result<Found, Vec<CheckpointError>>, CheckpointError> {
        let mut refused = Vec::new();
        let mut newest: Option<(PathBuf, Checkpoint)> = None;
        let mut look = |path: PathBuf, newest: &mut Option<(PathBuf, Checkpoint)>| {
            let age = |of: &(PathBuf, Checkpoint)| of.1.age();
            match Checkpoint::read(&path) {
                Ok(one) if newest.as_ref().is_none_or(|whole| one.age() > age(whole)) => {
                    *newest = Some((path, one));
                }
                Ok(_) => {}
                Err(error) => refused.push(error),
            }
        };
        self.named(&[LAST]).for_each(|path| look(path, &mut newest));
        let last = newest.as_ref().map(|(_, whole)| whole.state.step);
        for (step, path) in self.list()?.into_iter().rev() {
            // `last.ckpt` is never of an attempt that was given up.
            if last.is_some_and(|last| last >= step) {
                break;
            }
            look(path, &mut newest);
        }
        if newest.is_none() {
            self.named(&[GOOD, BEST])
                .for_each(|path| look(path, &mut newest));
        }
        Ok(match newest {
            Some((path, checkpoint)) => Ok(Found {
                path,
                checkpoint,
                refused,
            }),
            None => Err(refused),
        })
    }

    /// Those of these names that are there.
    fn named(&self, names: &[&str]) -> impl Iterator<Item = PathBuf> {
        let paths = names.iter().map(|name| self.folder.join(name));
        paths
            .filter(|path| path.exists())
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Whether no checkpoint is there, whole or not, but that of the beginning.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn is_empty(&self) -> Result<bool, CheckpointError> {
        Ok(self.named(&[LAST, BEST]).next().is_none() && self.list()?.is_empty())
    }

    fn numbered(&self, step: u64) -> PathBuf {
        self.folder.join(format!("checkpoint_{step:08}.ckpt"))
    }

    pub(super) fn link(&self, file: &Path, name: &str) -> Result<PathBuf, CheckpointError> {
        let link = self.folder.join(name);
        match link_atomic(file, &link) {
            Ok(()) => Ok(link),
            Err(source) => Err(CheckpointError::Io { path: link, source }),
        }
    }

    pub(super) fn prune(&self) -> Result<(), CheckpointError> {
        let all = self.list()?;
        let surplus = if self.keep == 0 {
            0
        } else {
            all.len().saturating_sub(self.keep)
        };
        for (_, path) in &all[..surplus] {
            mark();
            fs::remove_file(path).map_err(|source| CheckpointError::Io {
                path: path.clone(),
                source,
            })?;
        }
        Ok(())
    }

    /// Numbered checkpoints, oldest first.
    pub(super) fn list(&self) -> Result<Vec<(u64, PathBuf)>, CheckpointError> {
        let io = |source| CheckpointError::Io {
            path: self.folder.clone(),
            source,
        };
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let step = name
                .to_str()
                .and_then(|name| name.strip_prefix("checkpoint_")?.strip_suffix(".ckpt"))
                .and_then(|digits| digits.parse().ok());
            if let Some(step) = step {
                found.push((step, entry.path()));
            }
        }
        found.sort();
        Ok(found)
    }
}
