//! Mono sound in memory, and how it comes from and goes to files.

use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use crate::error::{AudioError, DecodeError};
use crate::{flac, wav};

/// Mono sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    /// Samples in `[-1, 1]`; a 16-bit integer `i` of a file is `i / 32768`.
    pub samples: Vec<f32>,
    /// Samples per second.
    pub sample_rate: u32,
}

impl Waveform {
    /// Length.
    ///
    /// # Units
    /// Seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.sample_rate)
    }
}

/// What the headers of an audio file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioInfo {
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Channels.
    pub channels: u16,
    /// Bits of one sample.
    pub bits: u16,
    /// Samples per channel; 0 where the headers do not tell.
    pub frames: u64,
}

enum Format {
    Wav,
    Flac,
}

/// Reads a WAV file (integers of 8, 16, 24 or 32 bits, floats of 32) or a FLAC file, known by its
/// content. Channels are averaged.
///
/// # Errors
/// A file that cannot be read, is neither format, or is damaged or cut short.
pub fn read(path: &Path) -> Result<Waveform, AudioError> {
    let mut file = open(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)
        .map_err(|reason| AudioError::Io {
            path: path.to_owned(),
            reason,
        })?;
    decode(&bytes).map_err(|reason| AudioError::Decode {
        path: path.to_owned(),
        reason,
    })
}

/// [`read`] for bytes already in memory.
///
/// # Errors
/// Bytes that are neither format, damaged or cut short.
pub fn decode(bytes: &[u8]) -> Result<Waveform, DecodeError> {
    match recognise(bytes)? {
        Format::Wav => wav::decode(bytes),
        Format::Flac => flac::decode(bytes),
    }
}

/// Reads only the headers of a file.
///
/// # Errors
/// As [`read`], as far as headers show it.
pub fn info(path: &Path) -> Result<AudioInfo, AudioError> {
    let io = |reason| AudioError::Io {
        path: path.to_owned(),
        reason,
    };
    let mut file = BufReader::new(open(path)?);
    let mut start = Vec::with_capacity(16);
    file.by_ref().take(16).read_to_end(&mut start).map_err(io)?;
    file.rewind().map_err(io)?;
    recognise(&start)
        .and_then(|format| match format {
            Format::Wav => wav::info(file),
            Format::Flac => flac::info(file),
        })
        .map_err(|reason| AudioError::Decode {
            path: path.to_owned(),
            reason,
        })
}

/// Writes 16-bit mono WAV. Samples beyond `[-1, 1]` are clamped.
///
/// # Errors
/// As [`encode_wav`], and [`AudioError::Io`] where the file cannot be written.
pub fn write_wav(path: &Path, waveform: &Waveform) -> Result<(), AudioError> {
    fs::write(path, encode_wav(waveform)?).map_err(|reason| AudioError::Io {
        path: path.to_owned(),
        reason,
    })
}

/// [`write_wav`] into memory.
///
/// # Errors
/// [`AudioError::SampleRate`] for a rate that no reader believes, [`AudioError::TooLong`] for more
/// than the 4 GiB that a WAV file can declare.
pub fn encode_wav(waveform: &Waveform) -> Result<Vec<u8>, AudioError> {
    wav::encode(waveform)
}

fn open(path: &Path) -> Result<File, AudioError> {
    let io = |reason| AudioError::Io {
        path: path.to_owned(),
        reason,
    };
    // Asked before opening: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(io)?.is_file() {
        return Err(AudioError::NotAFile {
            path: path.to_owned(),
        });
    }
    File::open(path).map_err(io)
}

fn recognise(start: &[u8]) -> Result<Format, DecodeError> {
    let looks_like = match start {
        [] => return Err(DecodeError::Empty),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'A',
            b'V',
            b'E',
            ..,
        ] => return Ok(Format::Wav),
        [b'f', b'L', b'a', b'C', ..] => return Ok(Format::Flac),
        [b'R', b'F', b'6', b'4', ..] => Some("RF64"),
        [b'O', b'g', b'g', b'S', ..] => Some("Ogg"),
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => Some("MP3"),
        [b'F', b'O', b'R', b'M', ..] => Some("AIFF"),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some("MP4"),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Some("Matroska or WebM"),
        _ => None,
    };
    let found = start[..start.len().min(12)].escape_ascii().to_string();
    Err(DecodeError::UnknownFormat { found, looks_like })
}
