//! What a piece of a text can be.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The class of a token. A closed list: every `match` on it is exhaustive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Letters that are read as they stand.
    Word,
    /// A whole number.
    Cardinal,
    /// A number that counts places: `3rd`, `5-й`.
    Ordinal,
    /// A number of a year or of a decade.
    Year,
    /// Digits that are read one by one.
    Digits,
    /// A number with a part after the point or comma.
    Decimal,
    /// A fraction, alone or after a whole number.
    Fraction,
    /// From one number to another.
    Range,
    /// A sum of money.
    Money,
    /// Parts of a hundred.
    Percent,
    /// A number with a unit of measure.
    Unit,
    /// A day, month or both.
    Date,
    /// A time of day.
    Time,
    /// A number in Roman numerals.
    Roman,
    /// A telephone number.
    Phone,
    /// An address of the internet protocol.
    Ip,
    /// A version of a program.
    Version,
    /// An address of a page or a mailbox, a handle or a hashtag.
    Web,
    /// Letters and digits side by side: `MP3`.
    Mixed,
    /// Shortened words that are read in full.
    Abbreviation,
    /// Letters with dots, or words in capitals, that may be spelled.
    Initials,
    /// A sign that is read as a word.
    Sign,
    /// ARPAbet phonemes in braces.
    Phonemes,
    /// A mark that is a pause or an intonation.
    Punctuation,
    /// White space.
    Space,
    /// What is written but not spoken, such as an emoji.
    Dropped,
    /// A character that nothing here can read.
    Unknown,
}

impl Class {
    /// The name, as `--json` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Cardinal => "cardinal",
            Self::Ordinal => "ordinal",
            Self::Year => "year",
            Self::Digits => "digits",
            Self::Decimal => "decimal",
            Self::Fraction => "fraction",
            Self::Range => "range",
            Self::Money => "money",
            Self::Percent => "percent",
            Self::Unit => "unit",
            Self::Date => "date",
            Self::Time => "time",
            Self::Roman => "roman",
            Self::Phone => "phone",
            Self::Ip => "ip",
            Self::Version => "version",
            Self::Web => "web",
            Self::Mixed => "mixed",
            Self::Abbreviation => "abbreviation",
            Self::Initials => "initials",
            Self::Sign => "sign",
            Self::Phonemes => "phonemes",
            Self::Punctuation => "punctuation",
            Self::Space => "space",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
