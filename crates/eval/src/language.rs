//! The languages that sentences and words for people come in.

use serde::Serialize;

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Russian.
    Ru,
}

impl Language {
    /// One of two words.
    pub(crate) fn choose<'a>(self, english: &'a str, russian: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Ru => russian,
        }
    }
}
