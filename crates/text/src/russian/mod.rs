//! The Russian chain: every class of token in words, lower case, stress marks as `+`.
//!
//! Numbers stand in the nominative, with the gender of what they count where the text shows it;
//! years, days and ordinals take the case that the words beside them ask for. A number after a
//! preposition is noted as guessed.

mod amounts;
mod dates;
mod forms;
mod money;
mod names;
mod nouns;
mod numbers;
mod ordinals;
mod roman;
mod units;
mod words;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::ascii;
use crate::english;
use crate::spaces::collapse;
use crate::tokens::{Grammar, Rule, Token, drawing, join, scan};

/// The mark of a stressed vowel; it stands after the vowel: `за+мок`.
pub(crate) const STRESS: char = '+';

/// Who is asked what begins at a place, in this order.
const RULES: [Rule; 27] = [
    names::address,
    names::tag,
    names::phone,
    names::internet,
    dates::numeric,
    names::version,
    dates::day_of_month,
    dates::years,
    dates::year,
    dates::dotted_time,
    dates::time,
    names::serial,
    ordinals::suffixed,
    money::before,
    ordinals::fraction,
    amounts::dimension,
    amounts::amount,
    roman::numeral,
    words::abbreviation,
    words::mixed,
    words::initials,
    names::power,
    english::emphasis,
    stress,
    names::sign,
    amounts::row,
    drawing,
];

static GRAMMAR: Grammar = Grammar {
    rules: &RULES,
    word: letters,
    mark,
};

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    scan(text, &GRAMMAR)
}

/// One pass over a text. The end mark belongs to the end of a whole text, and is not set here.
pub(crate) fn clean(text: &str) -> String {
    let joined: String = join(&tokens(text)).nfc().collect();
    collapse(&one_dot(&joined))
}

/// Whether the letter is a vowel that can carry stress.
pub(crate) fn is_vowel(c: char) -> bool {
    "аеёиоуыэюя".contains(c)
}

/// A word in lower case; an acute after a vowel is the stress of textbooks, a grave the secondary one.
fn letters(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.to_lowercase().chars() {
        match c {
            '\u{301}' | '\u{300}' if out.ends_with(is_vowel) => out.push(STRESS),
            'ѐ' => out.push_str("е+"),
            'ѝ' => out.push_str("и+"),
            'ʼ' => out.push('\''),
            c if c.is_ascii() || ('\u{400}'..='\u{52F}').contains(&c) || is_combining_mark(c) => {
                out.push(c);
            }
            c => out.push_str(&ascii::fold_latin(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

/// The mark of stress that a person has typed.
fn stress(at: &crate::tokens::At<'_>) -> Option<crate::tokens::Match> {
    let typed = at.first() == Some(STRESS) && at.last().is_some_and(char::is_alphabetic);
    typed.then(|| crate::tokens::Match::new(1, crate::Class::Punctuation, "+"))
}

/// Marks as the table has them; quotes leave nothing, dashes stand between blanks.
fn mark(c: char) -> Option<&'static str> {
    Some(match c {
        '"' | '«' | '»' | '„' | '“' | '”' | '‟' | '‹' | '›' => "",
        '‘' | '’' | '‚' | '‛' | '`' | '\'' => "'",
        '–' | '—' | '―' | '−' | '‒' => " - ",
        '-' | '‐' | '\u{2011}' => "-",
        '…' | '.' => ".",
        '!' => "!",
        '?' => "?",
        ',' => ",",
        ':' => ":",
        ';' => ";",
        '(' | '[' => "(",
        ')' | ']' => ")",
        '+' => "+",
        _ => return None,
    })
}

/// Dots that follow another end mark add nothing to it: `...` is `.`, `?..` is `?`.
fn one_dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '.' || !out.ends_with(['.', '?', '!']) {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
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
        check("объём\u{a0}щёк", "объём щёк.");
        check("\u{feff}да\u{ad}же", "даже.");
        check("", "");
    }

    #[test]
    fn all_quotes_are_treated_alike() {
        check("«да» “да” „да“ \"да\" ‹да›", "да да да да да.");
    }

    #[test]
    fn both_marks_of_stress_become_a_plus_after_the_vowel() {
        check("за\u{301}мок и замо\u{301}к", "за+мок и замо+к.");
        check("за+мок", "за+мок.");
        check("ЗА\u{301}МОК", "за+мок.");
        check("ю\u{300}гозапа\u{301}дный", "ю+гозапа+дный.");
    }
}
