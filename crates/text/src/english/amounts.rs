//! Numbers alone, from one to another, and of something: percent, units, decades, sizes.

use super::fractions::{self, Fraction};
use super::numbers::{self, nth, plural, quantity, speak};
use super::units::Unit;
use crate::number_words::year_style;
use crate::numerals::{Grouping, Numeral, Style, digits, plain};
use crate::tokens::{At, Class, Match, Note, pattern};

/// `1990s`, `'90s`, `20s`
pub(super) fn decade(at: &At<'_>) -> Option<Match> {
    let first = at.first()?;
    if !first.is_ascii_digit() && !"'’".contains(first) {
        return None;
    }
    let found = at.find(pattern!(r"^(['’]?)([0-9]{3}0|[2-9]0)['’]?s(?-u:\b)"))?;
    let apostrophe = !found[1].is_empty();
    let short = found[2].len() == 2;
    if !at.is_free() || !at.ends(found[0].len()) || (apostrophe && !short) {
        return None;
    }
    let spoken = plural(&year_style(plain(&found[2])?));
    let seconds = (short && !apostrophe).then(|| Note::or("seconds"));
    Some(Match::new(found[0].len(), Class::Year, spoken).maybe(seconds))
}

/// `4th`, `21st`, `1,000th`
pub(super) fn ordinal(at: &At<'_>) -> Option<Match> {
    let number = numbers::read(at.rest()).filter(|number| number.part.is_none())?;
    let after = at.after(number.len);
    let suffix = pattern!(r"^(?i:st|nd|rd|th)(?-u:\b)").find(after)?;
    let len = number.len + suffix.len();
    (at.is_free() && at.ends(len)).then(|| Match::new(len, Class::Ordinal, nth(&number.whole)))
}

/// `2x4`, `1920×1080`, `10x15 cm`, `2x`
pub(super) fn dimension(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(
        r"^[0-9]+(?:\.[0-9]+)?(?:[x×][0-9]+(?:\.[0-9]+)?)+"
    ));
    if let Some(found) = found {
        let len = found[0].len();
        let unit = Unit::after(at.after(len));
        // A raised digit is a power: `6×10²³` is a product.
        if !at.is_free() || (unit.is_none() && !at.ends(len)) {
            return None;
        }
        let sides: Option<Vec<String>> = found[0]
            .split(['x', '×'])
            .map(|side| numbers::read(side).map(|n| speak(&n)))
            .collect();
        let unit_words = unit
            .as_ref()
            .map_or_else(String::new, |unit| format!(" {}", unit.name(false)));
        let spoken = format!("{}{unit_words}", sides?.join(" by "));
        let len = len + unit.map_or(0, |unit| unit.len);
        return Some(Match::new(len, Class::Unit, spoken).note(Note::or("times")));
    }
    let number = at.is_free().then(|| numbers::read(at.rest()))??;
    let times = at.after(number.len).starts_with(['x', 'X', '×']);
    let len = number.len
        + at.after(number.len)
            .chars()
            .next()
            .map_or(0, char::len_utf8);
    let name = if number.is_one() { "time" } else { "times" };
    // `2x+3` is algebra.
    let sum = |c: char| "+-−=*/^()²³".contains(c);
    let algebra = at.last().is_some_and(sum) || at.after(len).starts_with(sum);
    (times && at.ends(len) && !algebra).then(|| {
        Match::new(len, Class::Unit, format!("{} {name}", quantity(&number)))
            .note(Note::or("the letter `x`"))
    })
}

/// What is counted: one number, a number and a fraction, or from one to another.
struct Amount {
    len: usize,
    class: Class,
    /// As a number alone, and as a number of something.
    words: [String; 2],
    one: bool,
    notes: Vec<Note>,
}

/// Any number, with its sign, its range and what it counts.
pub(super) fn amount(at: &At<'_>) -> Option<Match> {
    if let Some(found) = point(at) {
        return Some(found);
    }
    let (sign, sign_word) = sign(at)?;
    let text = &at.rest()[sign..];
    if sign == 0 && at.last().is_some_and(|c| c.is_ascii_digit()) {
        return None;
    }
    let amount = number_and_range(text, at.before())?;
    let mut len = sign + amount.len;
    let rest = at.after(len);
    let [alone, counted] = amount.words;
    let percent = pattern!(r"^[ \u{a0}\u{202f}]?(?:%|percent(?-u:\b))")
        .find(rest)
        .map(|m| (m.len(), "percent"));
    let mille = rest
        .strip_prefix('‰')
        .map(|_| ('‰'.len_utf8(), "per mille"));
    let (class, words, other) = if let Some((more, name)) = percent.or(mille) {
        len += more;
        (Class::Percent, format!("{alone} {name}"), None)
    } else if let Some(unit) = Unit::after(rest) {
        len += unit.len;
        (
            Class::Unit,
            format!("{counted} {}", unit.name(amount.one)),
            unit.other.map(Note::or),
        )
    } else if let Some((more, scale)) = thousands(rest) {
        len += more;
        (Class::Cardinal, format!("{counted} {scale}"), None)
    } else if rest.starts_with(char::is_alphabetic) {
        // `3D` is a name, which its own rule reads whole.
        return None;
    } else if sign > 0 {
        (amount.class, counted, None)
    } else {
        (amount.class, alone, None)
    };
    let class = if sign_word == "about " && class == Class::Year {
        Class::Cardinal
    } else {
        class
    };
    let found = Match::new(len, class, format!("{sign_word}{words}")).maybe(other);
    Some(amount.notes.into_iter().fold(found, Match::note))
}

/// `.5` without a zero.
fn point(at: &At<'_>) -> Option<Match> {
    let n = digits(at.rest().strip_prefix('.')?);
    let begins = at.last().is_none_or(|c| c.is_whitespace() || c == '(');
    let number = Numeral::read(&format!("0{}", at.rest().get(..=n)?), Style::Point)?;
    let spoken = speak(&number);
    let spoken = spoken.strip_prefix("zero ")?;
    (n > 0 && begins && at.ends(n + 1)).then(|| Match::new(n + 1, Class::Decimal, spoken))
}

/// `20k` is twenty thousand.
fn thousands(rest: &str) -> Option<(usize, &'static str)> {
    let letters = rest
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(rest.len());
    match &rest[..letters] {
        "k" => Some((1, "thousand")),
        "bn" => Some((2, "billion")),
        "mn" => Some((2, "million")),
        _ => None,
    }
}

/// Bytes of a sign before a number, and how it is said.
fn sign(at: &At<'_>) -> Option<(usize, &'static str)> {
    let c = at.first()?;
    let word = match c {
        '-' | '−' => "minus ",
        '+' => "plus ",
        '±' => "plus or minus ",
        '~' | '≈' => "about ",
        c if c.is_ascii_digit() || fractions::vulgar(c).is_some() => return Some((0, "")),
        _ => return None,
    };
    let begins = at
        .last()
        .is_none_or(|c| c.is_whitespace() || "([=<>≤≥≈~*×÷/:,;\"“„«".contains(c));
    begins.then_some((c.len_utf8(), word))
}

fn number_and_range(text: &str, before: &str) -> Option<Amount> {
    if let Some(fraction) = Fraction::read(text) {
        let words = fraction.words();
        return Some(Amount {
            len: fraction.len,
            class: Class::Fraction,
            words: [words.clone(), words],
            one: fraction.whole.is_none(),
            notes: Vec::new(),
        });
    }
    let mut first = numbers::read(text)?;
    if first.grouping == Grouping::Doubtful
        && before.trim_end().ends_with(|c: char| c.is_ascii_digit())
    {
        // One of a row of numbers: `100 200 300`.
        first = Numeral::read(&text[..digits(text)], Style::Point)?;
    }
    if let Some(range) = range(text, &first, before) {
        return Some(range);
    }
    let class = match first.integer() {
        _ if first.part.is_some() => Class::Decimal,
        None => Class::Digits,
        Some(1100..=2099) if first.grouping == Grouping::None => Class::Year,
        Some(_) => Class::Cardinal,
    };
    let doubt = (first.grouping == Grouping::Doubtful).then(|| Note::or("several numbers"));
    Some(Amount {
        len: first.len,
        class,
        words: [speak(&first), quantity(&first)],
        one: first.is_one(),
        notes: doubt.into_iter().collect(),
    })
}

/// `5-10`, `1990–1995`, `5 – 10`
fn range(text: &str, first: &Numeral, before: &str) -> Option<Amount> {
    let dash = pattern!(r"^(?:%?[-–—]| [-–—] )")
        .find(&text[first.len..])?
        .as_str();
    let start = first.len + dash.len();
    let second = numbers::read(&text[start..])?;
    let after = &text[start + second.len..];
    if dash.starts_with('%') && !after.starts_with('%') {
        return None;
    }
    let chain =
        after.starts_with(['-', '/', ':']) && after[1..].starts_with(|c: char| c.is_ascii_digit());
    if chain {
        return None;
    }
    let sum = dash.contains(" - ") && (after.contains('=') || before.contains('='));
    let (joint, class, note) = match (first.integer(), second.integer()) {
        _ if sum => ("minus", Class::Cardinal, None),
        (Some(from), Some(to)) if from >= to && dash.starts_with(' ') => {
            ("minus", Class::Cardinal, Some(Note::or("`to`")))
        }
        _ if dash == " - " => ("to", Class::Range, Some(Note::or("`minus`"))),
        (Some(from), Some(to)) if from >= to && first.whole.len() <= second.whole.len() => {
            ("to", Class::Range, Some(Note::guess("a range or a score")))
        }
        _ => ("to", Class::Range, None),
    };
    let say = |say: fn(&Numeral) -> String| format!("{} {joint} {}", say(first), say(&second));
    Some(Amount {
        len: start + second.len,
        class,
        words: [say(speak), say(quantity)],
        one: false,
        notes: note.into_iter().collect(),
    })
}
