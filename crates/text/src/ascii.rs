//! Folding to ASCII.

use deunicode::deunicode_char;

use crate::spaces::is_invisible;

/// Writes everything in ASCII letters, as Unidecode does: `щ` becomes `shch`, `é` becomes `e`.
///
/// A character without a reading stays as it is, so that the table can report it. Double quotes
/// are left out: they are not heard, and NVIDIA's table has no symbol for them.
pub(crate) fn transliterate(text: &str) -> String {
    fold(text, |_| true)
}

/// Writes Latin letters with marks, ligatures and typography in ASCII; other scripts stay.
///
/// A Russian sentence given to an English voice must be reported, not spelt in Latin letters; and
/// so must signs that stand for a word (`€`, `§`, `№`), whose foldings nobody would read aloud.
pub(crate) fn fold_latin(text: &str) -> String {
    fold(text, |c| {
        matches!(c,
            '\u{A0}' | 'ª' | 'º' | '¹' | '²' | '³' | '´' | 'À'..='\u{24F}'
            | '\u{300}'..='\u{36F}' | '\u{1E00}'..='\u{1EFF}' | '\u{2000}'..='\u{209F}'
            | '\u{2212}' | '\u{FB00}'..='\u{FB06}' | '\u{FF01}'..='\u{FF5E}')
    })
}

/// A mark as the English table has it: `—` is `--`, quotes leave nothing; `None` for what is no mark.
pub(crate) fn fold_mark(c: char) -> Option<&'static str> {
    Some(match c {
        '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' => "",
        '-' => "-",
        '!' => "!",
        '\'' => "'",
        '(' | '[' => "(",
        ')' | ']' => ")",
        ',' => ",",
        '.' => ".",
        ':' => ":",
        ';' => ";",
        '?' => "?",
        '´' | '\u{2000}'..='\u{206F}' | '\u{2212}' => {
            return deunicode_char(c)
                .filter(|mark| !mark.is_empty() && mark.chars().all(|c| " ',.-:;?!".contains(c)));
        }
        _ => return None,
    })
}

/// Folds what may be folded, in lower case.
fn fold(text: &str, foldable: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    // Lower case comes first as well: some capitals have no folding where the small letter has one.
    let lower = text.to_lowercase();
    for c in lower.chars().filter(|&c| !is_invisible(c)) {
        match c {
            '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›' => {}
            c if c.is_ascii() || !foldable(c) => out.push(c),
            c if c.is_whitespace() => out.push(' '),
            '\u{300}'..='\u{36F}' => {}
            c => match deunicode_char(c) {
                Some(reading) if is_readable(reading) => out.push_str(reading),
                _ => out.push(c),
            },
        }
    }
    out.to_lowercase()
}

/// Whether a folding is something to read rather than a drawing of the character (`->`, `(c)`).
fn is_readable(reading: &str) -> bool {
    !reading.trim().is_empty()
        && reading
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " ',.-:;?!%&".contains(c))
}
