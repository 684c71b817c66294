//! What every layout produces: utterances as listed, nothing measured yet.

use std::path::{Path, PathBuf};

use super::lines::Line;
use crate::problem::{Problem, ProblemKind};

/// One utterance as the list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) audio: PathBuf,
    pub(crate) text: String,
    pub(crate) speaker: Option<String>,
}

/// A list read to its end.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The file that was read.
    pub(crate) list: PathBuf,
    /// Folder that relative paths are read against.
    pub(crate) root: PathBuf,
    /// Lines that were not blank.
    pub(crate) listed: usize,
    pub(crate) entries: Vec<Entry>,
    pub(crate) problems: Vec<Problem>,
}

impl Listing {
    /// Parses each line; what is wrong with one is its own problem.
    pub(super) fn parse(
        list: PathBuf,
        root: PathBuf,
        lines: Vec<Line>,
        parse: impl Fn(&str) -> Result<(Entry, Option<ProblemKind>), ProblemKind>,
    ) -> Self {
        let listed = lines.len();
        let mut this = Self {
            list,
            root,
            listed,
            entries: Vec::new(),
            problems: Vec::new(),
        };
        for line in lines {
            let parsed = line
                .text
                .ok_or(ProblemKind::NotUtf8)
                .and_then(|text| parse(&text));
            match parsed {
                Ok((mut entry, remark)) => {
                    entry.id = file_name_safe(&entry.id, line.number);
                    let path = entry.audio.clone();
                    let problem = |kind| Problem {
                        utterance: entry.id.clone(),
                        path,
                        kind,
                    };
                    this.problems.extend(remark.map(problem));
                    this.entries.push(entry);
                }
                Err(kind) => this.problems.push(Problem {
                    utterance: format!("line {}", line.number),
                    path: this.list.clone(),
                    kind,
                }),
            }
        }
        this
    }
}

/// Whether the name ends as recordings do.
pub(super) fn has_audio_extension(name: &str) -> bool {
    let extension = Path::new(name.trim()).extension().and_then(|e| e.to_str());
    extension.is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}

/// Extensions of the recordings we read, preferred first.
pub(super) const EXTENSIONS: [&str; 2] = ["wav", "flac"];

/// Ids become file names of samples and caches, so they hold nothing a path could be made of.
pub(super) fn file_name_safe(id: &str, line: usize) -> String {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let safe: String = id
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect();
    // A leading dot hides a file, and `..` is a folder.
    let safe = safe.trim_start_matches('.');
    if safe.is_empty() {
        format!("line-{line}")
    } else {
        safe.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{file_name_safe, has_audio_extension};

    #[test]
    fn ids_are_safe_as_file_names() {
        for (id, expected) in [
            ("LJ001-0001", "LJ001-0001"),
            ("запись 1", "запись_1"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "line-7"),
            ("", "line-7"),
        ] {
            assert_eq!(file_name_safe(id, 7), expected);
        }
    }

    #[test]
    fn recordings_are_told_from_ids_by_their_extension() {
        assert!(has_audio_extension("wavs/a.wav") && has_audio_extension("A.FLAC"));
        assert!(!has_audio_extension("LJ001-0001") && !has_audio_extension("chapter.1"));
    }

    proptest! {
        #[test]
        fn no_id_leaves_its_folder(id: String) {
            let safe = file_name_safe(&id, 1);
            prop_assert!(!safe.is_empty() && !safe.contains(['/', '\\', '\0']) && !safe.starts_with('.'));
        }
    }
}
