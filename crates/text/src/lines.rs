//! Texts as files bring them: encodings, pauses, lines that are too long.

use crate::tokens::is_drawing;

/// What a file that is no UTF-8 text most likely is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Windows' Cyrillic.
    Windows1251,
    /// Western European.
    Latin1,
    /// Two bytes a character.
    Utf16,
    /// No text at all.
    Binary,
}

impl Encoding {
    /// The name that `iconv` knows; `None` for what is no text.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Windows1251 => Some("CP1251"),
            Self::Latin1 => Some("ISO-8859-1"),
            Self::Utf16 => Some("UTF-16"),
            Self::Binary => None,
        }
    }

    /// Tells what bytes are that are no UTF-8.
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            return Self::Utf16;
        }
        if bytes.contains(&0) {
            return Self::Binary;
        }
        // Cyrillic words are letters above 0xC0 side by side; in Latin-1 those stand alone.
        let high = |b: &u8| *b >= 0xC0;
        let all = bytes.iter().filter(|b| high(b)).count();
        let beside = bytes
            .windows(2)
            .filter(|pair| high(&pair[0]) && high(&pair[1]))
            .count();
        if all > 0 && 2 * beside >= all {
            Self::Windows1251
        } else {
            Self::Latin1
        }
    }
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// Counted from 1, blank lines included.
    pub number: usize,
    /// The line, or what it is instead of UTF-8.
    pub text: Result<String, Encoding>,
}

/// The lines of a file that are not blank, whatever its editor did to them: byte order mark, CRLF,
/// a stray byte in a few lines.
///
/// # Errors
/// What the file is, if it is no text in UTF-8.
pub fn read_lines(bytes: &[u8]) -> Result<Vec<TextLine>, Encoding> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.contains(&0) {
        return Err(Encoding::of(bytes));
    }
    let lines: Vec<TextLine> = bytes
        .split(|b| *b == b'\n')
        .flat_map(|line| line.split(|b| *b == b'\r').enumerate())
        .scan(0, |number, (part, line)| {
            // A lone carriage return ends a line as well; before a line feed it is a part of its end.
            if part == 0 || !line.is_empty() {
                *number += 1;
            }
            Some((*number, line))
        })
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| TextLine {
            number,
            text: std::str::from_utf8(line)
                .map(str::to_owned)
                .map_err(|_| Encoding::of(line)),
        })
        .collect();
    let bad = lines.iter().filter(|line| line.text.is_err()).count();
    // A few damaged lines are damaged lines; more of them are another encoding.
    if bad > 0 && (bad == lines.len() || 10 * bad > lines.len().max(29)) {
        return Err(Encoding::of(bytes));
    }
    Ok(lines)
}

/// Whether a text holds nothing to read and stands for a pause: `---`, `* * *`, `…`, `###`.
pub fn is_pause(text: &str) -> bool {
    const MARKS: &str = "-–—―−‐_*#~•·….,:;!?'\"’‘“”„«»()[]";
    let marks: Vec<char> = text
        .chars()
        .filter(|c| !c.is_whitespace() && !crate::spaces::is_invisible(*c))
        .collect();
    let only_marks = marks.iter().all(|c| MARKS.contains(*c) || is_drawing(*c));
    let ruled =
        marks.len() >= 3 && !marks[0].is_alphanumeric() && marks.iter().all(|c| *c == marks[0]);
    !marks.is_empty() && (only_marks || ruled)
}

/// Cuts a text into parts that fit, at the ends of sentences, else at commas, else between words.
///
/// A word that does not fit stays whole.
pub fn split_long(text: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
    cut(text, fits, &[is_sentence_end, is_clause_end, is_word_end])
}

/// Whether a text may be cut after the character at this place.
type Cut = fn(&str, usize, char) -> bool;

fn cut(text: &str, fits: &dyn Fn(&str) -> bool, cuts: &[Cut]) -> Vec<String> {
    let text = text.trim();
    let Some((here, finer)) = cuts.split_first().filter(|_| !fits(text)) else {
        return vec![text.to_owned()];
    };
    let mut ends: Vec<usize> = text
        .char_indices()
        .filter(|(at, c)| here(text, *at, *c))
        .map(|(at, c)| at + c.len_utf8())
        .collect();
    ends.push(text.len());
    let mut parts = Vec::new();
    let mut start = 0;
    let mut taken = 0;
    for end in ends {
        if taken > start && !fits(text[start..end].trim()) {
            parts.extend(cut(&text[start..taken], fits, finer));
            start = taken;
        }
        taken = end;
    }
    parts.extend(cut(&text[start..], fits, finer));
    parts.retain(|part| !part.is_empty());
    parts
}

/// After `.`, `!`, `?` or `…` and closing marks, before a blank; not after initials and `Mr.`.
fn is_sentence_end(text: &str, at: usize, c: char) -> bool {
    let after = &text[at + c.len_utf8()..];
    if !after.starts_with(char::is_whitespace) {
        return false;
    }
    let body = text[..at + c.len_utf8()].trim_end_matches(['"', '”', '»', ')', '’', '\'']);
    match body.chars().next_back() {
        Some('!' | '?' | '…') => true,
        Some('.') => {
            let word = body
                .trim_end_matches('.')
                .rsplit(|c: char| !c.is_alphabetic())
                .next();
            let word = word.unwrap_or_default();
            let short = word.chars().count() <= 3 && word.starts_with(char::is_uppercase);
            let goes_on = after.trim_start().starts_with(char::is_lowercase);
            !short && !goes_on
        }
        _ => false,
    }
}

fn is_clause_end(text: &str, at: usize, c: char) -> bool {
    ",;:—–".contains(c) && text[at + c.len_utf8()..].starts_with(char::is_whitespace)
}

fn is_word_end(_: &str, _: usize, c: char) -> bool {
    c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(bytes: &[u8]) -> Vec<(usize, Option<String>)> {
        let lines = read_lines(bytes).unwrap();
        lines
            .into_iter()
            .map(|line| (line.number, line.text.ok()))
            .collect()
    }

    #[test]
    fn editors_leave_their_marks_and_the_lines_are_the_same() {
        let expected = vec![(1, Some("a".to_owned())), (3, Some("b".to_owned()))];
        for bytes in ["a\n\nb\n", "\u{feff}a\r\n\r\nb", "a\n \nb"] {
            assert_eq!(numbered(bytes.as_bytes()), expected, "{bytes:?}");
        }
        assert_eq!(numbered(b"a\rb").len(), 2);
        assert!(numbered(b"").is_empty());
    }

    #[test]
    fn another_encoding_is_named_and_one_damaged_line_is_only_one() {
        let cp1251 = b"\xcf\xf0\xe8\xe2\xe5\xf2.\n\xcc\xe8\xf0.\n\xc4\xe0.\n";
        assert_eq!(read_lines(cp1251), Err(Encoding::Windows1251));
        assert_eq!(read_lines(b"\xff\xfeH\0i\0"), Err(Encoding::Utf16));
        assert_eq!(
            read_lines(b"caf\xe9\nna\xefve\nol\xe9\n"),
            Err(Encoding::Latin1)
        );
        assert_eq!(read_lines(b"RIFF\0\0"), Err(Encoding::Binary));
        let one = b"a\nb\ncaf\xe9\nd\n";
        assert_eq!(numbered(one)[2], (3, None));
    }

    #[test]
    fn rules_between_scenes_are_pauses_and_signs_are_not() {
        for text in [
            "---",
            "* * *",
            "———",
            "***",
            "###",
            "~~~",
            "=====",
            "...",
            "…",
            "—",
            "😀",
            "•",
            "_____",
            "«»",
        ] {
            assert!(is_pause(text), "{text}");
        }
        for text in ["", " ", "%", "+", "5", "a", "- a", "ааа", "=", "$$"] {
            assert!(!is_pause(text), "{text}");
        }
    }

    #[test]
    fn long_texts_are_cut_where_one_breathes() {
        let check = |text: &str, most: usize, expected: &[&str]| {
            let parts = split_long(text, &|part| part.chars().count() <= most);
            assert_eq!(parts, expected);
        };
        check("One. Two. Three.", 100, &["One. Two. Three."]);
        check("One is. Two is. Three.", 16, &["One is. Two is.", "Three."]);
        check("Mr. Fox ran. He hid.", 14, &["Mr. Fox ran.", "He hid."]);
        check("one, two, three four", 10, &["one, two,", "three four"]);
        check("one two three", 7, &["one two", "three"]);
        check("abcdefghij", 3, &["abcdefghij"]);
    }
}
