//! Addresses and numbers that look the same in every language.

use crate::numerals::{self, Numeral, Style};
use crate::tokens::{At, pattern};

/// The text of an address of a page or a mailbox that begins here.
pub(crate) fn address<'a>(at: &At<'a>) -> Option<&'a str> {
    let dotted = |chunk: &str| {
        let inside =
            |(at, _): (usize, &str)| chunk[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic());
        chunk.contains(['@', '/']) || chunk.match_indices('.').any(inside)
    };
    if !at.is_free()
        || !at.rest().starts_with(|c: char| c.is_ascii_alphanumeric())
        || !dotted(at.chunk())
    {
        return None;
    }
    let patterns = [
        pattern!(r"^(?:https?|ftp)://[^\s<>«»“”\x22]+"),
        pattern!(r"^www\.[A-Za-z0-9-]+\.[^\s<>«»“”\x22]+"),
        pattern!(r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
        pattern!(
            r"^(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|info|io|ru|uk|de|fr|eu|dev|app)(?-u:\b)(?:/[^\s<>«»“”\x22]*)?"
        ),
    ];
    let found = patterns
        .iter()
        .find_map(|pattern| pattern.find(at.rest()))?
        .as_str();
    let whole = found.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);
    (at.ends(whole.len()) && whole.len() >= 4).then_some(whole)
}

/// The text of a telephone number that begins here.
pub(crate) fn phone<'a>(at: &At<'a>) -> Option<&'a str> {
    let bracket =
        at.rest().starts_with(['+', '(']) && at.after(1).starts_with(|c: char| c.is_ascii_digit());
    if !bracket && !at.is_number() {
        return None;
    }
    let international =
        pattern!(r"^\+[0-9]{1,3}(?:[ .\-\u{a0}]?\([0-9]{2,5}\))?(?:[ .\-\u{a0}]?[0-9]{2,10})+");
    let bracketed =
        pattern!(r"^(?:[178][ -]?)?\([0-9]{3,5}\)[ -]?[0-9]{1,3}(?:[ -][0-9]{2,4}){1,2}");
    let american = pattern!(r"^(?:1[ .-])?[0-9]{3}[.-][0-9]{3}[.-][0-9]{4}");
    let russian = pattern!(r"^(?:[78][ -]?[0-9]{3}[ -])?[0-9]{2,3}-[0-9]{2}-[0-9]{2}");
    let short = pattern!(r"^[0-9]{3}-[0-9]{4}");
    let found = [international, bracketed, american, russian, short]
        .iter()
        .find_map(|pattern| pattern.find(at.rest()))?
        .as_str();
    let count = found.bytes().filter(u8::is_ascii_digit).count();
    let goes_on = at.after(found.len()).starts_with(['-', '.', '/'])
        && at
            .after(found.len() + 1)
            .starts_with(|c: char| c.is_ascii_digit());
    (at.is_free() && at.ends(found.len()) && !goes_on && (6..=15).contains(&count)).then_some(found)
}

/// The text of an address of four bytes that begins here.
pub(crate) fn internet<'a>(at: &At<'a>) -> Option<&'a str> {
    let found = at
        .is_number()
        .then(|| pattern!(r"^[0-9]{1,3}(?:\.[0-9]{1,3}){3}").find(at.rest()))??
        .as_str();
    let bytes = found.split('.').all(|part| part.parse::<u8>().is_ok());
    let goes_on = at
        .after(found.len())
        .strip_prefix('.')
        .is_some_and(|next| numerals::digits(next) > 0);
    (at.is_free() && at.ends(found.len()) && bytes && !goes_on).then_some(found)
}

/// Whether it begins with `v`, the numbers with their dots, and the length.
pub(crate) fn version<'a>(at: &At<'a>) -> Option<(bool, &'a str, usize)> {
    let v = at.is_free() && at.rest().starts_with(['v', 'V']) && at.letters().len() == 1;
    if !v && !at.is_number() {
        return None;
    }
    let found = at.find(pattern!(r"^([vV]\.? ?)?([0-9]+(?:\.[0-9]+)*)"))?;
    let v = found.get(1).is_some();
    let numbers = found.get(2)?.as_str();
    let dots = numbers.matches('.').count();
    let len = found[0].len();
    let grouped = Numeral::read(numbers, Style::Comma).is_some_and(|n| n.len == numbers.len());
    let date = pattern!(r"^[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}$").is_match(numbers);
    // `V8` is an engine; a version in capitals has its dots.
    let v = v && (found[0].starts_with('v') || dots > 0);
    let enough = v || (dots >= 2 && !grouped && !date);
    (enough && at.is_free() && at.ends(len)).then_some((v, numbers, len))
}

/// The text of three or more groups of digits that begins here.
pub(crate) fn serial<'a>(at: &At<'a>) -> Option<&'a str> {
    let found = at
        .is_number()
        .then(|| pattern!(r"^[0-9]+(?:-[0-9]+){2,}").find(at.rest()))??
        .as_str();
    (at.is_free() && at.ends(found.len())).then_some(found)
}
