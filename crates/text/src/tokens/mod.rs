//! A text cut into tokens, each with its class, what is spoken for it, and what is doubtful.
//!
//! A language is a [`Grammar`]: an ordered list of rules, each of which looks at one place of the
//! text and may claim what begins there. What no rule claims is a word, a mark or unknown, so that
//! nothing of a text can get lost between the rules.

mod class;
mod scan;
mod source;

use std::fmt;
use std::ops::Range;

use serde::Serialize;

pub use class::Class;
pub(crate) use scan::{At, Grammar, Match, Rule, drawing, is_letter, pattern, scan};
pub(crate) use source::{Source, is_drawing};

/// One piece of a text and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Where it stands in the text as given, in bytes.
    pub span: Range<usize>,
    /// What it is.
    pub class: Class,
    /// What is spoken for it; empty where it is not heard.
    pub spoken: String,
    /// What is doubtful about it.
    pub notes: Vec<Note>,
}

/// What is doubtful about a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// The voice has no symbol for a character: the text is refused.
    Unknown {
        /// The character.
        character: char,
    },
    /// It can be read in another way as well.
    Ambiguous {
        /// The other reading.
        other: String,
    },
    /// The reading does not follow from the text alone.
    Guessed {
        /// What was assumed.
        reason: String,
    },
    /// It is written but not spoken.
    LeftOut {
        /// What was left out.
        what: String,
    },
}

impl Note {
    /// Another reading exists.
    pub(crate) fn or(other: impl Into<String>) -> Self {
        Self::Ambiguous {
            other: other.into(),
        }
    }

    /// Something was assumed.
    pub(crate) fn guess(reason: impl Into<String>) -> Self {
        Self::Guessed {
            reason: reason.into(),
        }
    }

    /// The kind in one word, as `--json` has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Guessed { .. } => "guessed",
            Self::LeftOut { .. } => "left_out",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { character } => {
                write!(
                    f,
                    "unknown: no symbol for `{character}` (U+{:04X})",
                    u32::from(*character)
                )
            }
            Self::Ambiguous { other } => write!(f, "ambiguous: or {other}"),
            Self::Guessed { reason } => write!(f, "guessed: {reason}"),
            Self::LeftOut { what } => write!(f, "not spoken: `{what}`"),
        }
    }
}

/// The words of tokens, one after another.
///
/// Pieces that stand side by side without a space stay apart where letters would run together:
/// `Mr.Smith` is `mister smith`.
pub(crate) fn join(tokens: &[Token]) -> String {
    let mut out = String::new();
    let (mut dropped, mut after_sign) = (false, false);
    for token in tokens {
        let first = token.spoken.chars().next();
        if dropped && first.is_some_and(|c| ",.!?;:".contains(c)) {
            out.truncate(out.trim_end().len());
        }
        dropped = token.class == Class::Dropped;
        let last = out.chars().next_back();
        let word = first.is_some_and(char::is_alphanumeric);
        let runs_together = word && last.is_some_and(char::is_alphanumeric);
        // A word for a sign stands apart: `f(x)=x` is `f(x) equals x`.
        let sign = token.class == Class::Sign && word && last == Some(')')
            || after_sign && first == Some('(') && last.is_some_and(char::is_alphanumeric);
        after_sign = token.class == Class::Sign;
        if runs_together || sign {
            out.push(' ');
        }
        out.push_str(&token.spoken);
    }
    out
}
