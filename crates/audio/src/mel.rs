//! Mel spectrograms.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};

use crate::config::{MelConfig, MelMode};
use crate::error::AudioError;
use crate::filterbank::{LANES, SparseFilterbank};
use crate::stft::{Stft, hann};

/// Smallest magnitude of a band before the logarithm; silence is its logarithm, -11.512925.
pub(crate) const FLOOR: f32 = 1e-5;

/// What HiFi-GAN adds to the power before the square root.
const HIFIGAN_POWER_OFFSET: f64 = 1e-9;

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

    /// Variance over time, summed over the bins; of no frame, not a number.
    pub fn variance(&self) -> f64 {
        let frames = self.frames() as f64;
        let column = |bin: usize| {
            let values = self.values.iter().skip(bin).step_by(self.bins);
            values.map(|&value| f64::from(value))
        };
        (0..self.bins)
            .map(|bin| {
                let mean = column(bin).sum::<f64>() / frames;
                column(bin).map(|value| (value - mean).powi(2)).sum::<f64>() / frames
            })
            .sum()
    }

    /// All values, without a copy.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }
}

/// Turns waveforms into mels. Built once, used from any thread.
#[derive(Clone)]
pub struct MelExtractor {
    framing: Stft,
    hop: usize,
    /// In single precision the rounding of a loud frame reaches the bands near the floor, beyond
    /// 1e-4 of their logarithm.
    transform: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    filterbank: SparseFilterbank,
    power_offset: f64,
}

impl fmt::Debug for MelExtractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MelExtractor")
            .field("framing", &self.framing)
            .finish_non_exhaustive()
    }
}

impl MelExtractor {
    /// Builds the transform and the filterbank.
    ///
    /// # Errors
    /// As [`MelConfig::validate`].
    pub fn new(config: &MelConfig) -> Result<Self, AudioError> {
        Ok(Self {
            framing: Stft::new(config)?,
            hop: config.hop_length,
            transform: RealFftPlanner::new().plan_fft_forward(config.filter_length),
            window: hann(config),
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
        let padded = self.framing.pad(samples)?;
        let bins = self.filterbank.bands();
        let mut values = vec![0.0; self.framing.frames(samples.len()) * bins];
        let mut block = Block::new(self);
        for (index, out) in values.chunks_mut(LANES * bins).enumerate() {
            block.magnitudes(self, &padded[index * LANES * self.hop..], out.len() / bins);
            self.filterbank
                .project_lanes(&block.magnitudes, |band, lanes| {
                    for (frame, magnitude) in out.chunks_exact_mut(bins).zip(lanes) {
                        frame[band] = magnitude.max(FLOOR).ln();
                    }
                });
        }
        Ok(Mel::new(bins, values))
    }
}

/// Buffers for [`LANES`] frames, side by side so that one weight of the filterbank serves all.
struct Block {
    frame: Vec<f64>,
    spectrum: Vec<Complex64>,
    scratch: Vec<Complex64>,
    /// `[K, LANES]`
    magnitudes: Vec<[f32; LANES]>,
}

impl Block {
    fn new(extractor: &MelExtractor) -> Self {
        let transform = &extractor.transform;
        Self {
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            magnitudes: vec![[0.0; LANES]; transform.complex_len()],
        }
    }

    fn magnitudes(&mut self, extractor: &MelExtractor, padded: &[f32], frames: usize) {
        for lane in 0..frames {
            let part = &padded[lane * extractor.hop..];
            for ((value, &sample), weight) in self.frame.iter_mut().zip(part).zip(&extractor.window)
            {
                *value = f64::from(sample) * weight;
            }
            extractor
                .transform
                .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
                .expect("the plan made these buffers");
            for (out, value) in self.magnitudes.iter_mut().zip(&self.spectrum) {
                out[lane] = (value.norm_sqr() + extractor.power_offset) as f32;
            }
        }
        for lanes in &mut self.magnitudes {
            *lanes = lanes.map(f32::sqrt);
        }
    }
}
