//! Resampling against the sines it should give back.

use diktor_audio::{AudioError, Waveform, level, resample};
use proptest::prelude::*;

fn sine(hz: f64, sample_rate: u32, samples: usize) -> Waveform {
    let step = std::f64::consts::TAU * hz / f64::from(sample_rate);
    let samples = (0..samples)
        .map(|n| (0.5 * (step * n as f64).sin()) as f32)
        .collect();
    Waveform {
        samples,
        sample_rate,
    }
}

/// Largest difference from the same sine made at the new rate, away from the ends.
fn error(hz: f64, from: u32, to: u32) -> f32 {
    let got = resample(&sine(hz, from, from as usize), to).unwrap();
    let wanted = sine(hz, to, to as usize);
    assert_eq!(
        (got.samples.len(), got.sample_rate),
        (wanted.samples.len(), to)
    );
    let edge = to as usize / 8;
    let pairs = got
        .samples
        .iter()
        .zip(&wanted.samples)
        .skip(edge)
        .take(to as usize - 2 * edge);
    pairs.fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

#[test]
fn a_tone_within_both_bands_keeps_its_level_and_its_time() {
    for (from, to) in [
        (48_000, 22_050),
        (44_100, 22_050),
        (16_000, 22_050),
        (22_050, 16_000),
        (8_000, 22_050),
        (22_050, 24_000),
        (22_050, 22_051),
        (11_025, 48_000),
    ] {
        let top = f64::from(from.min(to)) / 2.0;
        for hz in [50.0, 1000.0, 0.85 * top] {
            let error = error(hz, from, to);
            assert!(error < 1e-4, "{hz} Hz, {from} to {to}: {error}");
        }
    }
}

#[test]
fn a_tone_above_the_new_band_vanishes() {
    for (hz, from, to) in [(13_000.0, 48_000, 22_050), (9_500.0, 22_050, 16_000)] {
        let got = resample(&sine(hz, from, from as usize), to).unwrap();
        let middle = &got.samples[to as usize / 8..][..to as usize / 2];
        let left = level::rms_dbfs(middle);
        assert!(left < -90.0, "{hz} Hz, {from} to {to}: {left} dBFS");
    }
}

#[test]
fn a_rate_from_a_damaged_header_is_refused() {
    for (from, to) in [
        (0, 22_050),
        (22_050, 0),
        (u32::MAX, 22_050),
        (22_050, u32::MAX),
    ] {
        let error = resample(&sine(1.0, from, 10), to).unwrap_err();
        assert!(matches!(error, AudioError::SampleRate { .. }), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_length_follows_the_rates(
        samples in 0_usize..5000,
        from in 4_000_u32..96_000,
        to in prop::sample::select(vec![8_000_u32, 16_000, 22_050, 24_000, 48_000]),
    ) {
        let got = resample(&sine(300.0, from, samples), to).unwrap();
        let expected = (samples as u64 * u64::from(to)).div_ceil(u64::from(from));
        prop_assert_eq!(got.samples.len() as u64, expected);
        prop_assert!(level::peak(&got.samples) < 0.7);
    }
}
