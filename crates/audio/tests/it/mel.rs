//! Mels against librosa.

use diktor_audio::{AudioError, Mel, MelConfig, MelExtractor, MelMode, read};

use crate::support::{fixture, largest_difference, ljspeech, npy};

/// What the design promises; both sides store single precision.
const TOLERANCE: f32 = 1e-4;

fn extract(samples: &[f32], mel_mode: MelMode) -> Mel {
    let config = MelConfig {
        mel_mode,
        ..MelConfig::default()
    };
    MelExtractor::new(&config)
        .unwrap()
        .extract(samples)
        .unwrap()
}

/// `0.5 sin(2 pi 440 k / 22050)` for one second.
fn sine() -> Vec<f32> {
    let step = 2.0 * std::f64::consts::PI * 440.0 / 22_050.0;
    (0..22_050)
        .map(|k| (0.5 * (step * f64::from(k)).sin()) as f32)
        .collect()
}

/// Reference values: NVIDIA's `TacotronSTFT` and HiFi-GAN's `mel_spectrogram` in double precision.
#[test]
fn a_sine_has_the_mel_of_the_references() {
    let check = |mode, frames, mean: f64, channels: [f32; 4]| {
        let mel = extract(&sine(), mode);
        assert_eq!((mel.frames(), mel.bins()), (frames, 80));
        let sum: f64 = mel.values().iter().map(|&value| f64::from(value)).sum();
        let actual = sum / mel.values().len() as f64;
        assert!((actual - mean).abs() < 1e-4, "{mode:?}: mean {actual}");
        let worst = largest_difference(&mel.frame(40)[10..14], &channels);
        assert!(worst < TOLERANCE, "{mode:?}: {worst}");
    };
    check(
        MelMode::Nv,
        87,
        -9.162_690,
        [0.721_617, 1.442_796, -0.232_645, -2.971_008],
    );
    check(
        MelMode::Hifigan,
        86,
        -9.195_172,
        [0.721_611, 1.442_796, -0.232_630, -2.970_739],
    );
}

#[test]
fn silence_is_the_floor() {
    let mel = extract(&[0.0; 4096], MelMode::Nv);
    assert!(
        mel.values()
            .iter()
            .all(|&value| (value + 11.512_925).abs() < 1e-5)
    );
}

#[test]
fn recordings_have_librosas_mels() {
    for name in ["chirp.wav", "LJ001-0002.flac"] {
        let sound = read(&fixture(name)).unwrap();
        let stem = name.split('.').next().unwrap();
        for (mode, suffix) in [(MelMode::Nv, "nv"), (MelMode::Hifigan, "hifigan")] {
            let golden = npy(&fixture(&format!("{stem}.{suffix}.npy")));
            let mel = extract(&sound.samples, mode);
            let worst = largest_difference(mel.values(), golden.values());
            assert!(worst < TOLERANCE, "{name} {suffix}: {worst}");
        }
    }
}

#[test]
fn a_clip_of_the_test_data_has_librosas_mel() {
    let Some(sound) = ljspeech("LJ001-0013") else {
        return;
    };
    let mel = extract(&sound.samples, MelMode::Nv);
    let golden = npy(&fixture("LJ001-0013.nv.npy"));
    assert_eq!(mel.frames().div_ceil(4), golden.frames());
    for frame in 0..golden.frames() {
        let worst = largest_difference(mel.frame(4 * frame), golden.frame(frame));
        assert!(worst < TOLERANCE, "frame {frame}: {worst}");
    }
}

#[test]
fn what_is_no_waveform_is_refused() {
    let extractor = MelExtractor::new(&MelConfig::default()).unwrap();
    let refused = |samples: &[f32]| extractor.extract(samples).unwrap_err();
    assert!(matches!(
        refused(&[]),
        AudioError::TooShort {
            samples: 0,
            needed: 513
        }
    ));
    assert!(matches!(
        refused(&[0.1; 512]),
        AudioError::TooShort { samples: 512, .. }
    ));
    assert_eq!(extractor.extract(&[0.1; 513]).unwrap().frames(), 3);
    let mut samples = vec![0.0; 2000];
    samples[7] = f32::NAN;
    assert!(matches!(
        refused(&samples),
        AudioError::Sample { index: 7, .. }
    ));
    samples[7] = 1234.0;
    let message = refused(&samples).to_string();
    assert!(
        message.contains("`1234`") && message.contains("hint"),
        "{message}"
    );
}
