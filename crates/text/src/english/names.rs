//! Addresses and numbers that name something: pages, mailboxes, telephones, machines, versions.

use super::mixed;
use super::numbers::{digits, speak};
use crate::number_words::digit_by_digit;
use crate::numerals::{Numeral, Style};
use crate::shapes;
use crate::tokens::{At, Class, Match, Note, pattern};

/// `https://example.com/a`, `www.example.com`, `example.com`, `a.b@example.com`.
pub(super) fn address(at: &At<'_>) -> Option<Match> {
    let whole = shapes::address(at)?;
    let (scheme, rest) = match whole.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, whole),
    };
    if rest.is_empty() {
        return None;
    }
    let left_out = scheme.map(|scheme| Note::LeftOut {
        what: format!("{scheme}://"),
    });
    Some(Match::new(whole.len(), Class::Web, spell_address(rest)).maybe(left_out))
}

/// The parts of an address, its marks by name.
fn spell_address(text: &str) -> String {
    let mut words = Vec::new();
    let mut run = String::new();
    let flush = |run: &mut String, words: &mut Vec<String>| {
        if !run.is_empty() {
            words.push(match run.as_str() {
                "www" => "w w w".to_owned(),
                name => mixed::spell(name),
            });
            run.clear();
        }
    };
    for c in text.chars() {
        if c.is_alphanumeric() {
            run.push(c);
            continue;
        }
        flush(&mut run, &mut words);
        words.push(match name_of(c) {
            Some(name) => name.to_owned(),
            None => c.to_string(),
        });
    }
    flush(&mut run, &mut words);
    words.join(" ")
}

fn name_of(c: char) -> Option<&'static str> {
    Some(match c {
        '.' => "dot",
        '/' => "slash",
        '-' => "dash",
        '_' => "underscore",
        '@' => "at",
        ':' => "colon",
        '?' => "question mark",
        '=' => "equals",
        '&' => "and",
        '%' => "percent",
        '#' => "hash",
        '~' => "tilde",
        '+' => "plus",
        ',' => "comma",
        ';' => "semicolon",
        '!' => "exclamation mark",
        '(' | ')' | '[' | ']' => "bracket",
        '*' => "star",
        '$' => "dollar",
        '\'' => "apostrophe",
        _ => return None,
    })
}

/// `#love`, `@someone`.
pub(super) fn tag(at: &At<'_>) -> Option<Match> {
    let (sign, word) = [('#', "hashtag"), ('@', "at")]
        .into_iter()
        .find(|(sign, _)| at.first() == Some(*sign))?;
    let name = at.after(sign.len_utf8());
    let len = name
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(name.len());
    if !at.is_free() || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let name: Vec<String> = name[..len]
        .split('_')
        .filter(|part| !part.is_empty())
        .map(mixed::spell)
        .collect();
    let sign = word;
    Some(Match::new(
        1 + len,
        Class::Web,
        format!("{sign} {}", name.join(" ")),
    ))
}

/// A telephone number, in groups of digits.
pub(super) fn phone(at: &At<'_>) -> Option<Match> {
    let found = shapes::phone(at)?;
    let groups: Vec<String> = found
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .map(digit_by_digit)
        .collect();
    let plus = if found.starts_with('+') { "plus " } else { "" };
    let seven_digits = (found.len() == 8).then(|| Note::guess("a telephone number"));
    Some(
        Match::new(
            found.len(),
            Class::Phone,
            format!("{plus}{}", groups.join(", ")),
        )
        .maybe(seven_digits),
    )
}

/// `192.168.0.1`
pub(super) fn internet(at: &At<'_>) -> Option<Match> {
    let found = shapes::internet(at)?;
    let parts: Vec<String> = found.split('.').map(digit_by_digit).collect();
    Some(Match::new(
        found.len(),
        Class::Ip,
        parts.join(" dot ").replace("oh", "zero"),
    ))
}

/// `v1.2.3`, `2.0.1`
pub(super) fn version(at: &At<'_>) -> Option<Match> {
    let (v, numbers, len) = shapes::version(at)?;
    let parts: Vec<String> = numbers.split('.').map(digits).collect();
    let word = if v { "version " } else { "" };
    Some(Match::new(
        len,
        Class::Version,
        format!("{word}{}", parts.join(" point ")),
    ))
}

/// `978-3-16-148410-0`: groups of digits joined by hyphens, read one by one.
pub(super) fn serial(at: &At<'_>) -> Option<Match> {
    let found = shapes::serial(at)?;
    let groups: Vec<String> = found.split('-').map(digit_by_digit).collect();
    Some(Match::new(found.len(), Class::Digits, groups.join(", ")))
}

/// A ratio or a score: `3:1`.
pub(super) fn ratio(at: &At<'_>) -> Option<Match> {
    let found = at.find(pattern!(r"^([0-9]+):([0-9]+)"))?;
    if !at.is_free() || !at.ends(found[0].len()) {
        return None;
    }
    let number = |text: &str| Numeral::read(text, Style::Point).map(|n| speak(&n));
    let spoken = format!("{} to {}", number(&found[1])?, number(&found[2])?);
    Some(Match::new(found[0].len(), Class::Range, spoken))
}
