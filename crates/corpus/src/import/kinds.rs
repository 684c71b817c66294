//! What the values of one column are like.

use std::collections::BTreeSet;

/// Names of languages as they stand in lists.
const LANGUAGES: [&str; 44] = [
    "en",
    "ru",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "pl",
    "uk",
    "be",
    "kk",
    "tt",
    "tr",
    "cs",
    "sk",
    "nl",
    "sv",
    "fi",
    "da",
    "no",
    "hu",
    "ro",
    "bg",
    "sr",
    "el",
    "he",
    "ar",
    "hi",
    "zh",
    "ja",
    "ko",
    "vi",
    "eng",
    "rus",
    "deu",
    "ukr",
    "english",
    "russian",
    "german",
    "french",
    "spanish",
    "русский",
    "английский",
    "рус",
];

/// Columns that say how, not what or who.
const MANNERS: [&str; 30] = [
    "neutral",
    "happy",
    "sad",
    "angry",
    "fear",
    "fearful",
    "disgust",
    "surprise",
    "surprised",
    "calm",
    "amused",
    "sleepy",
    "sleepiness",
    "anger",
    "joy",
    "sadness",
    "male",
    "female",
    "m",
    "f",
    "нейтрально",
    "нейтральная",
    "радость",
    "злость",
    "грусть",
    "мужской",
    "женский",
    "муж",
    "жен",
    "норма",
];

/// What the values of one column are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Sentences.
    Speech,
    /// Few or short values: names of something.
    Label,
    /// Whole numbers that come again and again.
    Number,
    /// Lengths, scores.
    Measure,
    /// Codes or names of languages.
    Language,
    /// How something is said, or the sex of who says it.
    Manner,
    /// Nothing at all.
    Empty,
}

/// Tells it by what the values look like and how often they come again.
pub(super) fn kind(values: &[&str]) -> Kind {
    let Some(share) = share_of(values) else {
        return Kind::Empty;
    };
    let distinct = distinct(values);
    let listed = |names: &[&str]| {
        let is = |value: &&str| names.contains(&head(value).as_str());
        distinct.iter().all(is)
    };
    if share(&is_number) > 0.9 {
        let whole = values
            .iter()
            .all(|value| value.chars().all(|c| c.is_ascii_digit()));
        return if whole && (distinct.len() * 2 <= values.len() || values.len() < 4) {
            Kind::Number
        } else {
            Kind::Measure
        };
    }
    if listed(&LANGUAGES) {
        return Kind::Language;
    }
    if listed(&MANNERS) {
        return Kind::Manner;
    }
    let ends = share(&|value: &str| {
        value
            .trim_end_matches(['"', '»', '”', ')'])
            .ends_with(['.', '?', '!', '…', ',', ';'])
    });
    let words = values
        .iter()
        .map(|v| v.split_whitespace().count())
        .sum::<usize>() as f64
        / values.len() as f64;
    let various = distinct.len() as f64 / values.len() as f64;
    if ends > 0.3 || words >= 3.0 || (words >= 1.5 && various > 0.5 && values.len() > 2) {
        Kind::Speech
    } else {
        Kind::Label
    }
}

/// Something that holds of a value or does not.
type Property<'a> = &'a dyn Fn(&str) -> bool;

/// The share of values that something holds of; `None` of no values.
fn share_of<'a>(values: &'a [&'a str]) -> Option<impl Fn(Property<'_>) -> f64 + 'a> {
    (!values.is_empty()).then_some(move |is: Property<'_>| {
        values.iter().filter(|value| is(value)).count() as f64 / values.len() as f64
    })
}

/// `en` of `en-US` and of `EN`.
fn head(value: &str) -> String {
    let value = value.to_lowercase();
    value
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn is_number(value: &str) -> bool {
    let value = value.trim_end_matches(['s', 'с']).trim().replace(',', ".");
    value.parse::<f64>().is_ok_and(f64::is_finite)
        || (value.contains(':') && value.split(':').all(|part| part.parse::<f64>().is_ok()))
}

/// Every value once.
pub(super) fn distinct<'a>(values: &[&'a str]) -> BTreeSet<&'a str> {
    values.iter().copied().collect()
}
