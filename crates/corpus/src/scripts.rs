//! Letters of one script that look like those of another: `Cтол` with a Latin `C`.
//!
//! They come from keyboards left in the other layout and from recognised print. Nobody sees them,
//! and a network learns another symbol for each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Letters that look alike: Latin, Cyrillic, Greek; `\0` where there is none.
const ALIKE: &[[char; 3]] = &[
    ['a', 'а', 'α'],
    ['c', 'с', '\0'],
    ['e', 'е', '\0'],
    ['o', 'о', 'ο'],
    ['p', 'р', 'ρ'],
    ['x', 'х', 'χ'],
    ['y', 'у', '\0'],
    ['k', 'к', 'κ'],
    ['m', 'м', '\0'],
    ['t', 'т', 'τ'],
    ['i', 'і', 'ι'],
    ['s', 'ѕ', '\0'],
    ['j', 'ј', '\0'],
    ['h', 'һ', '\0'],
    ['v', 'ѵ', 'ν'],
    ['u', 'и', 'υ'],
    ['n', 'п', 'η'],
    ['r', 'г', '\0'],
    ['b', 'Ь', '\0'],
    ['ë', 'ё', '\0'],
    ['ï', 'ї', '\0'],
    ['A', 'А', 'Α'],
    ['B', 'В', 'Β'],
    ['C', 'С', '\0'],
    ['E', 'Е', 'Ε'],
    ['H', 'Н', 'Η'],
    ['I', 'І', 'Ι'],
    ['J', 'Ј', '\0'],
    ['K', 'К', 'Κ'],
    ['M', 'М', 'Μ'],
    ['N', '\0', 'Ν'],
    ['O', 'О', 'Ο'],
    ['P', 'Р', 'Ρ'],
    ['S', 'Ѕ', '\0'],
    ['T', 'Т', 'Τ'],
    ['X', 'Х', 'Χ'],
    ['Y', 'У', 'Υ'],
    ['Z', '\0', 'Ζ'],
    ['Ë', 'Ё', '\0'],
    ['Ï', 'Ї', '\0'],
];

/// Latin letters that alone are a Russian word when read as Cyrillic: prepositions and conjunctions.
const RUSSIAN_WORDS: &str = "aoyckABCKOY";

/// A word whose letters are of two scripts, or of the wrong one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MixedWord {
    /// As it stands in the text.
    pub word: String,
    /// The letters of it that are not of the script of the text.
    pub foreign: String,
    /// The script of these letters.
    pub script: Script,
    /// The same word in one script, where every such letter looks like one of it.
    pub likely: Option<String>,
}

/// An alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Script {
    /// That of English.
    Latin,
    /// That of Russian.
    Cyrillic,
    /// That of Greek.
    Greek,
}

impl Script {
    const ALL: [Self; 3] = [Self::Latin, Self::Cyrillic, Self::Greek];

    fn of(c: char) -> Option<Self> {
        match c {
            'a'..='z' | 'A'..='Z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24f}' => {
                Some(Self::Latin)
            }
            '\u{400}'..='\u{52f}' => Some(Self::Cyrillic),
            '\u{370}'..='\u{3ff}' if c.is_alphabetic() => Some(Self::Greek),
            _ => None,
        }
    }

    /// The letter of this script that looks like another.
    fn likeness(self, c: char) -> Option<char> {
        if Self::of(c) == Some(self) {
            return Some(c);
        }
        let row = ALIKE.iter().find(|row| row.contains(&c))?;
        Some(row[self as usize]).filter(|&c| c != '\0')
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Latin => "Latin",
            Self::Cyrillic => "Cyrillic",
            Self::Greek => "Greek",
        })
    }
}

impl fmt::Display for MixedWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` has {} `{}`", self.word, self.script, self.foreign)?;
        match &self.likely {
            Some(likely) => write!(f, ", likely `{likely}`"),
            None => Ok(()),
        }
    }
}

/// The script that most letters of these texts are of.
pub(crate) fn main_script<'a>(texts: impl Iterator<Item = &'a str>) -> Script {
    let mut count = [0_usize; 3];
    for script in texts.flat_map(str::chars).filter_map(Script::of) {
        count[script as usize] += 1;
    }
    let most = Script::ALL
        .into_iter()
        .max_by_key(|&script| (count[script as usize], script));
    most.filter(|&script| count[script as usize] > 0)
        .unwrap_or(Script::Latin)
}

/// Words of a text that are of two scripts, each once; `main` is the script of the whole list.
pub(crate) fn mixed_words(text: &str, main: Script) -> Vec<MixedWord> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphabetic() && !matches!(c, '\u{300}'..='\u{36f}'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut found: Vec<MixedWord> = words.iter().filter_map(|word| of_two(word, main)).collect();
    // A word that is wholly of the other script may be a foreign word; beside words of two scripts,
    // or as a letter that is a word of its own, it is not.
    let suspicious = !found.is_empty();
    let here = main_script(std::iter::once(text));
    found.extend(words.iter().filter_map(|word| {
        let letter = main == Script::Cyrillic
            && here == Script::Cyrillic
            && word.chars().count() == 1
            && word.chars().all(|c| RUSSIAN_WORDS.contains(c));
        wholly_foreign(word, main).filter(|_| suspicious || letter)
    }));
    found.sort();
    found.dedup();
    found
}

fn of_two(word: &str, main: Script) -> Option<MixedWord> {
    let scripts: Vec<Script> = word.chars().filter_map(Script::of).collect();
    let has = |script: Script| scripts.contains(&script);
    if Script::ALL
        .into_iter()
        .filter(|&script| has(script))
        .count()
        < 2
    {
        return None;
    }
    // The correction is in the script of the list, or, for a word of another language with a letter
    // of the list's in it, in the script of that word.
    let count = |script: Script| scripts.iter().filter(|&&s| s == script).count();
    let most = Script::ALL
        .into_iter()
        .max_by_key(|&s| (count(s), s == main))?;
    let in_script = |script: Script| -> Option<String> {
        word.chars()
            .map(|c| Script::of(c).map_or(Some(c), |_| script.likeness(c)))
            .collect()
    };
    let target = if in_script(main).is_some() {
        main
    } else {
        most
    };
    let odd = word
        .chars()
        .filter(|&c| Script::of(c).is_some_and(|s| s != target));
    let foreign: Vec<char> = odd.collect();
    Some(MixedWord {
        word: word.to_owned(),
        script: foreign.first().and_then(|&c| Script::of(c))?,
        likely: in_script(target),
        foreign: distinct(foreign),
    })
}

/// A word of letters of another script that all look like those of the list's.
fn wholly_foreign(word: &str, main: Script) -> Option<MixedWord> {
    let script = word.chars().find_map(Script::of)?;
    if script == main
        || word
            .chars()
            .any(|c| Script::of(c).is_some_and(|s| s != script))
    {
        return None;
    }
    let likely: String = word
        .chars()
        .map(|c| main.likeness(c))
        .collect::<Option<_>>()?;
    Some(MixedWord {
        word: word.to_owned(),
        foreign: distinct(word.chars().collect()),
        script,
        likely: Some(likely),
    })
}

fn distinct(letters: Vec<char>) -> String {
    let mut shown = String::new();
    for letter in letters {
        if !shown.contains(letter) {
            shown.push(letter);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, main: Script, expected: &[(&str, &str, Option<&str>)]) {
        let found = mixed_words(text, main);
        let found: Vec<_> = found
            .iter()
            .map(|w| (w.word.as_str(), w.foreign.as_str(), w.likely.as_deref()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn latin_letters_in_russian_words_are_found_with_the_likely_word() {
        let russian = Script::Cyrillic;
        check("Cтол и стул.", russian, &[("Cтол", "C", Some("Стол"))]);
        check(
            "Она cлoжила письмо.",
            russian,
            &[("cлoжила", "co", Some("сложила"))],
        );
        check(
            "B лaвke koнчилcя caxap.",
            russian,
            &[
                ("B", "B", Some("В")),
                ("caxap", "caxp", Some("сахар")),
                ("koнчилcя", "koc", Some("кончился")),
                ("лaвke", "ake", Some("лавке")),
            ],
        );
        check("Шёл c ней.", russian, &[("c", "c", Some("с"))]);
        check("Οн ушёл.", russian, &[("Οн", "Ο", Some("Он"))]);
        check("Wоndеr", russian, &[("Wоndеr", "ое", Some("Wonder"))]);
    }

    #[test]
    fn cyrillic_letters_in_english_words_are_found_too() {
        check("The саt sat.", Script::Latin, &[("саt", "са", Some("cat"))]);
        check(
            "А сat sat.",
            Script::Latin,
            &[("А", "А", Some("A")), ("сat", "с", Some("cat"))],
        );
    }

    #[test]
    fn honest_words_of_both_languages_pass() {
        for text in [
            "Купил PC и USB-кабель, 3D-печать.",
            "Мы видели NASA и Wi-Fi.",
            "Объём щёк.",
            "Витамин C.",
        ] {
            let found = mixed_words(text, Script::Cyrillic);
            assert!(found.iter().all(|w| w.word == "C"), "{text}: {found:?}");
        }
        check("The cat sat, naïve café.", Script::Latin, &[]);
        check("Слово привет here.", Script::Latin, &[]);
    }
}
