//! Short-time Fourier transform and its inverse.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use crate::config::MelConfig;
use crate::error::AudioError;

/// Windows of which less than this is left at a sample cannot give the sample back.
const SMALLEST_WINDOW_SUM: f32 = 1e-11;

/// Louder than any waveform in `[-1, 1]` gets by resampling: such samples are unscaled integers.
const LARGEST_SAMPLE: f32 = 2.0;

/// Complex spectra, one per frame.
///
/// # Shapes
/// `[F, K]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrogram {
    bins: usize,
    values: Vec<Complex32>,
}

impl Spectrogram {
    /// Number of frames.
    pub fn frames(&self) -> usize {
        self.values.len() / self.bins
    }

    /// Frequency bins per frame.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// All values, frame after frame.
    pub fn values(&self) -> &[Complex32] {
        &self.values
    }

    pub(crate) fn new(bins: usize, values: Vec<Complex32>) -> Self {
        debug_assert_eq!(values.len() % bins, 0);
        Self { bins, values }
    }

    pub(crate) fn values_mut(&mut self) -> &mut [Complex32] {
        &mut self.values
    }
}

/// Plans and window of one transform. Shared freely between threads.
#[derive(Clone)]
pub struct Stft {
    hop: usize,
    padding: usize,
    window: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl std::fmt::Debug for Stft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stft")
            .field("filter_length", &self.filter_length())
            .field("hop", &self.hop)
            .field("padding", &self.padding)
            .finish_non_exhaustive()
    }
}

impl Stft {
    /// Builds the plans for the framing of `config`.
    ///
    /// # Errors
    /// As [`MelConfig::validate`].
    pub fn new(config: &MelConfig) -> Result<Self, AudioError> {
        config.validate()?;
        let mut planner = RealFftPlanner::new();
        Ok(Self {
            hop: config.hop_length,
            padding: config.padding(),
            window: hann(config).iter().map(|&weight| weight as f32).collect(),
            forward: planner.plan_fft_forward(config.filter_length),
            inverse: planner.plan_fft_inverse(config.filter_length),
        })
    }

    /// Frequency bins per frame.
    pub fn bins(&self) -> usize {
        self.filter_length() / 2 + 1
    }

    /// Frames that `samples` samples give.
    pub fn frames(&self, samples: usize) -> usize {
        let padded = samples + 2 * self.padding;
        if padded < self.filter_length() {
            0
        } else {
            (padded - self.filter_length()) / self.hop + 1
        }
    }

    /// Samples that `frames` frames give back.
    pub fn samples(&self, frames: usize) -> usize {
        if frames == 0 {
            return 0;
        }
        (frames - 1) * self.hop + self.filter_length() - 2 * self.padding
    }

    /// Spectra of the signal, whose ends are continued by reflection.
    ///
    /// # Errors
    /// A signal too short to be reflected, or samples far outside `[-1, 1]`.
    pub fn analyse(&self, samples: &[f32]) -> Result<Spectrogram, AudioError> {
        let padded = self.pad(samples)?;
        let mut spectrogram = Spectrogram::new(
            self.bins(),
            vec![Complex32::default(); self.frames(samples.len()) * self.bins()],
        );
        self.analyse_padded(&padded, &mut spectrogram);
        Ok(spectrogram)
    }

    /// The signal whose spectra these are; where they belong to none, the one nearest to them.
    ///
    /// # Source
    /// Griffin and Lim (1984), equation 6: overlapped windows over the sum of their squares.
    pub fn synthesise(&self, spectrogram: &Spectrogram) -> Vec<f32> {
        let mut padded = Vec::new();
        let sums = self.window_sums(spectrogram.frames());
        self.synthesise_padded(&mut spectrogram.clone(), &sums, &mut padded);
        let kept = self.samples(spectrogram.frames());
        padded.drain(..self.padding.min(padded.len()));
        padded.truncate(kept);
        padded
    }

    pub(crate) fn filter_length(&self) -> usize {
        self.window.len()
    }

    pub(crate) fn padding(&self) -> usize {
        self.padding
    }

    /// The signal with both ends reflected.
    pub(crate) fn pad(&self, samples: &[f32]) -> Result<Vec<f32>, AudioError> {
        let needed = (self.padding + 1).max(self.filter_length() - 2 * self.padding);
        if samples.len() < needed {
            return Err(AudioError::TooShort {
                samples: samples.len(),
                needed,
            });
        }
        if let Some(index) = samples
            .iter()
            .position(|s| s.is_nan() || s.abs() > LARGEST_SAMPLE)
        {
            return Err(AudioError::Sample {
                index,
                value: samples[index],
            });
        }
        let mut padded = Vec::with_capacity(samples.len() + 2 * self.padding);
        padded.extend(samples[1..=self.padding].iter().rev());
        padded.extend_from_slice(samples);
        padded.extend(
            samples[samples.len() - 1 - self.padding..samples.len() - 1]
                .iter()
                .rev(),
        );
        Ok(padded)
    }

    /// Spectra of a signal already [padded](Self::pad).
    pub(crate) fn analyse_padded(&self, padded: &[f32], out: &mut Spectrogram) {
        let mut frame = self.forward.make_input_vec();
        let mut scratch = self.forward.make_scratch_vec();
        let parts = padded.windows(self.filter_length()).step_by(self.hop);
        for (part, spectrum) in parts.zip(out.values.chunks_exact_mut(out.bins)) {
            for ((value, sample), weight) in frame.iter_mut().zip(part).zip(&self.window) {
                *value = sample * weight;
            }
            self.forward
                .process_with_scratch(&mut frame, spectrum, &mut scratch)
                .expect("the plan made these buffers");
        }
    }

    /// Sum of the squared windows over every padded sample.
    pub(crate) fn window_sums(&self, frames: usize) -> Vec<f32> {
        let mut sums = vec![0.0; self.padded_samples(frames)];
        for frame in 0..frames {
            for (sum, weight) in sums[frame * self.hop..].iter_mut().zip(&self.window) {
                *sum += weight * weight;
            }
        }
        sums
    }

    /// Overlap-adds into `padded`; the spectra serve as scratch space.
    pub(crate) fn synthesise_padded(
        &self,
        spectrogram: &mut Spectrogram,
        sums: &[f32],
        padded: &mut Vec<f32>,
    ) {
        padded.clear();
        padded.resize(self.padded_samples(spectrogram.frames()), 0.0);
        let mut frame = self.inverse.make_output_vec();
        let mut scratch = self.inverse.make_scratch_vec();
        let last = self.bins() - 1;
        for (index, spectrum) in spectrogram.values.chunks_exact_mut(last + 1).enumerate() {
            // A real signal has no phase at these two.
            spectrum[0].im = 0.0;
            spectrum[last].im = 0.0;
            self.inverse
                .process_with_scratch(spectrum, &mut frame, &mut scratch)
                .expect("the plan made these buffers");
            for ((sum, value), weight) in padded[index * self.hop..]
                .iter_mut()
                .zip(&frame)
                .zip(&self.window)
            {
                *sum += value * weight;
            }
        }
        // The inverse transform comes without its 1/N.
        let length = self.filter_length() as f32;
        for (value, sum) in padded.iter_mut().zip(sums) {
            *value = if *sum > SMALLEST_WINDOW_SUM {
                *value / (sum * length)
            } else {
                0.0
            };
        }
    }

    fn padded_samples(&self, frames: usize) -> usize {
        if frames == 0 {
            0
        } else {
            (frames - 1) * self.hop + self.filter_length()
        }
    }
}

/// Periodic Hann window of `win_length`, in the middle of `filter_length` values.
pub(crate) fn hann(config: &MelConfig) -> Vec<f64> {
    let mut window = vec![0.0; config.filter_length];
    let start = (config.filter_length - config.win_length) / 2;
    for (n, weight) in window[start..start + config.win_length]
        .iter_mut()
        .enumerate()
    {
        let angle = 2.0 * std::f64::consts::PI * n as f64 / config.win_length as f64;
        *weight = 0.5 - 0.5 * angle.cos();
    }
    window
}
