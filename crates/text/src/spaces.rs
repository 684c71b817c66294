//! White space, invisible characters and the mark that ends a sentence.

/// Characters that print nothing and are not read: they are left out by every cleaner.
///
/// Byte order mark, zero-width spaces and joiners, direction marks, soft hyphen, variation
/// selectors. They come with copied text, and no one could find them in a list of unknowns.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Turns every run of white space into one space.
pub(crate) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out
}

/// Ends the text with `.` unless it ends with `.`, `?` or `!`, perhaps inside closing quotes or
/// brackets. A final comma, colon, semicolon or dash gives way to the full stop.
pub(crate) fn end_mark(text: &str) -> String {
    let open = text.trim_end_matches(|c: char| c == ' ' || ",;:-".contains(c));
    if open.is_empty() {
        return open.to_owned();
    }
    let core = open.trim_end_matches(|c: char| ")\"' ".contains(c));
    if core.ends_with(['.', '?', '!']) {
        open.to_owned()
    } else {
        format!("{open}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_with_one_mark() {
        for (input, expected) in [
            ("да", "да."),
            ("да,", "да."),
            ("да -", "да."),
            ("да!", "да!"),
            ("(да.)", "(да.)"),
            ("\"да?\"", "\"да?\""),
            ("", ""),
            (" , ", ""),
        ] {
            assert_eq!(end_mark(input), expected, "{input}");
        }
    }
}
