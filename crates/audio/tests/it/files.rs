//! Every coding that is read, and what is written. hound and libsndfile are the references.

use std::io::Cursor;

use diktor_audio::{AudioInfo, Waveform, decode, encode_wav, info, read, write_wav};
use hound::{SampleFormat, WavSpec, WavWriter};

use crate::support::{fixture, largest_difference};

/// Two channels, left then right, of the same short wave at two levels.
fn stereo() -> Vec<[f64; 2]> {
    (0..500)
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

/// The wave as hound writes it.
fn wav(bits: u16, format: SampleFormat) -> Vec<u8> {
    let spec = WavSpec {
        channels: 2,
        sample_rate: 16_000,
        bits_per_sample: bits,
        sample_format: format,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    for sample in stereo().into_iter().flatten() {
        match format {
            SampleFormat::Float => writer.write_sample(sample as f32).unwrap(),
            SampleFormat::Int => {
                let scaled = (sample * 2_f64.powi(i32::from(bits) - 1)).round();
                writer.write_sample(scaled as i32).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

#[test]
fn every_wav_coding_is_read_and_mixed_to_mono() {
    let folder = tempfile::tempdir().unwrap();
    let check = |bits: u16, format, tolerance: f32| {
        let bytes = wav(bits, format);
        let sound = decode(&bytes).unwrap();
        assert_eq!(sound.sample_rate, 16_000);
        let worst = largest_difference(&sound.samples, &mono_of(&stereo()));
        assert!(worst <= tolerance, "{bits} {format:?}: {worst}");
        // The name says nothing about the content.
        let path = folder.path().join("sound.txt");
        std::fs::write(&path, &bytes).unwrap();
        let expected = AudioInfo {
            sample_rate: 16_000,
            channels: 2,
            bits,
            frames: 500,
        };
        assert_eq!(info(&path).unwrap(), expected);
    };
    check(8, SampleFormat::Int, 0.5 / 128.0);
    check(16, SampleFormat::Int, 0.5 / 32_768.0 + 1e-7);
    check(24, SampleFormat::Int, 1e-6);
    check(32, SampleFormat::Int, 1e-6);
    check(32, SampleFormat::Float, 1e-6);
}

#[test]
fn sixteen_bit_integers_are_divided_by_32768() {
    let mut bytes = encode_wav(&Waveform {
        samples: vec![0.0; 4],
        sample_rate: 22_050,
    });
    let start = bytes.len() - 8;
    for (at, value) in [-32_768_i16, 32_767, 1, 0].iter().enumerate() {
        bytes[start + 2 * at..][..2].copy_from_slice(&value.to_le_bytes());
    }
    let samples = decode(&bytes).unwrap().samples;
    assert_eq!(samples, [-1.0, 32_767.0 / 32_768.0, 1.0 / 32_768.0, 0.0]);
}

#[test]
fn written_wav_reads_the_same_here_and_by_hound() {
    let path = tempfile::tempdir()
        .unwrap()
        .path()
        .join("missing-folder.wav");
    let samples = vec![0.0, 0.5, -0.5, 1.5, -1.5, 1.0 / 32_768.0, f32::NAN];
    let sound = Waveform {
        samples,
        sample_rate: 22_050,
    };
    let message = write_wav(&path, &sound).unwrap_err().to_string();
    assert!(message.contains("missing-folder.wav"), "{message}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    write_wav(&path, &sound).unwrap();
    let expected = [0, 16_384, -16_384, 32_767, -32_768, 1, 0];
    let mut by_hound = hound::WavReader::open(&path).unwrap();
    assert_eq!(
        by_hound
            .samples::<i16>()
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        expected
    );
    let back = read(&path).unwrap();
    assert_eq!(back.samples, expected.map(|value| value as f32 / 32_768.0));
    assert_eq!(encode_wav(&back), std::fs::read(&path).unwrap());
}

#[test]
fn a_stream_of_unknown_length_is_read_to_its_end() {
    let mut bytes = encode_wav(&Waveform {
        samples: vec![0.25; 300],
        sample_rate: 22_050,
    });
    bytes[4..8].fill(0xff);
    bytes[40..44].fill(0xff);
    assert_eq!(decode(&bytes).unwrap().samples, [0.25; 300]);
}

#[test]
fn chunks_between_the_headers_are_passed_over() {
    let plain = encode_wav(&Waveform {
        samples: vec![0.25; 10],
        sample_rate: 22_050,
    });
    // Of odd length, so that one byte of padding follows.
    let list = b"LIST\x05\x00\x00\x00INFOx\x00";
    let bytes = [&plain[..36], list, &plain[36..], b"id3 \x02\x00\x00\x00ab"].concat();
    assert_eq!(decode(&bytes).unwrap().samples, [0.25; 10]);
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
