//! What a run that was killed between two operations on its checkpoints left behind, put right.
//!
//! A checkpoint is written once and then named: the numbered file, `last.ckpt`, `last_good.ckpt`, `best_model.ckpt`,
//! one after another. Killed in between, the names and the state that the newest file remembers tell different things;
//! if nobody looked, `best_model.ckpt` could hold a voice for good that is not the best.

use std::{fs, path::PathBuf};

use super::{
    BEST, Best, Checkpoint, CheckpointError, CheckpointStore, Found, GOOD, LAST, Standing,
};

impl CheckpointStore {
    /// Makes the names of the folder and the state of the checkpoint that is gone on from agree. Returns what was put
    /// right, a sentence each.
    ///
    /// # Errors
    /// If the folder cannot be listed or written.
    pub fn mend(&self, found: &mut Found) -> Result<Vec<String>, CheckpointError> {
        let mut mended = Vec::new();
        self.forget_given_up(found, &mut mended)?;
        if found.path != self.path(LAST) {
            self.link(&found.path, LAST)?;
            mended.push(format!(
                "`{LAST}` is that of step {}",
                found.checkpoint.state.step
            ));
        }
        if found.checkpoint.standing() == Standing::Good && !self.is_as_new(GOOD, &found.checkpoint)
        {
            self.mark_good(&found.path)?;
            mended.push(format!(
                "`{GOOD}` is that of step {}",
                found.checkpoint.state.step
            ));
        }
        self.agree_on_best(found, &mut mended)?;
        self.prune()?;
        Ok(mended)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Whether the checkpoint of this name is whole, and no older.
    fn is_as_new(&self, name: &str, than: &Checkpoint) -> bool {
        Checkpoint::read(&self.path(name)).is_ok_and(|named| named.age() >= than.age())
    }

    /// Removes numbered checkpoints of an attempt that a restart gave up.
    fn forget_given_up(
        &self,
        found: &Found,
        mended: &mut Vec<String>,
    ) -> Result<(), CheckpointError> {
        let (restarts, at) = found.checkpoint.age();
        for (step, path) in self.list()?.into_iter().filter(|(step, _)| *step > at) {
            let is_given_up = Checkpoint::read(&path).is_ok_and(|one| one.age().0 < restarts);
            if is_given_up {
                fs::remove_file(&path).map_err(|source| CheckpointError::Io { path, source })?;
                mended.push(format!(
                    "the checkpoint of step {step}, which a restart gave up, is removed"
                ));
            }
        }
        Ok(())
    }

    /// The best checkpoint is the one that the state names. Where the file is the better one, the state follows it;
    /// where there is none of the step that the state names, the state follows what there is.
    fn agree_on_best(
        &self,
        found: &mut Found,
        mended: &mut Vec<String>,
    ) -> Result<(), CheckpointError> {
        let Some(training) = &found.checkpoint.state.training else {
            return Ok(());
        };
        let told = training.best.clone();
        let held = Checkpoint::read(&self.path(BEST)).ok();
        let held = held.and_then(|held| held.own_best().cloned());
        if held == told {
            return Ok(());
        }
        let is_told_better = told.as_ref().is_some_and(|told| told.beats(held.as_ref()));
        if let (true, Some(told)) = (is_told_better, &told)
            && let Some(path) = self.best_file(found, told)?
        {
            self.mark_best(&path)?;
            mended.push(format!("`{BEST}` is that of step {}", told.step));
            return Ok(());
        }
        mended.push(match &held {
            Some(held) => format!(
                "the best validation is that of `{BEST}`, of step {}",
                held.step
            ),
            None => format!("`{BEST}` is not there: the next full validation is the best one"),
        });
        if let Some(training) = &mut found.checkpoint.state.training {
            training.best = held;
        }
        Ok(())
    }

    /// A whole file that is the checkpoint of this best validation.
    fn best_file(&self, found: &Found, best: &Best) -> Result<Option<PathBuf>, CheckpointError> {
        if found.checkpoint.own_best() == Some(best) {
            return Ok(Some(found.path.clone()));
        }
        let numbered = self.list()?.into_iter().rev();
        let numbered = numbered.filter(|(step, _)| *step == best.step);
        let mut paths = numbered.map(|(_, path)| path).chain([self.path(GOOD)]);
        let is_of_best =
            |path: &PathBuf| Checkpoint::read(path).is_ok_and(|one| one.own_best() == Some(best));
        Ok(paths.find(is_of_best))
    }
}
