//! The English chain: every class of token in words, letters in ASCII and lower case.
//!
//! One file per family of classes; to add a class of token, write a rule beside its siblings, put
//! it into [`RULES`] before those that would claim a part of it, and give it lines in
//! `tests/it/english_numbers_table.rs`.
//!
//! # Source
//! Whole numbers, money, ordinals, decimals and the first eighteen abbreviations keep the readings
//! of keithito/tacotron (`text/cleaners.py`, `text/numbers.py`), with which NVIDIA's voices were
//! trained.

mod amounts;
mod dates;
mod fractions;
mod mixed;
mod money;
mod names;
mod numbers;
mod roman;
mod signs;
mod units;
mod words;

pub(crate) use fractions::vulgar;
pub(crate) use signs::{emphasis, superscript};

use unicode_normalization::UnicodeNormalization;

use crate::ascii;
use crate::spaces::collapse;
use crate::tokens::{Grammar, Rule, Token, drawing, join, scan};

/// Who is asked what begins at a place, in this order.
const RULES: [Rule; 31] = [
    names::address,
    names::tag,
    names::phone,
    names::internet,
    names::version,
    dates::iso,
    dates::iso_time,
    dates::numeric,
    dates::days,
    dates::month_first,
    dates::day_first,
    dates::time,
    names::serial,
    money::before,
    money::after,
    fractions::feet,
    fractions::fraction,
    amounts::decade,
    amounts::ordinal,
    amounts::dimension,
    amounts::amount,
    roman::numeral,
    words::abbreviation,
    words::month,
    mixed::letters_and_digits,
    words::initials,
    signs::power,
    signs::emphasis,
    signs::by,
    signs::sign,
    drawing,
];

static GRAMMAR: Grammar = Grammar {
    rules: &RULES,
    word: ascii::fold_latin,
    mark: ascii::fold_mark,
};

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    scan(text, &GRAMMAR)
}

/// One pass over a text.
pub(crate) fn clean(text: &str) -> String {
    // Marks may meet the letters of other scripts only now that quotes are gone.
    let joined: String = join(&tokens(text)).nfc().collect();
    collapse(&joined)
}
