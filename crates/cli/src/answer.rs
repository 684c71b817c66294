//! Results on stdout: one JSON object, or words.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use anyhow::Context as _;
use rustix::{
    fs::{FileType, fstat},
    io::Errno,
};
use serde::Serialize;

/// In which form results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// For people.
    Words,
    /// For programs.
    Json,
}

/// Whether whoever was to read has gone away: a pipe was closed, or a terminal.
fn has_left(error: &io::Error) -> bool {
    let is_device = || {
        let mode = fstat(io::stdout()).map(|stat| stat.st_mode);
        mode.is_ok_and(|mode| FileType::from_raw_mode(mode).is_char_device())
    };
    let hung_up = error.raw_os_error() == Some(Errno::IO.raw_os_error());
    error.kind() == io::ErrorKind::BrokenPipe || hung_up && is_device()
}

impl Form {
    /// The form that `--json` asks for.
    #[must_use]
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Words }
    }

    /// Prints a result. A reader that has gone away (`| head`) is no error.
    ///
    /// # Errors
    /// When stdout cannot be written for another reason.
    pub(crate) fn print(self, result: &(impl Serialize + Display)) -> anyhow::Result<()> {
        match self {
            Self::Words => Self::write(&result.to_string()),
            Self::Json => {
                let value = serde_json::to_value(result).context("writing the result")?;
                self.print_value(&value)
            }
        }
    }

    /// Prints a JSON value.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn print_value(self, value: &serde_json::Value) -> anyhow::Result<()> {
        Self::write(&serde_json::to_string_pretty(value).context("writing the result")?)
    }

    fn write(text: &str) -> anyhow::Result<()> {
        let mut stdout = io::stdout().lock();
        match writeln!(stdout, "{}", text.trim_end()).and_then(|()| stdout.flush()) {
            Err(error) if has_left(&error) => Ok(()),
            written => written.context("writing the result to stdout"),
        }
    }
}
