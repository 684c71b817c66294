//! The symbol table that an embedding belongs to: told by the file or by a person, never guessed.

use std::{fs, path::Path};

use diktor_text::SymbolTable;
use diktor_train::{Hparams, data::frontend};

use crate::{cli, exit::usage, settings};

/// A list of symbols larger than this is none.
const MOST_BYTES: u64 = 16 << 20;

/// A table that the program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nvidia,
    Russian,
}

impl Known {
    const ALL: [Self; 2] = [Self::Nvidia, Self::Russian];

    fn name(self) -> &'static str {
        match self {
            Self::Nvidia => "nvidia",
            Self::Russian => "russian",
        }
    }

    fn table(self) -> SymbolTable {
        match self {
            Self::Nvidia => SymbolTable::nvidia(),
            Self::Russian => SymbolTable::russian(),
        }
    }
}

/// Where a table came from, and what is known because of it.
pub(super) struct Found {
    pub(super) table: SymbolTable,
    /// What its owner should know about it.
    pub(super) notes: Vec<String>,
}

/// The table of an embedding of `count` symbols: the one that is named; else the one that the file holds; else that of
/// the language or the cleaners that are named, if it has as many; else none, and the voice can be spoken with by ids
/// until it is given one.
///
/// `hparams` gets the cleaners that fit a table that was named.
///
/// # Errors
/// When the named table cannot be read, or has another number of symbols (exit code 2).
pub(super) fn table(
    arguments: &cli::Import,
    told: Option<SymbolTable>,
    hparams: &mut Hparams,
    count: usize,
) -> anyhow::Result<Found> {
    if let Some(named) = &arguments.symbols {
        return given(named, arguments, hparams, count);
    }
    if let Some(table) = told.filter(|table| table.len() == count) {
        let notes = Vec::new();
        return Ok(Found { table, notes });
    }
    let source = &arguments.source;
    if source.lang.is_some() || settings::names_cleaners(source) {
        let table = frontend(hparams)?.symbols;
        if table.len() == count {
            let notes = Vec::new();
            return Ok(Found { table, notes });
        }
    }
    let same = Known::ALL
        .into_iter()
        .find(|known| known.table().len() == count);
    let same = same.map_or_else(String::new, |known| {
        format!(
            "; `--symbols {}` has as many, if it is the one the voice was trained with",
            known.name()
        )
    });
    let note = format!(
        "the embedding has {count} symbols, and the file does not say which they are: this voice can be \
         spoken with by `--ids` only\nhint: import again with `--symbols FILE`, a list of the symbols in \
         the order of their numbers{same}"
    );
    Ok(Found {
        table: numbered(count)?,
        notes: vec![note],
    })
}

/// A table that stands for one that is not known.
fn numbered(count: usize) -> anyhow::Result<SymbolTable> {
    let symbols = (0..count).map(|id| format!("<{id}>")).collect();
    SymbolTable::from_symbols(symbols).map_err(usage)
}

/// Whether a voice was imported without its table.
pub(crate) fn is_unknown(table: &SymbolTable) -> bool {
    let mut symbols = table.symbols().iter().enumerate();
    symbols.all(|(id, symbol)| *symbol == format!("<{id}>"))
}

/// The table that the command line names.
fn given(
    named: &str,
    arguments: &cli::Import,
    hparams: &mut Hparams,
    count: usize,
) -> anyhow::Result<Found> {
    let known = Known::ALL.into_iter().find(|known| known.name() == named);
    let table = match known {
        Some(known) => known.table(),
        None => read(Path::new(named))?,
    };
    if table.len() != count {
        return Err(usage(format!(
            "`--symbols {named}` has {} symbols, the embedding {count}\nhint: the table that the voice \
             was trained with has exactly one for each row, padding included",
            table.len()
        )));
    }
    let mut notes = Vec::new();
    let source = &arguments.source;
    if source.lang.is_none() && !settings::names_cleaners(source) {
        notes.extend(fit_cleaners(&table, hparams)?);
    }
    Ok(Found { table, notes })
}

/// Chooses the cleaners by the letters of a table, where the present ones write other letters.
fn fit_cleaners(table: &SymbolTable, hparams: &mut Hparams) -> anyhow::Result<Option<String>> {
    let has = |is: fn(char) -> bool| table.symbols().iter().any(|symbol| symbol.chars().all(is));
    let is_cyrillic = has(|c| matches!(c, 'а'..='я' | 'А'..='Я'));
    let is_latin = has(|c| c.is_ascii_alphabetic());
    let cleaners = match (is_cyrillic, is_latin) {
        (true, _) => cli::Language::Ru.cleaners(),
        (false, true) => cli::Language::En.cleaners(),
        (false, false) => "[basic_cleaners]",
    };
    let before = hparams.text_cleaners.clone();
    hparams.set("text_cleaners", cleaners).map_err(usage)?;
    Ok((before != hparams.text_cleaners).then(|| {
        format!(
            "by the letters of the table, `text_cleaners` is {cleaners}\nhint: \
             `--hparams \"text_cleaners=[basic_cleaners]\"` leaves texts nearly as they are"
        )
    }))
}

/// A table from a file: a JSON list, a JSON object of symbols and their numbers, one symbol a line, or every
/// character in one line.
fn read(path: &Path) -> anyhow::Result<SymbolTable> {
    let wrong = |what: &str| usage(format!("`{}`: {what}", path.display()));
    let names = || {
        Known::ALL
            .map(|known| format!("`{}`", known.name()))
            .join(" or ")
    };
    let length = fs::metadata(path).map_err(|error| {
        wrong(&format!(
            "{error}\nhint: `--symbols` takes a file, or {}",
            names()
        ))
    })?;
    if !length.is_file() || length.len() > MOST_BYTES {
        return Err(wrong("no list of symbols"));
    }
    let text = fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let symbols = parse(text).map_err(|error| wrong(&error))?;
    SymbolTable::from_symbols(symbols).map_err(|error| wrong(&error.to_string()))
}

fn parse(text: &str) -> Result<Vec<String>, String> {
    match text.trim_start().chars().next() {
        Some('[') if text.trim_end().ends_with(']') => {
            // `[` and `]` may be the first and the last symbol of a table, a line each.
            let list: Result<Vec<String>, _> = serde_json::from_str(text);
            if let Some(list) = list.ok().filter(|list| !list.is_empty()) {
                return Ok(list);
            }
        }
        Some('{') => return numbers(text),
        _ => {}
    }
    let mut lines: Vec<&str> = text
        .split('\n')
        .map(|line| line.trim_end_matches('\r'))
        .collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    Ok(match lines[..] {
        [one] => one.chars().map(String::from).collect(),
        _ => lines.into_iter().map(str::to_owned).collect(),
    })
}

/// Symbols of an object, in the order of their numbers.
fn numbers(text: &str) -> Result<Vec<String>, String> {
    let map: std::collections::BTreeMap<String, usize> = serde_json::from_str(text)
        .map_err(|error| format!("expected an object of symbols and their numbers: {error}"))?;
    let mut symbols: Vec<(usize, String)> =
        map.into_iter().map(|(symbol, id)| (id, symbol)).collect();
    symbols.sort();
    match symbols
        .iter()
        .enumerate()
        .find(|(place, (id, _))| place != id)
    {
        Some((place, _)) => Err(format!("no symbol has the number {place}")),
        None => Ok(symbols.into_iter().map(|(_, symbol)| symbol).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(parse(text).unwrap(), expected, "{text}");
    }

    #[test]
    fn a_table_is_read_in_every_form() {
        check("[\"_\", \" \", \"@AA1\"]", &["_", " ", "@AA1"]);
        check("_\n \n@AA1\n", &["_", " ", "@AA1"]);
        check("_\r\n \r\n@AA1", &["_", " ", "@AA1"]);
        check("_ ая", &["_", " ", "а", "я"]);
        check("{\"b\": 1, \"_\": 0}", &["_", "b"]);
        check("[\n]\n", &["[", "]"]);
    }

    #[test]
    fn numbers_with_a_gap_are_refused() {
        assert!(parse("{\"_\": 0, \"b\": 2}").unwrap_err().contains('1'));
        assert!(parse("{\"_\": 0, \"b\": 0}").is_err());
    }

    #[test]
    fn a_table_that_is_not_known_is_recognised() {
        assert!(is_unknown(&numbered(75).unwrap()));
        assert!(
            Known::ALL
                .into_iter()
                .all(|known| !is_unknown(&known.table()))
        );
    }
}
