//! What every layout produces: utterances as listed, nothing measured yet.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Layout, places};
use crate::problem::Problem;

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
    /// The file or folder that was read.
    pub(crate) list: PathBuf,
    /// Folder that relative paths are read against.
    pub(crate) root: PathBuf,
    /// Utterances that are listed, readable or not.
    pub(crate) listed: usize,
    pub(crate) entries: Vec<Entry>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) format: ListFormat,
}

/// How a list was read, so that a person can see whether that is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListFormat {
    /// How the corpus lies on disk.
    pub layout: Layout,
    /// What stands between two fields.
    pub separator: String,
    /// Whether fields stand in quotes.
    pub quoted: bool,
    /// Whether the first line names the columns.
    pub header: bool,
    /// What the columns hold, as `--columns` takes it.
    pub columns: String,
    /// Folder of the first recording, as a path from the folder of the list where it is below it.
    pub recordings: PathBuf,
}

impl fmt::Display for ListFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            layout,
            separator,
            columns,
            ..
        } = self;
        match layout {
            Layout::Pairs => write!(f, "{layout}: a text beside each recording")?,
            _ => write!(f, "{layout}: {columns}, separated by `{separator}`")?,
        }
        if self.quoted {
            f.write_str(", in quotes")?;
        }
        if self.header {
            f.write_str(", below a header")?;
        }
        match self.recordings.to_string_lossy().as_ref() {
            "" => Ok(()),
            folder => write!(f, "; recordings in `{folder}`"),
        }
    }
}

/// Gives every entry an id that is safe as a file name, different for different recordings, and the
/// same wherever the recording is listed: `LJ001-0001`, the folder before it only where names repeat.
/// `names` are the recordings as the list writes them.
pub(super) fn name_entries(entries: &mut [Entry], names: &[String]) {
    let stems: Vec<String> = names
        .iter()
        .map(|n| places::stem(n).trim().to_owned())
        .collect();
    let recordings = |key: &dyn Fn(usize) -> String| {
        let mut by_key: HashMap<String, BTreeSet<&Path>> = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            by_key.entry(key(index)).or_default().insert(&entry.audio);
        }
        by_key
    };
    let by_safe = recordings(&|index| file_name_safe(&stems[index], index + 1));
    let by_stem = recordings(&|index| stems[index].clone());
    let whole = |index: usize| {
        let name = &names[index];
        let folders = name.len() - name.rsplit(['/', '\\']).next().unwrap_or_default().len();
        file_name_safe(&format!("{}{}", &name[..folders], stems[index]), index + 1)
    };
    let by_whole = recordings(&whole);
    let ids: Vec<String> = (0..entries.len())
        .map(|index| {
            let safe = file_name_safe(&stems[index], index + 1);
            if by_safe[&safe].len() == 1 {
                return safe;
            }
            if by_stem[&stems[index]].len() == 1 {
                // Names that only clash as file names: the one that is a file name keeps its own.
                return if safe == stems[index] {
                    safe
                } else {
                    marked(&safe, &stems[index])
                };
            }
            let whole = whole(index);
            if by_whole[&whole].len() == 1 {
                whole
            } else {
                marked(&whole, &names[index])
            }
        })
        .collect();
    let mut taken: HashMap<String, PathBuf> = HashMap::new();
    for (index, (entry, mut id)) in entries.iter_mut().zip(ids).enumerate() {
        while taken.get(&id).is_some_and(|audio| *audio != entry.audio) {
            id = marked(&id, &format!("{} {index}", names[index]));
        }
        taken.insert(id.clone(), entry.audio.clone());
        entry.id = id;
    }
}

/// An id with a few letters that its name alone decides.
fn marked(safe: &str, name: &str) -> String {
    let hash = blake3::hash(name.as_bytes()).to_hex();
    format!("{safe}-{}", &hash[..6])
}

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

    use super::*;

    fn ids(names: &[&str]) -> Vec<String> {
        let entry = |name: &&str| Entry {
            id: String::new(),
            audio: PathBuf::from(name),
            text: String::new(),
            speaker: None,
        };
        let mut entries: Vec<Entry> = names.iter().map(entry).collect();
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        name_entries(&mut entries, &names);
        entries.into_iter().map(|entry| entry.id).collect()
    }

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
    fn different_recordings_have_different_ids() {
        assert_eq!(ids(&["wavs/a.wav", "wavs/b.wav"]), ["a", "b"]);
        assert_eq!(ids(&["anna/1.wav", "boris/1.wav"]), ["anna_1", "boris_1"]);
        let clash = ids(&["a b", "a_b", "c#d", "c_d"]);
        assert_eq!((clash[1].as_str(), clash[3].as_str()), ("a_b", "c_d"));
        assert_eq!(clash.iter().collect::<BTreeSet<_>>().len(), 4, "{clash:?}");
    }

    proptest! {
        #[test]
        fn no_id_leaves_its_folder(id: String) {
            let safe = file_name_safe(&id, 1);
            prop_assert!(!safe.is_empty() && !safe.contains(['/', '\\', '\0']) && !safe.starts_with('.'));
        }

        #[test]
        fn no_two_recordings_share_an_id(names in prop::collection::btree_set("[ab/ _#.]{1,4}", 1..8)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let ids = ids(&names);
            for (index, (name, id)) in names.iter().zip(&ids).enumerate() {
                for (other, its) in names.iter().zip(&ids).skip(index + 1) {
                    // `//a` and `/a` are one recording.
                    prop_assert!(id != its || Path::new(name) == Path::new(other), "{:?}", ids);
                }
            }
        }
    }
}
