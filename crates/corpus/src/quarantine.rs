//! Utterances that are left out of training because their transcript or recording is not believed.
//!
//! A run proposes a list, a person listens and confirms, and the confirmed list is read here. The
//! file is a CSV with a header; only its first column is read back, so that a list of ids, one in a
//! line, is one too.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use crate::{
    error::CorpusError,
    manifest::{Utterance, write_whole},
    problem::{Problem, ProblemKind},
};

/// Larger files are no lists of utterances.
const MAX_BYTES: u64 = 64 << 20;
/// Name of the first column.
const ID_COLUMN: &str = "utterance";

/// One line of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Quarantined {
    /// The utterance.
    pub id: String,
    /// How unlike the rest it is, in robust standard deviations.
    pub suspicion: f64,
    /// What is unlike the rest, in words.
    pub because: String,
    /// Its transcript.
    pub text: String,
}

/// Writes a list; the file is there whole or not at all.
///
/// # Errors
/// If it cannot be written.
pub fn write_quarantine(path: &Path, list: &[Quarantined]) -> Result<(), CorpusError> {
    let mut text = format!("{ID_COLUMN},suspicion,because,text\n");
    for one in list {
        let fields = [&one.id, &one.because, &one.text].map(|field| csv_field(field));
        let [id, because, said] = fields;
        let _infallible = writeln!(text, "{id},{:.2},{because},{said}", one.suspicion);
    }
    write_whole(path, text.as_bytes()).map_err(|source| CorpusError::Io {
        path: path.into(),
        source,
    })
}

/// Reads the ids of a list.
///
/// # Errors
/// If the file cannot be read, is not text, or is too large to be a list.
pub fn read_quarantine(path: &Path) -> Result<BTreeSet<String>, CorpusError> {
    let io = |source| CorpusError::Io {
        path: path.into(),
        source,
    };
    let bytes = fs::metadata(path).map_err(io)?.len();
    if bytes > MAX_BYTES {
        return Err(CorpusError::ListTooLarge {
            path: path.into(),
            bytes,
            max: MAX_BYTES,
        });
    }
    let text = String::from_utf8(fs::read(path).map_err(io)?)
        .map_err(|_| CorpusError::NotText { path: path.into() })?;
    let ids = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(first_field)
        .filter(|id| !id.is_empty() && !id.starts_with('#') && id != ID_COLUMN);
    Ok(ids.collect())
}

/// Takes the listed utterances out, and says so of each.
pub fn leave_out(utterances: &mut Vec<Utterance>, ids: &BTreeSet<String>) -> Vec<Problem> {
    let (out, kept) = std::mem::take(utterances)
        .into_iter()
        .partition(|utterance: &Utterance| ids.contains(&utterance.id));
    *utterances = kept;
    let problem = |utterance: Utterance| Problem {
        utterance: utterance.id,
        path: utterance.audio,
        kind: ProblemKind::Quarantined,
    };
    out.into_iter().map(problem).collect()
}

/// A field as RFC 4180 writes it: in quotes where it has to be, on one line.
pub fn csv_field(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.contains([',', '"']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// The first field of a line of a CSV.
fn first_field(line: &str) -> String {
    let line = line.trim();
    let Some(quoted) = line.strip_prefix('"') else {
        return line.split(',').next().unwrap_or_default().trim().to_owned();
    };
    let mut field = String::new();
    let mut letters = quoted.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => break,
            other => field.push(other),
        }
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, text: &str) -> Quarantined {
        Quarantined {
            id: id.to_owned(),
            suspicion: 5.25,
            because: "loss+attention".to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quarantine.csv");
        let ids = ["a", "with,comma", "with \"quotes\""];
        let list: Vec<Quarantined> = ids.iter().map(|id| one(id, "Said,\n\"so\".")).collect();
        write_quarantine(&path, &list).unwrap();
        let expected: BTreeSet<String> = ids.iter().map(|&id| id.to_owned()).collect();
        assert_eq!(read_quarantine(&path).unwrap(), expected);
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("a,5.25,loss+attention,\"Said, \"\"so\"\".\"\n"),
            "{text}"
        );
    }

    #[test]
    fn a_list_of_ids_is_a_list_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.txt");
        fs::write(&path, "\u{feff}# heard wrong\nu1\r\n\n  u2 , because\n").unwrap();
        let ids: Vec<String> = read_quarantine(&path).unwrap().into_iter().collect();
        assert_eq!(ids, ["u1", "u2"]);
        fs::write(&path, b"\xff\xfe").unwrap();
        assert!(matches!(
            read_quarantine(&path),
            Err(CorpusError::NotText { .. })
        ));
        let missing = read_quarantine(&folder.path().join("none.csv")).unwrap_err();
        assert!(missing.to_string().contains("none.csv"), "{missing}");
    }
}
