//! `diktor artifact keygen`: a private key in a file, and its public one.

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use diktor_track::seal::KeyPair;
use serde::Serialize;

use crate::{
    answer::Form,
    cli,
    exit::{Ending, usage},
};

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
    if path.exists() {
        return Err(usage(format!(
            "`{}`: is there already\nhint: name another file; a key is never replaced, because what was \
             sealed for it could not be opened any more",
            path.display()
        )));
    }
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
