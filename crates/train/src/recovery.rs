//! Going on with a broken run: from its soundest checkpoint, with safer values, and with nothing lost.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use crate::{
    Checkpoint, Hparams, TrainError,
    checkpoint::{CheckpointError, CheckpointStore, Found, GOOD, LAST, Standing, write_atomic},
    control::{Controller as _, FaultGuard},
    run::lock,
};

/// What the learning rate is multiplied by.
const LEARNING_RATE_FACTOR: f64 = 0.1;
/// No learning rate is lowered further.
const LOWEST_LEARNING_RATE: f64 = 1e-6;
/// Limit of the gradient norm.
const CLIP: f64 = 0.5;
/// No batch is made smaller.
const SMALLEST_BATCH: usize = 4;
/// What the guide weight is multiplied by, and how heavy it may become.
const GUIDE: (f64, f64) = (2.0, 10.0);
/// Steps between checkpoints, at most.
const CHECKPOINT_EVERY: u64 = 100;
/// Steps between light validations, at most.
const VALIDATE_EVERY: u64 = 50;

/// How a run is going to be recovered; nothing has been done yet.
#[derive(Debug)]
pub struct Recovery {
    run_dir: PathBuf,
    store: CheckpointStore,
    found: Found,
    /// Where everything there is will be kept.
    pub backup: PathBuf,
    /// The hyper-parameters to go on with.
    pub hparams: Hparams,
}

/// A hyper-parameter that will have a safer value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: &'static str,
    /// As it was in the checkpoint.
    pub old: String,
    /// As it will be.
    pub new: String,
}

impl Recovery {
    /// Looks for the soundest checkpoint of the run, or takes the one that is named.
    ///
    /// Soundest: whole and finite; not one that a red flag left behind if there is another; then the newest.
    ///
    /// # Errors
    /// If no checkpoint can be gone on from; why each was refused is told.
    pub fn plan(run_dir: &Path, chosen: Option<&Path>) -> Result<Self, TrainError> {
        let folder = run_dir.join("checkpoints");
        if !folder.is_dir() {
            return Err(TrainError::NothingToResume {
                path: folder,
                refused: Vec::new(),
            });
        }
        // Looked at, and nothing more: a run may be writing there.
        let store = CheckpointStore::look(run_dir);
        let found = match chosen {
            Some(path) => Found {
                path: path.to_owned(),
                checkpoint: Checkpoint::read_finite(path)?,
                refused: Vec::new(),
            },
            None => store
                .soundest()?
                .map_err(|refused| TrainError::NothingToResume {
                    path: store.folder().to_owned(),
                    refused,
                })?,
        };
        if found.checkpoint.state.training.is_none() {
            return Err(TrainError::Mismatch {
                what: format!("state of training in `{}`", found.path.display()),
                found: "none (weights alone)".to_owned(),
                expected: "a checkpoint of a run".to_owned(),
            });
        }
        let hparams = safer(&found.checkpoint.state.hparams);
        hparams.validate()?;
        Ok(Self {
            backup: free_name(run_dir),
            run_dir: run_dir.to_owned(),
            store,
            found,
            hparams,
        })
    }

    /// The checkpoint to go on from.
    pub fn checkpoint(&self) -> &Path {
        &self.found.path
    }

    /// Its step.
    pub fn step(&self) -> u64 {
        self.found.checkpoint.state.step
    }

    /// Whether it is the newest there is, and none was refused.
    pub fn is_newest(&self) -> bool {
        let newest = self.store.newest().ok().and_then(Result::ok);
        let step = newest.map(|newest| newest.checkpoint.state.step);
        self.found.refused.is_empty()
            && step == Some(self.step())
            && self.found.checkpoint.standing() != Standing::Suspect
    }

    /// Checkpoints that cannot be gone on from, and why.
    pub fn refused(&self) -> &[CheckpointError] {
        &self.found.refused
    }

    /// Every hyper-parameter that will differ.
    pub fn changes(&self) -> Vec<Change> {
        let before = &self.found.checkpoint.state.hparams;
        let rows = crate::hparams::HPARAMS.iter();
        rows.filter(|row| row.value(before) != row.value(&self.hparams))
            .map(|row| Change {
                name: row.name,
                old: row.value(before).to_string(),
                new: row.value(&self.hparams).to_string(),
            })
            .collect()
    }

    /// Keeps everything in the backup, and leaves a run directory that goes on from the checkpoint when it is resumed.
    ///
    /// Restarts are counted anew.
    ///
    /// # Errors
    /// If another process trains there, or a file cannot be written; the backup is made first.
    pub fn prepare(mut self) -> Result<(), TrainError> {
        let _lock = lock(&self.run_dir)?;
        copy_folder(&self.run_dir, &self.backup).map_err(TrainError::io(&self.backup))?;
        self.store = CheckpointStore::open(&self.run_dir, 0)?;
        let step = self.step();
        if let Some(training) = &mut self.found.checkpoint.state.training {
            let guard = FaultGuard::from_hparams(&self.hparams);
            training.controllers.remove(guard.name());
        }
        let last = self.store.folder().join(LAST);
        self.found.checkpoint.write(&last)?;
        self.store.forget_above(step)?;
        for refused in &self.found.refused {
            match refused.path() {
                Some(path) if path != last => remove(path)?,
                _ => {}
            }
        }
        let good = self.store.folder().join(GOOD);
        if Checkpoint::read(&good).is_ok_and(|good| good.state.step > step) {
            remove(&good)?;
        }
        let config = self.run_dir.join("config.yaml");
        let text = self.hparams.to_yaml();
        write_atomic(&config, |out| out.write_all(text.as_bytes())).map_err(TrainError::io(config))
    }
}

/// The values that are most likely to carry a run past what broke it.
fn safer(before: &Hparams) -> Hparams {
    let learning_rate = (before.learning_rate * LEARNING_RATE_FACTOR).max(LOWEST_LEARNING_RATE);
    let guide = |weight: f64| (weight * GUIDE.0).min(GUIDE.1);
    Hparams {
        learning_rate,
        learning_rate_min: before.learning_rate_min.min(learning_rate),
        // The rate stored in the checkpoint is the one that is being lowered.
        use_saved_learning_rate: false,
        grad_clip_thresh: before.grad_clip_thresh.min(CLIP),
        batch_size: before
            .batch_size
            .min((before.batch_size / 2).max(SMALLEST_BATCH)),
        guide_loss_weight: guide(before.guide_loss_weight),
        guide_loss_initial_weight: guide(before.guide_loss_initial_weight),
        iters_per_checkpoint: before.iters_per_checkpoint.min(CHECKPOINT_EVERY),
        validation_freq: before.validation_freq.min(VALIDATE_EVERY),
        // The head of mutual information is part of the network: only its term can be left out.
        mmi_weight: if before.use_mmi {
            0.0
        } else {
            before.mmi_weight
        },
        use_ddc_loss: false,
        ..before.clone()
    }
}

/// The first name beside the run that nothing has.
fn free_name(run_dir: &Path) -> PathBuf {
    // `.` and `..` have no name of their own.
    let full = fs::canonicalize(run_dir).unwrap_or_default();
    let run_dir = if run_dir.file_name().is_some() {
        run_dir
    } else {
        &full
    };
    let name = run_dir.file_name().unwrap_or_default().to_string_lossy();
    let mut names =
        (1_u32..).map(|number| run_dir.with_file_name(format!("{name}.before-recovery-{number}")));
    names
        .find(|path| !path.exists())
        .expect("some number is free")
}

/// Copies a folder. Checkpoints are linked where the file system can: they are replaced as a whole and never changed.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_folder(&source, &target)?;
        } else if kind.is_file() {
            let is_checkpoint = source.extension().is_some_and(|ending| ending == "ckpt");
            if !is_checkpoint || fs::hard_link(&source, &target).is_err() {
                fs::copy(&source, &target)?;
            }
        }
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), TrainError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(TrainError::io(path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn safer_values_are_valid_and_never_bolder() {
        let bold = Hparams {
            learning_rate: 1e-3,
            batch_size: 32,
            guide_loss_weight: 3.0,
            guide_loss_initial_weight: 8.0,
            use_saved_learning_rate: true,
            use_mmi: true,
            use_ddc_loss: true,
            ..Hparams::default()
        };
        let once = safer(&bold);
        assert_eq!(once.learning_rate, 1e-4);
        assert_eq!((once.batch_size, once.grad_clip_thresh), (16, 0.5));
        assert_eq!(
            (once.guide_loss_weight, once.guide_loss_initial_weight),
            (6.0, 10.0)
        );
        assert_eq!((once.iters_per_checkpoint, once.validation_freq), (100, 50));
        assert!(!once.use_saved_learning_rate && !once.use_ddc_loss);
        assert_eq!((once.use_mmi, once.mmi_weight), (true, 0.0));
        let mut again = once;
        for _ in 0..5 {
            again = safer(&again);
            again.validate().unwrap();
        }
        assert_eq!((again.learning_rate, again.batch_size), (1e-6, 4));
        let careful = Hparams {
            batch_size: 2,
            grad_clip_thresh: 0.1,
            iters_per_checkpoint: 20,
            ..bold
        };
        let careful = safer(&careful);
        assert_eq!((careful.batch_size, careful.grad_clip_thresh), (2, 0.1));
        assert_eq!(careful.iters_per_checkpoint, 20);
    }
}
