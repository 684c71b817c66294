//! Numbers as English says them.

use crate::number_words::{cardinal, digit_by_digit, ordinal, year_style};
use crate::numerals::{Grouping, Numeral, Style, plain};

/// The number at the start of a text.
pub(super) fn read(text: &str) -> Option<Numeral> {
    Numeral::read(text, Style::Point)
}

/// A number alone: what looks like a year is read as a year.
///
/// What has its thousands set apart is no year.
pub(super) fn speak(number: &Numeral) -> String {
    if number.grouping != Grouping::None {
        return quantity(number);
    }
    with_part(digits(&number.whole), number)
}

/// A number of something, which is no year: `nineteen hundred` but `one thousand, nine hundred five`.
pub(super) fn quantity(number: &Numeral) -> String {
    with_part(count(&number.whole), number)
}

/// Digits of something, which are no year.
pub(super) fn count(digits: &str) -> String {
    match plain(digits) {
        Some(n @ 1001..=2999) if !n.is_multiple_of(100) => cardinal(n),
        _ => self::digits(digits),
    }
}

/// Digits as one number, or one by one where they have no name.
pub(super) fn digits(digits: &str) -> String {
    plain(digits).map_or_else(|| digit_by_digit(digits), year_style)
}

/// Digits as an ordinal.
pub(super) fn nth(digits: &str) -> String {
    match plain(digits) {
        Some(n) => ordinal(n),
        None => format!("{}th", digit_by_digit(digits)),
    }
}

fn with_part(whole: String, number: &Numeral) -> String {
    match &number.part {
        None => whole,
        Some(part) => format!("{whole} point {}", after_point(part)),
    }
}

/// One or two digits after the point read as a number, others one by one.
fn after_point(part: &str) -> String {
    if part.len() <= 2 && plain(part).is_some() {
        digits(part)
    } else {
        digit_by_digit(part)
    }
}

/// The plural of the last word of a number: `nineties`, `hundreds`.
pub(super) fn plural(words: &str) -> String {
    match words.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if words.ends_with("six") => format!("{words}es"),
        None => format!("{words}s"),
    }
}
