//! TensorBoard's event files, written and read without a protobuf crate.
//!
//! A file is a row of records: length (u64), masked CRC-32C of the length, payload, masked CRC-32C of
//! the payload, all little-endian. A payload is one `Event` message; [`Message`] writes the few of its
//! fields that are needed.

mod hparams;
mod message;
mod summary;

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

pub use self::{hparams::Entry, message::Message, summary::Summary};
use crate::outbox::Outbox;

/// First part of the name of every event file; TensorBoard looks for it.
const FILE_PREFIX: &str = "events.out.tfevents.";
/// A record of this project never comes near; a length beyond it is a damaged one.
const MAX_RECORD_BYTES: u64 = 256 << 20;

/// Writes one event file.
#[derive(Debug)]
pub struct EventWriter {
    path: PathBuf,
    out: Outbox,
}

impl EventWriter {
    /// Begins a new file in `folder`, named so that TensorBoard reads it after those already there.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create(folder: &Path, time_s: f64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        // TensorBoard reads the files of a run in the order of their names, so a session must not
        // begin in the same second as the one before it.
        let seconds = (time_s.max(0.0) as u64).max(newest_file_s(folder)? + 1);
        let path = folder.join(format!(
            "{FILE_PREFIX}{seconds:010}.diktor.{}.0",
            std::process::id()
        ));
        let file = File::options().create_new(true).append(true).open(&path)?;
        let mut writer = Self {
            out: Outbox::new(&path, file),
            path,
        };
        writer.record(
            Message::new()
                .double(1, time_s)
                .text(3, "brain.Event:2")
                .bytes(),
        )?;
        writer.flush()?;
        Ok(writer)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells readers to forget everything of `step` and above that earlier files hold.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn session_start(&mut self, step: u64, time_s: f64) -> io::Result<()> {
        const START: u64 = 1;
        let log = Message::new().integer(1, START);
        let event = Message::new()
            .double(1, time_s)
            .integer(2, step)
            .message(7, &log);
        self.record(event.bytes())
    }

    /// Writes one value.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn summary(&mut self, step: u64, time_s: f64, summary: &Summary<'_>) -> io::Result<()> {
        let value = Message::new().message(1, &summary.encode());
        let event = Message::new()
            .double(1, time_s)
            .integer(2, step)
            .message(5, &value);
        self.record(event.bytes())
    }

    /// Puts what was written where TensorBoard sees it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }

    fn record(&mut self, payload: &[u8]) -> io::Result<()> {
        let length = (payload.len() as u64).to_le_bytes();
        self.out.push(&length)?;
        self.out.push(&masked_crc32c(&length).to_le_bytes())?;
        self.out.push(payload)?;
        self.out.push(&masked_crc32c(payload).to_le_bytes())
    }
}

/// The payloads of an event file, up to the first damaged record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records<'a> {
    /// Payloads of the whole records, in file order.
    pub payloads: Vec<&'a [u8]>,
    /// Bytes after the last whole record: 0 if the file is whole.
    pub damaged_bytes: usize,
}

/// Splits an event file into its records and checks every checksum; reading ends before the first
/// record that is torn or does not match.
pub fn read_records(file: &[u8]) -> Records<'_> {
    let mut payloads = Vec::new();
    let mut rest = file;
    while let Some((payload, after)) = split_record(rest) {
        payloads.push(payload);
        rest = after;
    }
    Records {
        payloads,
        damaged_bytes: rest.len(),
    }
}

/// The first record's payload and what follows the record, if it is whole.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length_bytes, rest) = bytes.split_first_chunk::<8>()?;
    let (length_crc, rest) = rest.split_first_chunk::<4>()?;
    let length = u64::from_le_bytes(*length_bytes);
    if u32::from_le_bytes(*length_crc) != masked_crc32c(length_bytes) || length > MAX_RECORD_BYTES {
        return None;
    }
    let (payload, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let (payload_crc, rest) = rest.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*payload_crc) == masked_crc32c(payload)).then_some((payload, rest))
}

/// Time stamp in the name of the newest event file, 0 if there is none.
fn newest_file_s(folder: &Path) -> io::Result<u64> {
    let mut newest = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let stamp = name
            .to_str()
            .and_then(|name| name.strip_prefix(FILE_PREFIX))
            .and_then(|rest| {
                let digits = rest.split('.').next()?;
                digits.parse::<u64>().ok()
            });
        newest = newest.max(stamp.unwrap_or(0));
    }
    Ok(newest)
}

/// CRC-32C, rotated and shifted so that a checksum of data that holds checksums stays useful.
fn masked_crc32c(bytes: &[u8]) -> u32 {
    crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (crc >> 8) ^ TABLE[((crc ^ u32::from(*byte)) & 0xff) as usize]
    })
}

/// Remainders of all bytes for the reflected Castagnoli polynomial.
static TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0x82f6_3b78
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32c_has_the_published_values() {
        // RFC 3720, appendix B.4.
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    }

    #[test]
    fn a_later_file_sorts_after_an_earlier_one_of_the_same_second() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<PathBuf> = (0..3)
            .map(|_| {
                EventWriter::create(folder.path(), 1e9)
                    .unwrap()
                    .path()
                    .to_path_buf()
            })
            .collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn a_foreign_file_in_the_folder_does_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("events.out.tfevents.x.y"), "").unwrap();
        fs::write(folder.path().join("notes.txt"), "").unwrap();
        EventWriter::create(folder.path(), 5.0).unwrap();
    }
}
