//! `diktor text`: what a text becomes, token by token.

pub(crate) mod reader;
mod table;

use std::fmt;

use diktor_text::{Class, Frontend, Note, Reading};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::Text,
    exit::{Ending, usage},
};
use reader::Reader;

pub(crate) use table::{columns, visible};

#[derive(Debug, Serialize)]
struct Shown {
    /// Names of the cleaners.
    cleaners: Vec<String>,
    texts: Vec<One>,
}

/// A text and what becomes of it.
#[derive(Debug, Serialize)]
struct One {
    /// Its line, where it came from a file.
    line: Option<usize>,
    text: String,
    /// The text after cleaning.
    spoken: String,
    /// Why it cannot be spoken, if so.
    refused: Option<String>,
    tokens: Vec<Piece>,
}

/// A token with the text that it covers.
#[derive(Debug, Serialize)]
pub(crate) struct Piece {
    pub(crate) text: String,
    start: usize,
    end: usize,
    pub(crate) class: Class,
    pub(crate) spoken: String,
    pub(crate) notes: Vec<Note>,
}

/// Shows.
///
/// # Errors
/// When the text or the voice cannot be read.
pub(crate) fn run(arguments: &Text, form: Form) -> anyhow::Result<Ending> {
    let lines = match (&arguments.text, &arguments.file) {
        (Some(text), _) => vec![(None, text.clone())],
        (None, Some(path)) => reader::lines(path)?
            .into_iter()
            .map(|(number, text)| (Some(number), text))
            .collect(),
        (None, None) => Vec::new(),
    };
    if lines.iter().all(|(_, text)| text.trim().is_empty()) {
        return Err(usage("nothing to read: the text is empty"));
    }
    let reader = Reader::of(
        &arguments.reader,
        lines.iter().map(|(_, text)| text.as_str()),
    )?;
    let texts: Vec<One> = lines
        .into_iter()
        .map(|(line, text)| one(&reader.frontend, line, text))
        .collect();
    let refused = texts.iter().any(|one| one.refused.is_some());
    form.print(&Shown {
        cleaners: reader.cleaners(),
        texts,
    })?;
    Ok(if refused {
        Ending::CheckFailed
    } else {
        Ending::Done
    })
}

fn one(frontend: &Frontend, line: Option<usize>, text: String) -> One {
    let reading = frontend.read(&text);
    let pause = diktor_text::is_pause(&text);
    let refused = frontend.encode(&text).err().filter(|_| !pause);
    One {
        line,
        refused: refused.map(|error| error.to_string()),
        tokens: pieces(&text, &reading),
        spoken: if pause {
            String::new()
        } else {
            reading.cleaned
        },
        text,
    }
}

/// The tokens of a reading, without the blanks between them.
pub(crate) fn pieces(text: &str, reading: &Reading) -> Vec<Piece> {
    let seen = reading
        .tokens
        .iter()
        .filter(|token| token.class != Class::Space);
    seen.map(|token| Piece {
        text: text[token.span.clone()].to_owned(),
        start: token.span.start,
        end: token.span.end,
        class: token.class,
        spoken: token.spoken.trim().to_owned(),
        notes: token.notes.clone(),
    })
    .collect()
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.texts.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            if let Some(line) = one.line {
                writeln!(f, "line {line}")?;
            }
            table::write(f, &one.tokens)?;
            match &one.refused {
                Some(reason) => writeln!(f, "cannot be spoken: {reason}")?,
                None if one.spoken.is_empty() => writeln!(f, "spoken: a pause")?,
                None => writeln!(f, "spoken: {}", one.spoken)?,
            }
        }
        Ok(())
    }
}
