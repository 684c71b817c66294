//! Layouts of corpora as people have them, and the import that turns any of them into a checked
//! manifest.
//!
//! A layout only lists; everything after that (texts, recordings, duplicates) is checked in one
//! place for all of them. How a list is cut, what its columns hold and where its recordings lie is
//! told from many lines and from what is on disk (`list`), or asked for ([`ImportConfig::columns`]).
//! To add a layout: a file with a `read` function, a variant, an arm in each `match`, and its line in
//! `tests/it/importers.rs`.

mod columns;
mod dialect;
mod folder;
mod kinds;
mod likeness;
mod line;
mod list;
mod listing;
mod pairs;
mod places;
mod reading;
mod roles;
mod shape;
mod text;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

use diktor_audio::TrimConfig;
use diktor_text::Frontend;
use serde::{Deserialize, Serialize};

use crate::{check, error::CorpusError, manifest::Manifest, problem::Problem};

pub use columns::{Column, Columns, UnknownColumns};
pub use listing::ListFormat;
pub(crate) use listing::{Entry, Listing};
pub use reading::{BadPolicy, Reading};

use folder::Told;

/// How a corpus lies on disk. A closed list: every `match` on it is exhaustive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// A list of ids, `id|text` or `id|text|normalised text`, as `metadata.csv` of LJSpeech.
    Ljspeech,
    /// A list of paths, `path|text` or `path|text|speaker`, as NVIDIA's repositories use it.
    Filelist,
    /// A folder with a text beside each recording: `001.wav` and `001.txt`.
    Pairs,
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
    /// Highest frequency that the mels show, Hz: recordings that end below it are told.
    pub highest_hz: f64,
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
    /// Folder that relative paths are read against first, before the folder of the list.
    pub root: Option<PathBuf>,
    /// What the columns of the list hold; `None` tells it from header and lines.
    pub columns: Option<Columns>,
    /// Keep only what this speaker says.
    pub speaker: Option<String>,
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
            highest_hz: 8000.0,
            hop_length: 256,
            min_mel_frames: 40,
            max_mel_frames: 1300,
            max_text_len: 300,
            trim: Some(TrimConfig::default()),
            root: None,
            columns: None,
            speaker: None,
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
    let request = Request {
        layout,
        root: config.root.as_deref(),
        columns: config.columns.as_ref(),
    };
    let listing = list_of(path, &request)?;
    tracing::info!(
        list = %listing.list.display(), listed = listing.listed, as = %listing.format, "reading"
    );
    check::check(listing, frontend, config, progress)
}

/// Name and text of every utterance that a corpus lists, whether or not its recording is there.
///
/// # Errors
/// If there is no list, or it cannot be read.
pub fn listed_texts(path: &Path, reading: &Reading) -> Result<Vec<(String, String)>, CorpusError> {
    let request = Request {
        layout: reading.layout,
        root: None,
        columns: reading.columns.as_ref(),
    };
    let entries = list_of(path, &request)?.entries.into_iter();
    Ok(entries.map(|entry| (entry.id, entry.text)).collect())
}

/// Texts of a corpus, to tell its language before anything else of it is known; none where they
/// cannot be read, which the import says better.
pub fn sample_texts(path: &Path, reading: &Reading) -> Vec<String> {
    const SAMPLE: usize = 200;
    let texts = listed_texts(path, reading).unwrap_or_default().into_iter();
    texts.take(SAMPLE).map(|(_, text)| text).collect()
}

/// What is known of a corpus before it is read.
struct Request<'a> {
    layout: Option<Layout>,
    root: Option<&'a Path>,
    columns: Option<&'a Columns>,
}

/// Lists a corpus, without reading the recordings.
fn list_of(path: &Path, request: &Request<'_>) -> Result<Listing, CorpusError> {
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => CorpusError::Absent { path: path.into() },
        _ => CorpusError::Io {
            path: path.into(),
            source,
        },
    })?;
    if !metadata.is_dir() {
        return match request.layout {
            Some(Layout::Pairs) => Err(CorpusError::UnknownLayout {
                path: path.into(),
                expected: "a folder with a text beside each recording",
            }),
            _ => list::read(path, request),
        };
    }
    match request.layout {
        Some(Layout::Pairs) => pairs::read(path),
        layout => match folder::told(path, layout)? {
            Told::List(list) => list::read(&list, request),
            Told::Pairs => pairs::read(path),
        },
    }
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Ljspeech, Self::Filelist, Self::Pairs];

    /// Tells the layout from what is on disk: a folder by the list in it, a list by its lines and by
    /// the recordings that are there.
    ///
    /// # Errors
    /// If the path cannot be read, or looks like none of them.
    pub fn detect(path: &Path) -> Result<Self, CorpusError> {
        let request = Request {
            layout: None,
            root: None,
            columns: None,
        };
        list_of(path, &request).map(|listing| listing.format.layout)
    }

    /// Name on the command line and in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ljspeech => "ljspeech",
            Self::Filelist => "filelist",
            Self::Pairs => "pairs",
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
#[error("`{0}`: not a layout, one of `ljspeech`, `filelist`, `pairs`")]
pub struct UnknownLayoutName(pub String);

impl FromStr for Layout {
    type Err = UnknownLayoutName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|layout| layout.name() == name);
        found.ok_or_else(|| UnknownLayoutName(name.to_owned()))
    }
}
