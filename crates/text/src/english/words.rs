//! Shortened words, and letters that may be spelled.

use super::dates::month_named;
use crate::ascii;
use crate::numerals::{digits, roman};
use crate::tokens::{At, Class, Match, Note, pattern};

/// Abbreviations that are read in full wherever they have their dot.
const WITH_DOT: [(&str, &str); 28] = [
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
    ("ms", "miz"),
    ("prof", "professor"),
    ("vs", "versus"),
    ("approx", "approximately"),
    ("dept", "department"),
    ("est", "established"),
    ("govt", "government"),
    ("cf", "compare"),
    ("viz", "namely"),
    ("sr", "senior"),
];

/// Abbreviations that need a capital, because the letters are words or ends of sentences as well.
const CAPITAL: [(&str, &str); 15] = [
    ("Inc", "incorporated"),
    ("Corp", "corporation"),
    ("Bros", "brothers"),
    ("Ave", "avenue"),
    ("Blvd", "boulevard"),
    ("Rd", "road"),
    ("Mt", "mount"),
    ("Sen", "senator"),
    ("Rep", "representative"),
    ("Gov", "governor"),
    ("Pres", "president"),
    ("Adm", "admiral"),
    ("Cpl", "corporal"),
    ("Pvt", "private"),
    ("Univ", "university"),
];

/// Abbreviations that stand before a number only.
const BEFORE_NUMBER: [(&str, &str); 11] = [
    ("no", "number"),
    ("nos", "numbers"),
    ("vol", "volume"),
    ("ch", "chapter"),
    ("fig", "figure"),
    ("pp", "pages"),
    ("p", "page"),
    ("sec", "section"),
    ("eq", "equation"),
    ("tel", "telephone"),
    ("ext", "extension"),
];

/// Titles that the British write without a dot, before a name.
const WITHOUT_DOT: [(&str, &str); 3] = [("Mr", "mister"), ("Mrs", "misess"), ("Dr", "doctor")];

fn known<'a>(list: &[(&str, &'a str)], word: &str) -> Option<&'a str> {
    list.iter()
        .find(|(short, _)| *short == word)
        .map(|(_, long)| *long)
}

/// `Mr.`, `etc.`, `e.g.`, `No. 5`, `Mr Smith`
pub(super) fn abbreviation(at: &At<'_>) -> Option<Match> {
    if !at.is_free() {
        return None;
    }
    let rest = at.rest();
    if let Some(found) = latin(at) {
        return Some(found);
    }
    let len = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let word = &rest[..len];
    let lower = word.to_ascii_lowercase();
    let claim = |len: usize, spoken: &str| Some(Match::new(len, Class::Abbreviation, spoken));
    if !rest[len..].starts_with('.') {
        let name = at.ends(len)
            && rest[len..].starts_with(' ')
            && at.word_after(len).starts_with(char::is_uppercase);
        return known(&WITHOUT_DOT, word)
            .filter(|_| name)
            .and_then(|long| claim(len, long));
    }
    let dotted = len + 1;
    let number =
        digits(at.after(dotted).trim_start()) > 0 || roman(at.word_after(dotted)).is_some();
    if let Some(long) = known(&BEFORE_NUMBER, &lower).filter(|_| number) {
        return claim(dotted, long);
    }
    if let Some(long) = street(at, &lower, dotted) {
        let spoken = format!("{long}{}", stop(at, dotted));
        return claim(dotted, &spoken)
            .map(|found| found.note(Note::or(if lower == "st" { "`saint`" } else { "`doctor`" })));
    }
    if let Some(long) = known(&WITH_DOT, &lower) {
        return claim(dotted, long);
    }
    let long = known(&CAPITAL, word)?;
    claim(dotted, &format!("{long}{}", stop(at, dotted)))
}

/// Latin that is said in English.
fn latin(at: &At<'_>) -> Option<Match> {
    if !["e", "i", "etc"]
        .iter()
        .any(|word| at.letters().eq_ignore_ascii_case(word))
    {
        return None;
    }
    let found = pattern!(r"^(?:[eE]\.\s?g\.|[iI]\.\s?e\.|[eE]tc(?-u:\b)\.?)").find(at.rest())?;
    let len = found.len();
    if !at.ends(len) {
        return None;
    }
    let spoken = match found.as_str().as_bytes()[..2]
        .to_ascii_lowercase()
        .as_slice()
    {
        b"e." => "for example".to_owned(),
        b"i." => "that is".to_owned(),
        _ if found.as_str().ends_with('.') => format!("et cetera{}", stop(at, len)),
        _ => "et cetera".to_owned(),
    };
    Some(Match::new(len, Class::Abbreviation, spoken))
}

/// The full stop that the dot of an abbreviation is as well.
fn stop(at: &At<'_>, len: usize) -> &'static str {
    let after = at.after(len).trim_start();
    let ends = after.is_empty() || after.starts_with(char::is_uppercase) && at.after(len) != after;
    if ends { "." } else { "" }
}

/// `Main St.`, `Mulholland Dr.`: a name before and none after.
fn street(at: &At<'_>, lower: &str, len: usize) -> Option<&'static str> {
    let long = match lower {
        "st" => "street",
        "dr" => "drive",
        _ => return None,
    };
    let before = at
        .before()
        .trim_end()
        .rsplit(' ')
        .next()
        .unwrap_or_default();
    let named = before.starts_with(char::is_uppercase) || at.word_before() == "th";
    let goes_on = at.word_after(len).starts_with(char::is_uppercase);
    (named && !goes_on && at.last() == Some(' ')).then_some(long)
}

/// `Jan.`, `Sept.` where no day follows; with one it is a date.
pub(super) fn month(at: &At<'_>) -> Option<Match> {
    let word = at.letters();
    let short = ["Jan", "Feb", "Aug", "Sept", "Oct", "Nov", "Dec"].contains(&word);
    let len = word.len() + 1;
    let month = month_named(word)
        .filter(|_| short && at.is_free() && at.after(word.len()).starts_with('.'))?;
    Some(Match::new(
        len,
        Class::Abbreviation,
        format!("{month}{}", stop(at, len)),
    ))
}

/// `U.S.`, `J. R. R.`, `FBI`: read as they stand, which voices have learnt, and shown as what they are.
pub(super) fn initials(at: &At<'_>) -> Option<Match> {
    if !at.is_word() {
        return None;
    }
    let word = at.letters();
    let dotted = dotted_letters(at.rest());
    let capital = word.bytes().all(|b| b.is_ascii_uppercase());
    let capitals =
        (capital && (2..=5).contains(&word.len()) && at.ends(word.len())).then_some(word.len());
    let one = (capital
        && word.len() == 1
        && word != "I"
        && at.after(1).starts_with('.')
        && at.after(2).starts_with([' ', '\u{A0}']))
    .then_some(2);
    let len = dotted.or(capitals).or(one)?;
    let word = &at.rest()[..len];
    let shouted = at
        .rest()
        .chars()
        .filter(|c| c.is_alphabetic())
        .take(12)
        .all(char::is_uppercase);
    if dotted.is_none() && one.is_none() && shouted && at.rest().len() > len {
        return None;
    }
    let found = Match::new(len, Class::Initials, ascii::fold_latin(word));
    let unsure = dotted.is_none() && one.is_none();
    Some(if unsure {
        found.note(Note::or("letter by letter"))
    } else {
        found
    })
}

/// Bytes of two or more letters that each have a dot.
fn dotted_letters(text: &str) -> Option<usize> {
    let pairs = text
        .as_bytes()
        .chunks(2)
        .take_while(|pair| matches!(pair, [letter, b'.'] if letter.is_ascii_alphabetic()));
    Some(2 * pairs.count()).filter(|len| *len >= 4)
}
