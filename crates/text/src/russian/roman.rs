//! Roman numerals beside centuries, rulers and parts of books.

use super::forms::Form;
use super::numbers::ordinal;
use crate::numerals::roman;
use crate::tokens::{At, Class, Match, Note};

/// Rulers: how the name begins, how it ends in the nominative.
const RULERS: [(&str, &str); 19] = [
    ("пётр", ""),
    ("петр", ""),
    ("никола", "й"),
    ("александр", ""),
    ("павел", ""),
    ("иван", ""),
    ("иоанн", ""),
    ("людовик", ""),
    ("генрих", ""),
    ("карл", ""),
    ("фридрих", ""),
    ("вильгельм", ""),
    ("наполеон", ""),
    ("георг", ""),
    ("эдуард", ""),
    ("пи", "й"),
    ("фёдор", ""),
    ("василий", ""),
    ("филипп", ""),
];

/// Those whose numeral is feminine.
const RULERESSES: [&str; 4] = ["екатерин", "елизавет", "маргарит", "изабелл"];

/// Parts that are counted, and the form of their numeral.
const PARTS: [(&str, Form); 12] = [
    ("глава", Form::Aja),
    ("часть", Form::Aja),
    ("статья", Form::Aja),
    ("книга", Form::Aja),
    ("том", Form::Yj),
    ("раздел", Form::Yj),
    ("акт", Form::Yj),
    ("этап", Form::Yj),
    ("класс", Form::Yj),
    ("выпуск", Form::Yj),
    ("действие", Form::Oje),
    ("явление", Form::Oje),
];

/// `XIX век`, `в XX веке`, `Пётр I`, `глава IV`, `II мировая`
pub(super) fn numeral(at: &At<'_>) -> Option<Match> {
    let rest = at.rest();
    // A Cyrillic `Х` looks the same and is typed as often.
    let len = rest
        .find(|c: char| !"IVXLCDMХ".contains(c))
        .unwrap_or(rest.len());
    let letters = rest[..len].replace('Х', "X");
    if letters.is_empty() || !at.is_free() || !at.ends(len) {
        return None;
    }
    let value = roman(&letters)?;
    let cyrillic = rest[..len].contains('Х');
    let after = at.word_after(len).to_lowercase();
    let before = at.word_before();
    let claim = |form: Form| Some(Match::new(len, Class::Roman, ordinal(value, form)?));
    // `XX-го века`
    if let Some(tail) = at.after(len).strip_prefix('-') {
        let ending = &tail[..tail
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(tail.len())];
        if let Some(form) = Form::of_ending(ending) {
            let len = len + 1 + ending.len();
            return Some(Match::new(len, Class::Roman, ordinal(value, form)?));
        }
    }
    if let Some(form) = of_century(at, &after, len) {
        return claim(form);
    }
    if let Some(form) = of_ruler(&before.to_lowercase())
        .filter(|_| before.starts_with(char::is_uppercase) && value < 40)
    {
        return claim(form);
    }
    if let Some((_, form)) = PARTS
        .iter()
        .find(|(part, _)| *part == before.to_lowercase())
    {
        return claim(*form);
    }
    let short = letters.len() == 1;
    if let Some(form) =
        adjective(&after).filter(|_| !cyrillic && (!short || "IVX".contains(&letters)))
    {
        return claim(form);
    }
    if short || cyrillic || value >= 40 || !letters.contains(['I', 'V']) && letters != "XX" {
        return None;
    }
    claim(Form::Yj).map(|found| found.note(Note::guess("a Roman numeral, masculine")))
}

fn of_century(at: &At<'_>, after: &str, len: usize) -> Option<Form> {
    Some(match after {
        "век" => Form::Yj,
        "веком" => Form::Ym,
        "века" => Form::Ogo,
        "веку" => Form::Omu,
        "веке" => Form::Om,
        "веков" | "веках" => Form::Yh,
        "в" if at.after(len).trim_start().starts_with("в.") => {
            match at.word_before().to_lowercase().as_str() {
                "в" | "во" => Form::Om,
                "с" | "до" | "из" | "начала" | "конца" | "середины" | "начале" | "конце"
                | "середине" => Form::Ogo,
                _ => Form::Yj,
            }
        }
        _ => return None,
    })
}

fn of_ruler(name: &str) -> Option<Form> {
    for stem in RULERESSES {
        if let Some(ending) = name.strip_prefix(stem) {
            return match ending {
                "а" => Some(Form::Aja),
                "ы" | "е" | "ой" => Some(Form::Oj),
                "у" => Some(Form::Uju),
                _ => None,
            };
        }
    }
    RULERS
        .iter()
        .find_map(|(stem, nominative)| match name.strip_prefix(stem)? {
            ending if ending == *nominative => Some(Form::Yj),
            "а" | "я" => Some(Form::Ogo),
            "у" | "ю" => Some(Form::Omu),
            "ом" | "ем" => Some(Form::Ym),
            "е" => Some(Form::Om),
            _ => None,
        })
}

/// The form of an adjective that follows: `мировая`, `мировой`, `мировую`.
fn adjective(word: &str) -> Option<Form> {
    let endings = ["ая", "ую", "ое", "ый", "ий", "ого", "ому"];
    let ending = endings
        .iter()
        .find(|ending| word.ends_with(**ending) && word.chars().count() > 4);
    let oj = (word.ends_with("ой") && word.chars().count() > 4).then_some("ой");
    Form::of_ending(ending.copied().or(oj)?)
}
