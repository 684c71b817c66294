//! What stops a whole corpus, as opposed to the [`crate::Problem`]s of single recordings.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::PathBuf,
};

use crate::{
    grouped::Grouped,
    problem::{Character, Problem},
    remarks::Remark,
    scripts::MixedWord,
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
    /// There is nothing at the path of a corpus.
    #[error(
        "`{}`: no such folder or list\nhint: name the folder that holds the recordings and their list, or the list itself",
        .path.display()
    )]
    Absent {
        /// The path.
        path: PathBuf,
    },
    /// The path is not of a layout we know.
    #[error(
        "`{}`: not a corpus: expected {expected}\nhint: a folder with `metadata.csv` (lines `id|text`) and `wavs/`, a list of `path|text` lines, or a text beside each recording",
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
    /// The list has zero bytes, as no text has.
    #[error("`{}`: not a text\nhint: save the list as UTF-8", .path.display())]
    NotText {
        /// The list.
        path: PathBuf,
    },
    /// The file is something else than a list.
    #[error(
        "`{}`: {found}, not a list of recordings\nhint: give the folder of the recordings, or a list saved as CSV or text in UTF-8",
        .path.display()
    )]
    NotAList {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The list is in another encoding than UTF-8 or UTF-16.
    #[error(
        "`{}`: not UTF-8 but probably {encoding}: line {line} would read `{reads}`\nhint: if that reads well, `iconv -f {encoding} -t UTF-8 {} > metadata.utf8.csv`, and give that list",
        .path.display(), .path.display()
    )]
    OtherEncoding {
        /// The list.
        path: PathBuf,
        /// Its encoding, most likely.
        encoding: &'static str,
        /// The first line that is not UTF-8.
        line: usize,
        /// What the line says in that encoding.
        reads: String,
    },
    /// The list is blank.
    #[error("`{}`: the list is empty", .path.display())]
    EmptyList {
        /// The list.
        path: PathBuf,
    },
    /// The list has a header and nothing below it.
    #[error("`{}`: the list has only a header", .path.display())]
    OnlyHeader {
        /// The list.
        path: PathBuf,
    },
    /// A folder has recordings and nothing that says what is said in them.
    #[error(
        "`{}`: {recordings} recordings (such as `{}`) but no list of what is said in them\nhint: write `metadata.csv` with lines `id|text`, or a text beside each recording, as `001.txt` beside `001.wav`",
        .path.display(), .example.display()
    )]
    NoList {
        /// The folder.
        path: PathBuf,
        /// How many there are.
        recordings: usize,
        /// One of them.
        example: PathBuf,
    },
    /// A folder has several files that may be its list.
    #[error(
        "`{}`: which of these is its list? {}\nhint: name the file instead of the folder",
        .path.display(), shortened(&names(.lists))
    )]
    SeveralLists {
        /// The folder.
        path: PathBuf,
        /// The files.
        lists: Vec<PathBuf>,
    },
    /// None of the recordings of a list is where it may be.
    #[error(
        "`{}`: none of its {listed} recordings is there, the first is `{first}`{}\nhint: looked below {}; put the recordings there, or name where they are in the list",
        .path.display(), Others(*.others, .example.as_ref()), shortened(&names(.looked_in))
    )]
    NoRecordings {
        /// The list.
        path: PathBuf,
        /// How many it names.
        listed: usize,
        /// The first name.
        first: String,
        /// Folders that were looked in.
        looked_in: Vec<PathBuf>,
        /// Recordings there under other names.
        others: usize,
        /// One of those.
        example: Option<PathBuf>,
    },
    /// It cannot be told what a column holds.
    #[error(
        "`{}`: what does column {column} hold? {}\nhint: name the columns in their order, as in `--columns path,text,speaker`; `-` is one that is not read",
        .path.display(), shortened(.values)
    )]
    UnclearColumn {
        /// The list.
        path: PathBuf,
        /// The column, counted from 1.
        column: usize,
        /// Some of what it holds.
        values: Vec<String>,
    },
    /// Nobody of this name speaks in the corpus.
    #[error("`{}`: no speaker `{asked}`\nhint: the list has {}", .path.display(), Speakers(.speakers))]
    NoSuchSpeaker {
        /// The list.
        path: PathBuf,
        /// The name asked for.
        asked: String,
        /// Those it has.
        speakers: Vec<String>,
    },
    /// No utterance is left after the checks.
    #[error("`{}`: none of {listed} utterances can be used{}", .path.display(), Grouped(.problems))]
    Empty {
        /// The list.
        path: PathBuf,
        /// How many are listed.
        listed: usize,
        /// Why each was left out.
        problems: Vec<Problem>,
    },
    /// Too many recordings are missing, unreadable or badly listed to call it one bad recording.
    #[error(
        "`{}`: {} of {listed} utterances can be used; {unusable} cannot, more than {:.0} %{}\nhint: correct the list, or leave these out with `--drop-bad`",
        .path.display(), .listed.saturating_sub(*.unusable), 100.0 * .max_share, Grouped(.problems)
    )]
    TooManyUnusable {
        /// The list.
        path: PathBuf,
        /// How many cannot be used.
        unusable: usize,
        /// How many are listed.
        listed: usize,
        /// Largest share accepted.
        max_share: f64,
        /// Every one of them.
        problems: Vec<Problem>,
    },
    /// So little is left that nothing can be learnt or judged.
    #[error(
        "`{}`: {usable} of {listed} utterances can be used, too few to learn from and to judge by{}{}",
        .path.display(), Lines(.remarks), Grouped(.problems)
    )]
    TooFew {
        /// The folder of the list.
        path: PathBuf,
        /// How many can be used.
        usable: usize,
        /// How many are listed.
        listed: usize,
        /// What is odd about the whole.
        remarks: Vec<Remark>,
        /// What is wrong with the others.
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
    /// Words of two scripts, which may be why, with the utterances that hold them.
    #[serde(default)]
    pub mixed: BTreeMap<MixedWord, Vec<String>>,
}

impl fmt::Display for UnknownCharacters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utterances: BTreeSet<&String> = self.characters.values().flatten().collect();
        if !self.mixed.is_empty() {
            write!(f, "{} words have letters of two scripts:", self.mixed.len())?;
            for (word, utterances) in self.mixed.iter().take(SHOWN) {
                write!(f, "\n  {word}, in {}", shortened(utterances))?;
            }
            if self.mixed.len() > SHOWN {
                write!(f, "\n  and {} more words", self.mixed.len() - SHOWN)?;
            }
            f.write_str("\n")?;
        }
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
        f.write_str(
            "\nhint: correct the texts, choose the cleaners of their language, or leave these \
             utterances out with `--drop-bad`",
        )
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

fn names(paths: &[PathBuf]) -> Vec<String> {
    let name = |path: &PathBuf| match path.display().to_string() {
        empty if empty.is_empty() => "`.`".to_owned(),
        shown => format!("`{shown}`"),
    };
    paths.iter().map(name).collect()
}

/// Sentences, each on a line of its own.
struct Lines<'a>(&'a [Remark]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|remark| write!(f, "\n{remark}"))
    }
}

/// Recordings that are there under other names.
struct Others<'a>(usize, Option<&'a PathBuf>);

impl fmt::Display for Others<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(count @ 1.., Some(example)) => {
                write!(f, "; {count} others are, such as `{}`", example.display())
            }
            _ => Ok(()),
        }
    }
}

/// The speakers of a list.
struct Speakers<'a>(&'a [String]);

impl fmt::Display for Speakers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            f.write_str("no column of speakers; name it with `--columns path,text,speaker`")
        } else {
            f.write_str(&shortened(self.0))
        }
    }
}
