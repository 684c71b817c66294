//! The directory of a run: held by one process, and left as it was by a run that cannot begin.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use crate::TrainError;

/// Whoever trains in a run directory holds this file of it.
const LOCK_FILE: &str = ".lock";
/// How often a lock that somebody else holds is tried again: whoever only looks holds it for a moment.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(50);

/// A run directory that this process holds until it ends, however it ends.
///
/// Dropped before it is kept, it takes away what it has made: a run that cannot begin leaves no directory.
#[derive(Debug)]
pub(crate) struct Place {
    run_dir: PathBuf,
    /// Folders that were not there, the outermost first.
    made: Vec<PathBuf>,
    /// Whether the file of the lock was not there.
    locked_first: bool,
    kept: bool,
    _lock: File,
}

impl Place {
    /// Makes the directory if need be, and keeps other processes out of it.
    pub(crate) fn enter(run_dir: &Path) -> Result<Self, TrainError> {
        let missing = run_dir
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let mut made: Vec<PathBuf> = missing.map(Path::to_owned).collect();
        made.reverse();
        let undo = |error| {
            made.iter().rev().for_each(|folder| {
                let _not_ours_if_full = fs::remove_dir(folder);
            });
            error
        };
        fs::create_dir_all(run_dir)
            .map_err(TrainError::io(run_dir))
            .map_err(undo)?;
        let locked_first = !run_dir.join(LOCK_FILE).exists();
        let lock = lock(run_dir).map_err(undo)?;
        Ok(Self {
            run_dir: run_dir.to_owned(),
            made,
            locked_first,
            kept: false,
            _lock: lock,
        })
    }

    /// The run has begun: what is there stays.
    pub(crate) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // What cannot be taken away is no harm; the error that kept the run from beginning is told.
        if self.made.last() == Some(&self.run_dir) {
            let _ignored = fs::remove_dir_all(&self.run_dir);
        } else if self.locked_first {
            let _ignored = fs::remove_file(self.run_dir.join(LOCK_FILE));
        }
        for folder in self.made.iter().rev() {
            let _not_ours_if_full = fs::remove_dir(folder);
        }
    }
}

/// Keeps other processes out of the run directory until the file is closed.
pub(crate) fn lock(run_dir: &Path) -> Result<File, TrainError> {
    let path = run_dir.join(LOCK_FILE);
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .map_err(TrainError::io(&path))?;
    for _ in 0..TRIES {
        match file.try_lock() {
            // A file system without locks is no reason not to train.
            Ok(()) | Err(TryLockError::Error(_)) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
        }
    }
    Err(TrainError::Busy {
        path: run_dir.to_owned(),
    })
}

/// Whether a process trains in the run directory. Nothing of it is changed by asking.
pub fn is_in_use(run_dir: &Path) -> bool {
    let asked = File::open(run_dir.join(LOCK_FILE)).and_then(|file| match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    });
    asked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    #[test]
    fn a_place_that_is_not_kept_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b/c");
        let place = Place::enter(&deep).unwrap();
        fs::write(deep.join("half"), "written").unwrap();
        drop(place);
        assert_eq!(inventory(folder.path()), Vec::<PathBuf>::new());

        fs::write(folder.path().join("note"), "mine").unwrap();
        drop(Place::enter(folder.path()).unwrap());
        assert_eq!(inventory(folder.path()), [folder.path().join("note")]);
    }

    #[test]
    fn somebody_elses_place_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let run_dir = folder.path().join("run");
        assert!(!is_in_use(&run_dir));
        let mut first = Place::enter(&run_dir).unwrap();
        first.keep();
        assert!(is_in_use(&run_dir));
        assert!(matches!(
            Place::enter(&run_dir),
            Err(TrainError::Busy { .. })
        ));
        assert!(is_in_use(&run_dir));
        drop(first);
        assert!(!is_in_use(&run_dir) && run_dir.is_dir());
    }
}
