//! What can be wrong with audio and with the settings that turn it into features.

use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// Sampling rates that are believed. Anything else in a header is damage, and a resampler would
/// have to build tables of its size.
pub(crate) const SAMPLE_RATES: RangeInclusive<u32> = 1_000..=768_000;

/// Why audio could not be read, written or turned into features.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AudioError {
    /// The file could not be opened, read or written.
    #[error("`{}`: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// The path leads to something that is not a regular file.
    #[error("`{}`: not a regular file\nhint: name one WAV or FLAC file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The bytes of the file are not audio that can be read.
    #[error("`{}`: {reason}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What is wrong with its bytes.
        reason: DecodeError,
    },
    /// A sampling rate outside what resampling handles.
    #[error(
        "sampling rate `{value}` Hz, expected {}..={} Hz", SAMPLE_RATES.start(), SAMPLE_RATES.end()
    )]
    SampleRate {
        /// The rate.
        value: u32,
    },
    /// A setting with a value that cannot work.
    #[error("`{field}` is `{value}`, expected {expected}")]
    Setting {
        /// Name of the setting.
        field: &'static str,
        /// Its value.
        value: f64,
        /// What would do.
        expected: &'static str,
    },
    /// Fewer samples than one frame with its padding needs.
    #[error(
        "`{samples}` samples, expected at least {needed}\nhint: leave out recordings this short"
    )]
    TooShort {
        /// Samples given.
        samples: usize,
        /// Samples needed.
        needed: usize,
    },
    /// More samples than one WAV file holds.
    #[error("`{samples}` samples, a WAV file holds at most {limit}\nhint: write it in parts")]
    TooLong {
        /// Samples given.
        samples: usize,
        /// Samples that fit.
        limit: usize,
    },
    /// A sample that no waveform in `[-1, 1]` holds.
    #[error("sample {index} is `{value}`, expected -1..=1\nhint: divide 16-bit integers by 32768")]
    Sample {
        /// Index of the first such sample.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// Features of another shape than the settings say.
    #[error("the mel has `{bins}` bins, the settings say {expected}")]
    MelBins {
        /// Bins of the mel.
        bins: usize,
        /// `n_mel_channels`.
        expected: usize,
    },
    /// A mel value from which no sound can be made.
    #[error("frame {frame}, bin {bin} of the mel is `{value}`, expected a finite number below 20")]
    MelValue {
        /// Frame of the first such value.
        frame: usize,
        /// Its bin.
        bin: usize,
        /// The value.
        value: f32,
    },
    /// The resampler refused its settings or a block.
    #[error("resampling from {from} Hz to {to} Hz: {reason}")]
    Resample {
        /// Rate of the samples.
        from: u32,
        /// Rate asked for.
        to: u32,
        /// What the resampler said.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What is wrong with the bytes of an audio file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// No bytes at all.
    #[error("the file is empty\nhint: copy or record it again")]
    Empty,
    /// Neither WAV nor FLAC.
    #[error(
        "starts with `{found}`{}, expected WAV or FLAC\nhint: ffmpeg -i FILE FILE.wav",
        match looks_like { Some(name) => format!(" ({name})"), None => String::new() }
    )]
    UnknownFormat {
        /// The first bytes, escaped.
        found: String,
        /// The format these bytes belong to, where that is known.
        looks_like: Option<&'static str>,
    },
    /// The WAV file ends before its samples begin.
    #[error(
        "the WAV file ends before its samples begin\n\
         hint: copy it again, or convert it: ffmpeg -i FILE -c:a pcm_s16le OUT.wav"
    )]
    NoSamples,
    /// The WAV reader refused the header or a sample.
    #[error("{reason}\nhint: copy it again, or convert it: ffmpeg -i FILE -c:a pcm_s16le OUT.wav")]
    Wav {
        /// What the reader said.
        reason: hound::Error,
    },
    /// Samples coded in a way that is not read.
    #[error(
        "{kind} of `{bits}` bits, expected integers of 8, 16, 24 or 32 bits or floats of 32\n\
         hint: ffmpeg -i FILE -c:a pcm_s16le OUT.wav"
    )]
    UnsupportedWav {
        /// Integers or floats.
        kind: &'static str,
        /// Bits of one sample.
        bits: u16,
    },
    /// A field of a header contradicts itself or the world.
    #[error("header field `{field}` is `{value}`\nhint: copy or convert the file again")]
    Header {
        /// Name of the field in the format's own words.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// Fewer bytes than the header declares.
    #[error(
        "the header declares `{declared}` {unit}, the file holds `{held}`\n\
         hint: the file was cut short, copy it again; or a program streamed it: ffmpeg -i FILE OUT.wav"
    )]
    Truncated {
        /// What the header declares.
        declared: u64,
        /// What is there.
        held: u64,
        /// Of what.
        unit: &'static str,
    },
    /// A sample that is not a number.
    #[error("sample {index} is `{value}`\nhint: convert the file again")]
    NotFinite {
        /// Index in the mono mix.
        index: usize,
        /// The value.
        value: f32,
    },
    /// The FLAC stream is damaged.
    #[error(
        "after {frames} good frames: {reason}\nhint: `flac -t FILE` shows more; copy the file again"
    )]
    Flac {
        /// Samples per channel decoded before the damage.
        frames: u64,
        /// What the decoder said.
        reason: claxon::Error,
    },
    /// A stream that unpacks to far more than its size makes plausible.
    #[error(
        "`{bytes}` bytes of FLAC claim more than `{limit}` samples\nhint: the file is damaged; copy it again"
    )]
    Implausible {
        /// Size of the file.
        bytes: usize,
        /// Samples believed of a file of this size.
        limit: u64,
    },
}
