//! Verbs that look at texts: text, prepare texts.

use std::path::PathBuf;

use clap::Args;
use diktor_corpus::{Columns, Layout};

use super::Language;

/// `diktor text`
#[derive(Debug, Args)]
#[command(after_help = "\
Ends with 1 when a text holds something that cannot be spoken.

Examples:
  diktor text \"Dr. Lee paid $3.5 million on 31/01/2024.\"
  diktor text \"В 1984 г. он купил 5 кг яблок за 300 руб.\"
  diktor text -5
  diktor text --file book.txt --checkpoint output/lj/checkpoints/best_model.ckpt
  diktor text \"In 3D, at 10:05\" --json")]
pub(crate) struct Text {
    /// Text to look at
    #[arg(
        value_name = "TEXT",
        required_unless_present = "file",
        allow_hyphen_values = true
    )]
    pub(crate) text: Option<String>,
    /// Text file to look at, line by line; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    pub(crate) file: Option<PathBuf>,
    /// Who is to read it.
    #[command(flatten)]
    pub(crate) reader: ReaderArgs,
}

/// `diktor prepare texts`
#[derive(Debug, Args)]
#[command(after_help = "\
Looks at texts only: no recording is opened. The worst stand first: what no voice can say, then what
can be read in more than one way, what is guessed, and what is left out.

Examples:
  diktor prepare texts LJSpeech-1.1
  diktor prepare texts book.txt --lang ru
  diktor prepare texts filelist.txt --json > texts.json")]
pub(crate) struct PrepareTexts {
    /// Folder or list of recordings, or a text file
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Layout of the recordings [default: found out]
    #[arg(long, value_name = "LAYOUT")]
    pub(crate) layout: Option<Layout>,
    /// What the columns of the list hold, in their order: `path`, `text`, ... [default: found out]
    #[arg(long, value_name = "LIST")]
    pub(crate) columns: Option<Columns>,
    /// Who is to read them.
    #[command(flatten)]
    pub(crate) reader: ReaderArgs,
}

/// Whose cleaners and symbols a text is read with.
#[derive(Debug, Args)]
pub(crate) struct ReaderArgs {
    /// Language of the text [default: told from its letters]
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
    /// Read it as this voice does, and mark what it has no symbol for: a checkpoint, or the
    /// directory of a run
    #[arg(short, long, value_name = "FILE", conflicts_with = "lang")]
    pub(crate) checkpoint: Option<PathBuf>,
}
