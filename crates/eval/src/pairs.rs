//! A list of pairs of files: a recording, what was spoken instead, and perhaps the text.

use std::{
    fs,
    path::{Path, PathBuf},
};

use diktor_text::{TextLine, read_lines};

use crate::error::EvalError;

/// Two sounds of one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The recording.
    pub reference: PathBuf,
    /// What is judged.
    pub spoken: PathBuf,
    /// What both say, where the list tells.
    pub text: Option<String>,
}

/// Reads lines `reference|spoken` or `reference|spoken|text`; paths are relative to the list, and
/// lines that begin with `#` are left out.
///
/// # Errors
/// A list that cannot be read, is no text, has a line of another form, or no pair at all.
pub fn read_pairs(list: &Path) -> Result<Vec<Pair>, EvalError> {
    let bytes = fs::read(list).map_err(|reason| EvalError::Io {
        path: list.to_owned(),
        reason,
    })?;
    let not_text = || EvalError::NotText {
        path: list.to_owned(),
    };
    let folder = list.parent().unwrap_or(Path::new(""));
    let mut pairs = Vec::new();
    for TextLine { number, text } in read_lines(&bytes).map_err(|_| not_text())? {
        let text = text.map_err(|_| not_text())?;
        if text.trim_start().starts_with('#') {
            continue;
        }
        let pair = pair(&text, folder).map_err(|reason| EvalError::PairsLine {
            path: list.to_owned(),
            line: number,
            reason,
        })?;
        pairs.push(pair);
    }
    if pairs.is_empty() {
        return Err(EvalError::NoPairs {
            path: list.to_owned(),
        });
    }
    Ok(pairs)
}

fn pair(line: &str, folder: &Path) -> Result<Pair, &'static str> {
    let mut fields = line.splitn(3, '|').map(str::trim);
    let mut path = || match fields.next() {
        Some("") => Err("a path is empty"),
        Some(path) => Ok(folder.join(path)),
        None => Err("one path alone"),
    };
    let (reference, spoken) = (path()?, path()?);
    let text = fields.next().filter(|text| !text.is_empty());
    Ok(Pair {
        reference,
        spoken,
        text: text.map(str::to_owned),
    })
}
