//! Numbers as texts write them, and what they count.

use super::forms::Gender;
use super::numbers::{cardinal, digit_by_digit, digits, plural};
use crate::numerals::{Numeral, Style, plain};

/// The number at the start of a text.
pub(super) fn read(text: &str) -> Option<Numeral> {
    Numeral::read(text, Style::Comma)
}

/// A number in the nominative, its part in tenths, hundredths or thousandths.
pub(super) fn speak(number: &Numeral, gender: Gender) -> String {
    let Some(part) = &number.part else {
        return digits(&number.whole, gender);
    };
    let named = plain(&number.whole)
        .zip(part.parse::<u64>().ok())
        .filter(|_| part.len() <= 3);
    let Some((whole, over)) = named else {
        return format!(
            "{} запятая {}",
            digits(&number.whole, Gender::Masculine),
            digit_by_digit(part)
        );
    };
    let forms = match part.len() {
        1 => ["десятая", "десятых"],
        2 => ["сотая", "сотых"],
        _ => ["тысячная", "тысячных"],
    };
    let one = |n: u64, [one, many]: [&'static str; 2]| plural(n, [one, many, many]);
    format!(
        "{} {} {} {}",
        cardinal(whole, Gender::Feminine),
        one(whole, ["целая", "целых"]),
        cardinal(over, Gender::Feminine),
        one(over, forms)
    )
}

/// What is counted: its three forms and its gender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Noun {
    pub(super) forms: [&'static str; 3],
    pub(super) gender: Gender,
}

impl Noun {
    pub(super) const fn masculine(
        one: &'static str,
        few: &'static str,
        many: &'static str,
    ) -> Self {
        Self {
            forms: [one, few, many],
            gender: Gender::Masculine,
        }
    }

    pub(super) const fn feminine(one: &'static str, few: &'static str, many: &'static str) -> Self {
        Self {
            forms: [one, few, many],
            gender: Gender::Feminine,
        }
    }

    /// The form after this number; after a part it is the genitive singular.
    pub(super) fn after(&self, number: &Numeral) -> &'static str {
        match (&number.part, number.whole.as_bytes()) {
            (Some(_), _) => self.forms[1],
            // Of a number without a name only the last two digits matter.
            (None, whole) => {
                let tail = &number.whole[whole.len().saturating_sub(2)..];
                plural(tail.parse().unwrap_or(0), self.forms)
            }
        }
    }

    /// The number with it: `две тонны`.
    pub(super) fn counted(&self, number: &Numeral) -> String {
        format!("{} {}", speak(number, self.gender), self.after(number))
    }
}
