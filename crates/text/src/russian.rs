//! The Russian chain.

use unicode_normalization::UnicodeNormalization;

use crate::spaces::{collapse, is_invisible};

/// The mark of a stressed vowel; it stands after the vowel: `за+мок`.
pub(crate) const STRESS: char = '+';

/// One step that rewrites a text into another text.
///
/// Numbers, dates and abbreviations in words, and stress by a dictionary, are such steps.
pub trait Rewrite: Send + Sync {
    /// The text with this step applied. Applied to its own result it changes nothing.
    fn rewrite(&self, text: &str) -> String;
}

/// The step that leaves a text as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unchanged;

impl Rewrite for Unchanged {
    fn rewrite(&self, text: &str) -> String {
        text.to_owned()
    }
}

/// The steps of `russian_cleaners` in their order: letters composed (NFC), `expand`, lower case,
/// quotes and dashes, `stress`, spaces.
///
/// The end mark belongs to the end of a whole text, so [`crate::Cleaners::clean`] sets it.
pub struct RussianChain<E = Unchanged, S = Unchanged> {
    /// Writes numbers, dates, units and abbreviations out in words.
    pub expand: E,
    /// Marks the stressed vowels that the user has not marked.
    pub stress: S,
}

impl Default for RussianChain {
    fn default() -> Self {
        Self {
            expand: Unchanged,
            stress: Unchanged,
        }
    }
}

impl<E: Rewrite, S: Rewrite> RussianChain<E, S> {
    /// Rewrites a text or a part of one.
    pub fn clean(&self, text: &str) -> String {
        let composed: String = text.nfc().filter(|&c| !is_invisible(c)).collect();
        let lower = self.expand.rewrite(&composed).to_lowercase();
        // Letters may meet their marks only now that quotes are gone, so they compose again.
        let unified: String = unify(&lower).nfc().collect();
        let marked = self.stress.rewrite(&unified);
        collapse(&marked)
    }
}

/// Whether the letter is a vowel that can carry stress.
pub(crate) fn is_vowel(c: char) -> bool {
    "аеёиоуыэюя".contains(c)
}

/// Unifies quotes, dashes, dots and stress marks.
fn unify(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '«' | '»' | '„' | '“' | '”' | '‟' | '‹' | '›' => {}
            '‘' | '’' | '‚' | '‛' | '`' | 'ʼ' => out.push('\''),
            '–' | '—' | '―' | '−' | '‒' => out.push_str(" - "),
            '‐' | '\u{2011}' => out.push('-'),
            '…' => push_dot(&mut out),
            '.' => push_dot(&mut out),
            // An acute after a vowel is the stress of textbooks, a grave the secondary one.
            '\u{301}' | '\u{300}' if out.ends_with(is_vowel) => out.push(STRESS),
            'ѐ' => out.push_str("е+"),
            'ѝ' => out.push_str("и+"),
            c => out.push(c),
        }
    }
    out
}

/// Dots that follow another end mark add nothing to it: `...` is `.`, `?..` is `?`.
fn push_dot(out: &mut String) {
    if !out.ends_with(['.', '?', '!']) {
        out.push('.');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cleaners;

    fn check(input: &str, expected: &str) {
        let cleaned = Cleaners::RussianCleaners.clean(input);
        assert_eq!(cleaned, expected, "{input}");
        assert_eq!(Cleaners::RussianCleaners.clean(&cleaned), expected);
    }

    #[test]
    fn letters_survive_and_typography_is_unified() {
        check("Ёж", "ёж.");
        check("Е\u{308}ж и\u{306}", "ёж й.");
        check("«Привет!» — сказал он…", "привет! - сказал он.");
        check("Кто-то пришёл?..", "кто-то пришёл?");
        check("раз,  два,\nтри,", "раз, два, три.");
        check("1941–1945", "1941 - 1945.");
        check("объём\u{a0}щёк", "объём щёк.");
        check("\u{feff}да\u{ad}же", "даже.");
        check("", "");
    }

    #[test]
    fn both_marks_of_stress_become_a_plus_after_the_vowel() {
        check("за\u{301}мок и замо\u{301}к", "за+мок и замо+к.");
        check("за+мок", "за+мок.");
        check("ЗА\u{301}МОК", "за+мок.");
        check("ю\u{300}гозапа\u{301}дный", "ю+гозапа+дный.");
    }

    #[test]
    fn steps_for_numbers_and_stress_plug_in() {
        struct Two;
        impl Rewrite for Two {
            fn rewrite(&self, text: &str) -> String {
                text.replace('2', "два")
            }
        }
        let chain = RussianChain {
            expand: Two,
            stress: Unchanged,
        };
        assert_eq!(chain.clean("2 дома"), "два дома");
    }
}
