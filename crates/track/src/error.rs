//! What can go wrong here, by cause.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why a sink could not take an event.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A file or folder of the run directory could not be opened.
    #[error("`{path}`: cannot be opened for writing: {source}")]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the run directory could not be written.
    #[error("`{path}`: cannot be written: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Nothing can be served at an address.
    #[error(
        "`{address}`: metrics cannot be served there: {source}\nhint: another program may use it; choose a free port of this machine, such as `127.0.0.1:9465`"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The local store did not take what the log holds.
    #[error(transparent)]
    Store(#[from] crate::StoreError),
    /// An event has no JSON form.
    #[error("event of step `{step}` cannot be written as JSON: {source}")]
    Encode {
        /// Step of the event.
        step: u64,
        /// What the encoder said.
        source: serde_json::Error,
    },
}

/// Why an event log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error(
        "`{path}`: cannot be read: {source}\nhint: is this a run directory? it holds `events.jsonl`"
    )]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The events of the run could not be read.
    #[error(transparent)]
    Events(#[from] ReadError),
    /// The report could not be written.
    #[error("`{path}`: cannot be written: {source}")]
    Write {
        /// The report file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
