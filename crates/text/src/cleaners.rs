//! The named cleaning chains a voice can be trained with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::spaces::{collapse, end_mark, is_invisible};
use crate::tokens::{Grammar, Token, scan};
use crate::{SymbolTable, TextError, ascii, english, russian};

/// A chain of rewriting steps, named as in NVIDIA's `text_cleaners`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleaners {
    /// Latin letters to ASCII, lower case, numbers and abbreviations in words.
    ///
    /// Readings are keithito's. They differ where his destroy the text: what has its thousands set
    /// apart, a unit or a currency is never read as a year; thousands commas must
    /// separate thousands; `$1.5` is fifty cents and `$1.5 million` are dollars; `1.05` keeps its
    /// zero; `%` and `&` are read; double quotes, which have no symbol, are left out; scripts other
    /// than Latin stay as they are and are reported.
    EnglishCleaners,
    /// Letters normalised (NFC), lower case, `ё` kept, quotes and dashes unified, stress marks to
    /// `+`, one end mark.
    RussianCleaners,
    /// Lower case and single spaces.
    BasicCleaners,
    /// Any script in ASCII letters, lower case, one end mark.
    TransliterationCleaners,
}

impl Cleaners {
    /// Every chain there is.
    pub const ALL: [Self; 4] = [
        Self::EnglishCleaners,
        Self::RussianCleaners,
        Self::BasicCleaners,
        Self::TransliterationCleaners,
    ];

    /// The name in hyper-parameters and checkpoints.
    pub fn name(self) -> &'static str {
        match self {
            Self::EnglishCleaners => "english_cleaners",
            Self::RussianCleaners => "russian_cleaners",
            Self::BasicCleaners => "basic_cleaners",
            Self::TransliterationCleaners => "transliteration_cleaners",
        }
    }

    /// Rewrites a whole text. Cleaning a clean text changes nothing.
    pub fn clean(self, text: &str) -> String {
        settled(text, |text| self.finish(&self.clean_span(text)))
    }

    /// The tokens of a text.
    pub(crate) fn tokens(self, text: &str) -> Vec<Token> {
        match self {
            Self::EnglishCleaners => english::tokens(text),
            Self::RussianCleaners => russian::tokens(text),
            Self::BasicCleaners => scan(text, &BASIC),
            Self::TransliterationCleaners => scan(text, &TRANSLITERATION),
        }
    }

    /// The table that fits this chain where nothing else is asked for.
    pub fn default_table(self) -> SymbolTable {
        match self {
            Self::RussianCleaners => SymbolTable::russian(),
            Self::EnglishCleaners | Self::BasicCleaners | Self::TransliterationCleaners => {
                SymbolTable::nvidia()
            }
        }
    }

    /// Rewrites a part of a text: everything but what concerns its two ends.
    pub(crate) fn clean_span(self, text: &str) -> String {
        match self {
            Self::EnglishCleaners => english::clean(text),
            Self::RussianCleaners => russian::clean(text),
            Self::BasicCleaners => {
                let visible: String = text.chars().filter(|&c| !is_invisible(c)).collect();
                collapse(&visible.to_lowercase())
            }
            Self::TransliterationCleaners => collapse(&ascii::transliterate(text)),
        }
    }

    /// Trims the ends of a whole text and sets the end mark of the chains that have one.
    pub(crate) fn finish(self, text: &str) -> String {
        let text = text.trim();
        match self {
            Self::EnglishCleaners | Self::BasicCleaners => text.to_owned(),
            Self::RussianCleaners | Self::TransliterationCleaners => end_mark(text),
        }
    }
}

/// Chains that know no numbers: words, marks, and what the table says of the rest.
static BASIC: Grammar = Grammar {
    rules: &[],
    word: str::to_lowercase,
    mark: ascii_mark,
};
static TRANSLITERATION: Grammar = Grammar {
    rules: &[],
    word: ascii::transliterate,
    mark: ascii::fold_mark,
};
static VERBATIM: Grammar = Grammar {
    rules: &[],
    word: str::to_owned,
    mark: ascii_mark,
};

fn ascii_mark(c: char) -> Option<&'static str> {
    if c.is_ascii() {
        ascii::fold_mark(c).filter(|mark| mark.starts_with(c))
    } else {
        None
    }
}

/// The tokens of a text that no chain cleans.
pub(crate) fn verbatim(text: &str) -> Vec<Token> {
    scan(text, &VERBATIM)
}

/// Cleans until nothing changes: where a mark is left out, an abbreviation may only now meet its
/// dot, and a clean text has to stay as it is.
pub(crate) fn settled(text: &str, clean: impl Fn(&str) -> String) -> String {
    const PASSES: usize = 8;
    let mut cleaned = clean(text);
    for _ in 1..PASSES {
        let next = clean(&cleaned);
        if next == cleaned {
            break;
        }
        cleaned = next;
    }
    cleaned
}

impl fmt::Display for Cleaners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Cleaners {
    type Err = TextError;

    fn from_str(name: &str) -> Result<Self, TextError> {
        Self::ALL
            .into_iter()
            .find(|cleaners| cleaners.name() == name)
            .ok_or_else(|| TextError::UnknownCleaners {
                name: name.to_owned(),
                expected: Self::ALL.map(|c| format!("`{c}`")).join(", "),
            })
    }
}
