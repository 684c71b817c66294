//! What can end a run.

use std::{io, path::PathBuf};

use crate::checkpoint::CheckpointError;

/// Why a run could not start or go on.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file or folder could not be read or written.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A checkpoint could not be written or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The run directory already holds a run and nobody said to continue it.
    #[error(
        "`{}` already holds a run\nhint: continue it with `--resume`, or choose another directory with `-o`",
        .path.display()
    )]
    RunExists {
        /// Its checkpoint folder.
        path: PathBuf,
    },
    /// Another process trains in the run directory.
    #[error(
        "`{}` is in use: another process trains there\nhint: wait for it, stop it with Ctrl-C or `kill`, or choose another directory with `-o`",
        .path.display()
    )]
    Busy {
        /// The run directory.
        path: PathBuf,
    },
    /// A run was to be continued, and there is nothing to continue from.
    #[error(
        "`{}` holds no whole checkpoint to resume from{}\nhint: start afresh without `--resume`, in another directory",
        .path.display(), refusals(.refused)
    )]
    NothingToResume {
        /// The checkpoint folder.
        path: PathBuf,
        /// Why each file in it was refused.
        refused: Vec<CheckpointError>,
    },
    /// The last state of a run could not be written, however often it was tried.
    #[error(
        "step {step} is not saved: {source}\nhint: is the disk full, or the folder read-only? `--resume` goes on from {newest}"
    )]
    NotSaved {
        /// The step.
        step: u64,
        /// Why.
        #[source]
        source: CheckpointError,
        /// What is left to go on from.
        newest: String,
    },
    /// A checkpoint belongs to another network or run.
    #[error("the checkpoint does not fit: {what} is `{found}` there, `{expected}` is needed")]
    Mismatch {
        /// What differs.
        what: String,
        /// Value in the checkpoint.
        found: String,
        /// Value this run needs.
        expected: String,
    },
    /// A layer that is to be left out is in neither the file nor the network.
    #[error(
        "`ignore_layers`: no tensor or layer is called `{layer}`\nhint: {}",
        nearest.as_ref().map_or_else(|| "leave it out".to_owned(), |name| format!("`{name}`?"))
    )]
    UnknownLayer {
        /// As it was written.
        layer: String,
        /// The name most like it.
        nearest: Option<String>,
    },
    /// A run was to go on with a network that its weights do not fit.
    #[error(
        "the network of a run cannot change: {changed}\nhint: leave it as it was and go on, or begin another run with these weights: `-c CHECKPOINT --warm-start -o NEW`"
    )]
    OtherNetwork {
        /// The hyper-parameters, with both values.
        changed: String,
    },
    /// The file that should hold the mean frame holds something else.
    #[error(
        "`global_mean_npy` = `{}`: {what}\nhint: leave it empty, and the mean is computed from the training set",
        .path.display()
    )]
    MeanFrame {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// There is nothing to train on.
    #[error(
        "the {part} set is empty\nhint: `diktor prepare import` tells what is wrong with each recording"
    )]
    NoExamples {
        /// `training` or `validation`.
        part: &'static str,
    },
    /// A hyper-parameter cannot be used.
    #[error(transparent)]
    Hparam(#[from] crate::hparams::HparamError),
    /// The corpus could not be read.
    #[error(transparent)]
    Corpus(#[from] diktor_corpus::CorpusError),
    /// A text could not be encoded.
    #[error(transparent)]
    Text(#[from] diktor_text::TextError),
    /// Audio could not be read, analysed or written.
    #[error(transparent)]
    Audio(#[from] diktor_audio::AudioError),
    /// The network could not be built or filled with weights.
    #[error(transparent)]
    Model(#[from] diktor_model::ModelError),
    /// A file of weights could not be read.
    #[error(transparent)]
    Weights(#[from] diktor_model::weights::WeightsError),
    /// A file of the run directory that events go to could not be opened.
    #[error(transparent)]
    Track(#[from] diktor_track::SinkError),
    /// The thread that prepares batches is gone.
    #[error("the thread that prepares batches ended early; its panic is in the log")]
    BatchThread,
}

impl TrainError {
    /// A [`TrainError::Io`] that names its path.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

fn refusals(refused: &[CheckpointError]) -> String {
    refused.iter().map(|error| format!("\n  {error}")).collect()
}
