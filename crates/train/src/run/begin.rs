//! What is written when a run begins.

use std::{
    fs,
    path::{Path, PathBuf},
};

use diktor_track::{CONFIG_FILE, ConsoleStyle, NamedSink, STORE_SINK, Tracker, run_sinks};

use super::{Beside, Opener};
use crate::{
    Dataset, TrainError,
    checkpoint::{CheckpointStore, Found, LAST, write_atomic},
    data::keep_split,
    engine::Engine,
};

/// All that a run needs from its first moment, and nothing of it is written yet.
pub(super) struct Beginning {
    pub(super) resumed_from: Option<u64>,
    /// The checkpoint that is gone on from.
    pub(super) found: Option<Found>,
    /// Whether that checkpoint is of another run, so that this one has no `last.ckpt` yet.
    pub(super) is_of_another_run: bool,
    pub(super) run_dir: PathBuf,
    pub(super) dataset: Dataset,
    pub(super) console: ConsoleStyle,
    pub(super) sinks: Vec<NamedSink>,
    pub(super) opener: Option<Opener>,
    pub(super) beside: Vec<Beside>,
}

impl Beginning {
    /// Writes it, the configuration last, and opens everything that watches.
    pub(super) fn begin(self, engine: &mut Engine) -> Result<(), TrainError> {
        let Self {
            resumed_from,
            found,
            is_of_another_run,
            run_dir,
            dataset,
            console,
            sinks: further,
            opener,
            beside,
        } = self;
        let hparams = engine.identity.hparams.clone();
        engine.store = CheckpointStore::open(&run_dir, hparams.keep_checkpoints)?;
        // First: it may say where TensorBoard's files go.
        let opened = opener.map_or_else(|| Ok(Vec::new()), |open| open())?;
        let mut sinks = run_sinks(&run_dir, console, hparams.locale.into(), resumed_from)?;
        sinks.retain(|(name, _)| match *name {
            "tensorboard" => hparams.tensorboard_logging,
            STORE_SINK => hparams.mlflow_logging,
            _ => true,
        });
        sinks.extend(further);
        sinks.extend(opened);
        keep_split(&run_dir, &dataset)?;
        for Beside { path, bytes } in beside {
            write_whole(&run_dir.join(path), &bytes)?;
        }
        if let Some(mut found) = found {
            if is_of_another_run {
                engine.store.save_last(&found.checkpoint)?;
                found.path = engine.store.folder().join(LAST);
            }
            mend(engine, &mut found)?;
        }
        write_whole(&run_dir.join(CONFIG_FILE), hparams.to_yaml().as_bytes())?;
        engine.diary.open(Tracker::new(sinks));
        Ok(())
    }
}

/// Puts right what a run that was killed while it saved has left.
fn mend(engine: &mut Engine, found: &mut Found) -> Result<(), TrainError> {
    for mended in engine.store.mend(found)? {
        tracing::warn!("checkpoints put right: {mended}");
    }
    if let Some(training) = &found.checkpoint.state.training {
        engine.follow_best(training.best.as_ref());
    }
    Ok(())
}

/// Writes a file and the folder it is in.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), TrainError> {
    path.parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| write_atomic(path, |out| out.write_all(bytes)))
        .map_err(TrainError::io(path))
}
