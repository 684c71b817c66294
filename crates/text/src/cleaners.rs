//! The named cleaning chains a voice can be trained with.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::russian::RussianChain;
use crate::spaces::{collapse, end_mark, is_invisible};
use crate::{SymbolTable, TextError, ascii, english};

/// A chain of rewriting steps, named as in NVIDIA's `text_cleaners`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cleaners {
    /// Latin letters to ASCII, lower case, numbers and abbreviations in words.
    ///
    /// Readings are keithito's. They differ where his destroy the text: thousands commas must
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
        self.finish(&self.clean_span(text))
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
            Self::RussianCleaners => RussianChain::default().clean(text),
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
