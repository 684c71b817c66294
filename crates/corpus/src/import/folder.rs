//! Which list a folder of recordings has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    Layout, pairs,
    places::{Places, stem},
};
use crate::error::CorpusError;

/// Names of lists without their extension, preferred first.
const NAMES: [&str; 11] = [
    "metadata",
    "filelist",
    "list",
    "transcripts",
    "transcript",
    "transcriptions",
    "transcription",
    "texts",
    "text",
    "validated",
    "sentences",
];

/// Extensions of lists, preferred first.
const EXTENSIONS: [&str; 5] = ["csv", "txt", "tsv", "list", "lst"];

/// Files that lie beside lists and are none.
const NO_LISTS: [&str; 10] = [
    "readme",
    "license",
    "licence",
    "copying",
    "changelog",
    "notes",
    "requirements",
    "authors",
    "lexicon",
    "quarantine",
];

/// Most recordings whose sentence is looked for before a folder is said to have no list.
const MAX_PAIRS_TRIED: usize = 1000;

/// What tells the texts of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// This list.
    List(PathBuf),
    /// A text beside each recording.
    Pairs,
}

/// Looks what tells the texts of a folder; of several lists the one of the layout asked for.
///
/// # Errors
/// If nothing does, or several lists might.
pub(super) fn told(folder: &Path, layout: Option<Layout>) -> Result<Told, CorpusError> {
    let entries = fs::read_dir(folder).map_err(|source| CorpusError::Io {
        path: folder.into(),
        source,
    })?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let rank = |path: &PathBuf| {
        let (name, extension) = parts(path);
        let kind = EXTENSIONS.iter().position(|&e| e == extension)?;
        let asked = layout == Some(Layout::Filelist) && name == "filelist";
        let name = NAMES.iter().position(|&n| n == name)?;
        Some((!asked, name, kind))
    };
    if let Some(best) = files
        .iter()
        .filter_map(|path| Some((rank(path)?, path)))
        .min()
    {
        return Ok(Told::List(best.1.clone()));
    }
    let places = Places::new(vec![folder.to_owned()], vec![]);
    let recordings = places.all();
    if recordings
        .iter()
        .take(MAX_PAIRS_TRIED)
        .any(|path| pairs::text_of(path, folder).is_some())
    {
        return Ok(Told::Pairs);
    }
    let is_list = |path: &PathBuf| {
        let (name, extension) = parts(path);
        EXTENSIONS.contains(&extension.as_str())
            && !NO_LISTS.iter().any(|no| name.starts_with(no))
            && path.is_file()
    };
    let lists: Vec<PathBuf> = files.into_iter().filter(is_list).collect();
    match &lists[..] {
        [only] => Ok(Told::List(only.clone())),
        [] if recordings.is_empty() => Err(CorpusError::UnknownLayout {
            path: folder.into(),
            expected: "a list of recordings and texts in the folder",
        }),
        [] => Err(CorpusError::NoList {
            path: folder.into(),
            recordings: recordings.len(),
            example: recordings.first().cloned().unwrap_or_default(),
        }),
        _ => Err(CorpusError::SeveralLists {
            path: folder.into(),
            lists,
        }),
    }
}

/// The name and the extension of a file, in lower case.
fn parts(path: &Path) -> (String, String) {
    let part = |part: Option<&std::ffi::OsStr>| {
        part.map_or_else(String::new, |part| part.to_string_lossy().to_lowercase())
    };
    (part(path.file_stem()), part(path.extension()))
}

/// The name of a recording without its extension, as it stands on disk.
pub(super) fn recording_stem(path: &Path) -> String {
    stem(&path.file_name().unwrap_or_default().to_string_lossy()).to_owned()
}
