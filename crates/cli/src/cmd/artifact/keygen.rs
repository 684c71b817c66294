//! `diktor artifact keygen`: a private key in a file, and its public one.

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use diktor_track::seal::KeyPair;
use serde::Serialize;

use crate::{answer::Form, cli, exit::Ending};

#[derive(Debug, Serialize)]
struct Made {
    recipient: String,
    identity_file: PathBuf,
}

/// Makes a pair of keys.
///
/// # Errors
/// When the file is there already, or cannot be written.
pub(super) fn run(arguments: &cli::ArtifactKeygen, form: Form) -> anyhow::Result<Ending> {
    let pair = KeyPair::generate();
    let path = &arguments.output;
    pair.write(path)
        .with_context(|| format!("`{}` cannot be written", path.display()))?;
    form.print(&Made {
        recipient: pair.recipient,
        identity_file: path.clone(),
    })?;
    Ok(Ending::Done)
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "public key   {}", self.recipient)?;
        writeln!(f, "private key  {}", self.identity_file.display())
    }
}
