//! Artifacts that only the owners of a key can read.
//!
//! What leaves the machine is encrypted for `age` recipients first (<https://age-encryption.org/v1>,
//! X25519), so a run holds public keys only and whoever runs the server or its store reads nothing.
//! The hash of the plaintext is kept apart from the file: whoever can write to the store can make a
//! file for a public key, but not one of that hash.

mod file;
mod identity;
mod recipient;

use std::{io, path::PathBuf};

pub use self::{
    file::{Digest, SealedFile, digest, open, seal},
    identity::{Identities, KeyPair},
    recipient::Recipients,
};

/// What the name of a sealed file ends with.
pub const SEALED_ENDING: &str = ".age";

/// Environment variable with recipients, separated by commas or white space.
pub const RECIPIENTS_VARIABLE: &str = "AGE_RECIPIENTS";

/// Their names must fit into one tag of a run.
const MOST_RECIPIENTS: usize = 64;

/// Why a file could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A recipient is none.
    #[error(
        "`{text}` is no age recipient\nhint: it begins with `age1`; `diktor artifact keygen` makes a pair"
    )]
    Recipient {
        /// The recipient as it was given.
        text: String,
    },
    /// A private key stands where a public one belongs.
    #[error(
        "a private age key stands where recipients belong; it is not shown here\nhint: put the public key there, `age1...`, and make a new pair if others saw this one"
    )]
    PrivateRecipient,
    /// There are more recipients than a tag can name.
    #[error("more than {MOST_RECIPIENTS} recipients")]
    TooMany,
    /// The identities cannot be read.
    #[error(
        "line `{line}` of the age identity is no key; it is not shown here\nhint: it begins with `AGE-SECRET-KEY-1`, or with `#` for a comment"
    )]
    Identity {
        /// The line, counted from 1.
        line: usize,
    },
    /// There is no identity.
    #[error("the age identity holds no key\nhint: it begins with `AGE-SECRET-KEY-1`")]
    NoIdentity,
    /// No identity is one of the recipients'.
    #[error("none of the age identities opens it: it was sealed for others")]
    WrongIdentity,
    /// The file is not what was sealed.
    #[error("it is damaged or cut off: {0}")]
    Damaged(String),
    /// The file is no age file.
    #[error("it is no age file: {0}")]
    NotSealed(String),
    /// There is nobody to seal for.
    #[error("nothing can be sealed for nobody\nhint: name recipients, `age1...`")]
    NoRecipients,
    /// The sealed copy could not be written.
    #[error("`{path}`: no sealed copy can be written here: {source}")]
    Write {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading or writing broke off.
    #[error("it cannot be read or written: {0}")]
    Io(io::Error),
}
