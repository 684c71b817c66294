//! A file that somebody names for its weights: one of ours or of another program.

use std::path::Path;

use diktor_model::{
    NamedTensor,
    weights::{WeightFile, WeightsError, read_weights},
};

use super::{Checkpoint, CheckpointError};
use crate::TrainError;

/// Weights and what came with them.
#[derive(Debug)]
pub enum Given {
    /// A checkpoint of ours, whole: its checksum was looked at.
    Checkpoint(Box<Checkpoint>),
    /// Weights of another program.
    Weights(WeightFile),
}

impl Given {
    /// Reads a file. One of ours that is damaged, newer or absurd is refused as such, and never taken for bare weights.
    ///
    /// # Errors
    /// As [`Checkpoint::read`] and [`read_weights`].
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        match Checkpoint::read(path) {
            Ok(checkpoint) => Ok(Self::Checkpoint(Box::new(checkpoint))),
            Err(CheckpointError::Foreign { .. }) => Ok(Self::Weights(read_weights(path)?)),
            // What is neither ours nor known to be another's is best described by the reader that knows most kinds.
            Err(damaged @ CheckpointError::Damaged { .. }) => match read_weights(path) {
                Err(
                    error @ (WeightsError::Hostile { .. } | WeightsError::UnknownFormat { .. }),
                ) => Err(error.into()),
                _ => Err(damaged.into()),
            },
            Err(refused) => Err(refused.into()),
        }
    }

    /// The weights, under NVIDIA's names.
    pub fn tensors(&self) -> &[NamedTensor] {
        match self {
            Self::Checkpoint(checkpoint) => &checkpoint.weights,
            Self::Weights(file) => &file.tensors,
        }
    }
}
