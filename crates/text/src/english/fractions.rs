//! Fractions, alone and after a whole number, and feet with inches.

use super::numbers::digits;
use crate::number_words::{cardinal, ordinal};
use crate::numerals::{self, plain};
use crate::tokens::{At, Class, Match, Note, pattern};

/// A fraction that has a name, with the whole number before it.
pub(super) struct Fraction {
    pub(super) len: usize,
    pub(super) whole: Option<u64>,
    over: u64,
    under: u64,
}

impl Fraction {
    /// `½`, `3¾`, `1/2`, `3 1/2`
    pub(super) fn read(text: &str) -> Option<Self> {
        let n = numerals::digits(text);
        let after = &text[n..];
        let blank = usize::from(n > 0 && after.starts_with([' ', '\u{2009}']));
        let blank = if after.starts_with('\u{2009}') {
            3 * blank
        } else {
            blank
        };
        if let Some((over, under)) = after[blank..].chars().next().and_then(vulgar) {
            let whole = if n > 0 {
                Some(plain(&text[..n])?)
            } else {
                None
            };
            let sign = after[blank..].chars().next().map_or(0, char::len_utf8);
            return Some(Self {
                len: n + blank + sign,
                whole,
                over,
                under,
            });
        }
        let found = pattern!(r"^(?:([0-9]+)[ -])?([0-9]{1,3})[/⁄]([0-9]{1,3})").captures(text)?;
        let (over, under) = (plain(&found[2])?, plain(&found[3])?);
        let after = &text[found[0].len()..];
        let whole = match found.get(1) {
            Some(whole) => Some(plain(whole.as_str())?),
            None => None,
        };
        let goes_on = after.starts_with(|c: char| c.is_ascii_digit() || c == '/');
        (is_named(over, under) && !goes_on).then_some(Self {
            len: found[0].len(),
            whole,
            over,
            under,
        })
    }

    /// `three and a half`, `two thirds`
    pub(super) fn words(&self) -> String {
        let name = match (self.over, self.under) {
            (1, 2) => "half".to_owned(),
            (_, 2) => "halves".to_owned(),
            (1, 4) => "quarter".to_owned(),
            (_, 4) => "quarters".to_owned(),
            (1, n) => ordinal(n),
            (_, n) => format!("{}s", ordinal(n)),
        };
        match (self.whole, self.over) {
            (None, over) => format!("{} {name}", cardinal(over)),
            (Some(whole), 1) => {
                let article = if name.starts_with("eigh") { "an" } else { "a" };
                format!("{} and {article} {name}", cardinal(whole))
            }
            (Some(whole), over) => format!("{} and {} {name}", cardinal(whole), cardinal(over)),
        }
    }
}

/// Whether people say it with an ordinal: proper, and with a usual denominator.
fn is_named(over: u64, under: u64) -> bool {
    let usual = matches!(under, 2..=10 | 12 | 16 | 20 | 25 | 32 | 50 | 64 | 100);
    (over, under) != (9, 11) && usual && (1..under).contains(&over)
}

/// The value of a fraction that is one character.
pub(crate) fn vulgar(c: char) -> Option<(u64, u64)> {
    Some(match c {
        '½' => (1, 2),
        '⅓' => (1, 3),
        '⅔' => (2, 3),
        '¼' => (1, 4),
        '¾' => (3, 4),
        '⅕' => (1, 5),
        '⅖' => (2, 5),
        '⅗' => (3, 5),
        '⅘' => (4, 5),
        '⅙' => (1, 6),
        '⅚' => (5, 6),
        '⅐' => (1, 7),
        '⅛' => (1, 8),
        '⅜' => (3, 8),
        '⅝' => (5, 8),
        '⅞' => (7, 8),
        '⅑' => (1, 9),
        '⅒' => (1, 10),
        _ => return None,
    })
}

/// Two numbers over each other that are no fraction with a name: `24/7`, `120/80`.
pub(super) fn fraction(at: &At<'_>) -> Option<Match> {
    let found = at
        .is_number()
        .then(|| at.find(pattern!(r"^([0-9]+)[/⁄]([0-9]+)")))??;
    let len = found[0].len();
    if !at.is_free()
        || Fraction::read(at.rest()).is_some()
        || !at.ends(len)
        || at.after(len).starts_with('/')
    {
        return None;
    }
    let (over, under) = (digits(&found[1]), digits(&found[2]));
    let halves = found[1] == found[2];
    match &found[0] {
        _ if halves => Some(Match::new(len, Class::Fraction, format!("{over} {under}"))),
        "24/7" | "9/11" => Some(Match::new(len, Class::Fraction, format!("{over} {under}"))),
        _ => Some(
            Match::new(len, Class::Fraction, format!("{over} over {under}"))
                .note(Note::guess("a fraction or a ratio")),
        ),
    }
}

/// `5'10"`, `6′2″`, `5 ft 10 in`
pub(super) fn feet(at: &At<'_>) -> Option<Match> {
    let found = at.is_number().then(|| {
        let marks = at.find(pattern!(r"^([0-9])['’′] ?([0-9]{1,2})(?:\x22|”|″|'')"));
        let words = || at.find(pattern!(r"^([0-9]) ?ft\.? ?([0-9]{1,2}) ?in(?-u:\b)"));
        marks.or_else(words)
    })??;
    let name = |count: &str, one: &str, many: &str| {
        format!(
            "{} {}",
            digits(count),
            if count == "1" { one } else { many }
        )
    };
    let spoken = format!(
        "{} {}",
        name(&found[1], "foot", "feet"),
        name(&found[2], "inch", "inches")
    );
    Some(Match::new(found[0].len(), Class::Unit, spoken))
}
