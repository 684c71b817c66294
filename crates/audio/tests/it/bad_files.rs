//! Damaged, lying and foreign files: a sentence each time, never a panic.

use std::path::Path;

use diktor_audio::{AudioError, DecodeError, Waveform, decode, encode_wav, info, read};
use proptest::prelude::*;

use crate::support::fixture;

fn wav() -> Vec<u8> {
    let samples = (0..400).map(|n| (n as f32 * 0.1).sin() * 0.5).collect();
    encode_wav(&Waveform {
        samples,
        sample_rate: 22_050,
    })
    .unwrap()
}

/// A file that libsndfile wrote, of two channels.
fn foreign_wav(name: &str) -> Vec<u8> {
    std::fs::read(fixture("wav").join(name)).unwrap()
}

fn flac() -> Vec<u8> {
    std::fs::read(fixture("stereo24.flac")).unwrap()
}

/// `read` and `info` of bytes in a file.
fn both(bytes: &[u8]) -> (Result<Waveform, AudioError>, bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    std::fs::write(&path, bytes).unwrap();
    (read(&path), info(&path).is_ok())
}

#[test]
fn each_refusal_names_the_file_the_value_and_a_way_out() {
    let check = |bytes: &[u8], parts: &[&str]| {
        let message = both(bytes).0.unwrap_err().to_string();
        for part in ["sound.wav", "hint: "].iter().chain(parts) {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    };
    let changed = |at: usize, with: &[u8]| {
        let mut bytes = wav();
        bytes[at..at + with.len()].copy_from_slice(with);
        bytes
    };
    check(b"", &["empty"]);
    check(b"hello, world, this is text", &["`hello, world`", "ffmpeg"]);
    check(b"OggS\0\x02\0\0\0\0\0\0\0\0", &["Ogg"]);
    check(b"ID3\x04\0\0\0\0\0\0\0\0\0\0", &["MP3"]);
    check(&wav()[..40], &["before its samples", "ffmpeg"]);
    check(&wav()[..20], &["before its samples"]);
    check(&wav()[..600], &["`400` samples", "`278`", "cut short"]);
    check(&changed(20, &[0x55, 0]), &["not supported", "ffmpeg"]);
    check(&changed(22, &[0, 0]), &["zero channels"]);
    // Rate, then bytes per second.
    let rate = [1, 0, 0, 0, 2, 0, 0, 0];
    check(&changed(24, &rate), &["`nSamplesPerSec`", "`1`"]);
    check(&changed(32, &[3, 0]), &["inconsistent"]);
    check(&foreign_wav("f64.wav"), &["not 32", "ffmpeg"]);
    // Lengths that ffmpeg and sox write to a pipe.
    check(&changed(40, &[0xff; 4]), &["length", "ffmpeg"]);
    check(
        &changed(40, &[0, 0xf0, 0xff, 0x7f]),
        &["streamed", "ffmpeg"],
    );
    // One byte of padding follows a chunk of odd length, and the reader takes it for a name.
    let odd = [&wav()[..36], b"LIST\x05\0\0\0INFOx\0", &wav()[36..]].concat();
    check(&odd, &["before its samples", "ffmpeg"]);
    check(&flac()[..2000], &["good frames"]);
    check(b"fLaC", &["good frames"]);
}

#[test]
fn a_path_without_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for result in [read(folder.path()).map(drop), info(folder.path()).map(drop)] {
        assert!(matches!(result, Err(AudioError::NotAFile { .. })));
    }
    let message = read(&folder.path().join("nothing.wav"))
        .unwrap_err()
        .to_string();
    assert!(message.contains("nothing.wav"), "{message}");
    assert!(read(Path::new("")).is_err());
}

#[test]
fn a_float_file_with_a_nan_is_refused() {
    let mut bytes = foreign_wav("f32.wav");
    let last = bytes.len() - 4;
    bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = decode(&bytes).unwrap_err();
    assert!(matches!(error, DecodeError::NotFinite { index: 63, .. }));
}

#[test]
fn a_header_that_lies_about_its_length_is_refused() {
    let mut bytes = wav();
    bytes[40..44].copy_from_slice(&0x7fff_fff0_u32.to_le_bytes());
    assert!(matches!(
        decode(&bytes).unwrap_err(),
        DecodeError::Truncated { .. }
    ));
    // The low 36 bits of the sample count of a FLAC stream.
    let mut bytes = flac();
    bytes[22..26].fill(0xff);
    assert!(matches!(
        decode(&bytes).unwrap_err(),
        DecodeError::Implausible { .. }
    ));
}

fn check_damaged(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (sound, _) = both(bytes);
    match sound {
        Ok(sound) => prop_assert!(sound.samples.iter().all(|sample| sample.is_finite())),
        Err(error) => prop_assert!(error.to_string().contains("hint: "), "{error}"),
    }
    Ok(())
}

fn originals() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(wav()),
        Just(foreign_wav("s24_extensible.wav")),
        Just(foreign_wav("f32.wav")),
        Just(flac()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_truncated_file_is_refused(bytes in originals(), share in 0.0..0.999) {
        let kept = (bytes.len() as f64 * share) as usize;
        prop_assert!(decode(&bytes[..kept]).is_err());
        check_damaged(&bytes[..kept])?;
    }

    #[test]
    fn flipped_bytes_never_panic(
        mut bytes in originals(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..6),
        in_header in any::<bool>(),
    ) {
        let reach = if in_header { 80 } else { bytes.len() };
        for (index, mask) in flips {
            bytes[index.index(reach)] ^= mask;
        }
        check_damaged(&bytes)?;
    }

    #[test]
    fn arbitrary_bytes_behind_a_magic_never_panic(
        flac in any::<bool>(),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let magic: &[u8] = if flac { b"fLaC\0\0\0\x22" } else { b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0" };
        check_damaged(&[magic, &rest].concat())?;
    }
}
