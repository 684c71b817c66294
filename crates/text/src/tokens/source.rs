//! A text as the rules look at it: letters composed, nothing invisible, with the way back to where
//! each character came from.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

use crate::spaces::is_invisible;

/// A composed text and where its characters stand in the text as given.
pub(crate) struct Source {
    /// The text that rules look at.
    pub(crate) text: String,
    /// For each byte of `text`: the bytes it came from begin here; one more entry for the end.
    origins: Vec<usize>,
}

impl Source {
    /// Composes letters with their marks (NFC), narrows full-width letters and digits, and leaves
    /// invisible characters out.
    pub(crate) fn new(given: &str) -> Self {
        let mut text = String::with_capacity(given.len());
        let mut origins = Vec::with_capacity(given.len() + 1);
        let mut cluster = String::new();
        let mut start = 0;
        let mut flush = |cluster: &mut String, start: usize| {
            for c in cluster.nfc() {
                text.push(c);
                origins.resize(text.len(), start);
            }
            cluster.clear();
        };
        for (at, c) in given.char_indices().filter(|(_, c)| !is_invisible(*c)) {
            if canonical_combining_class(c) == 0 {
                flush(&mut cluster, start);
                start = at;
            }
            match c {
                // Numerals that are one character: `Ⅷ` is `VIII`.
                '\u{2160}'..='\u{217F}' => cluster.extend(c.nfkc()),
                c => cluster.push(narrow(c)),
            }
        }
        flush(&mut cluster, start);
        origins.push(given.len());
        Self { text, origins }
    }

    /// Where a part of `text` stands in the text as given.
    pub(crate) fn origin(&self, part: Range<usize>) -> Range<usize> {
        self.origins[part.start]..self.origins[part.end]
    }
}

/// The narrow form of a full-width letter, digit or mark.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    }
}

/// Whether a character is a picture: emoji, dingbats, ornaments. They are seen, not heard.
pub(crate) fn is_drawing(c: char) -> bool {
    matches!(c,
        '\u{2600}'..='\u{27BF}' | '\u{2B1B}' | '\u{2B1C}' | '\u{2B50}' | '\u{2B55}' | '\u{20E3}'
        | '\u{2022}' | '\u{2023}' | '\u{25A0}'..='\u{25FF}' | '\u{2B05}'..='\u{2B07}' | '\u{23E9}'..='\u{23FA}' | '\u{231A}'
        | '\u{231B}' | '\u{E0020}'..='\u{E007F}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_knows_where_it_came_from() {
        let given = "\u{feff}e\u{301}a \u{200b}５";
        let source = Source::new(given);
        assert_eq!(source.text, "éa 5");
        assert_eq!(&given[source.origin(0..2)], "e\u{301}");
        assert_eq!(&given[source.origin(4..5)], "５");
        assert_eq!(source.origin(5..5), given.len()..given.len());
    }
}
