//! Griffin-Lim, trimming and distortion on real speech.

use diktor_audio::{
    AudioError, GriffinLimConfig, Mel, MelConfig, MelExtractor, MelMode, TrimConfig, griffin_lim,
    level, mel_cepstral_distortion, read, trim_silence,
};

use crate::support::{fixture, ljspeech};

fn speech() -> Vec<f32> {
    read(&fixture("LJ001-0002.flac")).unwrap().samples
}

fn mean_difference(a: &Mel, b: &Mel) -> f32 {
    let sum: f32 = a
        .values()
        .iter()
        .zip(b.values())
        .map(|(x, y)| (x - y).abs())
        .sum();
    sum / a.values().len().min(b.values().len()) as f32
}

#[test]
fn griffin_lim_gives_sound_with_the_mel_it_was_given() {
    for mel_mode in [MelMode::Nv, MelMode::Hifigan] {
        let config = MelConfig {
            mel_mode,
            ..MelConfig::default()
        };
        let extractor = MelExtractor::new(&config).unwrap();
        let mel = extractor.extract(&speech()).unwrap();
        let sound = griffin_lim(&mel, &config, &GriffinLimConfig::default()).unwrap();
        assert_eq!(sound.sample_rate, 22_050);
        let back = extractor.extract(&sound.samples).unwrap();
        assert_eq!(back.frames(), mel.frames());
        let difference = mean_difference(&mel, &back);
        assert!(difference < 0.15, "{mel_mode:?}: {difference}");
        let mcd = mel_cepstral_distortion(&mel, &back).unwrap();
        assert!(mcd.db < 0.6, "{mel_mode:?}: {mcd:?}");
        let louder = level::rms_dbfs(&sound.samples) - level::rms_dbfs(&speech());
        assert!(louder.abs() < 1.0, "{mel_mode:?}: {louder} dB");
    }
}

#[test]
fn one_seed_gives_one_sound() {
    let config = MelConfig::default();
    let mel = MelExtractor::new(&config)
        .unwrap()
        .extract(&speech()[..6000])
        .unwrap();
    let sound = |seed| {
        let settings = GriffinLimConfig {
            seed,
            iterations: 3,
            ..GriffinLimConfig::default()
        };
        griffin_lim(&mel, &config, &settings).unwrap().samples
    };
    assert_eq!(sound(7), sound(7));
    assert_ne!(sound(7), sound(8));
}

#[test]
fn mels_of_any_length_become_sound() {
    let config = MelConfig::default();
    let settings = GriffinLimConfig {
        iterations: 2,
        ..GriffinLimConfig::default()
    };
    for frames in [0, 1, 2, 3, 5, 40] {
        let mel = Mel::new(80, vec![-3.0; 80 * frames]);
        let sound = griffin_lim(&mel, &config, &settings).unwrap();
        assert_eq!(sound.samples.len(), 256 * frames.saturating_sub(1));
        assert!(sound.samples.iter().all(|sample| sample.is_finite()));
    }
}

#[test]
fn a_mel_that_is_none_is_refused() {
    let (config, settings) = (MelConfig::default(), GriffinLimConfig::default());
    let refused = |mel: &Mel| griffin_lim(mel, &config, &settings).unwrap_err();
    assert!(matches!(
        refused(&Mel::new(40, vec![0.0; 80])),
        AudioError::MelBins { .. }
    ));
    let mut values = vec![0.0; 160];
    values[81] = f32::NAN;
    let error = refused(&Mel::new(80, values.clone()));
    assert!(
        matches!(
            error,
            AudioError::MelValue {
                frame: 1,
                bin: 1,
                ..
            }
        ),
        "{error}"
    );
    values[81] = 1e9;
    assert!(matches!(
        refused(&Mel::new(80, values)),
        AudioError::MelValue { .. }
    ));
    let settings = GriffinLimConfig {
        momentum: 1.0,
        ..settings
    };
    let error = griffin_lim(&Mel::new(80, vec![0.0; 80]), &config, &settings).unwrap_err();
    assert!(error.to_string().contains("`momentum` is `1`"), "{error}");
}

/// Deterministic noise of about this level.
fn noise(samples: usize, dbfs: f32) -> Vec<f32> {
    let amplitude = 10_f32.powf(dbfs / 20.0) * 3_f32.sqrt();
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..samples).map(|_| amplitude * next()).collect()
}

#[test]
fn silence_around_speech_is_found_at_any_noise_floor() {
    let speech = speech();
    let (before, after) = (20_000, 30_000);
    for floor in [-200.0, -80.0, -65.0, -50.0] {
        let mut samples = noise(before + speech.len() + after, floor);
        for (sample, voice) in samples[before..].iter_mut().zip(&speech) {
            *sample += voice;
        }
        let kept = trim_silence(&samples, 22_050, &TrimConfig::default());
        // The clip itself has a little silence; a tenth of a second is the margin and a frame.
        let tenth = 2205;
        assert!(kept.start + tenth >= before, "{floor}: {kept:?}");
        assert!(
            kept.end <= before + speech.len() + tenth,
            "{floor}: {kept:?}"
        );
        let lost = [&samples[..kept.start], &samples[kept.end..]].concat();
        assert!(
            level::rms_dbfs(&lost) < f64::from(floor).max(-65.0) + 6.0,
            "{floor}: {kept:?}"
        );
    }
}

#[test]
fn a_click_is_not_speech() {
    let speech = speech();
    let mut samples = vec![0.0; 20_000];
    samples[1000] = 0.9;
    samples.extend(&speech);
    let kept = trim_silence(&samples, 22_050, &TrimConfig::default());
    assert!((17_000..21_500).contains(&kept.start), "{kept:?}");
}

#[test]
fn what_has_no_edges_is_left_alone() {
    let config = TrimConfig::default();
    assert_eq!(trim_silence(&[], 22_050, &config), 0..0);
    assert_eq!(trim_silence(&[0.0; 9000], 22_050, &config), 0..0);
    assert_eq!(trim_silence(&noise(9000, -90.0), 22_050, &config), 0..0);
    assert_eq!(trim_silence(&noise(9000, -20.0), 22_050, &config), 0..9000);
    assert_eq!(trim_silence(&[0.5, -0.5], 22_050, &config), 0..2);
}

#[test]
fn clips_of_the_test_data_lose_only_silence() {
    for clip in ["LJ001-0001", "LJ001-0006", "LJ001-0013", "LJ001-0030"] {
        let Some(sound) = ljspeech(clip) else { return };
        let kept = trim_silence(&sound.samples, sound.sample_rate, &TrimConfig::default());
        let lost = [&sound.samples[..kept.start], &sound.samples[kept.end..]].concat();
        let level = level::rms_dbfs(&lost) - level::rms_dbfs(&sound.samples);
        assert!(level < -30.0, "{clip}: {kept:?}, {level} dB");
        assert!(lost.len() < 22_050, "{clip}: {kept:?}");
    }
}
