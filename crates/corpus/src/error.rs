//! What stops a whole corpus, as opposed to the [`crate::Problem`]s of single recordings.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::PathBuf,
};

use crate::{
    import::Layout,
    problem::{Character, Problem},
};

/// How many names a message shows before it says how many more there are.
const SHOWN: usize = 8;

/// A corpus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A file or folder cannot be read or written.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The path is not of a layout we know.
    #[error(
        "`{}`: not a corpus: expected {expected}\nhint: a folder with `metadata.csv` and `wavs/`, or a list of `path|text` lines",
        .path.display()
    )]
    UnknownLayout {
        /// The path given.
        path: PathBuf,
        /// What was looked for.
        expected: &'static str,
    },
    /// The path is there but is neither a regular file nor a folder.
    #[error("`{}`: not a regular file", .path.display())]
    NotAFile {
        /// The path given.
        path: PathBuf,
    },
    /// The list is larger than any corpus.
    #[error("`{}`: {bytes} bytes, a list of utterances has at most {max}", .path.display())]
    ListTooLarge {
        /// The list.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// Largest size accepted.
        max: u64,
    },
    /// The list is UTF-16 or has zero bytes.
    #[error("`{}`: not UTF-8 text\nhint: save it as UTF-8", .path.display())]
    NotText {
        /// The list.
        path: PathBuf,
    },
    /// The list has no utterances, or none is left after the checks.
    #[error("`{}`: no usable utterance among {listed}{}", .path.display(), First(.problems))]
    Empty {
        /// The list.
        path: PathBuf,
        /// Lines that were not blank.
        listed: usize,
        /// Why each was left out.
        problems: Vec<Problem>,
    },
    /// Too many recordings are missing, unreadable or badly listed to call it one bad recording.
    #[error(
        "`{}`: {unusable} of {listed} utterances cannot be used (more than {:.0} %){}\nhint: is this the right {layout} folder?",
        .path.display(), 100.0 * .max_share, First(.problems)
    )]
    TooManyUnusable {
        /// The list.
        path: PathBuf,
        /// The layout it was read as.
        layout: Layout,
        /// How many cannot be used.
        unusable: usize,
        /// How many are listed.
        listed: usize,
        /// Largest share accepted.
        max_share: f64,
        /// Every one of them.
        problems: Vec<Problem>,
    },
    /// The corpus is of another sample rate.
    #[error(
        "`{}`: {wrong} of {listed} recordings are not {expected} Hz (the first has {found} Hz)\nhint: `--resample` converts them while reading",
        .path.display()
    )]
    WrongSampleRate {
        /// The list.
        path: PathBuf,
        /// Rate asked for, Hz.
        expected: u32,
        /// Rate of the first other recording, Hz.
        found: u32,
        /// How many are of another rate.
        wrong: usize,
        /// How many are listed.
        listed: usize,
    },
    /// Texts hold characters that the symbol table does not know.
    #[error("`{}`: {unknown}", .path.display())]
    UnknownCharacters {
        /// The list.
        path: PathBuf,
        /// Which, and where.
        unknown: UnknownCharacters,
    },
    /// The text or mel settings are unusable.
    #[error(transparent)]
    Audio(#[from] diktor_audio::AudioError),
    /// A field cannot be written to a list because it would not read back as the same field.
    #[error("`{}`: cannot be listed: the path holds `|` or a line break\nhint: rename it", .path.display())]
    Unlistable {
        /// The recording.
        path: PathBuf,
    },
    /// The system gives no threads.
    #[error("cannot start {threads} threads: {source}")]
    Threads {
        /// Threads asked for; 0 is one per core.
        threads: usize,
        /// What the pool says.
        source: rayon::ThreadPoolBuildError,
    },
}

/// Every character outside the symbol table with the utterances that hold it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UnknownCharacters {
    /// Character to ids of utterances, in the order of the list.
    pub characters: BTreeMap<char, Vec<String>>,
}

impl fmt::Display for UnknownCharacters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utterances: BTreeSet<&String> = self.characters.values().flatten().collect();
        let (characters, utterances) = (self.characters.len(), utterances.len());
        write!(
            f,
            "{characters} characters are not in the symbol table, in {utterances} utterances:"
        )?;
        for (&character, utterances) in &self.characters {
            write!(
                f,
                "\n  {} in {}",
                Character(character),
                shortened(utterances)
            )?;
        }
        f.write_str("\nhint: correct the texts, or choose the cleaners of their language")
    }
}

/// The first names, and how many more there are.
fn shortened(names: &[String]) -> String {
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The first few problems, one a line.
struct First<'a>(&'a [Problem]);

impl fmt::Display for First<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.0.iter().take(SHOWN) {
            write!(f, "\n  {problem}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
