//! What is odd about a corpus as a whole, which no single recording shows.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    error::CorpusError,
    manifest::Manifest,
    problem::{Problem, ProblemKind},
};

/// Fewest utterances that leave one to learn from and one to judge by.
const LEAST: usize = 2;

/// A share of the lines from which on a repetition is the corpus and no accident.
const MANY: f64 = 0.5;

/// Something odd about a corpus. [`fmt::Display`] is the English sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "remark", rename_all = "snake_case")]
pub enum Remark {
    /// Most lines have one recording.
    OneRecording {
        /// How many lines.
        lines: usize,
        /// Of how many.
        listed: usize,
        /// The first utterance with it.
        of: String,
    },
    /// Most lines have one text.
    OneText {
        /// How many lines.
        lines: usize,
        /// Of how many.
        listed: usize,
        /// The first utterance with it.
        of: String,
    },
    /// Several people speak, and one voice is trained.
    Speakers {
        /// Utterances by speaker.
        utterances: BTreeMap<String, usize>,
    },
}

/// Looks at a corpus as a whole.
pub fn remarks(manifest: &Manifest, problems: &[Problem]) -> Vec<Remark> {
    let (mut recordings, mut texts) = (BTreeMap::new(), BTreeMap::new());
    for problem in problems {
        let (counts, of) = match &problem.kind {
            ProblemKind::DuplicateRecording { of } | ProblemKind::ConflictingText { of } => {
                (&mut recordings, of)
            }
            ProblemKind::DuplicateText { of } => (&mut texts, of),
            _ => continue,
        };
        *counts.entry(of.clone()).or_insert(1_usize) += 1;
    }
    let listed = manifest.listed.max(manifest.utterances.len());
    let many = |counts: BTreeMap<String, usize>| {
        let most = counts.into_iter().max_by_key(|&(_, count)| count);
        most.filter(|&(_, lines)| lines > 2 && lines as f64 > MANY * listed as f64)
    };
    let mut found = Vec::new();
    if let Some((of, lines)) = many(recordings) {
        found.push(Remark::OneRecording { lines, listed, of });
    }
    if let Some((of, lines)) = many(texts) {
        found.push(Remark::OneText { lines, listed, of });
    }
    let mut utterances = BTreeMap::new();
    for speaker in manifest.utterances.iter().filter_map(|u| u.speaker.clone()) {
        *utterances.entry(speaker).or_insert(0) += 1;
    }
    if utterances.len() > 1 {
        found.push(Remark::Speakers { utterances });
    }
    found
}

/// Refuses a corpus of which so little can be used that nothing can be learnt or judged.
///
/// # Errors
/// If fewer than two utterances are left.
pub fn refuse_too_few(manifest: &Manifest, problems: &[Problem]) -> Result<(), CorpusError> {
    if manifest.utterances.len() >= LEAST {
        return Ok(());
    }
    Err(CorpusError::TooFew {
        path: manifest.root.clone(),
        usable: manifest.utterances.len(),
        listed: manifest.listed,
        remarks: remarks(manifest, problems),
        problems: problems.to_vec(),
    })
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneRecording { lines, listed, of } => {
                write!(
                    f,
                    "{lines} of {listed} lines are the same recording, that of `{of}`"
                )
            }
            Self::OneText { lines, listed, of } => {
                write!(
                    f,
                    "{lines} of {listed} lines have the same text, that of `{of}`"
                )
            }
            Self::Speakers { utterances } => {
                let shown: Vec<String> = by_frequency(utterances);
                write!(
                    f,
                    "{} speakers in one voice ({}); `--speaker {}` keeps one",
                    utterances.len(),
                    shown.join(", "),
                    most_frequent(utterances)
                )
            }
        }
    }
}

/// The most frequent speakers with their counts, the first of many.
pub fn by_frequency(utterances: &BTreeMap<String, usize>) -> Vec<String> {
    const SHOWN: usize = 5;
    let mut speakers: Vec<(&String, &usize)> = utterances.iter().collect();
    speakers.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let mut shown: Vec<String> = speakers
        .iter()
        .take(SHOWN)
        .map(|(name, count)| format!("{name}: {count}"))
        .collect();
    if speakers.len() > SHOWN {
        shown.push("…".to_owned());
    }
    shown
}

/// The speaker of most utterances, as a word of a command line.
pub fn most_frequent(utterances: &BTreeMap<String, usize>) -> String {
    let most = utterances
        .iter()
        .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
    let name = most.map_or("NAME", |(name, _)| name);
    if name.contains(char::is_whitespace) {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}
