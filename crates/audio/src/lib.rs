//! Waveforms and features on plain slices: reading, resampling, mel, Griffin-Lim.
//!
//! Everything here works on `&[f32]` in `[-1, 1]`; no tensor library, no files except in [`read`],
//! [`info`] and [`write_wav`], and no other program except `ffmpeg` for formats without a reader.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use diktor_audio::{GriffinLimConfig, MelConfig, MelExtractor, griffin_lim, read, write_wav};
//!
//! # fn main() -> Result<(), diktor_audio::AudioError> {
//! let config = MelConfig::default();
//! let speech = read(Path::new("speech.flac"))?;
//! let mel = MelExtractor::new(&config)?.extract(&speech.samples)?;
//! let back = griffin_lim(&mel, &config, &GriffinLimConfig::default())?;
//! write_wav(Path::new("back.wav"), &back)?;
//! # Ok(())
//! # }
//! ```
//!
//! Decisions:
//! - A file is recognised by its first bytes, never by its name.
//! - Nothing is allocated by what a header claims: a length is believed once the bytes are there.
//! - Decoding ends where a recording is longer than one may be, however small its file.
//! - libsndfile is the measure of what a WAV file holds; what it would not expect is a [`Note`].
//! - Mels are natural logarithms of Slaney-weighted magnitudes, so NVIDIA's checkpoints and ours
//!   speak the same numbers.
//!
//! Legend for `# Shapes`: `F` frames, `M` mel bins, `K` frequency bins (`filter_length / 2 + 1`).

mod band;
mod config;
mod decode;
mod dtw;
mod encode;
mod error;
mod filterbank;
mod finish;
mod griffin_lim;
pub mod level;
mod mcd;
mod mel;
mod pitch;
mod resample;
mod stft;
mod trim;
mod waveform;

pub use band::band_hz;
pub use config::{MelConfig, MelMode};
pub use decode::{Decoded, Note};
pub use error::{AudioError, DecodeError};
pub use filterbank::mel_filterbank;
pub use finish::finish;
pub use griffin_lim::{GriffinLimConfig, griffin_lim};
pub use mcd::{MCD_DEFINITION, Mcd, MelAlignment, align_mels, mel_cepstral_distortion};
pub use mel::{Mel, MelExtractor};
pub use pitch::{PitchConfig, PitchTracker};
pub use realfft::num_complex::Complex32;
pub use resample::resample;
pub use stft::{Spectrogram, Stft};
pub use trim::{TrimConfig, trim_silence};
pub use waveform::{
    AudioInfo, EXTENSIONS, Waveform, decode, decode_within, encode_wav, info, read, write_wav,
};
