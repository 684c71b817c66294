//! Damaged, lying and foreign files: a sentence each time, never a panic.

use std::path::Path;

use diktor_audio::{
    AudioError, DecodeError, Note, Waveform, decode, decode_within, encode_wav, info, read,
};
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
    check(b"ID3\x04\0\0\0\0\0\0", &["MP3"]);
    check(b"\0\0\0\x08ftypM4A ", &["`moov`", "interrupted"]);
    check(&wav()[..40], &["before its samples", "ffmpeg"]);
    check(&wav()[..20], &["before its samples"]);
    check(&changed(16, &[4, 0]), &["`size of fmt`", "`4`"]);
    check(&changed(20, &[0x70, 2]), &["ATRAC3", "ffmpeg"]);
    check(&changed(22, &[0, 0]), &["`nChannels`", "`0`"]);
    check(&changed(24, &[1, 0, 0, 0]), &["`sampling rate`", "`1`"]);
    check(&changed(34, &[64, 0]), &["`wBitsPerSample`", "`64`"]);
    check(&[&wav()[..12], &wav()[36..]].concat(), &["no `fmt `"]);
    check(&flac()[..2000], &["`2000` samples", "`0`", "cut short"]);
    check(b"fLaC", &["FLAC", "copy"]);
}

#[test]
fn floats_in_the_scale_of_integers_say_by_what_to_divide() {
    let check = |scale: f32, parts: &[&str]| {
        let mut bytes = foreign_wav("f32.wav");
        let start = bytes.len() - 64 * 8;
        for sample in bytes[start..].chunks_exact_mut(4) {
            let value = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
            sample.copy_from_slice(&(scale * value).to_le_bytes());
        }
        let message = decode(&bytes).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in: {message}");
        }
    };
    check(32_767.0, &["16-bit", "divide by 32768"]);
    check(8_388_607.0, &["24-bit", "divide by 8388608"]);
    check(2_147_483_647.0, &["32-bit", "divide by 2147483648"]);
    check(10.0, &["lower the level"]);
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
fn a_stream_that_claims_to_be_hours_long_is_not_decoded() {
    // The low 36 bits of the sample count of a FLAC stream.
    let mut bytes = flac();
    bytes[22..26].fill(0xff);
    let error = decode(&bytes).unwrap_err();
    assert!(matches!(error, DecodeError::TooLong { .. }), "{error}");
}

#[test]
fn a_flac_whose_samples_are_not_those_of_its_checksum_is_refused() {
    let mut bytes = flac();
    bytes[30] ^= 1;
    let error = decode(&bytes).unwrap_err();
    assert!(matches!(error, DecodeError::Checksum { .. }), "{error}");
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
    let coded = |name: &str| std::fs::read(fixture("coded").join(name)).unwrap();
    prop_oneof![
        Just(wav()),
        Just(foreign_wav("s24_extensible.wav")),
        Just(foreign_wav("f32.wav")),
        Just(flac()),
        Just(coded("lame.mp3")),
        Just(coded("phone.m4a")),
        Just(coded("vorbis.ogg")),
        Just(coded("voice.opus")),
        Just(coded("ms_adpcm.wav")),
        Just(coded("rf64.wav")),
        Just(coded("sony.w64")),
        Just(coded("sun.au")),
        Just(coded("apple.aiff")),
        Just(coded("apple.caf")),
        Just(coded("opus.webm")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_cut_flac_is_refused_and_a_cut_wav_is_noted(flac_file in any::<bool>(), share in 0.0..0.999) {
        let bytes = if flac_file { flac() } else { wav() };
        let kept = (bytes.len() as f64 * share) as usize;
        match decode_within(&bytes[..kept], 60.0) {
            Ok(sound) => {
                let held = sound.waveform.samples.len() as u64;
                prop_assert_eq!(sound.notes, [Note::CutShort { declared: 400, held }]);
                prop_assert_eq!(flac_file, false);
            }
            Err(error) => prop_assert!(error.to_string().contains("hint: "), "{error}"),
        }
    }

    #[test]
    fn damaged_bytes_never_panic(
        mut bytes in originals(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..6),
        in_header in any::<bool>(),
        share in 0.5..1.5_f64,
    ) {
        let reach = if in_header { 80 } else { bytes.len() };
        for (index, mask) in flips {
            bytes[index.index(reach)] ^= mask;
        }
        bytes.truncate((bytes.len() as f64 * share) as usize);
        check_damaged(&bytes)?;
    }

    #[test]
    fn arbitrary_bytes_behind_a_magic_never_panic(
        magic in prop::sample::select(vec![
            &b"fLaC\0\0\0\x22"[..],
            b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0",
            b"OggS\0\x02\0\0\0\0\0\0\0\0",
            b"\0\0\0\x10ftypM4A \0\0\0\0",
            b"\xff\xfb\x90\0",
            b".snd\0\0\0\x18",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        check_damaged(&[magic, &rest].concat())?;
    }
}
