//! Layouts of corpora as people have them, and the import that turns any of them into a checked
//! manifest.
//!
//! A layout only lists; everything after that (texts, recordings, duplicates) is checked in one
//! place for all of them. To add one: a file with a `list` function, a variant, an arm in each
//! `match`, and its line in `tests/it/importers.rs`.

mod filelist;
mod lines;
mod listing;
mod ljspeech;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use diktor_audio::TrimConfig;
use diktor_text::Frontend;
use serde::{Deserialize, Serialize};

use crate::{check, error::CorpusError, manifest::Manifest, problem::Problem};

pub(crate) use listing::{Entry, Listing};

/// How a corpus lies on disk. A closed list: every `match` on it is exhaustive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A folder with `metadata.csv` (`id|text` or `id|text|normalised text`) and `wavs/` or `wav/`.
    Ljspeech,
    /// A file of `path|text` or `path|text|speaker` lines, as NVIDIA's repositories use it.
    Filelist,
}

/// What to do with texts that hold characters outside the symbol table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPolicy {
    /// Refuse the corpus and list them all: the default, because a model silently missing a letter
    /// is worse than no model.
    #[default]
    Refuse,
    /// Drop those utterances, each with a problem: for looking at a corpus, not for training on it.
    Drop,
}

/// What an import accepts.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportConfig {
    /// Sample rate of the corpus, Hz.
    pub sampling_rate: u32,
    /// Accept other sample rates: recordings are then converted whenever they are read.
    pub resample: bool,
    /// Samples between mel frames, for the limits below.
    pub hop_length: usize,
    /// Fewest mel frames after trimming.
    pub min_mel_frames: usize,
    /// Most mel frames after trimming; longer utterances are left out, never cut.
    pub max_mel_frames: usize,
    /// Most symbols of a text.
    pub max_text_len: usize,
    /// How silence at the edges is found; `None` keeps it.
    pub trim: Option<TrimConfig>,
    /// Folder that relative paths are read against, instead of the folder of the list.
    pub root: Option<PathBuf>,
    /// What to do with characters outside the symbol table.
    pub unknown: UnknownPolicy,
    /// Largest share of utterances that may be missing, unreadable or badly listed, `0..1`. One is
    /// always allowed.
    pub max_unusable_share: f64,
    /// Threads to read with; 0 is one per core.
    pub threads: usize,
}

impl Default for ImportConfig {
    fn default() -> Self {
        Self {
            sampling_rate: 22_050,
            resample: false,
            hop_length: 256,
            min_mel_frames: 40,
            max_mel_frames: 1300,
            max_text_len: 300,
            trim: Some(TrimConfig::default()),
            root: None,
            unknown: UnknownPolicy::Refuse,
            max_unusable_share: 0.05,
            threads: 0,
        }
    }
}

/// Reads a corpus, checks every recording, and keeps what can be trained on.
///
/// With `layout` `None` it is found out by [`Layout::detect`]. The problems say what was left out,
/// and what was kept but deserves a look.
///
/// # Errors
/// What stops a whole corpus: no list, nothing usable, more than a few recordings missing or of
/// another sample rate, or characters outside the symbol table.
pub fn import(
    path: &Path,
    layout: Option<Layout>,
    frontend: &Frontend,
    config: &ImportConfig,
) -> Result<(Manifest, Vec<Problem>), CorpusError> {
    import_with_progress(path, layout, frontend, config, &|_, _| {})
}

/// [`import`], telling how many recordings of how many are read.
///
/// # Errors
/// Those of [`import`].
pub fn import_with_progress(
    path: &Path,
    layout: Option<Layout>,
    frontend: &Frontend,
    config: &ImportConfig,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(Manifest, Vec<Problem>), CorpusError> {
    let layout = layout.map_or_else(|| Layout::detect(path), Ok)?;
    let listing = layout.list(path, config.root.as_deref())?;
    tracing::info!(%layout, list = %listing.list.display(), listed = listing.listed, "reading");
    check::check(layout, listing, frontend, config, progress)
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 2] = [Self::Ljspeech, Self::Filelist];

    /// Tells the layout from what is on disk: a folder by the list in it, a list by its first line.
    ///
    /// # Errors
    /// If the path cannot be read, or looks like none of them.
    pub fn detect(path: &Path) -> Result<Self, CorpusError> {
        let metadata = fs::metadata(path).map_err(|source| CorpusError::Io {
            path: path.into(),
            source,
        })?;
        if metadata.is_dir() {
            return [ljspeech::LIST, filelist::LIST]
                .iter()
                .find(|list| path.join(list).exists())
                .map(|list| Self::of_list(&path.join(list)))
                .unwrap_or_else(|| {
                    let expected = "`metadata.csv` or `filelist.txt` in the folder";
                    Err(CorpusError::UnknownLayout {
                        path: path.into(),
                        expected,
                    })
                });
        }
        Self::of_list(path)
    }

    /// The first field of LJSpeech's list is an id; that of a filelist is a path with an extension.
    fn of_list(list: &Path) -> Result<Self, CorpusError> {
        let first = lines::read(list)?.into_iter().find_map(|line| line.text);
        let Some((field, _)) = first.as_deref().and_then(|text| text.split_once('|')) else {
            let expected = "fields separated by `|`";
            return Err(CorpusError::UnknownLayout {
                path: list.into(),
                expected,
            });
        };
        let beside = ljspeech::has_recordings_beside(list);
        Ok(if beside && !listing::has_audio_extension(field) {
            Self::Ljspeech
        } else {
            Self::Filelist
        })
    }

    /// Reads the list, without touching the recordings.
    fn list(self, path: &Path, root: Option<&Path>) -> Result<Listing, CorpusError> {
        match self {
            Self::Ljspeech => ljspeech::list(path, root),
            Self::Filelist => filelist::list(path, root),
        }
    }

    /// Name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ljspeech => "ljspeech",
            Self::Filelist => "filelist",
        }
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is not a layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}`: not a layout, one of `ljspeech`, `filelist`")]
pub struct UnknownLayoutName(pub String);

impl FromStr for Layout {
    type Err = UnknownLayoutName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|layout| layout.name() == name);
        found.ok_or_else(|| UnknownLayoutName(name.to_owned()))
    }
}
