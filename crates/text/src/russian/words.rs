//! Shortened Russian words, and letters that may be spelled.

use super::units;
use crate::numerals::digits;
use crate::tokens::{At, Class, Match, Note, is_letter};

/// Phrases of letters with dots, blanks between them or not; whether they may end a sentence.
const PHRASES: [(&[&str], &str, bool); 12] = [
    (&["и", "т", "д"], "и так далее", true),
    (&["и", "т", "п"], "и тому подобное", true),
    (&["т", "д"], "так далее", true),
    (&["т", "п"], "тому подобное", true),
    (&["т", "е"], "то есть", false),
    (&["т", "к"], "так как", false),
    (&["т", "н"], "так называемый", false),
    (&["т", "о"], "таким образом", false),
    (&["до", "н", "э"], "до нашей эры", true),
    (&["н", "э"], "нашей эры", true),
    (&["и", "др"], "и другие", true),
    (&["и", "пр"], "и прочее", true),
];

/// Words that are read in full wherever they have their dot.
const WITH_DOT: [(&str, &str); 24] = [
    ("напр", "например"),
    ("ул", "улица"),
    ("просп", "проспект"),
    ("бул", "бульвар"),
    ("обл", "область"),
    ("проф", "профессор"),
    ("акад", "академик"),
    ("доц", "доцент"),
    ("канд", "кандидат"),
    ("тов", "товарищ"),
    ("им", "имени"),
    ("ок", "около"),
    ("изд", "издание"),
    ("макс", "максимум"),
    ("см", "смотри"),
    ("ср", "сравни"),
    ("руб", "рублей"),
    ("коп", "копеек"),
    ("тыс", "тысяч"),
    ("долл", "долларов"),
    ("тел", "телефон"),
    ("вв", "века"),
    ("англ", "английский"),
    ("лат", "латинский"),
];

/// Words that stand before a number only.
const BEFORE_NUMBER: [(&str, &str); 11] = [
    ("стр", "страница"),
    ("гл", "глава"),
    ("рис", "рисунок"),
    ("табл", "таблица"),
    ("д", "дом"),
    ("кв", "квартира"),
    ("корп", "корпус"),
    ("п", "пункт"),
    ("ст", "статья"),
    ("т", "том"),
    ("ч", "часть"),
];

/// Words that stand before a name only.
const BEFORE_NAME: [(&str, &str); 7] = [
    ("г", "город"),
    ("пл", "площадь"),
    ("пер", "переулок"),
    ("св", "святой"),
    ("гр", "гражданин"),
    ("р", "река"),
    ("о", "остров"),
];

/// Words shortened in the middle, and thousands without a dot.
const WHOLE: [(&str, &str); 6] = [
    ("р-н", "район"),
    ("пр-т", "проспект"),
    ("г-н", "господин"),
    ("г-жа", "госпожа"),
    ("млн", "миллионов"),
    ("млрд", "миллиардов"),
];

/// `т. е.`, `ул.`, `стр. 5`, `г. Москва`
pub(super) fn abbreviation(at: &At<'_>) -> Option<Match> {
    if !at.is_free() || !at.rest().starts_with(char::is_alphabetic) {
        return None;
    }
    let claim = |len: usize, spoken: &str| Some(Match::new(len, Class::Abbreviation, spoken));
    if let Some((len, spoken)) = phrase(at) {
        return Some(Match::new(len, Class::Abbreviation, spoken));
    }
    let rest = at.rest();
    if let Some((written, long)) = WHOLE
        .iter()
        .find(|(written, _)| rest.starts_with(written) && at.ends(written.len()))
    {
        let len = written.len() + units::dot(at.after(written.len()));
        return claim(len, long);
    }
    let word = at.letters();
    let dotted = word.len() + 1;
    if !at.after(word.len()).starts_with('.') {
        return None;
    }
    let lower = word.to_lowercase();
    let known = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(short, _)| *short == lower)
            .map(|(_, long)| *long)
    };
    let next = at.after(dotted).trim_start();
    if let Some(long) = known(&BEFORE_NUMBER).filter(|_| digits(next) > 0) {
        return claim(dotted, long);
    }
    let small = word.chars().all(char::is_lowercase);
    if let Some(long) = known(&BEFORE_NAME).filter(|_| {
        small
            && is_name(next)
            && !at
                .before()
                .trim_end()
                .ends_with(|c: char| c.is_ascii_digit())
    }) {
        return claim(dotted, long);
    }
    if word == "в" && after_century(at) {
        let form = if ["в", "во"].contains(&century_preposition(at)) {
            "веке"
        } else {
            "век"
        };
        return claim(word.len() + units::dot(at.after(word.len())), form);
    }
    let long = known(&WITH_DOT)?;
    let ends = ["руб", "коп", "тыс", "долл", "обл", "макс", "вв"].contains(&lower.as_str());
    let dot = if ends {
        units::dot(at.after(word.len()))
    } else {
        1
    };
    claim(word.len() + dot, long)
}

fn is_name(text: &str) -> bool {
    text.starts_with(char::is_uppercase) && text.chars().nth(1).is_some_and(char::is_lowercase)
}

/// Whether `в.` follows a Roman numeral.
fn after_century(at: &At<'_>) -> bool {
    let before = at.before().trim_end();
    let numeral = before.rsplit(' ').next().unwrap_or_default();
    !numeral.is_empty() && numeral.chars().all(|c| "IVXLCDMХ".contains(c))
}

fn century_preposition<'a>(at: &At<'a>) -> &'a str {
    at.before()
        .trim_end()
        .rsplit(' ')
        .nth(1)
        .unwrap_or_default()
}

/// Letters with dots, blanks between them or not.
fn phrase(at: &At<'_>) -> Option<(usize, String)> {
    for (parts, long, ends) in PHRASES {
        let Some(len) = phrase_len(at.rest(), parts) else {
            continue;
        };
        let next = at.after(len).trim_start();
        let stop = ends && (next.is_empty() || next.starts_with(char::is_uppercase));
        return Some((len, format!("{long}{}", if stop { "." } else { "" })));
    }
    None
}

fn phrase_len(text: &str, parts: &[&str]) -> Option<usize> {
    let mut rest = text;
    for (index, part) in parts.iter().enumerate() {
        let lower = rest
            .get(..part.len())
            .filter(|start| start.to_lowercase() == **part)?;
        rest = &rest[lower.len()..];
        let word = ["и", "до"].contains(part) && index == 0;
        rest = if word {
            rest.strip_prefix([' ', '\u{A0}'])?
        } else {
            rest.strip_prefix('.')?
        };
        if index + 1 < parts.len() {
            rest = rest.trim_start_matches([' ', '\u{A0}']);
        }
    }
    Some(text.len() - rest.len())
}

/// `А. С.`, `США`: read as they stand, and shown as what they are.
pub(super) fn initials(at: &At<'_>) -> Option<Match> {
    let word = at.letters();
    let count = word.chars().count();
    if !at.is_free() || word.is_empty() || !word.chars().all(char::is_uppercase) {
        return None;
    }
    if count == 1 && at.after(word.len()).starts_with('.') {
        let len = word.len() + 1;
        return is_initial(at, len)
            .then(|| Match::new(len, Class::Initials, format!("{}.", word.to_lowercase())));
    }
    let shouted = at
        .rest()
        .chars()
        .filter(|c| c.is_alphabetic())
        .take(12)
        .all(char::is_uppercase)
        && at.rest().len() > word.len();
    let plain = (2..=5).contains(&count)
        && at.ends(word.len())
        && !shouted
        && !at.after(word.len()).starts_with('\u{301}');
    plain.then(|| {
        Match::new(word.len(), Class::Initials, super::letters(word))
            .note(Note::or("letter by letter"))
    })
}

fn is_initial(at: &At<'_>, len: usize) -> bool {
    at.after(len).trim_start().starts_with(char::is_uppercase)
}

/// Letters and digits side by side: `А4`, `3D`.
pub(super) fn mixed(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    let run = &rest[..rest
        .find(|c: char| !is_letter(c) && !c.is_ascii_digit())
        .unwrap_or(rest.len())];
    let has_digits = run.contains(|c: char| c.is_ascii_digit());
    let has_letters = run.contains(char::is_alphabetic);
    (at.is_free() && has_digits && has_letters).then(|| {
        Match::new(run.len(), Class::Mixed, spell(run))
            .note(Note::guess("letters and digits apart"))
    })
}

/// Letters as a word or one by one, digits as a number.
pub(super) fn spell(run: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let number = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != number)
            .unwrap_or(rest.len());
        let (piece, others) = rest.split_at(end);
        let vowel = piece
            .chars()
            .flat_map(char::to_lowercase)
            .any(|c| "аеёиоуыэюяaeiouy".contains(c));
        let apart = !vowel && piece.chars().count() <= 4 && piece.len() < run.len();
        words.push(match (number, apart) {
            (true, _) if piece.len() > 4 => super::numbers::digit_by_digit(piece),
            (true, _) => super::numbers::digits(piece, super::forms::Gender::Masculine),
            (false, true) => super::letters(piece)
                .chars()
                .map(String::from)
                .collect::<Vec<_>>()
                .join(" "),
            (false, false) => super::letters(piece),
        });
        rest = others;
    }
    words.join(" ")
}
