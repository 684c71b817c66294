//! The settings that turn a waveform into a mel spectrogram. One set per checkpoint.

use serde::{Deserialize, Serialize};

use crate::error::{AudioError, SAMPLE_RATES, settings_hold};

/// Where frames lie and how magnitudes are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MelMode {
    /// NVIDIA Tacotron 2: frame `i` is centred on sample `i * hop_length`.
    #[default]
    Nv,
    /// HiFi-GAN: frame `i` is centred half a hop later, so `L` samples give `L / hop_length` frames.
    Hifigan,
}

/// Parameters of the mel spectrogram.
///
/// # Source
/// NVIDIA/tacotron2 `hparams.py`; HiFi-GAN `config_v1.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MelConfig {
    /// Sampling rate of the waveform, in Hz.
    pub sampling_rate: u32,
    /// Length of the Fourier transform, in samples.
    pub filter_length: usize,
    /// Distance between frames, in samples.
    pub hop_length: usize,
    /// Length of the Hann window, in samples; centred in the transform where shorter.
    pub win_length: usize,
    /// Mel bins.
    pub n_mel_channels: usize,
    /// Lower edge of the first mel band, in Hz.
    pub mel_fmin: f64,
    /// Upper edge of the last mel band, in Hz.
    pub mel_fmax: f64,
    /// Padding and magnitude convention.
    pub mel_mode: MelMode,
}

impl Default for MelConfig {
    fn default() -> Self {
        Self {
            sampling_rate: 22_050,
            filter_length: 1024,
            hop_length: 256,
            win_length: 1024,
            n_mel_channels: 80,
            mel_fmin: 0.0,
            mel_fmax: 8000.0,
            mel_mode: MelMode::Nv,
        }
    }
}

impl MelConfig {
    /// Refuses values that cannot work together.
    ///
    /// # Errors
    /// [`AudioError::Setting`] or [`AudioError::SampleRate`] with the first such value.
    pub fn validate(&self) -> Result<(), AudioError> {
        if !SAMPLE_RATES.contains(&self.sampling_rate) {
            return Err(AudioError::SampleRate {
                value: self.sampling_rate,
            });
        }
        let nyquist = f64::from(self.sampling_rate) / 2.0;
        let checks = [
            (
                "filter_length",
                self.filter_length as f64,
                (16..=65_536).contains(&self.filter_length) && self.filter_length.is_multiple_of(2),
                "an even number of 16..=65536",
            ),
            (
                "win_length",
                self.win_length as f64,
                (2..=self.filter_length).contains(&self.win_length),
                "2..=filter_length",
            ),
            (
                "hop_length",
                self.hop_length as f64,
                // Beyond half a window the overlap-added windows leave gaps no inverse can fill.
                (1..=self.win_length / 2).contains(&self.hop_length),
                "1..=win_length / 2",
            ),
            (
                "n_mel_channels",
                self.n_mel_channels as f64,
                (1..=self.filter_length / 2).contains(&self.n_mel_channels),
                "1..=filter_length / 2",
            ),
            ("mel_fmin", self.mel_fmin, self.mel_fmin >= 0.0, "0 or more"),
            (
                "mel_fmax",
                self.mel_fmax,
                self.mel_fmax > self.mel_fmin && self.mel_fmax <= nyquist,
                "above mel_fmin and at most half the sampling rate",
            ),
        ];
        settings_hold(checks)
    }

    /// Samples reflected at each end before framing.
    pub(crate) fn padding(&self) -> usize {
        match self.mel_mode {
            MelMode::Nv => self.filter_length / 2,
            MelMode::Hifigan => (self.filter_length - self.hop_length) / 2,
        }
    }

    /// Length of one frame step.
    ///
    /// # Units
    /// Seconds.
    pub fn hop_seconds(&self) -> f64 {
        self.hop_length as f64 / f64::from(self.sampling_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_valid() {
        MelConfig::default().validate().unwrap();
    }

    #[test]
    fn an_impossible_value_is_named() {
        let check = |field: &str, change: fn(&mut MelConfig)| {
            let mut config = MelConfig::default();
            change(&mut config);
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains(field), "{message}");
        };
        check("mel_fmax", |c| c.mel_fmax = 12_000.0);
        check("mel_fmax", |c| c.mel_fmax = f64::NAN);
        check("mel_fmin", |c| c.mel_fmin = -1.0);
        check("hop_length", |c| c.hop_length = 0);
        check("hop_length", |c| c.hop_length = 1024);
        check("win_length", |c| c.win_length = 2048);
        check("filter_length", |c| c.filter_length = 1 << 40);
        check("n_mel_channels", |c| c.n_mel_channels = 0);
        check("sampling rate", |c| c.sampling_rate = 0);
    }
}
