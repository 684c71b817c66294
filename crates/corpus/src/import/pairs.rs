//! A folder with a text beside each recording: `001.wav` and `001.txt` or `001.lab`, as aligners and
//! recorders of single sentences keep them.

use std::path::{Path, PathBuf};

use super::{
    Layout,
    folder::recording_stem,
    listing::{Entry, ListFormat, Listing, name_entries},
    places::Places,
    text,
};
use crate::{
    error::CorpusError,
    problem::{Problem, ProblemKind},
};

/// Extensions of the texts, preferred first.
const EXTENSIONS: [&str; 4] = ["txt", "lab", "normalized.txt", "original.txt"];

/// Folders that hold the texts where they do not lie beside the recordings.
const FOLDERS: [&str; 6] = ["txt", "text", "texts", "transcripts", "labels", "lab"];

/// Lists every recording below a folder with its text.
pub(super) fn read(folder: &Path) -> Result<Listing, CorpusError> {
    let recordings = Places::new(vec![folder.to_owned()], vec![]).all();
    let (mut entries, mut names, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for audio in &recordings {
        let text = text_of(audio, folder).ok_or(ProblemKind::NoText);
        match text.and_then(|path| sentence(&path)) {
            Ok(text) => {
                entries.push(Entry {
                    id: String::new(),
                    audio: audio.clone(),
                    text,
                    speaker: None,
                });
                let name = audio.strip_prefix(folder).unwrap_or(audio);
                names.push(name.to_string_lossy().into_owned());
            }
            Err(kind) => problems.push(Problem {
                utterance: recording_stem(audio),
                path: audio.clone(),
                kind,
            }),
        }
    }
    name_entries(&mut entries, &names);
    let first = recordings.first().and_then(|path| path.parent());
    let beside = first.and_then(|parent| parent.strip_prefix(folder).ok());
    Ok(Listing {
        list: folder.to_owned(),
        root: folder.to_owned(),
        listed: recordings.len(),
        entries,
        problems,
        format: ListFormat {
            layout: Layout::Pairs,
            separator: String::new(),
            quoted: false,
            header: false,
            columns: String::new(),
            recordings: beside.unwrap_or(Path::new("")).to_owned(),
        },
    })
}

/// The file that tells what a recording says.
pub(super) fn text_of(audio: &Path, root: &Path) -> Option<PathBuf> {
    let stem = recording_stem(audio);
    let parent = audio.parent().unwrap_or(root);
    let above = [
        parent.parent().filter(|above| above.starts_with(root)),
        Some(root),
    ];
    let folders = above
        .into_iter()
        .flatten()
        .flat_map(|above| FOLDERS.map(|folder| above.join(folder)));
    std::iter::once(parent.to_owned())
        .chain(folders)
        .flat_map(|folder| EXTENSIONS.map(|extension| folder.join(format!("{stem}.{extension}"))))
        .find(|path| path.is_file())
}

/// The lines of a file as one sentence.
fn sentence(path: &Path) -> Result<String, ProblemKind> {
    let bad = |reason: String| ProblemKind::Malformed { reason };
    let first = |error: CorpusError| {
        let words = error.to_string();
        bad(words.lines().next().unwrap_or_default().to_owned())
    };
    let lines = text::read(path).map_err(first)?;
    let words: Vec<String> = lines
        .into_iter()
        .map(|line| line.text.map(|text| text.trim().to_owned()))
        .collect::<Result<_, _>>()
        .map_err(|_| bad(format!("`{}` has a line that is not UTF-8", path.display())))?;
    Ok(words.join(" "))
}
