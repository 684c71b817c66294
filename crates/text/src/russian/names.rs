//! Addresses, telephone numbers and signs in Russian texts.

use super::forms::Gender;
use super::numbers::{digit_by_digit, digits, group};
use super::words;
use crate::english::superscript;
use crate::shapes;
use crate::tokens::{At, Class, Match, Note, pattern};

/// `https://example.com`, `a@example.com`
pub(super) fn address(at: &At<'_>) -> Option<Match> {
    let whole = shapes::address(at)?;
    let (scheme, rest) = whole
        .split_once("://")
        .map_or((None, whole), |(scheme, rest)| (Some(scheme), rest));
    let mut spoken = Vec::new();
    let mut run = String::new();
    for c in rest.chars().chain([' ']) {
        if c.is_alphanumeric() {
            run.push(c);
            continue;
        }
        if !run.is_empty() {
            spoken.push(words::spell(&run));
            run.clear();
        }
        match name_of(c) {
            Some(name) => spoken.push(name.to_owned()),
            None if c != ' ' => spoken.push(c.to_string()),
            None => {}
        }
    }
    let left_out = scheme.map(|scheme| Note::LeftOut {
        what: format!("{scheme}://"),
    });
    (!rest.is_empty())
        .then(|| Match::new(whole.len(), Class::Web, spoken.join(" ")).maybe(left_out))
}

fn name_of(c: char) -> Option<&'static str> {
    Some(match c {
        '.' => "точка",
        '/' => "слэш",
        '-' => "дефис",
        '_' => "подчёркивание",
        '@' => "собака",
        ':' => "двоеточие",
        '?' => "вопросительный знак",
        '=' => "равно",
        '&' => "амперсанд",
        '%' => "процент",
        '#' => "решётка",
        '~' => "тильда",
        '+' => "плюс",
        _ => return None,
    })
}

/// `#тег`, `@имя`
pub(super) fn tag(at: &At<'_>) -> Option<Match> {
    let word = match at.first()? {
        '#' => "хештег",
        '@' => "собака",
        _ => return None,
    };
    let name = at.after(1);
    let len = name
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(name.len());
    if !at.is_free() || !name.starts_with(char::is_alphabetic) {
        return None;
    }
    let parts: Vec<String> = name[..len]
        .split('_')
        .filter(|part| !part.is_empty())
        .map(words::spell)
        .collect();
    Some(Match::new(
        1 + len,
        Class::Web,
        format!("{word} {}", parts.join(" ")),
    ))
}

/// A telephone number, in groups as people tell it.
pub(super) fn phone(at: &At<'_>) -> Option<Match> {
    let found = shapes::phone(at)?;
    let groups: Vec<String> = found
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty())
        .map(group)
        .collect();
    let plus = if found.starts_with('+') {
        "плюс "
    } else {
        ""
    };
    Some(Match::new(
        found.len(),
        Class::Phone,
        format!("{plus}{}", groups.join(", ")),
    ))
}

/// `192.168.0.1`
pub(super) fn internet(at: &At<'_>) -> Option<Match> {
    let found = shapes::internet(at)?;
    let parts: Vec<String> = found
        .split('.')
        .map(|part| digits(part, Gender::Masculine))
        .collect();
    Some(Match::new(found.len(), Class::Ip, parts.join(" точка ")))
}

/// `v1.2.3`, `2.0.1`
pub(super) fn version(at: &At<'_>) -> Option<Match> {
    let (v, numbers, len) = shapes::version(at)?;
    let parts: Vec<String> = numbers
        .split('.')
        .map(|part| digits(part, Gender::Masculine))
        .collect();
    let word = if v { "версия " } else { "" };
    Some(Match::new(
        len,
        Class::Version,
        format!("{word}{}", parts.join(" точка ")),
    ))
}

/// Three or more groups of digits joined by hyphens.
pub(super) fn serial(at: &At<'_>) -> Option<Match> {
    let found = shapes::serial(at)?;
    let groups: Vec<String> = found.split('-').map(digit_by_digit).collect();
    Some(Match::new(found.len(), Class::Digits, groups.join(", ")))
}

/// `x²`, `x^2`
pub(super) fn power(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    let raised: String = rest.chars().map_while(superscript).collect();
    let (len, exponent) = if raised.is_empty() {
        let found = rest
            .starts_with('^')
            .then(|| pattern!(r"^\^([0-9]+)").captures(rest))??;
        (found[0].len(), found[1].to_owned())
    } else {
        (
            rest.chars()
                .map_while(|c| superscript(c).map(|_| c.len_utf8()))
                .sum(),
            raised,
        )
    };
    let spoken = match exponent.as_str() {
        "2" => "в квадрате".to_owned(),
        "3" => "в кубе".to_owned(),
        n => format!("в степени {}", digits(n, Gender::Masculine)),
    };
    Some(Match::new(len, Class::Sign, spoken))
}

/// `%`, `&`, `=`, `№` and their like.
pub(super) fn sign(at: &At<'_>) -> Option<Match> {
    let c = at.first()?;
    let len = c.len_utf8();
    let claim = |word: &str| Some(Match::new(len, Class::Sign, word));
    let digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let between = at
        .before()
        .trim_end()
        .ends_with(|c: char| c.is_ascii_digit())
        && digit(at.after(len).trim_start());
    let apart = at.last() == Some(' ') && at.after(len).starts_with(' ');
    match c {
        '+' if between => claim("плюс"),
        '*' if between => claim("умножить на"),
        '/' if between => claim("разделить на"),
        '#' if digit(at.after(len)) => claim("номер"),
        '~' if digit(at.after(len).trim_start()) => claim("примерно"),
        '−' if apart && between => claim("минус"),
        '/' if at.last().is_some_and(char::is_alphabetic)
            && at.after(len).starts_with(char::is_alphabetic) =>
        {
            Some(Match::new(len, Class::Dropped, " ").note(Note::LeftOut {
                what: "/".to_owned(),
            }))
        }
        '·' => Some(Match::new(len, Class::Dropped, " ").note(Note::LeftOut {
            what: "·".to_owned(),
        })),
        '$' | '€' | '£' | '₽' | '¥' => {
            let (_, (noun, _)) = super::units::sign(at.rest())?;
            claim(noun.forms[0]).map(|found| found.note(Note::guess("one of it")))
        }
        c => word_for(c).and_then(claim),
    }
}

fn word_for(c: char) -> Option<&'static str> {
    Some(match c {
        '%' => "процентов",
        '‰' => "промилле",
        '&' => "и",
        '@' => "собака",
        '=' => "равно",
        '<' => "меньше",
        '>' => "больше",
        '≤' => "меньше или равно",
        '≥' => "больше или равно",
        '≠' => "не равно",
        '≈' => "примерно равно",
        '±' => "плюс-минус",
        '×' => "умножить на",
        '÷' => "разделить на",
        '√' => "корень из",
        '∞' => "бесконечность",
        '°' => "градусов",
        '℃' => "градусов цельсия",
        '№' => "номер",
        '§' => "параграф",
        '©' => "копирайт",
        '®' => "зарегистрировано",
        '™' => "торговая марка",
        'π' => "пи",
        'α' => "альфа",
        'β' => "бета",
        'γ' => "гамма",
        'Δ' | 'δ' | '∆' => "дельта",
        'λ' => "лямбда",
        'μ' | 'µ' => "мю",
        'σ' | 'Σ' => "сигма",
        'ω' | 'Ω' => "омега",
        _ => return None,
    })
}
