//! Every coding that is read, and what is written. libsndfile is the reference.

use diktor_audio::{
    AudioError, AudioInfo, EXTENSIONS, Waveform, decode, encode_wav, info, read, write_wav,
};

use crate::support::{fixture, largest_difference};

/// Two channels, left then right, of the same short wave at two levels.
fn stereo() -> Vec<[f64; 2]> {
    (0..64)
        .map(|n| (f64::from(n) * 0.07).sin())
        .map(|wave| [0.8 * wave, -0.2 * wave])
        .collect()
}

fn mono_of(frames: &[[f64; 2]]) -> Vec<f32> {
    frames
        .iter()
        .map(|[left, right]| ((left + right) / 2.0) as f32)
        .collect()
}

#[test]
fn every_wav_coding_is_read_and_mixed_to_mono() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, bits: u16, tolerance: f32| {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let sound = decode(&bytes).unwrap();
        assert_eq!(sound.sample_rate, 16_000);
        let worst = largest_difference(&sound.samples, &mono_of(&stereo()));
        assert!(worst <= tolerance, "{name}: {worst}");
        // The name says nothing about the content.
        let path = folder.path().join("sound.txt");
        std::fs::write(&path, &bytes).unwrap();
        let expected = AudioInfo {
            sample_rate: 16_000,
            channels: 2,
            bits,
            frames: 64,
        };
        assert_eq!(info(&path).unwrap(), expected);
    };
    check("wav/u8.wav", 8, 0.5 / 128.0);
    check("wav/s16.wav", 16, 0.5 / 32_768.0 + 1e-7);
    check("wav/s24.wav", 24, 1e-6);
    check("wav/s24_extensible.wav", 24, 1e-6);
    check("wav/s32.wav", 32, 1e-6);
    check("wav/f32.wav", 32, 1e-6);
    check("wav/f64.wav", 64, 1e-6);
}

#[test]
fn sixteen_bit_integers_are_divided_by_32768() {
    let mut bytes = encode_wav(&Waveform {
        samples: vec![0.0; 4],
        sample_rate: 22_050,
    })
    .unwrap();
    let start = bytes.len() - 8;
    for (at, value) in [-32_768_i16, 32_767, 1, 0].iter().enumerate() {
        bytes[start + 2 * at..][..2].copy_from_slice(&value.to_le_bytes());
    }
    let samples = decode(&bytes).unwrap().samples;
    assert_eq!(samples, [-1.0, 32_767.0 / 32_768.0, 1.0 / 32_768.0, 0.0]);
}

#[test]
fn written_wav_has_the_bytes_that_libsndfile_writes() {
    let samples = vec![0.0, 0.5, -0.5, 1.5, -1.5, 1.0 / 32_768.0, f32::NAN];
    let sound = Waveform {
        samples,
        sample_rate: 22_050,
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("folder.wav");
    let message = write_wav(&path, &sound).unwrap_err().to_string();
    assert!(message.contains("folder.wav"), "{message}");

    let path = folder.path().join("out.wav");
    write_wav(&path, &sound).unwrap();
    let reference = std::fs::read(fixture("wav/written.wav")).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), reference);
    assert_eq!(encode_wav(&read(&path).unwrap()).unwrap(), reference);
}

#[test]
fn a_rate_that_no_reader_believes_is_not_written() {
    for rate in [0, 999, u32::MAX] {
        let sound = Waveform {
            samples: vec![0.0; 4],
            sample_rate: rate,
        };
        let error = encode_wav(&sound).unwrap_err();
        assert!(matches!(error, AudioError::SampleRate { value } if value == rate));
    }
}

#[test]
fn flac_is_read_and_mixed_to_mono() {
    let path = fixture("stereo24.flac");
    let sound = read(&path).unwrap();
    let expected: Vec<f32> = (0..2000)
        .map(|n| f64::from(n) / 48_000.0 * std::f64::consts::TAU)
        .map(|t| ((0.5 * (440.0 * t).sin() + 0.25 * (1000.0 * t).cos()) / 2.0) as f32)
        .collect();
    assert!(largest_difference(&sound.samples, &expected) < 1e-6);
    let said = AudioInfo {
        sample_rate: 48_000,
        channels: 2,
        bits: 24,
        frames: 2000,
    };
    assert_eq!(info(&path).unwrap(), said);
}

#[test]
fn flac_holds_the_samples_of_the_wav_it_was_made_from() {
    let Some(wav) = crate::support::ljspeech("LJ001-0002") else {
        return;
    };
    assert_eq!(read(&fixture("LJ001-0002.flac")).unwrap(), wav);
}

#[test]
fn endings_of_names_are_lower_case_without_a_dot_and_wav_is_tried_first() {
    let plain = |ending: &&str| {
        ending
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    assert!(EXTENSIONS.iter().all(plain), "{EXTENSIONS:?}");
    assert_eq!(EXTENSIONS[..2], ["wav", "flac"]);
}
