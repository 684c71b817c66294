//! Where test material lies.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// A file of `fixtures/`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
}

/// A golden of `fixtures/eval/`.
pub(crate) fn golden<T: DeserializeOwned>(name: &str) -> T {
    let path = fixture("eval").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Recordings of LJ Speech that are not committed, where this machine has them.
pub(crate) fn ljspeech() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("DIKTOR_TEST_DATA").map_or_else(beside, PathBuf::from);
    let wavs = data.join("ljspeech/wavs");
    if wavs.is_dir() {
        return Some(wavs);
    }
    eprintln!(
        "skipped: no `{}`; set DIKTOR_TEST_DATA to the test data",
        wavs.display()
    );
    None
}
