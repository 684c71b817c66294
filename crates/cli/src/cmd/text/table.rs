//! Tokens in columns, for people.

use std::fmt;

use super::Piece;

/// Widest column, in characters; longer pieces push their line to the right.
const WIDEST: usize = 48;

/// Writes one line per token: text, class, what is spoken, notes.
pub(super) fn write(f: &mut fmt::Formatter<'_>, pieces: &[Piece]) -> fmt::Result {
    let rows: Vec<[String; 4]> = pieces.iter().map(row).collect();
    columns(f, ["token", "class", "spoken", "notes"], &rows)
}

fn row(piece: &Piece) -> [String; 4] {
    let notes: Vec<String> = piece.notes.iter().map(ToString::to_string).collect();
    [
        visible(&piece.text),
        piece.class.to_string(),
        if piece.spoken.is_empty() {
            "-".to_owned()
        } else {
            visible(&piece.spoken)
        },
        notes.join("; "),
    ]
}

/// A text on one line.
pub(crate) fn visible(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

/// Writes rows under a head, each column as wide as its widest cell.
pub(crate) fn columns<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    head: [&str; N],
    rows: &[[String; N]],
) -> fmt::Result {
    let mut widths = head.map(|title| title.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count().min(WIDEST));
        }
    }
    let head = head.map(str::to_owned);
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let missing = width.saturating_sub(cell.chars().count());
            line += cell;
            line.extend(std::iter::repeat_n(' ', missing + 2));
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}
