//! The last touch on synthesised speech; never applied to training material.

use crate::level;

const FADE_S: f64 = 0.010;

/// -1 dBFS: room for the overshoot of players that resample.
const PEAK: f32 = 0.891_250_9;

/// Removes the direct component, fades both ends over 10 ms and sets the peak to -1 dBFS.
///
/// Silence stays silence.
pub fn finish(samples: &mut [f32], sample_rate: u32) {
    if samples.is_empty() {
        return;
    }
    let mean = samples.iter().map(|&sample| f64::from(sample)).sum::<f64>() / samples.len() as f64;
    for sample in samples.iter_mut() {
        *sample -= mean as f32;
    }
    // Two fades must not overlap.
    let fade = ((FADE_S * f64::from(sample_rate)) as usize).min(samples.len() / 2);
    for index in 0..fade {
        let gain = 0.5 - 0.5 * (std::f32::consts::PI * index as f32 / fade as f32).cos();
        samples[index] *= gain;
        let mirrored = samples.len() - 1 - index;
        samples[mirrored] *= gain;
    }
    let peak = level::peak(samples);
    // What is left of a constant after its mean is gone is rounding, not sound.
    if peak > 1e-6 {
        let gain = PEAK / peak;
        for sample in samples {
            *sample *= gain;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_ends_centred_faded_and_at_its_peak() {
        let mut samples: Vec<f32> = (0..22_050)
            .map(|n| 0.1 + 0.2 * (n as f32 * 0.1).sin())
            .collect();
        finish(&mut samples, 22_050);
        assert!((level::peak(&samples) - PEAK).abs() < 1e-6);
        assert!((20.0 * PEAK.log10() + 1.0).abs() < 1e-5);
        assert_eq!((samples[0], samples[22_049]), (0.0, 0.0));
        let mean = samples.iter().sum::<f32>() / 22_050.0;
        assert!(mean.abs() < 2e-3, "{mean}");
    }

    #[test]
    fn silence_and_nothing_stay_as_they_are() {
        let mut none: Vec<f32> = Vec::new();
        finish(&mut none, 22_050);
        let mut constant = vec![0.3; 100];
        finish(&mut constant, 22_050);
        assert!(level::peak(&constant) < 1e-6);
        let mut one = vec![0.5];
        finish(&mut one, 22_050);
        assert_eq!(one, [0.0]);
    }
}
