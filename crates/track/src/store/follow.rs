//! Reads what `events.jsonl` holds beyond what the store has read already.

use std::{
    fs::File,
    io::{self, Read, Seek as _, SeekFrom},
    path::Path,
};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::{Fact, Store, StoreError, apply, read_fact, take_back, write_fact};
use crate::Event;

/// Bytes of the log taken in one transaction, unless one line is longer.
const BATCH_BYTES: u64 = 4 << 20;

impl Store {
    /// Takes every whole line that `events.jsonl` has beyond those taken before. A store that turns out to
    /// be damaged is set aside, and the one in its place takes them all.
    ///
    /// # Errors
    /// If the log cannot be read or the store not be written; what was taken so far stays.
    pub fn catch_up(&mut self) -> Result<(), StoreError> {
        match self.follow() {
            Err(error) if error.is_damage() => {
                self.begin_anew(&error)?;
                self.follow()
            }
            done => done,
        }
    }

    fn follow(&mut self) -> Result<(), StoreError> {
        let path = self.run_dir.join(crate::EVENTS_FILE);
        let failed = |source| StoreError::Log {
            path: path.clone(),
            source,
        };
        if !path.exists() {
            return Ok(());
        }
        let mut log = File::open(&path).map_err(failed)?;
        if !self.is_continued_by(&mut log).map_err(failed)? {
            tracing::warn!(path = %path.display(), "the event log is not the one read before: reading it again");
            self.write(|store| {
                take_back::everything(store)?;
                write_fact(store, Fact::LogOffset, "0")
            })?;
        }
        loop {
            let offset = u64::try_from(self.number(Fact::LogOffset)?).unwrap_or(0);
            let lines = whole_lines(&mut log, offset).map_err(failed)?;
            if lines.is_empty() {
                return Ok(());
            }
            self.write(|store| take(store, &lines, offset))?;
        }
    }

    /// Whether the log still begins with what was read of it.
    fn is_continued_by(&self, log: &mut File) -> io::Result<bool> {
        let offset = self.number(Fact::LogOffset).unwrap_or(0);
        let Some((length, digest)) = self.tail() else {
            return Ok(offset == 0);
        };
        let begin = u64::try_from(offset.saturating_sub(length)).unwrap_or(0);
        log.seek(SeekFrom::Start(begin))?;
        let mut line = Vec::new();
        let length = u64::try_from(length).unwrap_or(0);
        log.by_ref().take(length).read_to_end(&mut line)?;
        Ok(fingerprint(&line) == digest)
    }

    /// Length and digest of the last line that was read.
    fn tail(&self) -> Option<(i64, String)> {
        let tail = self.fact(Fact::LogTail).ok().flatten()?;
        let (length, digest) = tail.split_once(' ')?;
        Some((length.parse().ok()?, digest.to_owned()))
    }
}

/// The whole lines from `offset` on, about [`BATCH_BYTES`] of them.
fn whole_lines(log: &mut File, offset: u64) -> io::Result<Vec<u8>> {
    log.seek(SeekFrom::Start(offset))?;
    let mut lines = Vec::new();
    loop {
        let read = log.by_ref().take(BATCH_BYTES).read_to_end(&mut lines)?;
        if let Some(end) = lines.iter().rposition(|byte| *byte == b'\n') {
            lines.truncate(end + 1);
            return Ok(lines);
        }
        if read == 0 {
            return Ok(Vec::new());
        }
    }
}

/// Applies the lines, and notes that they have been read.
fn take(store: &Connection, lines: &[u8], offset: u64) -> rusqlite::Result<()> {
    let mut last: &[u8] = &[];
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        // A line with flipped bytes is what a bad disk does; the log's readers say so.
        if let Ok(event) = serde_json::from_slice::<Event>(line) {
            apply::event(store, &event, line)?;
        }
        last = line;
    }
    let tail = format!("{} {}", last.len(), fingerprint(last));
    write_fact(store, Fact::LogTail, &tail)?;
    let offset = offset + lines.len() as u64;
    write_fact(store, Fact::LogOffset, &offset.to_string())
}

/// A digest in hexadecimal.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The identity of a run is that of its first event, so that a store made anew has the same.
pub(super) fn identity(line: &[u8]) -> String {
    let digest = Sha256::digest(line);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes)
        .into_uuid()
        .to_string()
}

/// Whether the store has read anything yet.
pub(super) fn has_begun(store: &Connection) -> rusqlite::Result<bool> {
    Ok(read_fact(store, Fact::RunUuid)?.is_some())
}

/// Whether a run directory has a log to follow.
pub(crate) fn has_log(run_dir: &Path) -> bool {
    run_dir.join(crate::EVENTS_FILE).is_file()
}
