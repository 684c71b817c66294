//! Numbers as people write them: grouped in every style, with a part after the point or comma,
//! and Roman.

/// A number without a sign, as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numeral {
    /// Bytes that it takes.
    pub(crate) len: usize,
    /// The digits before the point.
    pub(crate) whole: String,
    /// The digits after it.
    pub(crate) part: Option<String>,
    /// How its thousands were set apart.
    pub(crate) grouping: Grouping,
}

/// How thousands are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// Not at all.
    None,
    /// Beyond doubt.
    Sure,
    /// By blanks that may as well stand between two numbers.
    Doubtful,
}

/// What stands before the part of a number, and how thousands may be set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `1,234.5`
    Point,
    /// `1.234,5`, also `1234.5`
    Comma,
}

impl Numeral {
    /// The number at the start of a text.
    pub(crate) fn read(text: &str, style: Style) -> Option<Self> {
        let digits = digits(text);
        if digits == 0 {
            return None;
        }
        let (len, whole, grouping) = grouped(text, digits, style)
            .unwrap_or_else(|| (digits, text[..digits].to_owned(), Grouping::None));
        let part = part(&text[len..], style, grouping).map(|n| text[len + 1..len + n].to_owned());
        Some(Self {
            len: len + part.as_ref().map_or(0, |part| part.len() + 1),
            whole,
            part,
            grouping,
        })
    }

    /// The whole number, where it has no part, no leading zero, and is small enough to have a name.
    pub(crate) fn integer(&self) -> Option<u64> {
        if self.part.is_some() {
            None
        } else {
            plain(&self.whole)
        }
    }

    /// Whether it is exactly one.
    pub(crate) fn is_one(&self) -> bool {
        self.integer() == Some(1)
    }
}

/// How many bytes of digits a text begins with.
pub(crate) fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// Digits that read as one number: no leading zero, and small enough to have a name.
pub(crate) fn plain(digits: &str) -> Option<u64> {
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    digits.parse().ok()
}

/// Length, digits and certainty of a number with its thousands set apart.
fn grouped(text: &str, first: usize, style: Style) -> Option<(usize, String, Grouping)> {
    if first > 3 || (first > 1 && text.starts_with('0')) {
        return None;
    }
    let separator = text[first..].chars().next()?;
    let sure = match separator {
        ',' => style == Style::Point || many(text, first, ','),
        '\'' | '’' | '\u{A0}' | '\u{2009}' | '\u{202F}' | '\u{2007}' => true,
        '.' => many(text, first, '.'),
        ' ' => return spaced(text, first),
        _ => false,
    };
    let (len, whole) = groups(text, first, separator, 3)
        .filter(|_| sure)
        .or_else(|| indian(text, first, separator))?;
    Some((len, whole, Grouping::Sure))
}

/// Whether at least two groups of three follow, so that the separator cannot be a decimal point.
fn many(text: &str, first: usize, separator: char) -> bool {
    groups(text, first, separator, 3).is_some_and(|(len, _)| len >= first + 8)
}

/// Groups that all have `width` digits; the last may not touch another digit or group.
fn groups(text: &str, first: usize, separator: char, width: usize) -> Option<(usize, String)> {
    let mut whole = text[..first].to_owned();
    let mut len = first;
    while let Some(rest) = text[len..].strip_prefix(separator) {
        match digits(rest) {
            0 => break,
            n if n == width => {
                whole.push_str(&rest[..n]);
                len += separator.len_utf8() + n;
            }
            _ => return None,
        }
    }
    (len > first && whole.as_bytes()[0] != b'0').then_some((len, whole))
}

/// `1,00,000`: groups of two, and three at the end.
fn indian(text: &str, first: usize, separator: char) -> Option<(usize, String)> {
    if separator != ',' || first > 2 || text.starts_with('0') {
        return None;
    }
    let mut whole = text[..first].to_owned();
    let mut len = first;
    let mut pairs = 0;
    loop {
        let rest = text[len..].strip_prefix(',')?;
        let n = digits(rest);
        whole.push_str(&rest[..n]);
        len += n + 1;
        match n {
            2 => pairs += 1,
            3 if pairs > 0 => return Some((len, whole)),
            _ => return None,
        }
    }
}

/// Groups set apart by plain blanks, which may be several numbers.
fn spaced(text: &str, first: usize) -> Option<(usize, String, Grouping)> {
    let (len, whole) = groups(text, first, ' ', 3)?;
    // Three digits to begin with are more likely a row of numbers, unless thousands end it.
    let round = whole.ends_with("000");
    if first == 3 && !round && len > first + 4 {
        return None;
    }
    let grouping = if round {
        Grouping::Sure
    } else {
        Grouping::Doubtful
    };
    Some((len, whole, grouping))
}

/// Bytes of the point and the digits after it.
fn part(rest: &str, style: Style, grouping: Grouping) -> Option<usize> {
    let point = rest.chars().next().filter(char::is_ascii)?;
    let n = digits(&rest[1..]);
    let allowed = match (style, point) {
        (Style::Point, '.') => true,
        (Style::Point, ',') => false,
        (Style::Comma, ',') => true,
        (Style::Comma, '.') => grouping != Grouping::Sure || n != 3,
        _ => false,
    };
    // `2.0.1` is no number with a part.
    let after = &rest[1 + n..];
    let goes_on = after
        .strip_prefix(point)
        .is_some_and(|next| digits(next) > 0);
    (allowed && n > 0 && !goes_on).then_some(1 + n)
}

/// The value of a Roman numeral in capitals, written as it should be.
pub(crate) fn roman(letters: &str) -> Option<u64> {
    const VALUES: [(u64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut value = 0;
    let mut rest = letters;
    for (worth, sign) in VALUES {
        let most = if sign.len() == 1 && worth.to_string().starts_with('1') {
            3
        } else {
            1
        };
        for _ in 0..most {
            let Some(next) = rest.strip_prefix(sign) else {
                break;
            };
            rest = next;
            value += worth;
        }
    }
    // Written back, so that `IVI` and its like are no numerals.
    (rest.is_empty() && value > 0 && write_roman(value, &VALUES) == letters).then_some(value)
}

fn write_roman(mut value: u64, values: &[(u64, &str)]) -> String {
    let mut out = String::new();
    for (worth, sign) in values {
        while value >= *worth {
            value -= worth;
            out.push_str(sign);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, style: Style, whole: &str, part: Option<&str>, len: usize) {
        let read = Numeral::read(text, style).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(
            (read.whole.as_str(), read.part.as_deref(), read.len),
            (whole, part, len),
            "{text}"
        );
    }

    #[test]
    fn thousands_are_set_apart_in_many_ways() {
        for text in [
            "1,234,567",
            "1 234 567",
            "1'234'567",
            "1’234’567",
            "1\u{a0}234\u{a0}567",
            "1\u{202f}234\u{202f}567",
            "1.234.567",
            "12,34,567",
        ] {
            let whole: String = text.chars().filter(char::is_ascii_digit).collect();
            check(text, Style::Point, &whole, None, text.len());
        }
        check("1.234.567,89", Style::Comma, "1234567", Some("89"), 12);
        check("1 000,5", Style::Comma, "1000", Some("5"), 7);
        check("1,234.50", Style::Point, "1234", Some("50"), 8);
    }

    #[test]
    fn what_only_looks_grouped_is_left() {
        check("1,2,3", Style::Point, "1", None, 1);
        check("1,0000", Style::Point, "1", None, 1);
        check("100 200 300", Style::Point, "100", None, 3);
        check("1 23", Style::Point, "1", None, 1);
        check("2.0.1", Style::Point, "2", None, 1);
        check("5.", Style::Point, "5", None, 1);
        check("1,5", Style::Comma, "1", Some("5"), 3);
        check("1,234", Style::Comma, "1", Some("234"), 5);
    }

    #[test]
    fn only_well_written_roman_numerals_count() {
        for (text, value) in [
            ("VIII", Some(8)),
            ("XLII", Some(42)),
            ("MCMXCIX", Some(1999)),
            ("IIII", None),
            ("IVI", None),
            ("ABC", None),
            ("", None),
        ] {
            assert_eq!(roman(text), value, "{text}");
        }
    }
}
