//! Sums of money.

use super::amounts::unblank;
use super::nouns::{Noun, read};
use super::units::{self, Currency};
use crate::numerals::Numeral;
use crate::tokens::{At, Class, Match};

/// A currency sign before its number: `$5 млн`
pub(super) fn before(at: &At<'_>) -> Option<Match> {
    let minus = match at.first()? {
        c @ ('-' | '−') if at.last().is_none_or(char::is_whitespace) => c.len_utf8(),
        _ => 0,
    };
    let (sign, currency) = units::sign(at.after(minus)).filter(|_| at.is_free())?;
    let start = minus + sign + usize::from(at.after(minus + sign).starts_with(' '));
    let number = read(at.after(start))?;
    let len = start + number.len;
    let negative = if minus > 0 { "минус " } else { "" };
    let (blank, rest) = unblank(at.after(len));
    if let Some((more, scale)) = units::scale(rest) {
        let spoken = format!(
            "{negative}{} {}",
            scale.counted(&number),
            currency.0.forms[2]
        );
        return Some(Match::new(len + blank + more, Class::Money, spoken));
    }
    let letters = at
        .after(len)
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(at.after(len).len());
    let scale = match &at.after(len)[..letters] {
        "k" | "K" | "к" => Some(Noun::feminine("тысяча", "тысячи", "тысяч")),
        "m" | "M" | "mn" => Some(Noun::masculine("миллион", "миллиона", "миллионов")),
        "b" | "B" | "bn" => Some(Noun::masculine("миллиард", "миллиарда", "миллиардов")),
        _ => None,
    };
    match scale {
        Some(scale) => Some(Match::new(
            len + letters,
            Class::Money,
            format!(
                "{negative}{} {}",
                scale.counted(&number),
                currency.0.forms[2]
            ),
        )),
        None => Some(Match::new(
            len,
            Class::Money,
            format!("{negative}{}", sum(&number, currency)),
        )),
    }
}

/// A sum with its hundredths.
pub(super) fn sum(number: &Numeral, (unit, hundredth): Currency) -> String {
    let cents = number.part.as_deref().and_then(|part| match part.len() {
        1 => Some(format!("{part}0")),
        2 => Some(part.to_owned()),
        _ => None,
    });
    match (cents, hundredth) {
        (Some(cents), Some(hundredth)) => {
            let whole = Numeral {
                part: None,
                ..number.clone()
            };
            let trimmed = cents.trim_start_matches('0');
            if trimmed.is_empty() {
                return unit.counted(&whole);
            }
            let cents = Numeral {
                whole: trimmed.to_owned(),
                ..whole.clone()
            };
            if whole.whole == "0" {
                return hundredth.counted(&cents);
            }
            format!("{} {}", unit.counted(&whole), hundredth.counted(&cents))
        }
        _ => unit.counted(number),
    }
}
