//! What can be wrong with a checkpoint.

use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a checkpoint could not be written or was refused.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file or its folder could not be read or written.
    #[error("`{path}`: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not a whole checkpoint.
    #[error(
        "`{path}` is damaged or is no checkpoint: {what}\nhint: an older file in the same folder may be whole"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What gave it away.
        what: String,
    },
    /// The file was written by a newer program.
    #[error(
        "`{path}` has state version `{found}`, this program reads up to `{supported}`\nhint: update diktor"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: u32,
        /// Newest version this program reads.
        supported: u32,
    },
    /// A tensor to be written is not finite.
    #[error(
        "tensor `{tensor}` holds `{value}` at index {index}; such a checkpoint is never written"
    )]
    NonFinite {
        /// The tensor.
        tensor: String,
        /// Index of its first non-finite value.
        index: usize,
        /// That value.
        value: f32,
    },
    /// The state has no JSON form.
    #[error("the state of the run cannot be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
}

impl CheckpointError {
    /// The file it is about, if it is about one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. } | Self::Damaged { path, .. } | Self::Version { path, .. } => {
                Some(path)
            }
            Self::NonFinite { .. } | Self::Encode(_) => None,
        }
    }
}
