//! What one line says, by the columns of its list.

use std::collections::HashSet;

use super::{
    columns::{Column, Columns},
    dialect::Dialect,
    likeness::likeness,
    list::Record,
    roles,
};
use crate::problem::ProblemKind;

/// What one line says.
pub(super) struct Spoken {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) speaker: Option<String>,
    pub(super) remark: Option<ProblemKind>,
}

/// The values that columns of few values have in lines of the usual width.
pub(super) struct Labels(Vec<Option<HashSet<String>>>);

impl Labels {
    pub(super) fn of(records: &[Record], columns: &Columns) -> Self {
        let values = |place: usize, column: Column| {
            let is_label = matches!(column, Column::Speaker | Column::Language | Column::Ignored);
            is_label.then(|| {
                let regular = records
                    .iter()
                    .filter(|r| roles::filled(&r.fields) <= columns.len());
                let values = regular.filter_map(|record| record.fields.get(place));
                values.map(|value| value.trim().to_owned()).collect()
            })
        };
        Self(
            columns
                .iter()
                .enumerate()
                .map(|(place, column)| values(place, column))
                .collect(),
        )
    }

    fn knows(&self, place: usize, value: &str) -> bool {
        let values = self.0.get(place).and_then(Option::as_ref);
        values.is_some_and(|values| values.contains(value.trim()))
    }
}

/// Reads a line by its columns. A line with more fields than columns has a separator in its text:
/// the whole text is found, or the line is named; half a text is never taken.
pub(super) fn spoken(
    fields: &[String],
    dialect: Dialect,
    columns: &Columns,
    labels: &Labels,
) -> Result<Spoken, String> {
    let filled = roles::filled(fields);
    let fields = &fields[..filled];
    let (fields, remark) = if filled > columns.len() {
        let narrowed = narrowed(fields, dialect, columns, labels).ok_or_else(|| {
            format!(
                "{filled} fields, the list has {}: `{}` may be part of the text",
                columns.len(),
                dialect.separator()
            )
        })?;
        let separator = dialect.separator().to_owned();
        let (fields, joined) = narrowed;
        (
            fields,
            joined.then_some(ProblemKind::SeparatorInText { separator }),
        )
    } else {
        (fields.to_vec(), None)
    };
    let of = |column| {
        let field = columns.position(column).and_then(|place| fields.get(place));
        field
            .map(|field| field.trim().to_owned())
            .filter(|field| !field.is_empty())
    };
    let path = of(Column::Path).ok_or("no recording is named")?;
    let text = of(Column::Normalised).or_else(|| of(Column::Text));
    Ok(Spoken {
        path,
        text: text.ok_or_else(|| format!("{filled} fields and no text"))?,
        speaker: of(Column::Speaker),
        remark,
    })
}

/// The fields of a line, one for each column, and whether some had to be joined for it.
fn narrowed(
    fields: &[String],
    dialect: Dialect,
    columns: &Columns,
    labels: &Labels,
) -> Option<(Vec<String>, bool)> {
    let text = columns
        .position(Column::Text)
        .or_else(|| columns.position(Column::Normalised))?;
    let extra = fields.len() - columns.len();
    let path = columns.position(Column::Path)?;
    if path > text {
        return None;
    }
    let behind = columns.len() - text - 1;
    if columns.position(Column::Normalised) == Some(text + 1) && behind == 1 {
        // Both texts hold the separator as often, so they are of one length.
        let both = &fields[text..];
        let (first, second) = both.split_at(both.len() / 2);
        let halves = both.len().is_multiple_of(2).then(|| {
            let [first, second] = [first, second].map(|half| dialect.joined(half));
            (likeness(&first, &second) >= 0.5).then_some([first, second])
        })??;
        return Some(([&fields[..text], &halves].concat(), true));
    }
    if behind == 0 && extra == 1 {
        // A list of two columns where some lines have the text in both forms.
        let (written, read) = (&fields[text], &fields[text + 1]);
        if likeness(written, read) >= 0.5 {
            return Some((
                [&fields[..text], std::slice::from_ref(read)].concat(),
                false,
            ));
        }
    }
    let tail = fields.len() - behind;
    let known = (tail..fields.len()).all(|place| labels.knows(place - extra, &fields[place]));
    known.then(|| {
        let joined = dialect.joined(&fields[text..tail]);
        ([&fields[..text], &[joined], &fields[tail..]].concat(), true)
    })
}
