//! Numbers alone and of something: percent, units, ranges, sizes.

use super::forms::Gender;
use super::money::sum;
use super::nouns::{Noun, read, speak};
use super::numbers::{digits, plural};
use super::units;
use crate::numerals::{self, Grouping, Numeral};
use crate::tokens::{At, Class, Match, Note, pattern};

const PERCENT: Noun = Noun::masculine("процент", "процента", "процентов");

/// `10х15`, `2x4 м`
pub(super) fn dimension(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(r"^[0-9]+(?:,[0-9]+)?(?:[xх×][0-9]+(?:,[0-9]+)?)+"))?;
    let len = found[0].len();
    let sides: Option<Vec<String>> = found[0]
        .split(['x', 'х', '×'])
        .map(|side| read(side).map(|n| speak(&n, Gender::Masculine)))
        .collect();
    let words = sides?.join(" на ");
    let last = read(found[0].rsplit(['x', 'х', '×']).next()?)?;
    if let Some((more, _, name)) = unit_of(&last, at.after(len)) {
        return Some(Match::new(
            len + more,
            Class::Unit,
            format!("{words} {name}"),
        ));
    }
    at.ends(len).then(|| Match::new(len, Class::Unit, words))
}

/// Bytes of a blank, and what follows it.
pub(super) fn unblank(text: &str) -> (usize, &str) {
    let blank = pattern!(r"^[ \u{a0}\u{2009}\u{202f}]")
        .find(text)
        .map_or(0, |m| m.len());
    (blank, &text[blank..])
}

/// The unit after a number: bytes, gender, name.
fn unit_of(number: &Numeral, rest: &str) -> Option<(usize, Gender, String)> {
    let (blank, rest) = unblank(rest);
    let found = units::unit(rest, blank > 0)?;
    let of = |index: usize| found.forms[index].clone();
    let tail = &number.whole[number.whole.len().saturating_sub(2)..];
    let name = if number.part.is_some() {
        of(1)
    } else {
        of(plural(tail.parse().unwrap_or(0), [0, 1, 2]))
    };
    let gender = if found.feminine {
        Gender::Feminine
    } else {
        Gender::Masculine
    };
    Some((blank + found.len, gender, name))
}

/// Any number, with its sign, its range and what it counts.
pub(super) fn amount(at: &At<'_>) -> Option<Match> {
    let (sign, word) = sign(at)?;
    let first = first(at, sign)?;
    let mut len = sign + first.len;
    let mut last = first.clone();
    let mut joint = None;
    let dash = pattern!(r"^(?:[-–—…]| [-–—] )")
        .find(at.after(len))
        .map(|m| m.as_str());
    if let Some((dash, second)) =
        dash.and_then(|dash| Some((dash, read(at.after(len + dash.len()))?)))
    {
        let after = at.after(len + dash.len() + second.len);
        let chain = after.starts_with(['-', '/', ':'])
            && after[1..].starts_with(|c: char| c.is_ascii_digit());
        if !chain {
            let difference = dash == " - " && (after.contains('=') || at.before().contains('='));
            len += dash.len() + second.len;
            joint = Some(if difference { " минус " } else { " - " });
            last = second;
        }
    }
    let counted = what(at, len, &last);
    let (more, class, gender, name) = counted.unwrap_or_else(|| {
        (
            0,
            class_of(&first, joint),
            gender_of_word(at.word_after(len), &last),
            String::new(),
        )
    });
    if more == 0 && at.after(len).starts_with(char::is_alphabetic) {
        return None;
    }
    let from = joint.map_or_else(String::new, |joint| {
        format!("{}{joint}", speak(&first, gender))
    });
    let number = match class {
        // A sum has its number in its name, because hundredths follow the unit.
        Class::Money => String::new(),
        _ => speak(&last, gender),
    };
    let spoken = format!("{word}{from}{number} {name}");
    let doubt = (first.grouping == Grouping::Doubtful).then(|| Note::or("several numbers"));
    let declined = PREPOSITIONS.contains(&at.word_before().to_lowercase().as_str());
    let case = declined.then(|| Note::guess("the nominative case"));
    Some(
        Match::new(len + more, class, spoken.trim())
            .maybe(doubt)
            .maybe(case),
    )
}

/// Prepositions after which a number would be declined.
const PREPOSITIONS: [&str; 26] = [
    "в",
    "во",
    "на",
    "с",
    "со",
    "к",
    "ко",
    "о",
    "об",
    "от",
    "до",
    "из",
    "у",
    "за",
    "для",
    "по",
    "без",
    "более",
    "менее",
    "около",
    "после",
    "перед",
    "между",
    "при",
    "больше",
    "меньше",
];

fn first(at: &At<'_>, sign: usize) -> Option<Numeral> {
    let text = at.after(sign);
    let number = read(text)?;
    let digit = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    // One of a row of numbers: `100 200 300`, `5,6,7`.
    let spaced = number.grouping == Grouping::Doubtful && digit(at.before().trim_end());
    let listed = sign == 0 && at.before().strip_suffix(',').is_some_and(digit);
    if spaced || listed {
        return read(&text[..numerals::digits(text)]);
    }
    Some(number)
}

fn class_of(first: &Numeral, joint: Option<&str>) -> Class {
    match (joint, first.integer()) {
        (Some(" - "), _) => Class::Range,
        _ if first.part.is_some() => Class::Decimal,
        (_, None) => Class::Digits,
        (None, Some(1100..=2099)) if first.grouping == Grouping::None => Class::Year,
        _ => Class::Cardinal,
    }
}

/// What is counted: bytes, class, gender, name. A sum of money comes with its number.
fn what(at: &At<'_>, len: usize, number: &Numeral) -> Option<(usize, Class, Gender, String)> {
    let rest = at.after(len);
    let (blank, text) = unblank(rest);
    if text.starts_with('%') {
        return Some((
            blank + 1,
            Class::Percent,
            PERCENT.gender,
            PERCENT.after(number).to_owned(),
        ));
    }
    if text.starts_with('‰') {
        return Some((
            blank + '‰'.len_utf8(),
            Class::Percent,
            Gender::Masculine,
            "промилле".to_owned(),
        ));
    }
    if let Some((more, scale)) = units::scale(text) {
        let (gap, after) = unblank(&text[more..]);
        let counted = |name: &str| format!("{} {name}", scale.after(number));
        if let Some((sign, currency)) = units::currency(after) {
            let name = format!(
                "{} {}",
                speak(number, scale.gender),
                counted(currency.0.forms[2])
            );
            return Some((blank + more + gap + sign, Class::Money, scale.gender, name));
        }
        if let Some(unit) = units::unit(after, gap > 0) {
            return Some((
                blank + more + gap + unit.len,
                Class::Unit,
                scale.gender,
                counted(&unit.forms[2]),
            ));
        }
        return Some((
            blank + more,
            Class::Cardinal,
            scale.gender,
            scale.after(number).to_owned(),
        ));
    }
    if let Some((more, currency)) = units::currency(text) {
        return Some((
            blank + more,
            Class::Money,
            currency.0.gender,
            sum(number, currency),
        ));
    }
    let (more, gender, name) = unit_of(number, rest)?;
    Some((more, Class::Unit, gender, name))
}

/// Bytes of a sign before a number, and how it is said.
fn sign(at: &At<'_>) -> Option<(usize, &'static str)> {
    let c = at.first()?;
    let word = match c {
        '-' | '−' => "минус ",
        '+' => "плюс ",
        '±' => "плюс-минус ",
        '~' | '≈' => "примерно ",
        c if c.is_ascii_digit() => return Some((0, "")),
        _ => return None,
    };
    let begins = at
        .last()
        .is_none_or(|c| c.is_whitespace() || "([=<>≤≥≈~*×÷/:,;\"“„«".contains(c));
    begins.then_some((c.len_utf8(), word))
}

/// The gender of the word that a number counts, told by its ending.
fn gender_of_word(word: &str, number: &Numeral) -> Gender {
    let lower = word.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    if lower.chars().count() < 3 || PREPOSITIONS.contains(&lower.as_str()) {
        return Gender::Masculine;
    }
    match number.integer().map(|n| (n % 10, n % 100)) {
        Some((1, tail)) if tail != 11 => {
            let soft = ends(&[
                "сть",
                "чь",
                "щь",
                "шь",
                "жь",
                "вь",
                "бь",
                "знь",
                "щадь",
                "ередь",
            ]);
            if lower != "гость" && soft
                || ends(&["а", "я"]) && !MASCULINE_IN_A.contains(&lower.as_str())
            {
                Gender::Feminine
            } else if ends(&["о", "е", "ё"]) {
                Gender::Neuter
            } else {
                Gender::Masculine
            }
        }
        Some((2, tail)) if tail != 12 && ends(&["ы", "и", "ые", "ие"]) => Gender::Feminine,
        _ => Gender::Masculine,
    }
}

const MASCULINE_IN_A: [&str; 5] = ["мужчина", "дядя", "папа", "дедушка", "юноша"];

/// Digits beside letters that no other rule knows.
pub(super) fn row(at: &At<'_>) -> Option<Match> {
    let n = numerals::digits(at.rest());
    (n > 0).then(|| {
        Match::new(
            n,
            Class::Cardinal,
            digits(&at.rest()[..n], Gender::Masculine),
        )
    })
}
