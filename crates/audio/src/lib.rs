//! Waveforms and features on plain slices: reading, resampling, mel, Griffin-Lim.
//!
//! Everything here works on `&[f32]` in `[-1, 1]`; no tensor library, no files except in [`read`],
//! [`info`] and [`write_wav`].
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
//! - A file cut short is refused, because its transcript would no longer match it.
//! - Mels are natural logarithms of Slaney-weighted magnitudes, so NVIDIA's checkpoints and ours
//!   speak the same numbers.
//!
//! Legend for `# Shapes`: `F` frames, `M` mel bins, `K` frequency bins (`filter_length / 2 + 1`).

mod config;
mod error;
mod filterbank;
mod finish;
mod flac;
mod griffin_lim;
pub mod level;
mod mcd;
mod mel;
mod resample;
mod stft;
mod trim;
mod wav;
mod waveform;

pub use config::{MelConfig, MelMode};
pub use error::{AudioError, DecodeError};
pub use filterbank::mel_filterbank;
pub use finish::finish;
pub use griffin_lim::{GriffinLimConfig, griffin_lim};
pub use mcd::{MCD_DEFINITION, Mcd, mel_cepstral_distortion};
pub use mel::{Mel, MelExtractor};
pub use realfft::num_complex::Complex32;
pub use resample::resample;
pub use stft::{Spectrogram, Stft};
pub use trim::{TrimConfig, trim_silence};
pub use waveform::{AudioInfo, Waveform, decode, encode_wav, info, read, write_wav};
