//! NVIDIA's filelists: `path|text` or `path|text|speaker`, one utterance a line, no header.
//!
//! # Source
//! NVIDIA/tacotron2, `filelists/` and `utils.py` `load_filepaths_and_text`; the lists there begin
//! with a placeholder folder `DUMMY`, which stands for the folder of the recordings.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    lines,
    listing::{Entry, Listing, file_name_safe},
};
use crate::{error::CorpusError, problem::ProblemKind};

/// Name of the list when a folder is given.
pub(super) const LIST: &str = "filelist.txt";

/// Placeholder of NVIDIA's published lists.
const PLACEHOLDER: &str = "DUMMY";

/// Reads a list, or the `filelist.txt` of a folder.
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
    let mut listing = Listing::parse(list, root.clone(), lines, |text| parse(&root, text));
    name_by_stem_where_unique(&mut listing);
    Ok(listing)
}

fn parse(root: &Path, line: &str) -> Result<(Entry, Option<ProblemKind>), ProblemKind> {
    let fields: Vec<&str> = line.split('|').map(str::trim).collect();
    let [path, text, rest @ ..] = &fields[..] else {
        return Err(ProblemKind::Malformed {
            fields: fields.len(),
        });
    };
    if path.is_empty() {
        return Err(ProblemKind::Malformed {
            fields: fields.len(),
        });
    }
    let speaker = rest
        .first()
        .filter(|s| !s.is_empty())
        .map(|&s| s.to_owned());
    let remark = (fields.len() > 3).then_some(ProblemKind::ExtraFields {
        fields: fields.len(),
    });
    let entry = Entry {
        id: Path::new(path)
            .with_extension("")
            .to_string_lossy()
            .into_owned(),
        audio: recording(root, Path::new(path)),
        text: (*text).to_owned(),
        speaker,
    };
    Ok((entry, remark))
}

fn recording(root: &Path, path: &Path) -> PathBuf {
    let plain = root.join(path);
    match path.strip_prefix(PLACEHOLDER) {
        Ok(rest) if !plain.exists() => root.join(rest),
        _ => plain,
    }
}

/// `LJ001-0001` rather than `data_wavs_LJ001-0001`, as long as that names one recording.
fn name_by_stem_where_unique(listing: &mut Listing) {
    let stem = |entry: &Entry| {
        let stem = entry.audio.file_stem()?;
        Some(file_name_safe(&stem.to_string_lossy(), 0))
    };
    let mut recordings: HashMap<String, HashSet<PathBuf>> = HashMap::new();
    for entry in &listing.entries {
        if let Some(name) = stem(entry) {
            recordings
                .entry(name)
                .or_default()
                .insert(entry.audio.clone());
        }
    }
    let mut renamed = HashMap::new();
    for entry in &mut listing.entries {
        if let Some(name) = stem(entry).filter(|name| recordings[name].len() == 1) {
            renamed.insert(std::mem::replace(&mut entry.id, name.clone()), name);
        }
    }
    for problem in &mut listing.problems {
        if let Some(name) = renamed.get(&problem.utterance) {
            problem.utterance.clone_from(name);
        }
    }
}
