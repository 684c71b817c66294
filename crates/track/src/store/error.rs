//! What can go wrong with the local store.

use std::{io, path::PathBuf};

use rusqlite::ErrorCode;

/// Why the local store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `SQLite` refused.
    #[error("`{path}`: {source}")]
    Database {
        /// The store.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file is no store of a run, or no whole one.
    #[error("`{path}`: {what}")]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What gave it away.
        what: String,
    },
    /// The store was written by a newer program.
    #[error(
        "`{path}`: its form is `{found}`, this program knows `{known}`\nhint: use a newer diktor, or \
         delete the file: it is made anew from `events.jsonl`"
    )]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The newest form known here.
        known: i64,
    },
    /// The event log could not be read.
    #[error("`{path}`: cannot be read: {source}")]
    Log {
        /// The log.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether somebody else holds the file for the moment.
    pub fn is_busy(&self) -> bool {
        matches!(
            self.code(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
        )
    }

    /// Whether a later attempt may do what this one could not: somebody else holds the file, the disk is
    /// full, or the process has too many files open.
    pub fn is_passing(&self) -> bool {
        self.is_busy()
            || matches!(
                self.code(),
                Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
            )
    }

    /// Whether the file is no store any more, as after a power cut.
    pub(super) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
            || matches!(
                self.code(),
                Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
            )
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Database { source, .. } => source.sqlite_error_code(),
            Self::Damaged { .. } | Self::Newer { .. } | Self::Log { .. } => None,
        }
    }
}
