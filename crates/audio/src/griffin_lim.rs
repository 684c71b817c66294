//! Sound from a mel without a trained vocoder.

use realfft::num_complex::Complex32;
use serde::{Deserialize, Serialize};

use crate::config::MelConfig;
use crate::error::AudioError;
use crate::filterbank::SparseFilterbank;
use crate::mel::{FLOOR, Mel};
use crate::stft::{Spectrogram, Stft};
use crate::waveform::Waveform;

/// Settings of [`griffin_lim`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GriffinLimConfig {
    /// Projections between magnitudes and signals.
    pub iterations: usize,
    /// Weight of the last move in the next one; 0 is the slow classic, 0.99 the fast variant.
    pub momentum: f32,
    /// Exponent on the magnitudes. 1 is faithful: real speech comes back with its mel to 0.09 on
    /// average. Above 1 it deepens valleys that a model has smoothed over, at the price of a mel
    /// that is off by about 1 at 1.2.
    pub power: f32,
    /// Seed of the first phases. Same seed, same samples.
    pub seed: u64,
}

impl Default for GriffinLimConfig {
    fn default() -> Self {
        Self {
            iterations: 60,
            momentum: 0.99,
            power: 1.0,
            seed: 0,
        }
    }
}

/// Multiplicative updates that spread a mel over the frequency bins.
const INVERSION_UPDATES: usize = 30;

/// Loudest mel believed: e^20 is a thousand times what full scale gives.
const LARGEST_MEL: f32 = 20.0;

/// Frames below which a signal is too short to be reflected at its ends; shorter mels are
/// followed by silence meanwhile.
const FEWEST_FRAMES: usize = 16;

/// Sound whose mel is close to `mel`.
///
/// # Errors
/// Settings that cannot work, or a mel of another number of bins or with values that are not
/// logarithms of magnitudes.
///
/// # Source
/// Griffin and Lim (1984); Perraudin, Balazs and Søndergaard (2013), "A fast Griffin-Lim algorithm".
pub fn griffin_lim(
    mel: &Mel,
    config: &MelConfig,
    settings: &GriffinLimConfig,
) -> Result<Waveform, AudioError> {
    check(mel, config, settings)?;
    let stft = Stft::new(config)?;
    let mut magnitudes = linear_magnitudes(mel, config);
    sharpen(&mut magnitudes, settings.power);
    let frames = mel.frames();
    magnitudes.resize(frames.max(FEWEST_FRAMES) * stft.bins(), 0.0);
    let mut samples = find_phases(&stft, &magnitudes, settings);
    samples.truncate(stft.samples(frames));
    Ok(Waveform {
        samples,
        sample_rate: config.sampling_rate,
    })
}

fn check(mel: &Mel, config: &MelConfig, settings: &GriffinLimConfig) -> Result<(), AudioError> {
    config.validate()?;
    if mel.bins() != config.n_mel_channels {
        return Err(AudioError::MelBins {
            bins: mel.bins(),
            expected: config.n_mel_channels,
        });
    }
    let within = |value: f32| value < LARGEST_MEL && value > f32::NEG_INFINITY;
    if let Some(index) = mel.values().iter().position(|&value| !within(value)) {
        let (frame, bin) = (index / mel.bins(), index % mel.bins());
        return Err(AudioError::MelValue {
            frame,
            bin,
            value: mel.values()[index],
        });
    }
    let setting = |field, value: f32, expected| {
        Err(AudioError::Setting {
            field,
            value: f64::from(value),
            expected,
        })
    };
    if !(0.0..1.0).contains(&settings.momentum) {
        return setting("momentum", settings.momentum, "0 or more and below 1");
    }
    if !(0.5..=2.0).contains(&settings.power) {
        return setting("power", settings.power, "0.5..=2");
    }
    Ok(())
}

/// Non-negative magnitudes whose bands are those of the mel.
///
/// # Shapes
/// `[F, K]`, row-major.
///
/// # Source
/// Lee and Seung (2001), the multiplicative update for the divergence: unlike the squared error it
/// does not leave quiet bands to the mercy of loud ones.
fn linear_magnitudes(mel: &Mel, config: &MelConfig) -> Vec<f32> {
    let filterbank = SparseFilterbank::new(config);
    let (bands, bins) = (mel.bins(), filterbank.bins());
    let mut band_sums = vec![0.0; bands];
    filterbank.project(&vec![1.0; bins], &mut band_sums);
    let mut bin_sums = vec![0.0; bins];
    filterbank.spread(&vec![1.0; bands], &mut bin_sums);

    let mut magnitudes = Vec::with_capacity(mel.frames() * bins);
    let mut ratio = vec![0.0; bands];
    let mut update = vec![0.0; bins];
    for frame in mel.values().chunks_exact(bands) {
        let wanted: Vec<f32> = frame.iter().map(|value| value.exp()).collect();
        // A bin starts at the mean of its bands, so that what they leave open stays smooth.
        for ((ratio, want), sum) in ratio.iter_mut().zip(&wanted).zip(&band_sums) {
            *ratio = if *sum > 0.0 { want / sum } else { 0.0 };
        }
        let mut current = vec![0.0; bins];
        filterbank.spread(&ratio, &mut current);
        scale(&mut current, None, &bin_sums);
        for _ in 0..INVERSION_UPDATES {
            filterbank.project(&current, &mut ratio);
            for (ratio, want) in ratio.iter_mut().zip(&wanted) {
                *ratio = want / ratio.max(FLOOR * FLOOR);
            }
            update.fill(0.0);
            filterbank.spread(&ratio, &mut update);
            scale(&mut current, Some(&update), &bin_sums);
        }
        magnitudes.extend_from_slice(&current);
    }
    magnitudes
}

/// `values *= factors / sums`, and 0 where no band reaches.
fn scale(values: &mut [f32], factors: Option<&[f32]>, sums: &[f32]) {
    for (index, (value, sum)) in values.iter_mut().zip(sums).enumerate() {
        let factor = factors.map_or(1.0, |factors| factors[index]);
        *value = if *sum > 0.0 {
            *value * factor / sum
        } else {
            0.0
        };
    }
}

/// Raises magnitudes to a power and keeps their energy.
fn sharpen(magnitudes: &mut [f32], power: f32) {
    let energy = |values: &[f32]| values.iter().map(|&m| f64::from(m).powi(2)).sum::<f64>();
    let before = energy(magnitudes);
    if power == 1.0 || before == 0.0 {
        return;
    }
    for value in magnitudes.iter_mut() {
        *value = value.powf(power);
    }
    let gain = (before / energy(magnitudes).max(f64::MIN_POSITIVE)).sqrt() as f32;
    for value in magnitudes {
        *value *= gain;
    }
}

/// A signal whose spectra have about these magnitudes.
pub(crate) fn find_phases(
    stft: &Stft,
    magnitudes: &[f32],
    settings: &GriffinLimConfig,
) -> Vec<f32> {
    let mut random = SplitMix64(settings.seed);
    let start: Vec<Complex32> = magnitudes
        .iter()
        .map(|&magnitude| Complex32::from_polar(magnitude, random.angle()))
        .collect();
    let mut current = Spectrogram::new(stft.bins(), start);
    let frames = current.frames();
    let sums = stft.window_sums(frames);
    let mut padded = Vec::new();
    let mut projected = current.clone();
    let mut last: Option<Vec<Complex32>> = None;
    for _ in 0..settings.iterations {
        stft.synthesise_padded(&mut current, &sums, &mut padded);
        reflect_ends(&mut padded, stft.padding());
        stft.analyse_padded(&padded, &mut projected);
        let previous = last.get_or_insert_with(|| projected.values().to_vec());
        for (((value, &magnitude), next), previous) in projected
            .values_mut()
            .iter_mut()
            .zip(magnitudes)
            .zip(current.values_mut())
            .zip(previous.iter_mut())
        {
            let norm = value.norm();
            *value = if norm > f32::MIN_POSITIVE {
                *value * (magnitude / norm)
            } else {
                Complex32::new(magnitude, 0.0)
            };
            *next = *value + (*value - *previous) * settings.momentum;
            *previous = *value;
        }
    }
    stft.synthesise(&projected)
}

/// Makes the padding what [`Stft::pad`] would make it.
fn reflect_ends(padded: &mut [f32], padding: usize) {
    let last = padded.len() - 1 - padding;
    for distance in 1..=padding {
        padded[padding - distance] = padded[padding + distance];
        padded[last + distance] = padded[last - distance];
    }
}

/// Steele, Lea and Flood (2014): small, seedable, and the same on every machine.
struct SplitMix64(u64);

impl SplitMix64 {
    /// Uniform in `[-pi, pi)`.
    fn angle(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let unit = (bits >> 40) as f32 / (1_u32 << 24) as f32;
        std::f32::consts::TAU * unit - std::f32::consts::PI
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::waveform::read;

    /// `||magnitudes - |STFT(samples)||| / ||magnitudes||`
    fn spectral_convergence(stft: &Stft, magnitudes: &[f32], samples: &[f32]) -> f64 {
        let got = stft.analyse(samples).unwrap();
        assert_eq!(got.values().len(), magnitudes.len());
        let (mut error, mut total) = (0.0, 0.0);
        for (value, &magnitude) in got.values().iter().zip(magnitudes) {
            error += f64::from(magnitude - value.norm()).powi(2);
            total += f64::from(magnitude).powi(2);
        }
        (error / total).sqrt()
    }

    #[test]
    fn phases_of_speech_are_found_in_sixty_iterations() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"));
        let speech = read(&path.join("../../fixtures/audio/LJ001-0002.flac")).unwrap();
        let stft = Stft::new(&MelConfig::default()).unwrap();
        let spectra = stft.analyse(&speech.samples).unwrap();
        let magnitudes: Vec<f32> = spectra.values().iter().map(|value| value.norm()).collect();
        let convergence = |momentum| {
            let settings = GriffinLimConfig {
                momentum,
                ..GriffinLimConfig::default()
            };
            let samples = find_phases(&stft, &magnitudes, &settings);
            spectral_convergence(&stft, &magnitudes, &samples)
        };
        let (fast, slow) = (convergence(0.99), convergence(0.0));
        assert!(fast < 0.2, "{fast}");
        assert!(fast < slow, "{fast} against {slow} without momentum");
    }

    #[test]
    fn the_inverted_filterbank_gives_the_bands_back() {
        let config = MelConfig::default();
        let values: Vec<f32> = (0..80)
            .map(|m| -6.0 + 5.0 * (m as f32 * 0.3).sin())
            .collect();
        let magnitudes = linear_magnitudes(&Mel::new(80, values.clone()), &config);
        assert!(magnitudes.iter().all(|&m| m >= 0.0));
        let mut bands = vec![0.0; 80];
        SparseFilterbank::new(&config).project(&magnitudes, &mut bands);
        for (band, value) in bands.iter().zip(&values) {
            assert!(
                (band.ln() - value).abs() < 0.02,
                "{} against {value}",
                band.ln()
            );
        }
    }
}
