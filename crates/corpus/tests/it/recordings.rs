//! What a corpus says about recordings that could be read and are not as they seem.

use std::{fs, path::Path};

use diktor_audio::{Waveform, encode_wav, resample};
use diktor_corpus::{CorpusError, ImportConfig, Layout, Manifest, Problem, import};

use crate::clips::{Clip, clips, english, write};

/// A corpus of eight clips, whose recordings `make` writes.
fn corpus(
    config: &ImportConfig,
    mut make: impl FnMut(&Waveform) -> Vec<u8>,
) -> Result<(Manifest, Vec<Problem>), CorpusError> {
    let dir = tempfile::tempdir().unwrap();
    let line = |clip: &Clip| format!("wavs/{}.wav|{}", clip.id, clip.text);
    let clips = clips(8);
    write(dir.path(), "list.txt", &clips, line);
    for clip in &clips {
        let wav = dir.path().join(format!("wavs/{}.wav", clip.id));
        fs::write(wav, make(&clip.wave)).unwrap();
    }
    let list = dir.path().join("list.txt");
    import(&list, Some(Layout::Filelist), &english(), config)
}

/// A WAV file of any coding.
fn wav(code: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = encode_wav(&Waveform {
        samples: vec![],
        sample_rate: 22_050,
    })
    .unwrap();
    bytes[20..22].copy_from_slice(&code.to_le_bytes());
    bytes[22..24].copy_from_slice(&channels.to_le_bytes());
    bytes[34..36].copy_from_slice(&bits.to_le_bytes());
    bytes[40..44].copy_from_slice(&(data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes
}

fn names(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.kind.name()).collect()
}

#[test]
fn channels_that_cancel_are_kept_and_told() {
    let (manifest, problems) = corpus(&ImportConfig::default(), |wave| {
        let both = |s: &f32| [(s * 32_767.0) as i16, (-s * 32_767.0) as i16];
        let data: Vec<u8> = wave
            .samples
            .iter()
            .flat_map(both)
            .flat_map(i16::to_le_bytes)
            .collect();
        wav(1, 2, 16, &data)
    })
    .unwrap();
    assert_eq!(manifest.utterances.len(), 8);
    assert_eq!(names(&problems), ["opposite_channels"; 8]);
    assert!(
        problems[0].to_string().contains("cancel each other"),
        "{}",
        problems[0]
    );
}

#[test]
fn a_recording_cut_short_is_left_out_with_both_lengths() {
    let cut = |wave: &Waveform| {
        let mut bytes = encode_wav(wave).unwrap();
        bytes.truncate(bytes.len() - 2 * 11_025);
        bytes
    };
    let error = corpus(&ImportConfig::default(), cut).unwrap_err();
    let CorpusError::Empty { problems, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(names(&problems), ["cut_short"; 8]);
    // A last block that a recorder did not write is no loss.
    let hardly = |wave: &Waveform| {
        let mut bytes = encode_wav(wave).unwrap();
        bytes.truncate(bytes.len() - 100);
        bytes
    };
    let (manifest, problems) = corpus(&ImportConfig::default(), hardly).unwrap();
    assert_eq!((manifest.utterances.len(), names(&problems)), (8, vec![]));
}

#[test]
fn floats_in_the_scale_of_integers_are_refused_with_their_divisor() {
    let error = corpus(&ImportConfig::default(), |wave| {
        let data: Vec<u8> = wave
            .samples
            .iter()
            .flat_map(|s| (s * 32_768.0).to_le_bytes())
            .collect();
        wav(3, 1, 32, &data)
    })
    .unwrap_err();
    let message = error.to_string();
    assert!(message.contains("divide by 32768"), "{message}");
}

#[test]
fn recordings_of_a_telephone_are_told_once_with_what_suits_them() {
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 16) as f32 / 65_536.0 - 0.5) * 0.3
    };
    let config = ImportConfig {
        resample: true,
        ..ImportConfig::default()
    };
    let mut check = |rate: u32| {
        let (manifest, problems) = corpus(&config, |wave| {
            let count = (wave.seconds() * 8_000.0) as usize;
            let telephone = Waveform {
                samples: (0..count).map(|_| noise()).collect(),
                sample_rate: 8_000,
            };
            encode_wav(&resample(&telephone, rate).unwrap()).unwrap()
        })
        .unwrap();
        assert_eq!(manifest.utterances.len(), 8, "{rate}");
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let told: Vec<&String> = told
            .iter()
            .filter(|told| told.contains("nothing above"))
            .collect();
        assert_eq!(told.len(), 1, "{rate}: {told:?}");
        for part in [
            "and 7 more recordings",
            "Hz, the mels reach 8000 Hz",
            "`mel_fmax=",
            "`sampling_rate=",
        ] {
            assert!(told[0].contains(part), "`{part}` is not in: {}", told[0]);
        }
    };
    // As they are, and after someone converted them.
    check(8_000);
    check(22_050);
}

#[test]
fn a_recording_may_have_the_coding_of_a_telephone() {
    let coded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/audio/coded");
    let dir = tempfile::tempdir().unwrap();
    let names = ["phone.m4a", "lame.mp3", "voice.opus", "vorbis.ogg"];
    let mut list = String::new();
    for (name, text) in names
        .iter()
        .zip(["One word.", "Two words.", "Three words.", "Four words."])
    {
        // The name says nothing.
        fs::copy(coded.join(name), dir.path().join(format!("{name}.wav"))).unwrap();
        list += &format!("{name}.wav|{text}\n");
    }
    fs::write(dir.path().join("list.txt"), list).unwrap();
    let config = ImportConfig {
        resample: true,
        ..ImportConfig::default()
    };
    let path = dir.path().join("list.txt");
    let (manifest, _) = import(&path, Some(Layout::Filelist), &english(), &config).unwrap();
    assert_eq!(manifest.utterances.len(), 4);
    for utterance in &manifest.utterances {
        assert!((utterance.duration_s - 0.6).abs() < 0.001, "{utterance:?}");
    }
}
