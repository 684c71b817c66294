//! Distances of mels against scipy and librosa.

use diktor_audio::Mel;
use diktor_eval::{Measure, Sound, compare};
use serde::Deserialize;

use crate::support::{fixture, golden};

#[derive(Deserialize)]
struct Golden {
    first: String,
    second: String,
    every: usize,
    path_length: usize,
    mcd_db: f64,
    mel_l1: f64,
    spectral_convergence: f64,
    variance_ratio: f64,
}

/// A `[F, 80]` array of `float32` as NumPy saves it.
fn mel(name: &str, every: usize) -> Mel {
    let bytes = std::fs::read(fixture("audio").join(format!("{name}.npy"))).unwrap();
    let body = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let values: Vec<f32> = bytes[body..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    let frames = values.chunks_exact(80).step_by(every);
    Mel::new(80, frames.flatten().copied().collect())
}

fn unvoiced(mel: Mel) -> Sound {
    Sound {
        pitch: vec![None; mel.frames()],
        mel,
    }
}

#[test]
fn distances_are_those_of_the_references() {
    for golden in golden::<Vec<Golden>>("distance.json") {
        let first = mel(&golden.first, 1);
        let second = mel(&golden.second, golden.every);
        let path = diktor_audio::align_mels(&first, &second).unwrap();
        assert_eq!(path.pairs.len(), golden.path_length);
        assert_eq!(path.mcd.path_length, golden.path_length);
        let scores = compare(&unvoiced(first), &unvoiced(second));
        // Single precision of the mels; the path is the same, so nothing else differs.
        let close = |measure: Measure, expected: f64| {
            let value = scores[&measure].value(measure);
            let off = (value - expected).abs() / expected;
            assert!(off < 1e-6, "{measure:?}: {value} for {expected}");
        };
        close(Measure::MelCepstralDistortion, golden.mcd_db);
        close(Measure::MelError, golden.mel_l1);
        close(Measure::SpectralConvergence, golden.spectral_convergence);
        close(Measure::VarianceRatio, golden.variance_ratio);
    }
}
