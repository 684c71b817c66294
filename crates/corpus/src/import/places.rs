//! Where the recordings of a list lie: names as people write them, found among the files there are.

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap, VecDeque},
    fs,
    path::{Path, PathBuf},
};

use diktor_audio::EXTENSIONS;
use unicode_normalization::UnicodeNormalization;

/// Folders that hold the recordings of a list, preferred first.
pub(super) const FOLDERS: [&str; 6] = ["wavs", "wav", "audio", "clips", "recordings", "audios"];

/// Placeholder of NVIDIA's published lists for the folder of the recordings.
const PLACEHOLDER: &str = "dummy";

/// How deep below a folder recordings are looked for.
const MAX_DEPTH: usize = 6;

/// Most entries of folders that are looked at: a list in a home folder does not search the disk.
const MAX_ENTRIES: usize = 400_000;

/// What a name in a list stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// This file.
    Found(PathBuf),
    /// One of several files that the name fits equally well.
    Ambiguous(Vec<PathBuf>),
    /// Nothing; the recording would be expected here.
    Missing(PathBuf),
}

/// The files among which recordings are looked for.
pub(super) struct Places {
    bases: Vec<PathBuf>,
    /// Folders where a path is taken as it stands, and nothing is searched.
    plain: Vec<PathBuf>,
    /// Made only when a name is not simply a path: that takes a walk over the folders.
    index: OnceCell<Index>,
}

/// Recordings by the folded stem of their name.
#[derive(Default)]
struct Index {
    files: HashMap<String, Vec<PathBuf>>,
    count: usize,
}

impl Places {
    /// Recordings below the folders of `bases`, the first one preferred; paths that are there as
    /// they stand may also start in one of `plain`.
    pub(super) fn new(bases: Vec<PathBuf>, plain: Vec<PathBuf>) -> Self {
        let mut distinct: Vec<PathBuf> = Vec::new();
        for base in bases {
            if !distinct.contains(&base) {
                distinct.push(base);
            }
        }
        Self {
            bases: distinct,
            plain,
            index: OnceCell::new(),
        }
    }

    /// Whether a name stands for a recording that is there.
    pub(super) fn has(&self, name: &str) -> bool {
        !matches!(self.find(name), Place::Missing(_))
    }

    /// The recording of a name: the path as it stands, or the file whose name is the same for a
    /// person, in the folder that fits best.
    pub(super) fn find(&self, name: &str) -> Place {
        let name = name.trim();
        if name.is_empty() || name.len() > 4096 || name.contains('\0') {
            return Place::Missing(PathBuf::new());
        }
        if has_audio_extension(name) {
            let bases = self.bases.iter().chain(&self.plain);
            let as_written = bases.map(|base| base.join(name));
            if let Some(path) = as_written.into_iter().find(|path| path.exists()) {
                return Place::Found(path);
            }
        }
        let steps = steps(name);
        let Some(file) = steps.last() else {
            return Place::Missing(self.expected(name));
        };
        let (stem, extension) = split_extension(file);
        let index = self.index.get_or_init(|| Index::of(&self.bases));
        let found = index.files.get(stem).map_or(&[][..], Vec::as_slice);
        let fit = |path: &Path| self.fit(path, &steps[..steps.len() - 1], extension);
        let Some(best) = found.iter().map(|path| fit(path)).min() else {
            return Place::Missing(self.expected(name));
        };
        let best: Vec<PathBuf> = found
            .iter()
            .filter(|path| fit(path) == best)
            .cloned()
            .collect();
        match <[PathBuf; 1]>::try_from(best) {
            Ok([only]) => Place::Found(only),
            Err(several) => Place::Ambiguous(several),
        }
    }

    /// How badly a file fits: folders of the name that are not those of the file; how far from the
    /// usual folders it lies; whether the extension differs, and which it is.
    fn fit(&self, path: &Path, folders: &[String], extension: Option<&str>) -> [usize; 4] {
        let below = |base: &PathBuf| path.strip_prefix(base).ok();
        let (rank, inside) = self
            .bases
            .iter()
            .enumerate()
            .find_map(|(rank, base)| Some((rank, below(base)?)))
            .unwrap_or((self.bases.len(), path));
        let parents: Vec<String> = inside
            .parent()
            .into_iter()
            .flat_map(Path::components)
            .map(|step| folded(&step.as_os_str().to_string_lossy()))
            .collect();
        let common = parents.iter().rev().zip(folders.iter().rev());
        let common = common.take_while(|(a, b)| a == b).count();
        let usual = match &parents[common.min(parents.len())..] {
            _ if common > 0 => 0,
            [folder] => {
                1 + FOLDERS
                    .iter()
                    .position(|f| f == folder)
                    .unwrap_or(FOLDERS.len())
            }
            [] => 1,
            _ => 2 + FOLDERS.len(),
        };
        let file = folded(&path.file_name().unwrap_or_default().to_string_lossy());
        let found = split_extension(&file).1;
        let kind = EXTENSIONS.iter().position(|e| Some(*e) == found);
        let kind = if found == extension {
            0
        } else {
            1 + kind.unwrap_or(EXTENSIONS.len())
        };
        [folders.len() - common, rank, usual, kind]
    }

    /// Where a recording that is not there would be expected.
    fn expected(&self, name: &str) -> PathBuf {
        let base = self.bases.first().map_or(Path::new(""), PathBuf::as_path);
        let folder = FOLDERS
            .iter()
            .map(|folder| base.join(folder))
            .find(|folder| folder.is_dir());
        if has_audio_extension(name) {
            match folder {
                Some(folder) if !name.contains(['/', '\\']) => folder.join(name),
                _ => base.join(name),
            }
        } else {
            let folder = folder.unwrap_or_else(|| base.join(FOLDERS[0]));
            folder.join(format!("{name}.{}", EXTENSIONS[0]))
        }
    }

    /// How many recordings there are at all, and the name of one.
    pub(super) fn there(&self) -> (usize, Option<PathBuf>) {
        let index = self.index.get_or_init(|| Index::of(&self.bases));
        (index.count, index.files.values().flatten().min().cloned())
    }

    /// Every recording there is, in order.
    pub(super) fn all(&self) -> BTreeSet<PathBuf> {
        let index = self.index.get_or_init(|| Index::of(&self.bases));
        index.files.values().flatten().cloned().collect()
    }

    /// The folders that were looked in.
    pub(super) fn bases(&self) -> &[PathBuf] {
        &self.bases
    }
}

impl Index {
    fn of(bases: &[PathBuf]) -> Self {
        let mut this = Self::default();
        let mut seen = BTreeSet::new();
        let mut left = MAX_ENTRIES;
        for base in bases {
            let mut folders = VecDeque::from([(base.clone(), 0)]);
            while let Some((folder, depth)) = folders.pop_front() {
                // Links may lead round in circles.
                let Ok(real) = fs::canonicalize(&folder) else {
                    continue;
                };
                if seen.insert(real) {
                    this.read(&folder, depth, &mut folders, &mut left);
                }
            }
        }
        this
    }

    fn read(
        &mut self,
        folder: &Path,
        depth: usize,
        folders: &mut VecDeque<(PathBuf, usize)>,
        left: &mut usize,
    ) {
        let here = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let entries = fs::read_dir(here).into_iter().flatten().flatten();
        let mut paths: Vec<(PathBuf, bool)> = entries
            .take(*left)
            // A list beside the program's caches or a repository does not search them.
            .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
            .map(|entry| {
                let path = folder.join(entry.file_name());
                let is_dir = entry
                    .file_type()
                    .is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && path.is_dir()));
                (path, is_dir)
            })
            .collect();
        *left -= paths.len().min(*left);
        paths.sort();
        for (path, is_dir) in paths {
            let name = folded(&path.file_name().unwrap_or_default().to_string_lossy());
            let (stem, extension) = split_extension(&name);
            if extension.is_some() {
                self.count += 1;
                self.files.entry(stem.to_owned()).or_default().push(path);
            } else if is_dir && depth < MAX_DEPTH {
                folders.push_back((path, depth + 1));
            }
        }
    }
}

/// Whether the name ends as recordings do.
pub(super) fn has_audio_extension(name: &str) -> bool {
    split_extension(&name.trim().to_lowercase()).1.is_some()
}

/// A folded name without the extension of a recording, and that extension; a dot that is part of an
/// id begins none.
fn split_extension(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && EXTENSIONS.contains(&extension) => {
            (stem, Some(extension))
        }
        _ => (name, None),
    }
}

/// A name as written, without folders and without the extension of a recording.
pub(super) fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, _)) if has_audio_extension(file) && !stem.is_empty() => stem,
        _ => file,
    }
}

/// The folders and the file of a path of any system, without its drive, folded.
fn steps(name: &str) -> Vec<String> {
    let name = name.strip_prefix("file://").unwrap_or(name);
    let name = match name.as_bytes() {
        [drive, b':', ..] if drive.is_ascii_alphabetic() => &name[2..],
        _ => name,
    };
    let mut steps: Vec<String> = Vec::new();
    for step in name.split(['/', '\\']) {
        match step {
            "" | "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(folded(step)),
        }
    }
    if steps.len() > 1 && steps[0].starts_with(PLACEHOLDER) {
        steps.remove(0);
    }
    steps
}

/// A name as a person tells it from others: composed letters, lower case.
fn folded(name: &str) -> String {
    name.trim()
        .nfc()
        .collect::<String>()
        .to_lowercase()
        .nfc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Empty files of these names, and what a name finds among them.
    fn check(files: &[&str], cases: &[(&str, Option<&str>)]) {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        let places = Places::new(vec![dir.path().to_owned()], vec![]);
        for (name, expected) in cases {
            let found = match places.find(name) {
                Place::Found(path) => Some(path),
                _ => None,
            };
            assert_eq!(found, expected.map(|e| dir.path().join(e)), "{name}");
        }
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        check(
            &["wavs/LJ001-0001.wav", "wavs/sub/B.FLAC", "шесть.1.mp3"],
            &[
                ("LJ001-0001", Some("wavs/LJ001-0001.wav")),
                ("lj001-0001.WAV", Some("wavs/LJ001-0001.wav")),
                ("wavs\\LJ001-0001.wav", Some("wavs/LJ001-0001.wav")),
                (
                    "C:\\data\\wavs\\LJ001-0001.wav",
                    Some("wavs/LJ001-0001.wav"),
                ),
                (
                    "/home/of/another/LJ001-0001.wav",
                    Some("wavs/LJ001-0001.wav"),
                ),
                ("DUMMY/LJ001-0001.wav", Some("wavs/LJ001-0001.wav")),
                ("./wavs/LJ001-0001.mp3", Some("wavs/LJ001-0001.wav")),
                ("sub/b", Some("wavs/sub/B.FLAC")),
                ("шесть.1", Some("шесть.1.mp3")),
                ("LJ001-0002", None),
                ("wavs", None),
                ("..", None),
                ("", None),
            ],
        );
    }

    #[test]
    fn letters_with_marks_are_the_same_composed_or_not() {
        let composed = "звёздный й";
        let apart: String = composed.nfd().collect();
        assert_ne!(composed, apart);
        let on_disk = format!("wavs/{apart}.wav");
        check(
            &[&on_disk],
            &[(composed, Some(&on_disk)), (&apart, Some(&on_disk))],
        );
    }

    #[test]
    fn the_folder_of_the_name_decides_between_files_of_one_name() {
        check(
            &[
                "anna/001.wav",
                "boris/001.wav",
                "boris/002.wav",
                "old/002.wav",
                "wavs/002.wav",
            ],
            &[
                ("boris/001.wav", Some("boris/001.wav")),
                ("x:\\corpus\\Boris\\001", Some("boris/001.wav")),
                ("001", None),
                ("002", Some("wavs/002.wav")),
            ],
        );
        check(
            &["wavs/a.wav", "wavs/a.mp3", "wavs/a.flac"],
            &[("a", Some("wavs/a.wav")), ("a.mp3", Some("wavs/a.mp3"))],
        );
    }
}
