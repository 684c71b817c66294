//! The English chain: numbers, money and abbreviations in words.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_normalization::UnicodeNormalization;

use crate::ascii;
use crate::number_words::{digit_by_digit, ordinal, year_style};
use crate::spaces::collapse;

/// Abbreviations that are read in full; each needs its dot.
const ABBREVIATIONS: [(&str, &str); 18] = [
    ("mrs", "misess"),
    ("mr", "mister"),
    ("dr", "doctor"),
    ("st", "saint"),
    ("co", "company"),
    ("jr", "junior"),
    ("maj", "major"),
    ("gen", "general"),
    ("drs", "doctors"),
    ("rev", "reverend"),
    ("lt", "lieutenant"),
    ("hon", "honorable"),
    ("sgt", "sergeant"),
    ("capt", "captain"),
    ("esq", "esquire"),
    ("ltd", "limited"),
    ("col", "colonel"),
    ("ft", "fort"),
];

/// Everything the chain looks for, compiled once.
struct Patterns {
    thousands: Regex,
    money: Regex,
    decimal: Regex,
    ordinal: Regex,
    number: Regex,
    abbreviation: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let compile = |pattern: &str| Regex::new(pattern).expect("the pattern is a constant");
    let names = ABBREVIATIONS.map(|(short, _)| short).join("|");
    Patterns {
        thousands: compile(r"(?-u:\b)[0-9]{1,3}(?:,[0-9]{3})+(?-u:\b)"),
        money: compile(
            r"([$£€])([0-9]*)(?:\.([0-9]+))?(?: (hundred|thousand|million|billion|trillion)(?-u:\b))?",
        ),
        decimal: compile(r"([0-9]+)\.([0-9]+)"),
        ordinal: compile(r"([0-9]+)(?:st|nd|rd|th)(?-u:\b)"),
        number: compile("[0-9]+"),
        abbreviation: compile(&format!(r"(?-u:\b)({names})\.")),
    }
});

/// ASCII, lower case, numbers, abbreviations, single spaces, in this order.
///
/// # Source
/// keithito/tacotron, `text/cleaners.py` and `text/numbers.py`, as NVIDIA/tacotron2 ships them.
pub(crate) fn clean(text: &str) -> String {
    let composed: String = text.nfc().collect();
    // Marks may meet the letters of other scripts only now that quotes are gone.
    let folded: String = ascii::fold_latin(&composed).nfc().collect();
    let numbers = expand_numbers(&expand_money(&strip_thousands(&folded)));
    collapse(&expand_signs(&expand_abbreviations(&numbers)))
}

/// Numbers in words. Expects lower case.
fn expand_numbers(text: &str) -> String {
    let text = PATTERNS.decimal.replace_all(text, |c: &Captures<'_>| {
        format!("{} point {}", &c[1], fraction(&c[2]))
    });
    let text = PATTERNS
        .ordinal
        .replace_all(&text, |c: &Captures<'_>| match plain(&c[1]) {
            Some(n) => ordinal(n),
            None => format!("{}th", digit_by_digit(&c[1])),
        });
    let text = PATTERNS
        .number
        .replace_all(&text, |c: &Captures<'_>| match plain(&c[0]) {
            Some(n) => year_style(n),
            None => digit_by_digit(&c[0]),
        });
    text.into_owned()
}

fn strip_thousands(text: &str) -> String {
    let strip = |c: &Captures<'_>| c[0].replace(',', "");
    PATTERNS.thousands.replace_all(text, strip).into_owned()
}

/// Digits that read as one number: no leading zero, and small enough to have a name.
fn plain(digits: &str) -> Option<u64> {
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    digits.parse().ok()
}

/// One or two digits after the point read as a number, others one by one.
fn fraction(digits: &str) -> String {
    if digits.len() <= 2 && plain(digits).is_some() {
        digits.to_owned()
    } else {
        digit_by_digit(digits)
    }
}

/// `$a.b` in dollars and cents, likewise pounds and euros; the digits stay for the number rules.
fn expand_money(text: &str) -> String {
    let expand = |c: &Captures<'_>| {
        let (whole, part) = (&c[2], c.get(3).map(|m| m.as_str()));
        if whole.is_empty() && part.is_none() {
            return c[0].to_owned();
        }
        let [one, many, part_one, part_many] = match &c[1] {
            "$" => ["dollar", "dollars", "cent", "cents"],
            "£" => ["pound", "pounds", "penny", "pence"],
            _ => ["euro", "euros", "cent", "cents"],
        };
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        };
        let cents = match part {
            None => Some(0),
            Some(digits) => match digits.len() {
                1 => digits.parse::<u32>().ok().map(|tenths| tenths * 10),
                2 => digits.parse().ok(),
                _ => None,
            },
        };
        let named = |n: &str, one: &str, many: &str| {
            let name = if n == "1" { one } else { many };
            format!("{n} {name}")
        };
        match (c.get(4), cents, part) {
            (Some(scale), _, Some(part)) => format!("{whole}.{part} {} {many}", scale.as_str()),
            (Some(scale), _, None) => format!("{whole} {} {many}", scale.as_str()),
            (None, None, Some(part)) => format!("{whole}.{part} {many}"),
            (None, Some(0) | None, _) => named(whole, one, many),
            (None, Some(n), _) if whole == "0" => named(&n.to_string(), part_one, part_many),
            (None, Some(n), _) => format!(
                "{}, {}",
                named(whole, one, many),
                named(&n.to_string(), part_one, part_many)
            ),
        }
    };
    PATTERNS.money.replace_all(text, expand).into_owned()
}

fn expand_abbreviations(text: &str) -> String {
    let expand = |c: &Captures<'_>| {
        let long = ABBREVIATIONS.iter().find(|(short, _)| *short == &c[1]);
        long.map_or_else(|| c[0].to_owned(), |(_, long)| (*long).to_owned())
    };
    PATTERNS.abbreviation.replace_all(text, expand).into_owned()
}

/// Signs that are read as words, and brackets as the table has them.
fn expand_signs(text: &str) -> String {
    text.replace('%', " percent")
        .replace('&', " and ")
        .replace('[', "(")
        .replace(']', ")")
}
