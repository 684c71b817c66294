//! A list becomes utterances: lines are cut, columns told, recordings found.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use super::{
    Layout, Request,
    columns::{Column, Columns},
    dialect::{Dialect, Quoting},
    line::{Labels, spoken},
    listing::{Entry, ListFormat, Listing, name_entries},
    places::{FOLDERS, Place, Places, has_audio_extension},
    roles,
    shape::{Shape, shape, take_separator_line},
    text::{self, BadLine, Line},
};
use crate::{
    error::CorpusError,
    problem::{Problem, ProblemKind},
};

/// A line cut into its fields.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
}

/// Reads a list; recordings are looked for below `request.root` and beside the list.
pub(super) fn read(list: &Path, request: &Request<'_>) -> Result<Listing, CorpusError> {
    let mut lines = text::read(list)?;
    let separator = take_separator_line(&mut lines);
    let root = request
        .root
        .or_else(|| list.parent())
        .unwrap_or(Path::new(""))
        .to_owned();
    if lines.is_empty() {
        return Err(CorpusError::EmptyList { path: list.into() });
    }
    let places = places(list, &root);
    let shape = shape(list, &lines, separator, &places)?;
    let (mut records, mut problems) = cut(list, &lines, shape.dialect, &places);
    let header = take_header(&mut records, &places);
    if records.is_empty() && problems.is_empty() {
        return Err(CorpusError::OnlyHeader { path: list.into() });
    }
    let columns = columns(list, &records, header.as_ref(), &shape, request)?;
    let listed = records.len() + problems.len();
    let (mut entries, names) = entries(
        list,
        &records,
        shape.dialect,
        &columns,
        &places,
        &mut problems,
    );
    name_entries(&mut entries, &names);
    name_problems(&mut problems, &entries);
    refuse_if_elsewhere(list, &entries, &names, &places)?;
    let layout = if names.iter().filter(|n| has_audio_extension(n)).count() * 2 > names.len() {
        Layout::Filelist
    } else {
        Layout::Ljspeech
    };
    let format = ListFormat {
        layout,
        separator: shape.dialect.separator().to_owned(),
        quoted: shape.dialect.quoting == Quoting::Csv,
        header: header.is_some(),
        columns: columns.to_string(),
        recordings: folder_of(&entries, &root),
    };
    Ok(Listing {
        list: list.to_owned(),
        root,
        listed,
        entries,
        problems,
        format,
    })
}

/// The folder of the first recording that is there.
fn folder_of(entries: &[Entry], root: &Path) -> PathBuf {
    let first = entries
        .iter()
        .map(|entry| &entry.audio)
        .find(|p| p.exists());
    let folder = first
        .and_then(|path| path.parent())
        .unwrap_or(Path::new(""));
    folder.strip_prefix(root).unwrap_or(folder).to_owned()
}

/// Where the recordings of a list may lie.
fn places(list: &Path, root: &Path) -> Places {
    let folder = list.parent().unwrap_or(Path::new(""));
    let above = folder.parent().unwrap_or(Path::new(""));
    // A list may also be written for the folder a program is started in, or for the one above it.
    Places::new(
        vec![root.to_owned(), folder.to_owned()],
        vec![above.to_owned(), PathBuf::new()],
    )
}

/// Every line cut, and what is wrong with those that cannot be.
fn cut(
    list: &Path,
    lines: &[Line],
    dialect: Dialect,
    places: &Places,
) -> (Vec<Record>, Vec<Problem>) {
    let (mut records, mut problems) = (Vec::new(), Vec::new());
    for run in lines.chunk_by(|a, b| a.text.is_ok() && b.text.is_ok()) {
        let texts: Vec<&str> = run.iter().filter_map(|l| l.text.as_deref().ok()).collect();
        let mut at = 0;
        while at < texts.len() {
            let (fields, used) = dialect.cut(&texts[at..], &|name| places.has(name));
            records.push(Record {
                line: run[at].number,
                fields,
            });
            at += used;
        }
        for line in run {
            let kind = match &line.text {
                Ok(_) => continue,
                Err(BadLine::NotUtf8(encoding)) => ProblemKind::NotUtf8 {
                    encoding: (*encoding).to_owned(),
                },
                Err(BadLine::TooLong(bytes)) => ProblemKind::Malformed {
                    reason: format!("{bytes} bytes in one line"),
                },
            };
            problems.push(of_line(list, line.number, kind));
        }
    }
    (records, problems)
}

fn of_line(list: &Path, line: usize, kind: ProblemKind) -> Problem {
    Problem {
        utterance: format!("line {line}"),
        path: list.to_owned(),
        kind,
    }
}

/// Takes the first line away if it names columns and no recording.
fn take_header(records: &mut Vec<Record>, places: &Places) -> Option<Columns> {
    let first: Vec<String> = records
        .first()?
        .fields
        .iter()
        .map(|f| f.trim().to_owned())
        .collect();
    let header = Columns::of_header(&first)?;
    let names_recording = header
        .iter()
        .zip(&first)
        .any(|(column, field)| column == Column::Path && places.has(field));
    if names_recording {
        return None;
    }
    records.remove(0);
    Some(header)
}

/// What the columns hold: as asked for, as the header says, or as the lines look.
fn columns(
    list: &Path,
    records: &[Record],
    header: Option<&Columns>,
    shape: &Shape,
    request: &Request<'_>,
) -> Result<Columns, CorpusError> {
    let path = shape.path;
    if let Some(asked) = request.columns {
        return Ok(asked.clone());
    }
    if let Some(columns) = header.and_then(|header| header.clone().settled(path)) {
        return Ok(columns);
    }
    let lines: Vec<Vec<String>> = records
        .iter()
        .map(|record| record.fields.iter().map(|f| f.trim().to_owned()).collect())
        .collect();
    let third = match request.layout {
        Some(Layout::Ljspeech) => Some(Column::Normalised),
        Some(Layout::Filelist) => Some(Column::Speaker),
        Some(Layout::Pairs) | None => None,
    };
    match (roles::guess(&lines, path, shape.dialect.separator), third) {
        (Ok(columns), _) => Ok(columns),
        (Err(unclear), Some(third)) if path == 0 && unclear.column == 3 => {
            let named = Columns::new(vec![Column::Path, Column::Text, third]);
            Ok(named.expect("a path and a text are a list"))
        }
        (Err(unclear), _) => Err(CorpusError::UnclearColumn {
            path: list.into(),
            column: unclear.column,
            values: unclear.values,
        }),
    }
}

/// The utterances of the lines, and how the list writes the name of each recording.
fn entries(
    list: &Path,
    records: &[Record],
    dialect: Dialect,
    columns: &Columns,
    places: &Places,
    problems: &mut Vec<Problem>,
) -> (Vec<Entry>, Vec<String>) {
    let labels = Labels::of(records, columns);
    let (mut entries, mut names) = (Vec::new(), Vec::new());
    for record in records {
        let spoken = match spoken(&record.fields, dialect, columns, &labels) {
            Ok(spoken) => spoken,
            Err(reason) => {
                problems.push(of_line(
                    list,
                    record.line,
                    ProblemKind::Malformed { reason },
                ));
                continue;
            }
        };
        let audio = match places.find(&spoken.path) {
            Place::Found(path) | Place::Missing(path) => path,
            Place::Ambiguous(several) => {
                problems.push(of_line(
                    list,
                    record.line,
                    ProblemKind::Ambiguous { several },
                ));
                continue;
            }
        };
        if let Some(kind) = spoken.remark {
            // The entry has no name yet; the recording tells which it is.
            problems.push(Problem {
                utterance: String::new(),
                path: audio.clone(),
                kind,
            });
        }
        entries.push(Entry {
            id: String::new(),
            audio,
            text: spoken.text,
            speaker: spoken.speaker,
        });
        names.push(spoken.path);
    }
    (entries, names)
}

/// Gives the problems of entries their names.
fn name_problems(problems: &mut [Problem], entries: &[Entry]) {
    let ids: HashMap<&Path, &String> = entries.iter().map(|e| (e.audio.as_path(), &e.id)).collect();
    for problem in problems.iter_mut().filter(|p| p.utterance.is_empty()) {
        if let Some(&id) = ids.get(problem.path.as_path()) {
            problem.utterance.clone_from(id);
        }
    }
}

/// A list none of whose recordings is there is in the wrong place, or they are.
fn refuse_if_elsewhere(
    list: &Path,
    entries: &[Entry],
    names: &[String],
    places: &Places,
) -> Result<(), CorpusError> {
    let there = |entry: &Entry| entry.audio.symlink_metadata().is_ok();
    if entries.is_empty() || entries.iter().any(there) {
        return Ok(());
    }
    let (others, example) = places.there();
    let folders: BTreeSet<PathBuf> = places
        .bases()
        .iter()
        .flat_map(|base| {
            let usual = FOLDERS.iter().map(|folder| base.join(folder));
            std::iter::once(base.clone()).chain(usual.filter(|folder| folder.is_dir()))
        })
        .collect();
    Err(CorpusError::NoRecordings {
        path: list.into(),
        listed: entries.len(),
        first: names.first().cloned().unwrap_or_default(),
        looked_in: folders.into_iter().collect(),
        others,
        example,
    })
}
