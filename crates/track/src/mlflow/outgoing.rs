//! What leaves the machine for a file of the run.

use std::{
    fs::File,
    io::{self, Seek as _},
    path::Path,
};

use crate::{
    seal::{Digest, Recipients, SEALED_ENDING, SealError, digest, seal},
    store::tags,
};

/// A file on its way to a server.
#[derive(Debug)]
pub struct Outgoing {
    /// Its name there: its path in the run directory, with `/`.
    pub name: String,
    /// What is sent, from its beginning.
    pub file: File,
    /// How much of it there is.
    pub bytes: u64,
    /// Digest of the file itself, before anything is done to it.
    pub sha256: String,
    /// Further tags of what is made of it.
    pub tags: Vec<(String, String)>,
}

impl Outgoing {
    /// The same, sealed for `recipients` in `folder`; as it is if there are none.
    ///
    /// # Errors
    /// If the sealed copy cannot be made.
    pub(super) fn sealed(&self, recipients: &Recipients, folder: &Path) -> Result<Self, SealError> {
        let mut tags = self.tags.clone();
        if recipients.is_empty() {
            return Ok(Self {
                name: self.name.clone(),
                file: self.file.try_clone().map_err(SealError::Io)?,
                bytes: self.bytes,
                sha256: self.sha256.clone(),
                tags,
            });
        }
        let copy = seal(&self.file, recipients, folder)?;
        tags.push((tags::RECIPIENTS.to_owned(), recipients.ids().join(" ")));
        Ok(Self {
            name: format!("{}{SEALED_ENDING}", self.name),
            file: copy.file,
            bytes: copy.bytes,
            sha256: copy.plaintext.sha256,
            tags,
        })
    }
}

/// Makes a file of the run ready to be sent under `name`: everything that is uploaded passes here.
///
/// The file is opened once, so that what is sent is what was measured, even if it is replaced meanwhile.
///
/// # Errors
/// If it cannot be read.
pub fn outgoing(path: &Path, name: &str) -> io::Result<Outgoing> {
    let mut file = File::open(path)?;
    let Digest { sha256, bytes } = digest(&mut file)?;
    file.rewind()?;
    Ok(Outgoing {
        name: name.to_owned(),
        file,
        bytes,
        sha256,
        tags: Vec::new(),
    })
}
