//! Real speech and the bundled corpus, where they are.

use std::path::{Path, PathBuf};

use diktor_corpus::{
    FeatureConfig, ImportConfig, Layout, Manifest, Problem, import, load_examples, split,
    statistics,
};
use diktor_text::{Cleaners, Frontend};

use crate::clips::english;

/// A folder of the project, or of the data beside it.
fn find(name: &str, candidates: &[Option<PathBuf>]) -> Option<PathBuf> {
    let found = candidates
        .iter()
        .flatten()
        .find(|path| path.join("metadata.csv").is_file());
    if found.is_none() {
        // The harness shows this only with `--nocapture`, which is when someone asks.
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: {name} is not here");
        }
    }
    found.cloned()
}

fn ljspeech() -> Option<PathBuf> {
    let given = std::env::var_os("DIKTOR_TEST_DATA").map(|dir| Path::new(&dir).join("ljspeech"));
    let beside = workspace().join("../shared/data/ljspeech");
    find("LJSpeech (set DIKTOR_TEST_DATA)", &[given, Some(beside)])
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn imported(path: &Path, frontend: &Frontend) -> (Manifest, Vec<Problem>) {
    import(path, None, frontend, &ImportConfig::default()).unwrap()
}

#[test]
fn ljspeech_imports_whole() {
    let Some(path) = ljspeech() else { return };
    assert_eq!(Layout::detect(&path).unwrap(), Layout::Ljspeech);
    let (manifest, problems) = imported(&path, &english());
    assert_eq!(manifest.utterances.len(), 24, "{problems:?}");
    assert!(
        problems.iter().all(|p| p.kind.name() == "rate_outlier"),
        "{problems:?}"
    );
    let parts = split(&manifest, 1234, None);
    assert_eq!((parts.train.len(), parts.validation.len()), (21, 3));
    let figures = statistics(&manifest, &english(), &problems, Some(&parts));
    // The clips hold about 2.9 minutes; an adult reads 12 to 18 characters a second.
    assert!(
        (2.7..3.1).contains(&(figures.hours * 60.0)),
        "{}",
        figures.hours * 60.0
    );
    assert!(
        (12.0..18.0).contains(&figures.chars_per_s.p50),
        "{:?}",
        figures.chars_per_s
    );
    assert_eq!(
        (figures.clipped, figures.duplicate_recordings.len()),
        (0, 0)
    );
}

#[test]
fn ljspeech_becomes_examples() {
    let Some(path) = ljspeech() else { return };
    let (manifest, _) = imported(&path, &english());
    let cache = tempfile::tempdir().unwrap();
    let config = FeatureConfig {
        cache_dir: Some(cache.path().into()),
        ..Default::default()
    };
    let load = || {
        let mel = Default::default();
        load_examples(&manifest.utterances, &english(), &mel, &config, &|_, _| {}).unwrap()
    };
    let (examples, problems) = load();
    assert_eq!((examples.len(), problems), (24, vec![]));
    let trimmed = diktor_corpus::trimmed_seconds(&examples);
    // Clips of LJSpeech are cut close already: some silence goes, no words.
    assert!((0.0..24.0 * 0.5).contains(&trimmed), "{trimmed} s");
    assert!(load().0.iter().all(|e| e.cached));
}

#[test]
fn the_bundled_corpus_has_no_problem_a_user_would_meet() {
    for (language, cleaners) in [
        ("en", Cleaners::EnglishCleaners),
        ("ru", Cleaners::RussianCleaners),
    ] {
        let path = workspace().join("assets/demo").join(language);
        let Some(path) = find("the bundled corpus", &[Some(path)]) else {
            continue;
        };
        let frontend = Frontend::new(vec![cleaners]);
        let (manifest, problems) = imported(&path, &frontend);
        let allowed = ["rate_outlier", "duplicate_text"];
        assert!(
            problems.iter().all(|p| allowed.contains(&p.kind.name())),
            "{problems:?}"
        );
        assert!(
            manifest.utterances.len() >= 100,
            "{language}: {}",
            manifest.utterances.len()
        );
    }
}
