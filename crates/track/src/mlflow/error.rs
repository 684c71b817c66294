//! What a server can do to a delivery.

use std::{io, path::PathBuf, time::Duration};

use serde_json::Value;

use super::Client;
use crate::{StoreError, seal::SealError};

/// Why something could not be delivered to `MLflow`, or not be read from it.
#[derive(Debug, thiserror::Error)]
pub enum MlflowError {
    /// No answer came.
    #[error(
        "`{server}`: no answer: {reason}\nhint: is the server running, and is the address right?"
    )]
    Unreachable {
        /// The server.
        server: String,
        /// What went wrong on the way.
        reason: String,
    },
    /// The server cannot answer now.
    #[error("`{server}`: answered {status}: {reason}")]
    Busy {
        /// The server.
        server: String,
        /// HTTP status.
        status: u16,
        /// What it said.
        reason: String,
        /// How long it wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The server knows who we are and does not let us, or does not know us.
    #[error(
        "`{server}`: answered {status}: {reason}\nhint: {}",
        forbidden_hint(*status)
    )]
    Forbidden {
        /// The server.
        server: String,
        /// HTTP status: 401 or 403.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// Whoever answered is no `MLflow`.
    #[error(
        "`{server}`: this is no answer of MLflow: {reason}\nhint: does the address name the server \
         itself, with its `http://` or `https://`?"
    )]
    NotMlflow {
        /// The server.
        server: String,
        /// What came instead.
        reason: String,
    },
    /// The server refuses for good.
    #[error("`{server}`: refused ({code}): {reason}")]
    Refused {
        /// The server.
        server: String,
        /// HTTP status.
        status: u16,
        /// Its word for it, `INVALID_PARAMETER_VALUE`.
        code: String,
        /// What it said.
        reason: String,
    },
    /// No run is called so.
    #[error(
        "`{server}`: no run is called `{called}`\nhint: give its id, the beginning of its id, or its name, as MLflow \
         shows them"
    )]
    NoSuchRun {
        /// The server.
        server: String,
        /// What was asked for.
        called: String,
    },
    /// Several runs are called so.
    #[error("`{server}`: several runs are called `{called}`: {runs}\nhint: give more of the id")]
    SeveralRuns {
        /// The server.
        server: String,
        /// What was asked for.
        called: String,
        /// The first of them.
        runs: String,
    },
    /// The run was moved to the trash of the server.
    #[error(
        "`{server}`: the run `{run}` is deleted there\nhint: restore it in MLflow, or remove it for \
         good (`mlflow gc`): it is then made anew"
    )]
    Deleted {
        /// The server.
        server: String,
        /// Its id for the run.
        run: String,
    },
    /// Somebody else is delivering the same run.
    #[error("`{path}`: the run is being delivered by another process")]
    Taken {
        /// The run directory.
        path: PathBuf,
    },
    /// There is nothing to deliver.
    #[error("`{path}`: no run here\nhint: name the folder that `diktor train -o` wrote")]
    NoRun {
        /// The run directory.
        path: PathBuf,
    },
    /// A file of the run cannot be read.
    #[error("`{path}`: cannot be read: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be sealed, and is not sent open.
    #[error("`{path}`: cannot be sealed, and is not sent otherwise: {source}")]
    Seal {
        /// The file.
        path: PathBuf,
        /// Why.
        source: SealError,
    },
    /// The local store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn forbidden_hint(status: u16) -> &'static str {
    match status {
        401 => {
            "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN; \
             what was not delivered is kept"
        }
        _ => {
            "ask for EDIT on the experiment (and on the registered model); behind a proxy the server \
             needs `--allowed-hosts`; what was not delivered is kept"
        }
    }
}

impl MlflowError {
    /// Whether trying again later may help without anybody doing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. } | Self::Busy { .. } | Self::Taken { .. }
        ) || matches!(self, Self::Store(error) if error.is_busy())
    }

    /// How long the server wants to be left alone, if it said so.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the server says that something is there already.
    pub(super) fn is_already_there(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "RESOURCE_ALREADY_EXISTS")
    }

    /// Whether the server says that something is not there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "RESOURCE_DOES_NOT_EXIST")
    }

    /// Whether the server lacks the feature, or refuses this one thing: the delivery can go on without.
    pub(super) fn is_about_this_alone(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// A text that an answer must hold.
pub(super) fn text(client: &Client, object: &Value, name: &str) -> Result<String, MlflowError> {
    match object[name].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(MlflowError::NotMlflow {
            server: client.uri().to_owned(),
            reason: format!("the answer lacks `{name}`"),
        }),
    }
}
