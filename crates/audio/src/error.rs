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
    #[error("`{}`: not a regular file\nhint: name one recording", path.display())]
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
    /// No format that is known.
    #[error(
        "starts with `{found}`, which is no sound that is known (WAV, FLAC, MP3, M4A, Ogg, Opus and others are)\n\
         hint: ffmpeg -i FILE OUT.wav, if it is sound"
    )]
    UnknownFormat {
        /// The first bytes, escaped.
        found: String,
    },
    /// A format that ffmpeg would read, and there is no ffmpeg.
    #[error(
        "{name} is read through `ffmpeg`, which is not on the PATH\n\
         hint: install ffmpeg, or convert elsewhere: ffmpeg -i FILE OUT.wav"
    )]
    NoFfmpeg {
        /// The format.
        name: &'static str,
    },
    /// ffmpeg could not read the file either.
    #[error(
        "{name}, which `ffmpeg` could not read: {reason}\nhint: ffmpeg -i FILE OUT.wav shows more"
    )]
    Ffmpeg {
        /// The format.
        name: &'static str,
        /// What it said.
        reason: String,
    },
    /// The file could not be read to its end.
    #[error("{reason}\nhint: copy the file again")]
    Io {
        /// What the operating system said.
        #[from]
        reason: io::Error,
    },
    /// The file ends before its samples begin.
    #[error(
        "the file ends before its samples begin\n\
         hint: copy it again, or convert it: ffmpeg -i FILE OUT.wav"
    )]
    NoSamples,
    /// A WAV file whose samples come before the description of them.
    #[error("the WAV file has no `fmt ` before its `data`\nhint: ffmpeg -i FILE OUT.wav")]
    NoFormat,
    /// An MP4 file without the table of its samples.
    #[error(
        "the MP4 file has no `moov`, because recording or copying it was interrupted\n\
         hint: copy it again; without that table no program can read it"
    )]
    NoIndex,
    /// Samples of a WAV file coded in a way that is not read.
    #[error(
        "`wFormatTag` is `{code:#06x}` ({name}), which is not read without an `ffmpeg` on the PATH\n\
         hint: install ffmpeg, or: ffmpeg -i FILE -c:a pcm_s16le OUT.wav"
    )]
    Codec {
        /// The code of the format.
        code: u16,
        /// What people call it.
        name: &'static str,
    },
    /// A container that is read, with something in it that is not.
    #[error(
        "{name} with something that is not read without an `ffmpeg` on the PATH: {reason}\n\
         hint: install ffmpeg, or: ffmpeg -i FILE OUT.wav"
    )]
    Unsupported {
        /// The container.
        name: &'static str,
        /// What the reader said.
        reason: &'static str,
    },
    /// A field of a header contradicts itself or the world.
    #[error(
        "header field `{field}` is `{value}`\nhint: copy the file again, or: ffmpeg -i FILE OUT.wav"
    )]
    Header {
        /// Name of the field in the format's own words.
        field: &'static str,
        /// Its value.
        value: u64,
    },
    /// Fewer bytes than the header declares.
    #[error(
        "the header declares `{declared}` {unit}, the file holds `{held}`\n\
         hint: the file was cut short, copy it again"
    )]
    Truncated {
        /// What the header declares.
        declared: u64,
        /// What is there.
        held: u64,
        /// Of what.
        unit: &'static str,
    },
    /// More sound than one recording may be.
    #[error(
        "`{seconds:.1}` s of sound or more, a recording may have `{most_s:.1}` s\n\
         hint: cut it into utterances; or the file is damaged, copy it again"
    )]
    TooLong {
        /// How much there is at least, s.
        seconds: f64,
        /// How much there may be, s.
        most_s: f64,
    },
    /// A sample that is not a number.
    #[error("sample {index} is `{value}`\nhint: convert the file again")]
    NotFinite {
        /// Index in the mono mix.
        index: usize,
        /// The value.
        value: f32,
    },
    /// Floats in the scale of integers.
    #[error("the floats reach `{peak}`, expected -1..=1\nhint: {}", scale_hint(*.peak))]
    Scale {
        /// The largest magnitude.
        peak: f32,
    },
    /// The stream is damaged.
    #[error("{name}, after {frames} good samples: {reason}\nhint: copy the file again")]
    Damaged {
        /// The format.
        name: &'static str,
        /// Samples per channel decoded before the damage.
        frames: u64,
        /// What the decoder said.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The samples are not those that were encoded.
    #[error("{name} whose samples do not have the checksum it holds\nhint: copy the file again")]
    Checksum {
        /// The format.
        name: &'static str,
    },
    /// The decoder failed in a way that it should not.
    #[error(
        "{name} on which its decoder broke down\nhint: copy the file again, or: ffmpeg -i FILE OUT.wav"
    )]
    Broken {
        /// The format.
        name: &'static str,
    },
}

/// What the floats were before, by how large they are.
fn scale_hint(peak: f32) -> String {
    const SCALES: [(u32, u32); 3] = [(16, 1 << 15), (24, 1 << 23), (32, 1 << 31)];
    match SCALES.iter().find(|(_, full)| peak <= *full as f32) {
        Some((bits, full)) if peak > 128.0 => {
            format!("they are {bits}-bit integers: divide by {full}, and write the file again")
        }
        _ => "lower the level, and write the file again".to_owned(),
    }
}

/// Name, value, whether it can work, and what would do, of each setting; the first that cannot is the error.
pub(crate) fn settings_hold<const N: usize>(
    checks: [(&'static str, f64, bool, &'static str); N],
) -> Result<(), AudioError> {
    match checks.into_iter().find(|(_, _, holds, _)| !holds) {
        Some((field, value, _, expected)) => Err(AudioError::Setting {
            field,
            value,
            expected,
        }),
        None => Ok(()),
    }
}
