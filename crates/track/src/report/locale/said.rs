//! What a run says in English, in the language of the reader.
//!
//! Events give their reasons as English sentences, so that `events.jsonl` can be read by itself. The
//! sentences are a closed list: each language but English has it as pairs of an English form and its
//! own. In a form `#` stands for one word (a figure, a name) and `{}` for anything, which is looked up
//! in turn. What is not in the list is shown as it was said.

use std::borrow::Cow;

/// An English form, and what it is in the language; the holes come in the same order in both.
pub(in crate::report) type Pair = (&'static str, &'static str);

/// Longer texts are nobody's sentence.
const LONGEST: usize = 1000;

/// The sentence by a list; `None` if the list does not have it.
pub(super) fn find(sentences: &[Pair], said: &str) -> Option<String> {
    if said.len() > LONGEST {
        return None;
    }
    sentences.iter().find_map(|(english, own)| {
        let mut taken = Vec::new();
        fits(english, said, &mut taken).then(|| fill(own, &taken, sentences))
    })
}

/// The sentence by a list, or as it was said.
pub(super) fn or_as_said<'a>(sentences: &[Pair], said: &'a str) -> Cow<'a, str> {
    find(sentences, said).map_or(Cow::Borrowed(said), Cow::Owned)
}

/// Whether a text has a form; what stands in its holes is appended to `taken`.
fn fits<'a>(form: &str, text: &'a str, taken: &mut Vec<&'a str>) -> bool {
    let Some((before, hole, after)) = split(form) else {
        return form == text;
    };
    let Some(rest) = text.strip_prefix(before) else {
        return false;
    };
    // The shortest that lets the rest fit.
    for (start, letter) in rest.char_indices() {
        if hole == Hole::Word && letter.is_whitespace() {
            return false;
        }
        let end = start + letter.len_utf8();
        taken.push(&rest[..end]);
        if fits(after, &rest[end..], taken) {
            return true;
        }
        taken.pop();
    }
    false
}

fn fill(form: &str, taken: &[&str], sentences: &[Pair]) -> String {
    let (mut filled, mut left, mut taken) = (String::new(), form, taken.iter());
    while let Some((before, _, after)) = split(left) {
        filled.push_str(before);
        if let Some(inside) = taken.next() {
            let in_code = filled.matches('`').count() % 2 == 1;
            match decimal(inside) {
                Some(figure) if !in_code => filled.push_str(&figure),
                _ => filled.push_str(&or_as_said(sentences, inside)),
            }
        }
        left = after;
    }
    filled + left
}

/// A figure with a decimal comma; `None` for anything else. A figure with an exponent stays as it is typed.
fn decimal(word: &str) -> Option<String> {
    let (whole, part) = word.strip_prefix('-').unwrap_or(word).split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    (digits(whole) && digits(part)).then(|| word.replace('.', ","))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole {
    Word,
    Anything,
}

/// A form at its first hole.
fn split(form: &str) -> Option<(&str, Hole, &str)> {
    let at = form.find(['#', '{'])?;
    let (before, rest) = form.split_at(at);
    match rest.strip_prefix("{}") {
        Some(after) => Some((before, Hole::Anything, after)),
        None => Some((before, Hole::Word, &rest[1..])),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::Texts, *};
    use crate::report::ReportLocale;

    fn russian(said: &str) -> Option<String> {
        find(Texts::of(ReportLocale::Ru).sentences, said)
    }

    #[test]
    fn figures_and_sentences_inside_a_sentence_find_their_place() {
        for (said, expected) in [
            (
                "guide_up, 1 of at most 5: diagonality is 0.2, below 0.3, and does not rise (-0.01 over the last checks)",
                "`guide_up`, раз 1 из 5: диагональность 0,2, ниже 0,3, и не растёт (за последние оценки -0,01)",
            ),
            (
                "exponential decay, times 0.8 of the phase, times 0.5 of the fixes, times that of restarts",
                "экспоненциальный спад, множитель фазы 0,8, множитель исправлений 0,5, с множителем перезапусков",
            ),
            (
                "lr_down made it worse: `grad.norm` went from 12 to 30",
                "`lr_down` сделало хуже: `grad.norm` было 12, стало 30",
            ),
            (
                "5 steps in a row were not finite, after 2 restarts in a row: at step 10 5 steps in a row were not finite; at step 14 the network holds values that are not finite",
                "шагов подряд с нечисловыми значениями: 5; перезапусков подряд: 2: на шаге 10: шагов подряд с нечисловыми значениями: 5; на шаге 14: в сети есть не конечные числа",
            ),
        ] {
            assert_eq!(russian(said).as_deref(), Some(expected));
        }
        assert_eq!(russian("the moon is full"), None);
        assert_eq!(russian("diagonality of the moon is at least 0.3"), None);
    }

    #[test]
    fn both_sides_of_a_pair_have_the_same_holes() {
        let holes = |mut form: &'static str| {
            let mut found = Vec::new();
            while let Some((_, hole, after)) = split(form) {
                found.push(hole);
                form = after;
            }
            found
        };
        for (english, own) in Texts::of(ReportLocale::Ru).sentences {
            assert_eq!(holes(english), holes(own), "{english}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_asked_for(text in "[a-z;:,# {}\\p{Cyrillic}]{0,200}") {
            let shown = or_as_said(Texts::of(ReportLocale::Ru).sentences, &text);
            prop_assert_eq!(shown.is_empty(), text.is_empty());
        }
    }
}
