//! Symbols and mels, with and without the cache.

use std::{fs, path::Path, sync::Mutex};

use diktor_audio::{MelConfig, MelExtractor, read, trim_silence};
use diktor_corpus::{
    Example, FeatureConfig, ImportConfig, Manifest, Problem, global_mean_mel, import,
    load_examples, trimmed_seconds,
};
use tempfile::TempDir;

use crate::clips::{clips, english, tone, write_ljspeech};

/// A corpus of five clips and a cache beside it.
struct Setting {
    dir: TempDir,
    manifest: Manifest,
}

impl Setting {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        write_ljspeech(dir.path(), &clips(5));
        let (manifest, _) = import(dir.path(), None, &english(), &ImportConfig::default()).unwrap();
        Self { dir, manifest }
    }

    fn cache(&self) -> std::path::PathBuf {
        self.dir.path().join("cache")
    }

    fn cached(&self) -> FeatureConfig {
        FeatureConfig {
            cache_dir: Some(self.cache()),
            ..Default::default()
        }
    }

    fn load(&self, config: &FeatureConfig) -> (Vec<Example>, Vec<Problem>) {
        let utterances = &self.manifest.utterances;
        load_examples(
            utterances,
            &english(),
            &MelConfig::default(),
            config,
            &|_, _| {},
        )
        .unwrap()
    }
}

fn entries(cache: &Path) -> Vec<std::path::PathBuf> {
    fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// Equal but for where they came from.
fn assert_same(a: &[Example], b: &[Example]) {
    let bare = |examples: &[Example]| -> Vec<Example> {
        examples
            .iter()
            .map(|e| Example {
                cached: false,
                ..e.clone()
            })
            .collect()
    };
    assert_eq!(bare(a), bare(b));
}

#[test]
fn an_example_is_the_trimmed_mel_and_the_symbols_of_its_utterance() {
    let setting = Setting::new();
    let (examples, problems) = setting.load(&FeatureConfig::default());
    assert_eq!((examples.len(), problems.len()), (5, 0));
    let first = &examples[0];
    let wave = read(&first.audio).unwrap();
    let kept = trim_silence(&wave.samples, wave.sample_rate, &Default::default());
    let mel = MelExtractor::new(&MelConfig::default())
        .unwrap()
        .extract(&wave.samples[kept]);
    assert_eq!(first.mel, mel.unwrap());
    assert_eq!(first.symbols, english().encode(&first.text).unwrap().ids);
    let measured: f64 = setting
        .manifest
        .utterances
        .iter()
        .map(|u| u.trimmed_s)
        .sum();
    assert!((trimmed_seconds(&examples) - measured).abs() < 1e-9);
}

#[test]
fn without_trimming_the_silence_stays() {
    let setting = Setting::new();
    let (trimmed, _) = setting.load(&FeatureConfig::default());
    let (whole, _) = setting.load(&FeatureConfig {
        trim: None,
        ..Default::default()
    });
    assert_eq!(trimmed_seconds(&whole), 0.0);
    assert!(
        whole
            .iter()
            .zip(&trimmed)
            .all(|(w, t)| w.mel.frames() > t.mel.frames() + 40)
    );
}

#[test]
fn a_second_run_takes_the_same_mels_from_the_cache() {
    let setting = Setting::new();
    let (fresh, _) = setting.load(&setting.cached());
    let (again, _) = setting.load(&setting.cached());
    assert!(fresh.iter().all(|e| !e.cached) && again.iter().all(|e| e.cached));
    assert_same(&fresh, &again);
    assert_eq!(entries(&setting.cache()).len(), 5);
}

#[test]
fn a_damaged_entry_is_computed_again() {
    let setting = Setting::new();
    let (fresh, _) = setting.load(&setting.cached());
    let damage: [&dyn Fn(&Path); 4] = [
        &|entry| fs::write(entry, b"").unwrap(),
        &|entry| fs::write(entry, &fs::read(entry).unwrap()[..1000]).unwrap(),
        &|entry| {
            let mut bytes = fs::read(entry).unwrap();
            bytes[500] ^= 1;
            fs::write(entry, bytes).unwrap();
        },
        &|entry| {
            fs::remove_file(entry).unwrap();
            fs::create_dir(entry).unwrap();
        },
    ];
    for damage in damage {
        damage(&entries(&setting.cache())[0]);
        let (again, problems) = setting.load(&setting.cached());
        assert_eq!(again.iter().filter(|e| !e.cached).count(), 1);
        assert_same(&fresh, &again);
        assert_eq!(problems, []);
    }
}

#[test]
fn a_replaced_recording_is_not_taken_from_the_cache() {
    let setting = Setting::new();
    let (before, _) = setting.load(&setting.cached());
    let audio = &setting.manifest.utterances[2].audio;
    diktor_audio::write_wav(audio, &tone(777.0, 1.5, 22_050)).unwrap();
    let (after, _) = setting.load(&setting.cached());
    let changed: Vec<usize> = (0..5).filter(|&i| after[i].mel != before[i].mel).collect();
    assert_eq!(changed, [2]);
}

#[test]
fn other_trimming_is_another_entry() {
    let setting = Setting::new();
    setting.load(&setting.cached());
    let (whole, _) = setting.load(&FeatureConfig {
        trim: None,
        ..setting.cached()
    });
    assert!(whole.iter().all(|e| !e.cached && e.trimmed_s == 0.0));
}

#[test]
fn limits_leave_out_and_say_so() {
    let setting = Setting::new();
    for (config, expected) in [
        (
            FeatureConfig {
                max_text_len: 21,
                ..setting.cached()
            },
            "text_too_long",
        ),
        (
            FeatureConfig {
                max_mel_frames: 135,
                ..setting.cached()
            },
            "too_long",
        ),
        (
            FeatureConfig {
                min_mel_frames: 136,
                ..setting.cached()
            },
            "too_short",
        ),
    ] {
        let (examples, problems) = setting.load(&config);
        assert!(!examples.is_empty() && !problems.is_empty(), "{expected}");
        assert!(
            problems.iter().all(|p| p.kind.name() == expected),
            "{problems:?}"
        );
        assert_eq!(examples.len() + problems.len(), 5);
    }
}

#[test]
fn another_sample_rate_is_converted_when_asked() {
    let setting = Setting::new();
    let audio = &setting.manifest.utterances[0].audio;
    diktor_audio::write_wav(audio, &tone(440.0, 1.5, 44_100)).unwrap();
    let (_, problems) = setting.load(&setting.cached());
    assert_eq!(problems[0].kind.name(), "wrong_sample_rate");
    let (examples, problems) = setting.load(&FeatureConfig {
        resample: true,
        ..setting.cached()
    });
    assert_eq!(problems, []);
    // 1.5 s of tone and two margins of 0.05 s, at 86.13 frames a second.
    assert!(
        (130..=145).contains(&examples[0].mel.frames()),
        "{}",
        examples[0].mel.frames()
    );
}

#[test]
fn progress_counts_every_utterance_once() {
    let setting = Setting::new();
    let seen = Mutex::new(Vec::new());
    let note = |done, total| seen.lock().unwrap().push((done, total));
    let utterances = &setting.manifest.utterances;
    let mel = MelConfig::default();
    load_examples(utterances, &english(), &mel, &Default::default(), &note).unwrap();
    let mut seen = seen.into_inner().unwrap();
    seen.sort_unstable();
    assert_eq!(seen, [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]);
}

#[test]
fn the_mean_mel_is_the_mean_over_frames() {
    let setting = Setting::new();
    let (examples, _) = setting.load(&FeatureConfig::default());
    let mean = global_mean_mel(&examples).unwrap();
    let frames: usize = examples.iter().map(|e| e.mel.frames()).sum();
    let sum: f64 = examples
        .iter()
        .flat_map(|e| (0..e.mel.frames()).map(|f| f64::from(e.mel.frame(f)[7])))
        .sum();
    assert!((f64::from(mean[7]) - sum / frames as f64).abs() < 1e-5);
    assert_eq!((mean.len(), global_mean_mel(&[])), (80, None));
}
