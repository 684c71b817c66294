//! Numbers with an ending, and fractions.

use super::forms::{Form, Gender};
use super::numbers::{cardinal, of, ordinal, plural};
use crate::english::vulgar;
use crate::numerals::{self, plain};
use crate::tokens::{At, Class, Match, Note, pattern};

/// `5-й`, `5-го`, `90-е`, `5-летний`
pub(super) fn suffixed(at: &At<'_>) -> Option<Match> {
    if !at.is_number() {
        return None;
    }
    let n = numerals::digits(at.rest());
    let hyphen = pattern!(r"^[-‐‑]").find(at.after(n))?.len();
    let tail = &at.after(n)[hyphen..];
    let letters = &tail[..tail
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(tail.len())];
    let len = n + hyphen + letters.len();
    let value = plain(&at.rest()[..n]).filter(|_| !letters.is_empty() && at.ends(len))?;
    let lower = letters.to_lowercase();
    let tail = (value % 10, value % 100);
    let counted = match lower.as_str() {
        "ти" | "и" => true,
        "х" => (2..=4).contains(&tail.0) && !(12..=14).contains(&tail.1),
        "ми" => (7..=8).contains(&tail.0) && !(17..=18).contains(&tail.1),
        _ => false,
    };
    if counted && value < 1000 {
        return Some(Match::new(len, Class::Cardinal, of(value, " ")));
    }
    if let Some(form) = Form::of_ending(&lower) {
        let decade = lower == "е" && value.is_multiple_of(10) && (10..100).contains(&value)
            || lower == "е" && value >= 1000 && value.is_multiple_of(10);
        let form = if decade { Form::Yje } else { form };
        let spoken = ordinal(value, form)?;
        return Some(Match::new(
            len,
            if decade { Class::Year } else { Class::Ordinal },
            spoken,
        ));
    }
    let compound = letters.chars().count() >= 3
        && value < 1000
        && lower.chars().all(|c| ('а'..='я').contains(&c) || c == 'ё');
    compound.then(|| {
        Match::new(
            len,
            Class::Mixed,
            format!(
                "{}{lower}",
                if value == 1 {
                    "одно".to_owned()
                } else {
                    of(value, "")
                }
            ),
        )
    })
}

/// `½`, `3½`, `1/2`, `24/7`
pub(super) fn fraction(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    if !at.is_free() {
        return None;
    }
    let n = numerals::digits(rest);
    let blank = usize::from(n > 0 && at.after(n).starts_with(' '));
    if let Some((c, value)) = at
        .after(n + blank)
        .chars()
        .next()
        .and_then(|c| Some((c, vulgar(c)?)))
    {
        let whole = if n > 0 {
            Some(plain(&rest[..n])?)
        } else {
            None
        };
        return Some(Match::new(
            n + blank + c.len_utf8(),
            Class::Fraction,
            mixed(whole, value),
        ));
    }
    if n == 0 {
        return None;
    }
    let found = at.find(pattern!(r"^(?:([0-9]+) )?([0-9]+)[/⁄]([0-9]+)"))?;
    let len = found[0].len();
    let (over, under) = (plain(&found[2])?, plain(&found[3])?);
    if !at.ends(len) || at.after(len).starts_with('/') {
        return None;
    }
    let whole = found.get(1).map(|m| plain(m.as_str()));
    let proper = (1..under).contains(&over) && under <= 100;
    match whole {
        Some(whole) if proper => Some(Match::new(
            len,
            Class::Fraction,
            mixed(Some(whole?), (over, under)),
        )),
        Some(_) => None,
        None if proper => Some(Match::new(len, Class::Fraction, mixed(None, (over, under)))),
        None => {
            let spoken = format!(
                "{} на {}",
                cardinal(over, Gender::Masculine),
                cardinal(under, Gender::Masculine)
            );
            Some(Match::new(len, Class::Fraction, spoken).note(Note::guess("a ratio")))
        }
    }
}

fn mixed(whole: Option<u64>, (over, under): (u64, u64)) -> String {
    if let (Some(whole), (1, 2)) = (whole, (over, under)) {
        return format!("{} с половиной", cardinal(whole, Gender::Masculine));
    }
    let form = plural(over, [Form::Aja, Form::Yh, Form::Yh]);
    let part = format!(
        "{} {}",
        cardinal(over, Gender::Feminine),
        ordinal(under, form).unwrap_or_default()
    );
    match whole {
        None => part,
        Some(whole) => {
            let name = plural(whole, ["целая", "целых", "целых"]);
            format!("{} {name} {part}", cardinal(whole, Gender::Feminine))
        }
    }
}
