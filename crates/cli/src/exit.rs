//! How the program ends: exit codes, and errors written for the person who reads them.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use diktor_track::Secrets;

use crate::answer::Form;

/// How a verb ended when nothing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// It did what it was asked.
    Done,
    /// It looked and the answer is no: a check failed.
    CheckFailed,
    /// A red flag stopped the run.
    RedFlag,
    /// A person stopped the run; everything is saved.
    Interrupted,
}

impl Ending {
    /// The exit code.
    #[must_use]
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::CheckFailed => 1,
            Self::RedFlag => 3,
            Self::Interrupted => 130,
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending.code())
    }
}

/// Exit code of a failure.
pub(crate) const FAILED: u8 = 1;
/// Exit code of wrong usage or configuration.
pub(crate) const USAGE: u8 = 2;

/// Something asked for cannot be: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct UsageError(pub(crate) String);

/// Marks an error of a library as one of usage or configuration, keeping its words.
pub(crate) fn usage(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::Error::new(UsageError(error.to_string()))
}

/// Exit code of an error: 2 when anything in its chain is about usage, else 1.
#[must_use]
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<UsageError>()) {
        USAGE
    } else {
        FAILED
    }
}

/// Says what went wrong on stderr, and with `--json` on stdout too, where programs look.
pub(crate) fn tell(error: &anyhow::Error, form: Form, secrets: &Secrets) {
    // Some errors quote other libraries, and those may quote an address with a key in it.
    let sentence = secrets.redact(&sentence(error));
    // A terminal that has gone away changes neither the error nor its code.
    let _may_be_gone = writeln!(io::stderr(), "error: {sentence}");
    if form == Form::Json {
        let (message, hint) = sentence.split_once("\nhint: ").unwrap_or((&sentence, ""));
        let hint = (!hint.is_empty()).then_some(hint);
        let object = serde_json::json!({
            "error": message, "hint": hint, "exit_code": code_of(error),
        });
        // Nothing is left to say when stdout is gone as well.
        let _ = form.print_value(&object);
    }
}

/// The error and its causes in one sentence; a cause that only repeats its parent is left out.
#[must_use]
pub(crate) fn sentence(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain() {
        let words = cause.to_string();
        if said.contains(&words) {
            continue;
        }
        if !said.is_empty() {
            said.push_str(": ");
        }
        said.push_str(&words);
    }
    // Some causes say their hint behind a semicolon; people look for it at the start of a line.
    said.replace("; hint: ", "\nhint: ")
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn usage_is_recognised_under_context() {
        let error = Err::<(), _>(usage("`x` is not there"))
            .context("reading")
            .unwrap_err();
        assert_eq!(code_of(&error), USAGE);
        assert_eq!(sentence(&error), "reading: `x` is not there");
        assert_eq!(code_of(&anyhow::anyhow!("disk on fire")), FAILED);
    }
}
