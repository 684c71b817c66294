//! What can be wrong with a policy.

use crate::{SecretError, mlflow::MlflowError};

/// Why a policy could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// A name is empty.
    #[error("{what}: the name is empty")]
    Empty {
        /// What has the name.
        what: String,
    },
    /// Something is said twice.
    #[error("{what}: said twice")]
    Twice {
        /// What it is.
        what: String,
    },
    /// A password has two places.
    #[error(
        "user `{user}`: the password has two places\nhint: keep `password_env` or `password_file`"
    )]
    TwoPasswords {
        /// Whose password.
        user: String,
    },
    /// A new user needs a password.
    #[error(
        "user `{user}` is not there yet and has no password\nhint: `password_env: NAME` or `password_file: PATH`, and the password in it, not here"
    )]
    NoPassword {
        /// Whose password.
        user: String,
    },
    /// The variable of a password is not set.
    #[error("user `{user}`: the environment variable `{variable}` of the password is not set")]
    Unset {
        /// Whose password.
        user: String,
        /// The variable.
        variable: String,
    },
    /// The file of a password.
    #[error("user `{user}`: {source}")]
    Password {
        /// Whose password.
        user: String,
        /// What is wrong with it.
        source: SecretError,
    },
    /// A user is named who is nowhere.
    #[error("`{user}`: no such user, neither in the file nor at the server")]
    UnknownUser {
        /// The user.
        user: String,
    },
    /// The credentials are those of a user who may not do this.
    #[error(
        "`{user}` is no administrator of the server\nhint: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD to one's"
    )]
    NoAdministrator {
        /// Who asked.
        user: String,
    },
    /// The one who applies the policy cannot change themselves.
    #[error(
        "user `{user}` is the one who applies this, and nobody changes their own password or rights here\nhint: leave the user out, or let another administrator apply it"
    )]
    Oneself {
        /// Who.
        user: String,
    },
    /// The server has no users.
    #[error("`{server}`: has no users to manage\nhint: start it with `--app-name basic-auth`")]
    NoUsers {
        /// The server.
        server: String,
    },
    /// The server.
    #[error(transparent)]
    Server(#[from] MlflowError),
}
