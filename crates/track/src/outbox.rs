//! What is appended to a file, and kept for as long as the file cannot take it.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Bytes that are written at once.
const PORTION: usize = 64 * 1024;
/// Bytes that may wait for a disk that is full or gone; more than that is given up.
const MOST: usize = 64 << 20;

/// Appends to a file. While the disk is full, or the file cannot be written for another reason that
/// may pass, what is appended waits here and is written at a later flush, in order and whole.
#[derive(Debug)]
pub(crate) struct Outbox {
    path: PathBuf,
    file: File,
    waiting: Vec<u8>,
    /// Whether the last attempt to write failed.
    stuck: bool,
}

impl Outbox {
    /// Appends to `file`, which `path` names.
    pub(crate) fn new(path: &Path, file: File) -> Self {
        Self {
            path: path.to_owned(),
            file,
            waiting: Vec::new(),
            stuck: false,
        }
    }

    /// Takes bytes.
    ///
    /// # Errors
    /// If too many wait already.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() < PORTION || self.stuck && self.waiting.len() < MOST {
            return Ok(());
        }
        self.flush()
    }

    /// Writes what waits, as far as the file takes it.
    ///
    /// # Errors
    /// If it takes nothing, and too much waits.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let written = self.write();
        match written {
            Err(error) if self.waiting.len() < MOST => {
                if !std::mem::replace(&mut self.stuck, true) {
                    let path = self.path.display();
                    tracing::warn!("`{path}`: {error}; what is to be written waits");
                }
                Ok(())
            }
            Err(error) => Err(error),
            Ok(()) => {
                if std::mem::replace(&mut self.stuck, false) {
                    tracing::warn!("`{}`: can be written again", self.path.display());
                }
                Ok(())
            }
        }
    }

    fn write(&mut self) -> io::Result<()> {
        let mut done = 0;
        let result = loop {
            match self.waiting.get(done..) {
                None | Some([]) => break Ok(()),
                Some(rest) => match self.file.write(rest) {
                    Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => done += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => break Err(error),
                },
            }
        };
        // What was taken of a torn write stays taken: the rest follows it.
        self.waiting.drain(..done);
        result
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        if let Err(error) = self.write() {
            tracing::warn!(
                "`{}`: {error}; its last {} bytes are lost",
                self.path.display(),
                self.waiting.len()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_file_cannot_take_waits_and_is_written_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "").unwrap();
        // A file that is open for reading takes nothing.
        let mut outbox = Outbox::new(&path, File::open(&path).unwrap());
        for line in ["one\n", "two\n"] {
            outbox.push(line.as_bytes()).unwrap();
            outbox.flush().unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), b"");
        outbox.file = File::options().append(true).open(&path).unwrap();
        outbox.push(b"three\n").unwrap();
        outbox.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n");
    }

    #[test]
    fn too_much_is_given_up_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "").unwrap();
        let mut outbox = Outbox::new(&path, File::open(&path).unwrap());
        let block = vec![b'x'; MOST / 8];
        let given_up = (0..9).find_map(|_| outbox.push(&block).err());
        assert!(given_up.is_some());
    }
}
