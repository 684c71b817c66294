//! Sentences that voices stumble over: numbers, names, repetitions, one word, no end, marks alone.

use crate::language::Language;

/// The fifty hard sentences of a language.
#[must_use]
pub fn hard_sentences(language: Language) -> Vec<&'static str> {
    let list = match language {
        Language::En => include_str!("../../../assets/hard/en.txt"),
        Language::Ru => include_str!("../../../assets/hard/ru.txt"),
    };
    list.lines().filter(|line| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use diktor_text::{Cleaners, Frontend, is_pause};

    use super::*;

    fn check(language: Language, cleaners: Cleaners) {
        let sentences = hard_sentences(language);
        assert_eq!(sentences.len(), 50);
        let distinct: BTreeSet<_> = sentences.iter().collect();
        assert_eq!(distinct.len(), 50);
        let frontend = Frontend::new(vec![cleaners]);
        let mut longest = 0;
        let mut silent = 0;
        for sentence in sentences {
            if is_pause(sentence) {
                silent += 1;
                continue;
            }
            let read = frontend.encode(sentence).unwrap();
            longest = longest.max(read.ids.len());
        }
        assert!(silent >= 2, "marks alone");
        assert!(longest > 300, "{longest}");
    }

    #[test]
    fn there_are_fifty_of_each_language_and_its_front_end_reads_them() {
        check(Language::En, Cleaners::EnglishCleaners);
        check(Language::Ru, Cleaners::RussianCleaners);
    }
}
