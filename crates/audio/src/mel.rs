//! Mel spectrograms.

use realfft::num_complex::Complex32;

use crate::config::{MelConfig, MelMode};
use crate::error::AudioError;
use crate::filterbank::SparseFilterbank;
use crate::stft::Stft;

/// Smallest magnitude of a band before the logarithm; silence is its logarithm, -11.512925.
pub(crate) const FLOOR: f32 = 1e-5;

/// What HiFi-GAN adds to the power before the square root.
const HIFIGAN_POWER_OFFSET: f32 = 1e-9;

/// Mel spectrogram: natural logarithms of band magnitudes.
///
/// # Shapes
/// `[F, M]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Mel {
    bins: usize,
    values: Vec<f32>,
}

impl Mel {
    /// Takes frames laid one after another.
    ///
    /// # Panics
    /// If `bins` is 0 or `values` does not hold whole frames.
    pub fn new(bins: usize, values: Vec<f32>) -> Self {
        assert!(
            bins > 0 && values.len().is_multiple_of(bins),
            "{} values, {bins} bins",
            values.len()
        );
        Self { bins, values }
    }

    /// Number of frames, `F`.
    pub fn frames(&self) -> usize {
        self.values.len() / self.bins
    }

    /// Bins per frame, `M`.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// All values, frame after frame.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// One frame.
    ///
    /// # Panics
    /// If there is no such frame.
    pub fn frame(&self, index: usize) -> &[f32] {
        &self.values[index * self.bins..][..self.bins]
    }

    /// All values, without a copy.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }
}

/// Turns waveforms into mels. Built once, used from any thread.
#[derive(Debug, Clone)]
pub struct MelExtractor {
    stft: Stft,
    filterbank: SparseFilterbank,
    power_offset: f32,
}

impl MelExtractor {
    /// Builds the transform and the filterbank.
    ///
    /// # Errors
    /// As [`MelConfig::validate`].
    pub fn new(config: &MelConfig) -> Result<Self, AudioError> {
        Ok(Self {
            stft: Stft::new(config)?,
            filterbank: SparseFilterbank::new(config),
            power_offset: match config.mel_mode {
                MelMode::Nv => 0.0,
                MelMode::Hifigan => HIFIGAN_POWER_OFFSET,
            },
        })
    }

    /// Mel of a waveform at the sampling rate of the settings.
    ///
    /// # Shapes
    /// `[L / hop + 1, M]` for `L` samples in NVIDIA's mode, `[L / hop, M]` in HiFi-GAN's.
    ///
    /// # Errors
    /// A waveform too short to be reflected at its ends, or samples far outside `[-1, 1]`.
    ///
    /// # Source
    /// NVIDIA/tacotron2 `layers.TacotronSTFT`; HiFi-GAN `meldataset.mel_spectrogram`.
    pub fn extract(&self, samples: &[f32]) -> Result<Mel, AudioError> {
        let padded = self.stft.pad(samples)?;
        let bins = self.filterbank.bands();
        let mut values = vec![0.0; self.stft.frames(samples.len()) * bins];
        let mut magnitudes = vec![0.0; self.stft.bins()];
        self.stft.for_each_frame(&padded, |index, spectrum| {
            self.magnitudes(spectrum, &mut magnitudes);
            let frame = &mut values[index * bins..][..bins];
            self.filterbank.project(&magnitudes, frame);
            for value in frame {
                *value = value.max(FLOOR).ln();
            }
        });
        Ok(Mel::new(bins, values))
    }

    fn magnitudes(&self, spectrum: &[Complex32], out: &mut [f32]) {
        for (out, value) in out.iter_mut().zip(spectrum) {
            *out = (value.norm_sqr() + self.power_offset).sqrt();
        }
    }
}
