//! What can be wrong with sounds, lists and recognisers.

use std::{io, path::PathBuf};

use diktor_audio::AudioError;

use crate::distance::LONGEST_S;

/// Why something could not be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A sound could not be read or turned into features.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A sound that is too long to be aligned.
    #[error(
        "`{seconds:.1}` s of sound, at most {LONGEST_S} s are compared\nhint: cut it into sentences"
    )]
    TooLong {
        /// Its length.
        seconds: f64,
    },
    /// A file could not be read.
    #[error("`{}`: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        reason: io::Error,
    },
    /// A list that is no text.
    #[error("`{}`: not a text file in UTF-8", path.display())]
    NotText {
        /// The list.
        path: PathBuf,
    },
    /// A line of a list of pairs that names no pair.
    #[error(
        "`{}`, line {line}: {reason}\nhint: a line is `reference.wav|spoken.wav` or \
         `reference.wav|spoken.wav|text`", path.display()
    )]
    PairsLine {
        /// The list.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A list without a pair.
    #[error("`{}`: no pair in this list\nhint: a line is `reference.wav|spoken.wav|text`", path.display())]
    NoPairs {
        /// The list.
        path: PathBuf,
    },
    /// A command line of a recogniser that cannot be split into words.
    #[error(
        "`{command}`: {reason}\nhint: a recogniser is a command line such as `python recognise.py {{}}`; \
         `{{}}` is the recording"
    )]
    Command {
        /// As it was given.
        command: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A recogniser that is not there or may not run.
    #[error(
        "recogniser `{command}`: it could not be started: {reason}\nhint: is the program installed, and is its path right?"
    )]
    NotStarted {
        /// Its command line.
        command: String,
        /// What the operating system said.
        reason: io::Error,
    },
    /// A recogniser that gave up.
    #[error("recogniser `{command}`: {status} on `{}`: {last}", sound.display())]
    Failed {
        /// Its command line.
        command: String,
        /// The recording.
        sound: PathBuf,
        /// Exit code or signal.
        status: String,
        /// Its last line on stderr.
        last: String,
    },
    /// A recogniser that did not come to an end.
    #[error(
        "recogniser `{command}`: not done with `{}` after {limit_s} s\nhint: `--recogniser-timeout` \
         gives it longer", sound.display()
    )]
    TooSlow {
        /// Its command line.
        command: String,
        /// The recording.
        sound: PathBuf,
        /// Time it had.
        limit_s: f64,
    },
    /// A recogniser whose answer is no text.
    #[error(
        "recogniser `{command}`: its answer to `{}` {reason}\nhint: it prints the text alone, or one \
         JSON object with a field `text`", sound.display()
    )]
    Answer {
        /// Its command line.
        command: String,
        /// The recording.
        sound: PathBuf,
        /// What is wrong with the answer.
        reason: &'static str,
    },
    /// Somebody asked to stop.
    #[error("stopped")]
    Stopped,
}
