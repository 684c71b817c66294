//! Sums of money.

use super::numbers::{self, quantity as speak};
use crate::numerals::{Grouping, Numeral, plain};
use crate::tokens::{At, Class, Match, Note, pattern};

/// A currency: one and many, and one and many of its hundredth where it has a name.
struct Currency {
    one: &'static str,
    many: &'static str,
    hundredth: Option<[&'static str; 2]>,
}

const fn currency(
    one: &'static str,
    many: &'static str,
    hundredth: Option<[&'static str; 2]>,
) -> Currency {
    Currency {
        one,
        many,
        hundredth,
    }
}

const CENTS: Option<[&str; 2]> = Some(["cent", "cents"]);

/// Signs and codes, longer ones first.
const CURRENCIES: [(&str, Currency); 30] = [
    ("Rs.", currency("rupee", "rupees", Some(["paisa", "paise"]))),
    ("Rs", currency("rupee", "rupees", Some(["paisa", "paise"]))),
    ("US$", currency("u.s. dollar", "u.s. dollars", CENTS)),
    (
        "CA$",
        currency("canadian dollar", "canadian dollars", CENTS),
    ),
    (
        "AU$",
        currency("australian dollar", "australian dollars", CENTS),
    ),
    (
        "NZ$",
        currency("new zealand dollar", "new zealand dollars", CENTS),
    ),
    (
        "HK$",
        currency("hong kong dollar", "hong kong dollars", CENTS),
    ),
    (
        "A$",
        currency("australian dollar", "australian dollars", CENTS),
    ),
    ("C$", currency("canadian dollar", "canadian dollars", CENTS)),
    ("$", currency("dollar", "dollars", CENTS)),
    ("£", currency("pound", "pounds", Some(["penny", "pence"]))),
    ("€", currency("euro", "euros", CENTS)),
    ("¥", currency("yen", "yen", None)),
    ("₹", currency("rupee", "rupees", Some(["paisa", "paise"]))),
    (
        "₽",
        currency("ruble", "rubles", Some(["kopeck", "kopecks"])),
    ),
    ("₴", currency("hryvnia", "hryvnias", None)),
    ("₩", currency("won", "won", None)),
    ("₺", currency("lira", "lira", None)),
    ("₸", currency("tenge", "tenge", None)),
    ("₪", currency("shekel", "shekels", None)),
    ("₿", currency("bitcoin", "bitcoins", None)),
    ("USD", currency("u.s. dollar", "u.s. dollars", CENTS)),
    ("EUR", currency("euro", "euros", CENTS)),
    ("GBP", currency("pound", "pounds", Some(["penny", "pence"]))),
    (
        "RUB",
        currency("ruble", "rubles", Some(["kopeck", "kopecks"])),
    ),
    ("JPY", currency("yen", "yen", None)),
    ("CHF", currency("swiss franc", "swiss francs", None)),
    ("CNY", currency("yuan", "yuan", None)),
    ("INR", currency("rupee", "rupees", Some(["paisa", "paise"]))),
    (
        "CAD",
        currency("canadian dollar", "canadian dollars", CENTS),
    ),
];

fn currency_at(text: &str) -> Option<(usize, &'static Currency)> {
    let (sign, currency) = CURRENCIES.iter().find(|(sign, _)| text.starts_with(sign))?;
    Some((sign.len(), currency))
}

/// How many, with what comes after the number: `million`, `k`, `bn`.
struct Sum {
    len: usize,
    number: Numeral,
    scale: Option<&'static str>,
}

/// `$5.50`, `-£20k`, `US$5`, `$3.5 million`, `$5-10`
pub(super) fn before(at: &At<'_>) -> Option<Match> {
    let text = at.rest();
    let minus = sign_before(at);
    let (sign, currency) = currency_at(&text[minus..])?;
    if !at.is_free() {
        return None;
    }
    let mut start = minus + sign;
    if let Some(found) = pattern!(r"^[ \u{a0}][0-9]").find(&text[start..]) {
        start += found.len() - 1;
    }
    let sum = sum(&text[start..])?;
    let len = start + sum.len;
    let negative = if minus > 0 { "minus " } else { "" };
    if let Some((more, other)) = until(&text[len..]) {
        let scale = other
            .scale
            .map_or_else(String::new, |scale| format!(" {scale}"));
        let own = sum
            .scale
            .map_or_else(String::new, |scale| format!(" {scale}"));
        let spoken = format!(
            "{negative}{}{own} to {}{scale} {}",
            speak(&sum.number),
            speak(&other.number),
            currency.many
        );
        return Some(Match::new(len + more, Class::Money, spoken));
    }
    let note = million(&text[start..start + sum.len]);
    Some(
        Match::new(
            len,
            Class::Money,
            format!("{negative}{}", say(&sum, currency)),
        )
        .maybe(note),
    )
}

/// A `m` after a sum is taken for millions.
fn million(text: &str) -> Option<Note> {
    text.ends_with(['m', 'M'])
        .then(|| Note::guess("`m` is million"))
}

/// Bytes of a minus before a sum.
fn sign_before(at: &At<'_>) -> usize {
    match at.first() {
        Some(c @ ('-' | '−')) if !at.last().is_some_and(|c| !c.is_whitespace() && c != '(') => {
            c.len_utf8()
        }
        _ => 0,
    }
}

/// `-10`, `–$10` after a sum.
fn until(text: &str) -> Option<(usize, Sum)> {
    let dash = pattern!(r"^ ?[-–—] ?").find(text)?.as_str();
    let rest = &text[dash.len()..];
    let sign = currency_at(rest).map_or(0, |(sign, _)| sign);
    let sum = sum(&rest[sign..])?;
    let spaced = dash.len() > 1 && dash.starts_with(' ') && sign == 0;
    (!spaced).then_some((dash.len() + sign + sum.len, sum))
}

fn sum(text: &str) -> Option<Sum> {
    let number = if let Some(fraction) = text.strip_prefix('.') {
        let part = crate::numerals::digits(fraction);
        (part > 0).then(|| Numeral {
            len: part + 1,
            whole: String::new(),
            part: Some(fraction[..part].to_owned()),
            grouping: Grouping::None,
        })?
    } else {
        numbers::read(text)?
    };
    let rest = &text[number.len..];
    let word = pattern!(r"^[ -](hundred|thousand|million|billion|trillion)(?-u:\b)").captures(rest);
    if let Some(word) = word {
        let scale = SCALES.iter().find(|(_, name)| *name == &word[1]);
        return Some(Sum {
            len: number.len + word[0].len(),
            number,
            scale: scale.map(|(_, name)| *name),
        });
    }
    let blank = usize::from(pattern!(r"^ (?:k|m|mn|mln|bn|tn)(?-u:\b)").is_match(rest));
    let letters = rest[blank..]
        .find(|c: char| !c.is_alphanumeric())
        .map_or(rest.len(), |end| end + blank);
    let scale = SCALES
        .iter()
        .find(|(short, _)| short.split(' ').any(|short| short == &rest[blank..letters]));
    match scale {
        Some((_, name)) => Some(Sum {
            len: number.len + letters,
            number,
            scale: Some(name),
        }),
        None => Some(Sum {
            len: number.len,
            number,
            scale: None,
        }),
    }
}

/// Letters after a sum, and the word that they stand for.
const SCALES: [(&str, &str); 5] = [
    ("-", "hundred"),
    ("k K", "thousand"),
    ("m M mn Mn mln MM", "million"),
    ("b B bn Bn bln", "billion"),
    ("t T tn Tn trn", "trillion"),
];

fn say(sum: &Sum, currency: &Currency) -> String {
    let number = &sum.number;
    let whole = match number.whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let trimmed = Numeral {
        whole: whole.to_owned(),
        ..number.clone()
    };
    if let Some(scale) = sum.scale {
        return format!("{} {scale} {}", speak(&trimmed), currency.many);
    }
    let named = |digits: &str, one: &str, many: &str| {
        let name = if digits == "1" { one } else { many };
        format!("{} {name}", numbers::count(digits))
    };
    let cents = match (&number.part, currency.hundredth) {
        (None, _) => Some(0),
        (Some(part), Some(_)) => match part.len() {
            1 => plain(part).map(|tenths| tenths * 10),
            2 => part.parse().ok(),
            _ => None,
        },
        (Some(_), None) => None,
    };
    match (cents, currency.hundredth) {
        (None, _) => format!("{} {}", speak(&trimmed), currency.many),
        (Some(n @ 1..), Some([one, many])) if whole == "0" => named(&n.to_string(), one, many),
        (Some(n @ 1..), Some([one, many])) => format!(
            "{}, {}",
            named(whole, currency.one, currency.many),
            named(&n.to_string(), one, many)
        ),
        _ => named(whole, currency.one, currency.many),
    }
}

/// `5¢`, `5€`, `100 USD`
pub(super) fn after(at: &At<'_>) -> Option<Match> {
    let sum = at.is_free().then(|| sum(at.rest()))??;
    let rest = at.after(sum.len);
    let blank = usize::from(rest.starts_with(' ')) + rest.strip_prefix('\u{A0}').map_or(0, |_| 2);
    if blank == 0 && rest.starts_with('¢') {
        let name = if sum.number.is_one() { "cent" } else { "cents" };
        return Some(Match::new(
            sum.len + 2,
            Class::Money,
            format!("{} {name}", speak(&sum.number)),
        ));
    }
    let (sign, currency) = currency_at(&rest[blank..])?;
    let len = sum.len + blank + sign;
    // `5 $6` is two sums, and the sign belongs to the second.
    let second = at.after(len).starts_with(|c: char| {
        c.is_alphanumeric()
            || c == '.' && at.after(len + 1).starts_with(|c: char| c.is_ascii_digit())
    });
    (!second && at.ends(len)).then(|| Match::new(len, Class::Money, say(&sum, currency)))
}
