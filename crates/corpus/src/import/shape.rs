//! How a list is cut and which column names its recordings, told from many of its lines and from the
//! recordings that are there.

use std::path::Path;

use super::{
    columns::{Column, Columns},
    dialect::{Dialect, QuoteEvidence, Quoting, Separator},
    places::{Places, has_audio_extension},
    roles,
    text::Line,
};
use crate::error::CorpusError;

/// Lines that are looked at to tell how a list is cut.
const SAMPLE_LINES: usize = 200;

/// More columns than this are not looked at for recordings.
const MAX_PATH_COLUMN: usize = 12;

/// What the records of a list are made of.
pub(super) struct Shape {
    pub(super) dialect: Dialect,
    /// The column that names recordings.
    pub(super) path: usize,
}

/// The `sep=;` that Excel puts before a list.
pub(super) fn take_separator_line(lines: &mut Vec<Line>) -> Option<char> {
    let first = lines.first()?.text.as_ref().ok()?;
    let sign = first.trim().trim_matches('"').to_lowercase();
    let sign = sign.strip_prefix("sep=")?.chars().next()?;
    lines.remove(0);
    Some(sign)
}

/// How the list is cut: the way in which most lines name recordings that are there, and, where none
/// does, most lines have fields.
pub(super) fn shape(
    list: &Path,
    lines: &[Line],
    separator: Option<char>,
    places: &Places,
) -> Result<Shape, CorpusError> {
    let sample: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.text.as_deref().ok())
        .take(SAMPLE_LINES)
        .collect();
    if sample.is_empty() {
        return Ok(Shape {
            dialect: Dialect::ALL[0],
            path: 0,
        });
    }
    let asked = |dialect: &Dialect| {
        separator.is_none_or(|sign| dialect.separator == Separator::Every(sign))
    };
    let best = Dialect::ALL
        .into_iter()
        .filter(asked)
        .enumerate()
        .filter_map(|(rank, dialect)| Some((judge(dialect, &sample, places)?, rank)))
        // Of equals the first is the likelier.
        .max_by(|(a, a_rank), (b, b_rank)| a.merit.cmp(&b.merit).then(b_rank.cmp(a_rank)));
    let unknown = || CorpusError::UnknownLayout {
        path: list.into(),
        expected: "lines with fields separated by `|`, tab, `;` or `,`",
    };
    best.map(|(judged, _)| judged.shape).ok_or_else(unknown)
}

struct Judged {
    /// Lines with a recording that is there; lines with two fields or more; less the lines unlike
    /// the others; whether the quotes fit.
    merit: (usize, usize, isize, bool),
    shape: Shape,
}

fn judge(dialect: Dialect, sample: &[&str], places: &Places) -> Option<Judged> {
    let records = cut_run(sample, dialect, places);
    let widths: Vec<usize> = records.iter().map(|fields| roles::filled(fields)).collect();
    let listing: Vec<&Vec<String>> = records
        .iter()
        .zip(&widths)
        .filter_map(|(fields, &width)| (width > 1).then_some(fields))
        .collect();
    let most = widths
        .iter()
        .copied()
        .max()
        .unwrap_or(0)
        .min(MAX_PATH_COLUMN);
    let named = |place: usize, is: &dyn Fn(&str) -> bool| {
        let fields = listing.iter().filter_map(|fields| fields.get(place));
        fields.filter(|field| is(field)).count()
    };
    let by = |is: &dyn Fn(&str) -> bool| {
        let counts = (0..most).map(|place| (named(place, is), place));
        counts.max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)))
    };
    let (found, mut path) = by(&|field| places.has(field)).unwrap_or((0, 0));
    if found == 0 {
        let (count, place) = by(&has_audio_extension).unwrap_or((0, 0));
        path = if count * 2 > listing.len() { place } else { 0 };
        let header = records.first().and_then(|first| Columns::of_header(first));
        if let Some(place) = header.and_then(|columns| columns.position(Column::Path)) {
            path = place;
        }
    }
    let usual = median(&widths);
    let odd = widths.iter().filter(|&&width| width != usual).count();
    let possible = match dialect.separator {
        // Any sentence has spaces, so the recordings have to be there.
        Separator::FirstSpace => found * 2 > sample.len(),
        // And many have commas: without recordings, the first field has to be a name at least.
        Separator::Every(',' | ';') if found == 0 => {
            listing.len() * 2 > records.len()
                && listing
                    .iter()
                    .all(|fields| !fields[path.min(fields.len() - 1)].trim().contains(' '))
        }
        Separator::Every(_) => listing.len() * 2 > records.len() || found > 0,
    };
    let evidence = match dialect.separator {
        Separator::Every(sign) => QuoteEvidence::of(sample, sign).speaks_for_csv(dialect.separator),
        Separator::FirstSpace => false,
    };
    let fits = evidence == (dialect.quoting == Quoting::Csv);
    possible.then_some(Judged {
        merit: (found, listing.len(), -(odd as isize), fits),
        shape: Shape { dialect, path },
    })
}

fn median(widths: &[usize]) -> usize {
    let mut sorted = widths.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

fn cut_run(lines: &[&str], dialect: Dialect, places: &Places) -> Vec<Vec<String>> {
    let (mut at, mut records) = (0, Vec::new());
    while at < lines.len() {
        let (fields, used) = dialect.cut(&lines[at..], &|name| places.has(name));
        records.push(fields);
        at += used;
    }
    records
}
