//! The codings and containers that people bring. Each holds the same chirp: `fixtures/gen/coded_ffmpeg.py`.

use std::process::Command;

use diktor_audio::{DecodeError, Waveform, decode, decode_within, info, read, resample};

use crate::support::{fixture, largest_difference};

fn coded(name: &str) -> Vec<u8> {
    std::fs::read(fixture("coded").join(name)).unwrap()
}

fn chirp() -> Waveform {
    read(&fixture("chirp.wav")).unwrap()
}

/// Codings that give back every bit.
const LOSSLESS: [&str; 8] = [
    "alac.m4a",
    "flac.oga",
    "id3.flac",
    "rf64.wav",
    "sony.w64",
    "sun.au",
    "apple.aiff",
    "apple.caf",
];

/// Codings that do not, and by how much of the sound they may differ, dB.
const LOSSY: [(&str, f64); 11] = [
    ("lame.mp3", 15.0),
    ("phone.m4a", 15.0),
    ("vorbis.ogg", 15.0),
    ("voice.opus", f64::NEG_INFINITY),
    ("stereo.opus", 15.0),
    ("opus.webm", f64::NEG_INFINITY),
    ("adts.aac", f64::NEG_INFINITY),
    ("mp3.wav", f64::NEG_INFINITY),
    ("ms_adpcm.wav", 15.0),
    ("ima_adpcm.wav", 15.0),
    ("mu_law.wav", 30.0),
];

#[test]
fn a_lossless_coding_gives_back_every_sample() {
    for name in LOSSLESS {
        let sound = decode(&coded(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(sound.sample_rate, 22_050, "{name}");
        let chirp = chirp().samples;
        // W64 rounds its lengths up to eight bytes.
        let extra = if name == "sony.w64" { 2 } else { 0 };
        assert_eq!(sound.samples.len(), chirp.len() + extra, "{name}");
        assert_eq!(
            largest_difference(&sound.samples[..chirp.len()], &chirp),
            0.0,
            "{name}"
        );
        let said = info(&fixture("coded").join(name)).unwrap();
        assert_eq!(
            (said.sample_rate, said.frames),
            (22_050, (chirp.len() + extra) as u64),
            "{name}"
        );
    }
}

#[test]
fn a_lossy_coding_gives_back_the_sound_at_its_time() {
    for (name, least_db) in LOSSY {
        let sound = decode(&coded(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let chirp = resample(&chirp(), sound.sample_rate).unwrap().samples;
        let blocks = name.contains("adpcm")
            || name == "mp3.wav"
            || name == "adts.aac"
            || name == "opus.webm";
        if blocks {
            // These tell no length but that of their last block.
            let extra = sound.samples.len() - chirp.len();
            assert!(extra < 1200, "{name}: {extra}");
        } else {
            assert_eq!(sound.samples.len(), chirp.len(), "{name}");
        }
        let level = gain(&sound.samples, &chirp);
        let power = |samples: &mut dyn Iterator<Item = f32>| -> f64 {
            samples.map(|s| f64::from(s).powi(2)).sum()
        };
        let wanted = power(&mut chirp.iter().map(|s| s * level));
        let off = power(&mut chirp.iter().zip(&sound.samples).map(|(a, b)| a * level - b));
        let ratio = 10.0 * (wanted / off).log10();
        assert!(ratio >= least_db, "{name}: {ratio:.1} dB");
        let said = info(&fixture("coded").join(name)).unwrap();
        assert_eq!(said.sample_rate, sound.sample_rate, "{name}");
    }
}

/// The first samples as libopus decodes them: speech coding keeps the sound, not its samples.
#[test]
fn opus_is_decoded_as_libopus_does() {
    let golden = coded("voice.libopus.i16");
    let golden: Vec<f32> = golden
        .chunks_exact(2)
        .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0)
        .collect();
    let sound = decode(&coded("voice.opus")).unwrap();
    let worst = largest_difference(&sound.samples[..golden.len()], &golden);
    assert!(worst < 2e-3, "{worst}");
}

/// By how much the programs that made two channels of one lowered them.
fn gain(sound: &[f32], chirp: &[f32]) -> f32 {
    let product: f32 = sound.iter().zip(chirp).map(|(a, b)| a * b).sum();
    product / chirp.iter().map(|s| s * s).sum::<f32>()
}

#[test]
fn no_coding_is_decoded_beyond_what_is_asked_for() {
    let names = LOSSLESS.into_iter().chain(LOSSY.map(|(name, _)| name));
    for name in names {
        let error = decode_within(&coded(name), 0.25).unwrap_err();
        let DecodeError::TooLong { seconds, most_s } = error else {
            panic!("{name}: {error}");
        };
        assert!(seconds > most_s && most_s <= 0.25, "{name}: {error}");
    }
    // The same of a stream that does not tell how long it is.
    let mut flac = coded("id3.flac");
    let start = flac.windows(4).position(|bytes| bytes == b"fLaC").unwrap();
    flac[start + 21] &= 0xf0;
    flac[start + 22..start + 26].fill(0);
    assert_eq!(decode(&flac).unwrap(), chirp());
    let error = decode_within(&flac, 0.25).unwrap_err();
    assert!(matches!(error, DecodeError::TooLong { .. }), "{error}");
}

#[test]
fn other_formats_are_read_by_ffmpeg_or_name_it() {
    let has_ffmpeg = Command::new("ffmpeg").arg("-version").output().is_ok();
    match decode(&coded("windows.wma")) {
        Ok(sound) => {
            assert!(has_ffmpeg);
            assert_eq!(sound.sample_rate, 22_050);
            assert!(sound.samples.len().abs_diff(chirp().samples.len()) < 2048);
        }
        Err(error) => {
            let message = error.to_string();
            assert!(
                !has_ffmpeg && message.contains("Windows Media"),
                "{message}"
            );
            assert!(message.contains("ffmpeg -i FILE OUT.wav"), "{message}");
        }
    }
    // Formats that begin like sound and are none end in a sentence with or without it.
    for magic in [
        &b"#!AMR\n"[..],
        b"wvpk",
        b"NIST_1A\n",
        b"RIFF\x04\0\0\0AVI ",
    ] {
        let message = decode(magic).unwrap_err().to_string();
        assert!(
            message.contains("ffmpeg") && message.contains("hint: "),
            "{message}"
        );
    }
}
