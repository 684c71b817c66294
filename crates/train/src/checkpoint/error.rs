//! What can be wrong with a checkpoint.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// Whose file of weights something is that was taken for a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKind {
    /// `torch.save`, of any age.
    PyTorch,
    /// safetensors without the state of a voice.
    Safetensors,
}

impl fmt::Display for ForeignKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PyTorch => "a file of PyTorch",
            Self::Safetensors => "bare weights in safetensors",
        })
    }
}

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
    /// The file holds weights, and nothing else that a voice needs.
    #[error(
        "`{}` is {kind}, and no voice\nhint: make one of it: `diktor import {} -o {}`",
        .path.display(), .path.display(), .path.with_extension("ckpt").display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whose file it is.
        kind: ForeignKind,
    },
    /// The checksum holds, and the state says what cannot be.
    #[error(
        "`{}`: its checksum holds, but its state cannot be: {what}; refused, nothing was built after it\nhint: no run writes such a file; get it from where it was made",
        .path.display()
    )]
    Absurd {
        /// The file.
        path: PathBuf,
        /// What cannot be.
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
            Self::Io { path, .. }
            | Self::Damaged { path, .. }
            | Self::Foreign { path, .. }
            | Self::Absurd { path, .. }
            | Self::Version { path, .. } => Some(path),
            Self::NonFinite { .. } | Self::Encode(_) => None,
        }
    }
}
