//! Mono sound in memory, and how it comes from and goes to files.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::decode::{self, Decoded};
use crate::encode;
use crate::error::{AudioError, DecodeError};

/// Ends of the names of sound files, in lower case and without the dot: to find a recording that a
/// list names without one, the likeliest first. What a file holds is told by its content alone.
pub const EXTENSIONS: &[&str] = &[
    "wav", "flac", "mp3", "m4a", "ogg", "opus", "wave", "aac", "oga", "mp4", "aif", "aiff", "aifc",
    "caf", "w64", "rf64", "bwf", "au", "snd", "mka", "webm", "weba", "3gp", "wma", "amr",
];

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
    /// Bits of one sample; 0 where a coding does not have them.
    pub bits: u16,
    /// Samples per channel; 0 where the headers do not tell.
    pub frames: u64,
}

/// Reads a sound file, known by its content: WAV of every coding that libsndfile reads, FLAC, MP3,
/// AAC and ALAC in MP4, Vorbis and Opus in Ogg or Matroska, AIFF, CAF, AU; others through an `ffmpeg`
/// on the `PATH`. Channels are averaged.
///
/// # Errors
/// A file that cannot be read, is of no known format, is damaged, or is longer than any recording.
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
/// As [`read`].
pub fn decode(bytes: &[u8]) -> Result<Waveform, DecodeError> {
    decode_within(bytes, f64::INFINITY).map(|decoded| decoded.waveform)
}

/// [`decode`] of at most `longest_s` seconds, with what is unusual about the file. Decoding ends
/// where a longer file shows itself, so that a small file cannot fill the memory.
///
/// # Errors
/// As [`read`], and [`DecodeError::TooLong`].
pub fn decode_within(bytes: &[u8], longest_s: f64) -> Result<Decoded, DecodeError> {
    decode::decode(bytes, longest_s)
}

/// Reads only the headers of a file; a format without an own reader is decoded whole.
///
/// # Errors
/// As [`read`], as far as headers show it.
pub fn info(path: &Path) -> Result<AudioInfo, AudioError> {
    decode::info(open(path)?).map_err(|reason| AudioError::Decode {
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
    encode::encode(waveform)
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
