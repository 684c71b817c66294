//! `events.jsonl`: the record of the run, one event per line, only ever appended to.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use crate::{Delivery, Event, EventKind, Sink, SinkError, outbox::Outbox};

/// Writes one line of JSON per event. Lines wait while the disk is full, and follow when it is not.
#[derive(Debug)]
pub struct Jsonl {
    path: PathBuf,
    out: Outbox,
    line: Vec<u8>,
}

impl Jsonl {
    /// Opens the file for appending; it and its folders are made if they are missing.
    ///
    /// A torn last line, as a killed session leaves it, is cut off, so that the next event begins a
    /// line of its own.
    ///
    /// # Errors
    /// If the file cannot be opened or mended.
    pub fn open(path: &Path) -> Result<Self, SinkError> {
        let open = |path: &Path| {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = OpenOptions::new()
                .create(true)
                .read(true)
                .append(true)
                .open(path)?;
            mend_tail(&mut file)?;
            Ok(file)
        };
        let file = open(path).map_err(|source| SinkError::Open {
            path: path.to_path_buf(),
            source,
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            out: Outbox::new(path, file),
            line: Vec::new(),
        })
    }

    fn failed(&self, source: io::Error) -> SinkError {
        SinkError::Write {
            path: self.path.clone(),
            source,
        }
    }
}

impl Sink for Jsonl {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, event).map_err(|source| SinkError::Encode {
            step: event.step,
            source,
        })?;
        self.line.push(b'\n');
        self.out
            .push(&self.line)
            .map_err(|source| self.failed(source))?;
        // Steps come by the hundred and may wait a second; whatever else happens is rare and told at once.
        if matches!(event.kind, EventKind::Step { .. }) {
            Ok(())
        } else {
            self.flush()
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.out.flush().map_err(|source| self.failed(source))
    }

    fn delivery(&self) -> Delivery {
        Delivery::Lossless
    }
}

/// Makes the file end with a whole line: a last line without its end is completed if it is an event,
/// and cut off if it is not.
fn mend_tail(file: &mut File) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = read_tail(file, length)?;
    if tail.is_empty() {
        return Ok(());
    }
    if serde_json::from_slice::<Event>(&tail).is_ok() {
        file.write_all(b"\n")
    } else {
        tracing::warn!(
            bytes = tail.len(),
            "cut off the torn last line of the event log"
        );
        file.set_len(length - tail.len() as u64)
    }
}

/// The bytes after the last end of line.
fn read_tail(file: &mut File, length: u64) -> io::Result<Vec<u8>> {
    const BLOCK: u64 = 64 * 1024;
    let mut tail = Vec::new();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        let mut block = vec![0; usize::try_from(end - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut block)?;
        let cut = block
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map(|at| at + 1);
        let rest = block.split_off(cut.unwrap_or(0));
        tail.splice(0..0, rest);
        if cut.is_some() {
            break;
        }
        end = start;
    }
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::read_log;

    fn step(step: u64) -> Event {
        let metrics = BTreeMap::from([("training.loss".to_owned(), f64::NAN)]);
        Event {
            step,
            time_s: 1.5,
            kind: EventKind::Step { metrics },
        }
    }

    fn steps_in(path: &Path) -> Vec<u64> {
        read_log(path)
            .unwrap()
            .events
            .iter()
            .map(|event| event.step)
            .collect()
    }

    #[test]
    fn a_second_session_appends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/events.jsonl");
        for number in 1..=2 {
            let mut sink = Jsonl::open(&path).unwrap();
            sink.record(&step(number)).unwrap();
            sink.flush().unwrap();
        }
        assert_eq!(steps_in(&path), [1, 2]);
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let line = serde_json::to_string(&step(2)).unwrap();
        for length in 0..=line.len() {
            let whole = serde_json::to_string(&step(1)).unwrap();
            fs::write(&path, format!("{whole}\n{}", &line[..length])).unwrap();
            let mut sink = Jsonl::open(&path).unwrap();
            sink.record(&step(3)).unwrap();
            sink.flush().unwrap();
            let expected: &[u64] = if length == line.len() {
                &[1, 2, 3]
            } else {
                &[1, 3]
            };
            assert_eq!(steps_in(&path), expected, "torn after {length} bytes");
        }
    }

    #[test]
    fn a_torn_line_longer_than_a_block_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let whole = serde_json::to_string(&step(1)).unwrap();
        fs::write(&path, format!("{whole}\n{}", "x".repeat(200_000))).unwrap();
        drop(Jsonl::open(&path).unwrap());
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{whole}\n"));
    }
}
