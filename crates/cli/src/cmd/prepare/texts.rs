//! `diktor prepare texts`: what is doubtful in the texts of a whole list.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    path::Path,
};

use diktor_corpus::{Reading, listed_texts};
use diktor_text::{Class, Note, is_pause};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::PrepareTexts,
    cmd::text::{columns, pieces, reader, visible},
    exit::{Ending, usage},
};
use reader::Reader;

/// Doubts that are shown.
const SHOWN: usize = 60;
/// Characters of a token or a reading that are shown.
const CELL: usize = 32;

#[derive(Debug, Serialize)]
struct Looked {
    cleaners: Vec<String>,
    texts: usize,
    /// Texts that cannot be spoken.
    refused: usize,
    /// Tokens by class.
    classes: BTreeMap<Class, usize>,
    /// What is doubtful, worst first.
    doubts: Vec<Doubt>,
}

/// The same doubt about the same token, counted.
#[derive(Debug, Serialize)]
struct Doubt {
    count: usize,
    text: String,
    class: Class,
    spoken: String,
    note: Note,
    /// The first text that has it.
    first: String,
}

/// Looks at every text.
///
/// # Errors
/// When the list or the voice cannot be read.
pub(super) fn run(arguments: &PrepareTexts, form: Form) -> anyhow::Result<Ending> {
    let texts = texts(arguments)?;
    let reader = Reader::of(
        &arguments.reader,
        texts.iter().map(|(_, text)| text.as_str()),
    )?;
    let mut classes = BTreeMap::new();
    let mut doubts: HashMap<(String, String), Doubt> = HashMap::new();
    let mut refused = 0;
    for (name, text) in &texts {
        if is_pause(text) {
            continue;
        }
        refused += usize::from(reader.frontend.encode(text).is_err());
        for piece in pieces(text, &reader.frontend.read(text)) {
            *classes.entry(piece.class).or_default() += 1;
            for note in piece.notes {
                let key = (piece.text.clone(), note.to_string());
                let doubt = doubts.entry(key).or_insert_with(|| Doubt {
                    count: 0,
                    text: piece.text.clone(),
                    class: piece.class,
                    spoken: piece.spoken.clone(),
                    note,
                    first: name.clone(),
                });
                doubt.count += 1;
            }
        }
    }
    let mut doubts: Vec<Doubt> = doubts.into_values().collect();
    doubts.sort_by(|a, b| rank(a).cmp(&rank(b)));
    form.print(&Looked {
        cleaners: reader.cleaners(),
        texts: texts.len(),
        refused,
        classes,
        doubts,
    })?;
    Ok(Ending::Done)
}

/// The worst first, then the most frequent.
fn rank(doubt: &Doubt) -> (usize, std::cmp::Reverse<usize>, &str, &str) {
    let badness = match doubt.note {
        Note::Unknown { .. } => 0,
        Note::Ambiguous { .. } => 1,
        Note::Guessed { .. } => 2,
        Note::LeftOut { .. } => 3,
    };
    let count = std::cmp::Reverse(doubt.count);
    (badness, count, &doubt.text, &doubt.spoken)
}

/// Name and text of everything that is listed.
fn texts(arguments: &PrepareTexts) -> anyhow::Result<Vec<(String, String)>> {
    let path = arguments.path.as_path();
    if arguments.layout.is_none() && arguments.columns.is_none() && is_plain(path) {
        let lines = reader::lines(path)?.into_iter();
        return Ok(lines
            .map(|(number, text)| (format!("line {number}"), text))
            .collect());
    }
    let reading = Reading {
        layout: arguments.layout,
        columns: arguments.columns.clone(),
        ..Reading::default()
    };
    listed_texts(path, &reading).map_err(usage)
}

/// Whether this is a text file and no list: its lines have no columns.
pub(crate) fn is_plain(path: &Path) -> bool {
    if path == Path::new("-") {
        return true;
    }
    let table = path
        .extension()
        .is_some_and(|end| end == "csv" || end == "tsv");
    path.is_file()
        && !table
        && reader::raw_lines(path).map_or(true, |lines| {
            let columns = |text: &String| text.contains(['|', '\t']);
            let listed = lines
                .iter()
                .filter(|line| line.text.as_ref().is_ok_and(columns));
            2 * listed.count() <= lines.len()
        })
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self
            .classes
            .iter()
            .map(|(class, count)| format!("{class} {count}"))
            .collect();
        writeln!(f, "cleaners  {}", self.cleaners.join(", "))?;
        writeln!(
            f,
            "texts     {}, of which {} cannot be spoken",
            self.texts, self.refused
        )?;
        writeln!(f, "tokens    {}", words.join(", "))?;
        if self.doubts.is_empty() {
            return write!(f, "doubts    none");
        }
        writeln!(f)?;
        let rows: Vec<[String; 6]> = self.doubts.iter().take(SHOWN).map(row).collect();
        columns(
            f,
            ["count", "token", "class", "spoken", "first in", "note"],
            &rows,
        )?;
        if self.doubts.len() > SHOWN {
            writeln!(f, "{} more; `--json` lists them", self.doubts.len() - SHOWN)?;
        }
        Ok(())
    }
}

fn row(doubt: &Doubt) -> [String; 6] {
    [
        doubt.count.to_string(),
        short(&doubt.text),
        doubt.class.to_string(),
        short(&doubt.spoken),
        short(&doubt.first),
        doubt.note.to_string(),
    ]
}

fn short(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
