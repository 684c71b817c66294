//! A folder of recordings and the list beside them, as a test lays it out.

use std::{fs, path::Path};

use diktor_audio::write_wav;
use diktor_corpus::{CorpusError, Effect, ImportConfig, Manifest, Problem, Reading, import};
use tempfile::TempDir;

use crate::clips::{english, tone};

/// Sentences of different lengths and words.
pub(crate) const TEXTS: [&str; 8] = [
    "in being comparatively modern.",
    "than in the same operations with ugly ones.",
    "it is of the first importance;",
    "But though on the whole, except in Italy, Gothic letter was used",
    "And it is worth mention in passing that,",
    "The type of this book may be considered the best,",
    "and which developed on the side of the \"lower-case\" letters;",
    "a very few years saw the birth of Roman character.",
];

/// A folder with recordings of these names.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn with(recordings: &[String]) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        for (number, name) in recordings.iter().enumerate() {
            this.record(name, number);
        }
        this
    }

    /// Eight recordings `wavs/clip-0.wav` to `wavs/clip-7.wav`.
    pub(crate) fn usual() -> Self {
        Self::in_folder("wavs")
    }

    pub(crate) fn in_folder(folder: &str) -> Self {
        let name = |number| format!("{folder}/clip-{number}.wav");
        Self::with(&(0..TEXTS.len()).map(name).collect::<Vec<_>>())
    }

    pub(crate) fn record(&self, name: &str, number: usize) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let seconds = 1.2 + 0.05 * number as f64;
        write_wav(&path, &tone(200.0 + 10.0 * number as f64, seconds, 22_050)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn list(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path().join(name), bytes).unwrap();
        self
    }

    /// A list of eight lines made of number and text.
    pub(crate) fn lines(&self, name: &str, line: impl Fn(usize, &str) -> String) -> &Self {
        let lines = TEXTS
            .iter()
            .enumerate()
            .map(|(i, text)| line(i, text) + "\n");
        self.list(name, lines.collect::<String>())
    }

    pub(crate) fn import(&self) -> Result<(Manifest, Vec<Problem>), CorpusError> {
        import(self.path(), None, &english(), &ImportConfig::default())
    }

    pub(crate) fn read_as(
        &self,
        reading: &Reading,
    ) -> Result<(Manifest, Vec<Problem>), CorpusError> {
        let config = reading.over(ImportConfig::default());
        import(self.path(), reading.layout, &english(), &config)
    }

    /// Reads all eight sentences, as they were written, without a problem that costs one.
    #[track_caller]
    pub(crate) fn reads_whole(&self) -> Manifest {
        let (manifest, problems) = self.import().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(lost(&problems), [] as [&Problem; 0]);
        let texts: Vec<&str> = manifest
            .utterances
            .iter()
            .map(|u| u.text.as_str())
            .collect();
        assert_eq!(texts, TEXTS);
        assert_eq!(manifest.listed, TEXTS.len());
        manifest
    }

    #[track_caller]
    pub(crate) fn refused(&self, words: &[&str]) -> String {
        let error = self.import().unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` in: {error}");
        }
        error
    }
}

pub(crate) fn lost(problems: &[Problem]) -> Vec<&Problem> {
    let dropped = |p: &&Problem| p.kind.effect() == Effect::Dropped;
    problems.iter().filter(dropped).collect()
}

pub(crate) fn columns(manifest: &Manifest) -> &str {
    &manifest.format.as_ref().unwrap().columns
}

pub(crate) fn speakers(manifest: &Manifest) -> Vec<Option<&str>> {
    manifest
        .utterances
        .iter()
        .map(|u| u.speaker.as_deref())
        .collect()
}
