//! The layout of the LJ Speech Dataset: `metadata.csv` and a folder of recordings named by id.
//!
//! # Source
//! <https://keithito.com/LJ-Speech-Dataset/>: `id|transcription|normalised transcription`, no
//! header, no quoting. A quote is a character of the text.

use std::path::{Path, PathBuf};

use super::{
    lines,
    listing::{EXTENSIONS, Entry, Listing, has_audio_extension},
};
use crate::{error::CorpusError, problem::ProblemKind};

/// Name of the list in its folder.
pub(super) const LIST: &str = "metadata.csv";

/// Folders that hold the recordings, preferred first.
const FOLDERS: [&str; 2] = ["wavs", "wav"];

/// Lists a folder, or the `metadata.csv` in one.
pub(super) fn list(path: &Path, root: Option<&Path>) -> Result<Listing, CorpusError> {
    let list = if path.is_dir() {
        path.join(LIST)
    } else {
        path.to_owned()
    };
    let lines = lines::read(&list)?;
    let root = root
        .or_else(|| list.parent())
        .unwrap_or(Path::new(""))
        .to_owned();
    let parse = |text: &str| parse(&root, text);
    Ok(Listing::parse(list, root.clone(), lines, parse))
}

/// Whether the folder of this list holds recordings as LJSpeech keeps them.
pub(super) fn has_recordings_beside(list: &Path) -> bool {
    FOLDERS
        .iter()
        .any(|folder| list.with_file_name(folder).is_dir())
}

fn parse(root: &Path, line: &str) -> Result<(Entry, Option<ProblemKind>), ProblemKind> {
    let fields: Vec<&str> = line.split('|').map(str::trim).collect();
    let (id, text) = match fields[..] {
        [id, text] => (id, text),
        // Speech datasets of this layout leave the third column empty where it says nothing new.
        [id, text, ""] => (id, text),
        [id, _, normalised] => (id, normalised),
        _ => {
            return Err(ProblemKind::Malformed {
                fields: fields.len(),
            });
        }
    };
    if id.is_empty() {
        return Err(ProblemKind::Malformed {
            fields: fields.len(),
        });
    }
    let audio = recording(root, id);
    let name = if has_audio_extension(id) {
        Path::new(id).with_extension("")
    } else {
        id.into()
    };
    let id = name.to_string_lossy().into_owned();
    Ok((
        Entry {
            id,
            audio,
            text: text.to_owned(),
            speaker: None,
        },
        None,
    ))
}

/// The recording of an id: the first that exists, else the name it should have.
fn recording(root: &Path, id: &str) -> PathBuf {
    let folders = FOLDERS.map(|folder| root.join(folder));
    let folder = folders.iter().find(|f| f.is_dir()).unwrap_or(&folders[0]);
    if has_audio_extension(id) {
        let beside = root.join(id);
        return if beside.exists() {
            beside
        } else {
            folder.join(id)
        };
    }
    let named = |extension: &str| folder.join(format!("{id}.{extension}"));
    let shouted = EXTENSIONS.map(str::to_ascii_uppercase);
    EXTENSIONS
        .into_iter()
        .chain(shouted.iter().map(String::as_str))
        .map(named)
        .find(|path| path.exists())
        .unwrap_or_else(|| named(EXTENSIONS[0]))
}
