//! What leaves the machine for a file of the run.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _},
    path::Path,
};

use sha2::{Digest as _, Sha256};

use crate::store::hex;

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

/// Makes a file of the run ready to be sent under `name`: everything that is uploaded passes here.
///
/// The file is opened once, so that what is sent is what was measured, even if it is replaced meanwhile.
///
/// # Errors
/// If it cannot be read.
pub fn outgoing(path: &Path, name: &str) -> io::Result<Outgoing> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut block = vec![0; 1 << 16];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            break;
        }
        digest.update(&block[..read]);
        bytes += read as u64;
    }
    file.rewind()?;
    Ok(Outgoing {
        name: name.to_owned(),
        file,
        bytes,
        sha256: hex(&digest.finalize()),
        tags: Vec::new(),
    })
}
