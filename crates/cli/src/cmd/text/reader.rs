//! With whose cleaners and symbols a text is read, and the lines of text files.

use std::{
    fs,
    io::{self, Read as _},
    path::Path,
};

use diktor_text::{Cleaners, Encoding, Frontend, TextLine, read_lines};
use diktor_train::{Checkpoint, data::frontend};

use crate::{
    checkpoint::{Wanted, checkpoint_of, refused},
    cli::{Language, ReaderArgs},
    exit::usage,
};

/// Largest text file that is read: a thousand books.
const MAX_BYTES: u64 = 1 << 29;

/// Who reads.
pub(crate) struct Reader {
    /// Cleaners and symbols.
    pub(crate) frontend: Frontend,
}

impl Reader {
    /// The voice that is named, or the cleaners of the language, told from the letters if need be.
    ///
    /// # Errors
    /// When the checkpoint cannot be read.
    pub(crate) fn of<'a>(
        arguments: &ReaderArgs,
        texts: impl Iterator<Item = &'a str>,
    ) -> anyhow::Result<Self> {
        if let Some(path) = &arguments.checkpoint {
            return Self::of_voice(path);
        }
        let cleaners = match arguments.lang.unwrap_or_else(|| language_of(texts)) {
            Language::En => Cleaners::EnglishCleaners,
            Language::Ru => Cleaners::RussianCleaners,
        };
        Ok(Self {
            frontend: Frontend::new(vec![cleaners]),
        })
    }

    fn of_voice(path: &Path) -> anyhow::Result<Self> {
        let path = checkpoint_of(path, Wanted::Voice)?;
        let state = Checkpoint::read(&path).map_err(refused)?.state;
        let mut frontend = frontend(&state.hparams)?;
        frontend.symbols = state.symbols;
        Ok(Self { frontend })
    }

    /// The names of the cleaners.
    pub(crate) fn cleaners(&self) -> Vec<String> {
        let cleaners = self.frontend.cleaners.iter();
        cleaners.map(ToString::to_string).collect()
    }
}

/// The language that most letters belong to.
fn language_of<'a>(texts: impl Iterator<Item = &'a str>) -> Language {
    let (mut cyrillic, mut latin) = (0_usize, 0_usize);
    for c in texts.flat_map(str::chars) {
        cyrillic += usize::from(('\u{400}'..='\u{52F}').contains(&c));
        latin += usize::from(c.is_ascii_alphabetic());
    }
    if cyrillic > latin {
        Language::Ru
    } else {
        Language::En
    }
}

/// The lines of a text file, numbered; those that are no UTF-8 are told and left out.
///
/// # Errors
/// When the file cannot be read or is no text in UTF-8.
pub(crate) fn lines(path: &Path) -> anyhow::Result<Vec<(usize, String)>> {
    let mut kept = Vec::new();
    for TextLine { number, text } in raw_lines(path)? {
        match text {
            Ok(text) => kept.push((number, text)),
            Err(encoding) => tracing::warn!("line {number}: {}", not_utf8(encoding)),
        }
    }
    Ok(kept)
}

/// The lines of a text file, or of standard input for `-`.
///
/// # Errors
/// When the file cannot be read or is no text in UTF-8.
pub(crate) fn raw_lines(path: &Path) -> anyhow::Result<Vec<TextLine>> {
    let bytes = bytes(path).map_err(|error| usage(format!("`{}`: {error}", path.display())))?;
    read_lines(&bytes).map_err(|encoding| usage(not_text(path, encoding)))
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().take(MAX_BYTES).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    if fs::metadata(path)?.is_dir() {
        return Err(io::Error::other("a folder, not a text file"));
    }
    fs::File::open(path)?
        .take(MAX_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn not_text(path: &Path, encoding: Encoding) -> String {
    let path = path.display();
    match encoding.name() {
        None => format!("`{path}`: not a text file"),
        Some(name) => format!(
            "`{path}`: not UTF-8, it looks like {name}\nhint: `iconv -f {name} -t UTF-8 {path} > utf8.txt`"
        ),
    }
}

/// What is wrong with a line that is no UTF-8.
pub(crate) fn not_utf8(encoding: Encoding) -> String {
    match encoding.name() {
        None => "not text".to_owned(),
        Some(name) => format!("not UTF-8, it looks like {name}"),
    }
}
