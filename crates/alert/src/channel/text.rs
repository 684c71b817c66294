//! Texts as services take them: escaped, and cut on the border of a character.

/// What stands for the rest of a text that was cut.
const ELLIPSIS: char = '…';

/// How a service counts the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Count {
    /// Characters of Unicode.
    Characters,
    /// Units of UTF-16, as Telegram counts.
    Utf16,
}

impl Count {
    fn of(self, character: char) -> usize {
        match self {
            Self::Characters => 1,
            Self::Utf16 => character.len_utf16(),
        }
    }

    pub(super) fn length(self, text: &str) -> usize {
        text.chars().map(|character| self.of(character)).sum()
    }
}

/// `text`, with `&`, `<` and `>` as HTML and Slack want them, no longer than `limit` when escaped.
///
/// What does not fit is cut on the border of a character and of an escape, and an ellipsis says so.
pub(super) fn escaped(text: &str, limit: usize, count: Count) -> String {
    let mut whole = String::with_capacity(text.len());
    // Where the text may end, if an ellipsis is to follow.
    let (mut border, mut length) = (0, 0);
    for character in text.chars() {
        let start = whole.len();
        match character {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            // Control characters are refused or shown as boxes.
            other if other.is_control() && other != '\n' && other != '\t' => whole.push('\u{fffd}'),
            other => whole.push(other),
        }
        length += count.length(&whole[start..]);
        if length < limit {
            border = whole.len();
        }
        if length > limit {
            whole.truncate(border);
            if limit > 0 {
                whole.push(ELLIPSIS);
            }
            return whole;
        }
    }
    whole
}

/// As [`escaped`], without escapes.
pub(super) fn cut(text: &str, limit: usize, count: Count) -> String {
    if count.length(text) <= limit {
        return text.to_owned();
    }
    let mut left = limit.saturating_sub(1);
    let mut short: String = text
        .chars()
        .take_while(|character| {
            let fits = count.of(*character) <= left;
            left = left.saturating_sub(count.of(*character));
            fits
        })
        .collect();
    if limit > 0 {
        short.push(ELLIPSIS);
    }
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn unescaped(text: &str) -> String {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    }

    #[test]
    fn a_cut_falls_between_characters_and_between_escapes() {
        assert_eq!(escaped("a<b", 6, Count::Characters), "a&lt;b");
        assert_eq!(escaped("a<b", 5, Count::Characters), "a…");
        assert_eq!(escaped("🤖🤖", 4, Count::Utf16), "🤖🤖");
        assert_eq!(escaped("🤖🤖", 3, Count::Utf16), "🤖…");
        assert_eq!(escaped("🤖🤖", 2, Count::Utf16), "…");
        assert_eq!(cut("шаг", 2, Count::Characters), "ш…");
        assert_eq!(cut("шаг", 3, Count::Characters), "шаг");
        assert_eq!(cut("🤖🤖🤖", 5, Count::Utf16), "🤖🤖…");
    }

    proptest! {
        #[test]
        fn nothing_is_longer_than_the_limit_and_what_is_kept_is_the_beginning(
            text in "(?s).{0,80}",
            limit in 0_usize..120,
            utf16 in any::<bool>(),
        ) {
            let count = if utf16 { Count::Utf16 } else { Count::Characters };
            let clean: String = text
                .chars()
                .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
                .collect();
            let short = escaped(&text, limit, count);
            prop_assert!(count.length(&short) <= limit);
            prop_assert!(!short.contains('<') && !short.contains('>'));
            match short.strip_suffix('…').filter(|_| !clean.ends_with('…')) {
                Some(kept) => prop_assert!(clean.starts_with(&unescaped(kept))),
                None => prop_assert!(clean.starts_with(&unescaped(&short)) || limit == 0),
            }
            prop_assert!(count.length(&cut(&text, limit, count)) <= limit);
        }

        #[test]
        fn what_fits_is_whole(text in "[^\\p{Cc}]{0,40}") {
            prop_assert_eq!(unescaped(&escaped(&text, 4096, Count::Utf16)), text);
        }
    }
}
