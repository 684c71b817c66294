//! What was to be said against what a recogniser heard, as texts.

use std::collections::BTreeMap;

use diktor_text::Frontend;

use crate::{
    edits::{Edits, edits},
    evaluation::Scores,
    measure::{Measure, Sample},
};

/// How texts are made alike before they are compared, for the reader of a result.
pub const NORMALISATION: &str = "both texts: cleaned as the voice cleans them (numbers, dates and \
abbreviations in words of the language), lower case, `ё` as `е`, apostrophes and stress marks left out, \
everything else that is no letter or digit is a space, single spaces";

/// Compares texts in the language of some cleaners.
#[derive(Debug, Clone)]
pub struct Wording {
    frontend: Frontend,
}

impl Wording {
    /// With the cleaners of a voice, or of a language.
    #[must_use]
    pub fn new(frontend: Frontend) -> Self {
        Self { frontend }
    }

    /// A text as it is compared: [`NORMALISATION`].
    #[must_use]
    pub fn comparable(&self, text: &str) -> String {
        let cleaned = self.frontend.normalise(text).to_lowercase();
        let mut out = String::with_capacity(cleaned.len());
        for c in cleaned.chars() {
            match c {
                'ё' => out.push('е'),
                '\'' | '’' | 'ʼ' | '+' => {}
                c if c.is_alphanumeric() => out.push(c),
                _ if out.is_empty() || out.ends_with(' ') => {}
                _ => out.push(' '),
            }
        }
        out.truncate(out.trim_end().len());
        out
    }

    /// Character and word error; nothing where there was nothing to say.
    #[must_use]
    pub fn scores(&self, said: &str, heard: &str) -> Scores {
        let (said, heard) = (self.comparable(said), self.comparable(heard));
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let (said_letters, heard_letters) = (letters(&said), letters(&heard));
        let said_words: Vec<&str> = said.split_whitespace().collect();
        let heard_words: Vec<&str> = heard.split_whitespace().collect();
        let rate = |found: Edits, length: usize| Sample::of(found.count() as f64, length as f64);
        let rates = [
            (
                Measure::CharacterError,
                rate(edits(&said_letters, &heard_letters), said_letters.len()),
            ),
            (
                Measure::WordError,
                rate(edits(&said_words, &heard_words), said_words.len()),
            ),
        ];
        let measured = rates
            .into_iter()
            .filter_map(|(m, sample)| Some((m, sample?)));
        measured.collect::<BTreeMap<_, _>>()
    }
}

#[cfg(test)]
mod tests {
    use diktor_text::Cleaners;

    use super::*;

    fn check(cleaners: Cleaners, text: &str, expected: &str) {
        let wording = Wording::new(Frontend::new(vec![cleaners]));
        assert_eq!(wording.comparable(text), expected, "{text}");
    }

    #[test]
    fn texts_are_made_alike() {
        let english = Cleaners::EnglishCleaners;
        check(english, "It's 25 -- \"OK\"?", "its twenty five ok");
        check(
            english,
            "Twenty-five, Mr. Smith!",
            "twenty five mister smith",
        );
        check(english, "  ...  ", "");
        let russian = Cleaners::RussianCleaners;
        check(russian, "Ещё 3 ёлки – «да»!", "еще три елки да");
        check(russian, "за+мок, замо́к", "замок замок");
    }

    #[test]
    fn numbers_written_and_spoken_are_the_same() {
        let wording = Wording::new(Frontend::new(vec![Cleaners::EnglishCleaners]));
        let scores = wording.scores("I have two hundred books.", "I have 200 books");
        assert!(
            scores.values().all(|sample| sample.sum == 0.0),
            "{scores:?}"
        );
    }

    #[test]
    fn nothing_to_say_has_no_error() {
        let wording = Wording::new(Frontend::new(vec![Cleaners::EnglishCleaners]));
        assert!(wording.scores("?!", "thank you").is_empty());
        let silent = wording.scores("yes", "");
        assert!((silent[&Measure::WordError].sum - 1.0).abs() < 1e-12);
    }
}
