//! What can be wrong with a text, a table or a name.

use thiserror::Error;

/// Why a text cannot be turned into symbols.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TextError {
    /// The table has no symbol for some characters of the cleaned text.
    #[error(
        "no symbol for {} in `{}`\n{}",
        list(characters),
        excerpt(text),
        hint(characters)
    )]
    UnknownCharacters {
        /// Every distinct unknown character, in order of first appearance.
        characters: Vec<char>,
        /// The text after cleaning.
        text: String,
    },
    /// A `{...}` group names a phoneme that the table does not hold.
    #[error(
        "no phoneme `{phoneme}` in `{}`\nhint: `{{...}}` takes ARPAbet in capitals, as in `{{HH AW1 S}}`",
        excerpt(text)
    )]
    UnknownPhoneme {
        /// The phoneme as written.
        phoneme: String,
        /// The text after cleaning.
        text: String,
    },
    /// A stress mark does not follow a vowel.
    #[error(
        "stress mark without a vowel before it in `{word}`\nhint: `+` goes after the stressed vowel, as in `за+мок`"
    )]
    MisplacedStress {
        /// The word with the mark.
        word: String,
    },
    /// Nothing to pronounce is left after cleaning.
    #[error("nothing to read in `{}`", excerpt(text))]
    Empty {
        /// The text as given.
        text: String,
    },
    /// An id that the table does not hold.
    #[error("symbol id {id} is outside the table of {len} symbols")]
    UnknownId {
        /// The id.
        id: u32,
        /// Number of symbols in the table.
        len: usize,
    },
    /// A table without symbols.
    #[error("a symbol table needs at least the padding symbol")]
    EmptyTable,
    /// A table that holds an empty symbol.
    #[error("symbol {index} of the table is empty")]
    EmptySymbol {
        /// Its position.
        index: usize,
    },
    /// A table that holds a symbol twice, which would shift or merge ids.
    #[error("symbol `{symbol}` stands twice in the table, at {first} and {second}")]
    DuplicateSymbol {
        /// The symbol.
        symbol: String,
        /// Its first position.
        first: usize,
        /// Its second position.
        second: usize,
    },
    /// A name that is no cleaner.
    #[error("unknown cleaners `{name}`, expected one of {expected}")]
    UnknownCleaners {
        /// The name as given.
        name: String,
        /// The names there are.
        expected: String,
    },
}

/// Characters listed before "and N more".
const LISTED: usize = 20;
/// Characters of a text shown in a message.
const SHOWN: usize = 80;

fn list(characters: &[char]) -> String {
    let mut out: Vec<String> = characters
        .iter()
        .take(LISTED)
        .map(|&c| format!("`{}` (U+{:04X})", c.escape_debug(), u32::from(c)))
        .collect();
    if characters.len() > LISTED {
        out.push(format!("{} more", characters.len() - LISTED));
    }
    out.join(", ")
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn hint(characters: &[char]) -> &'static str {
    let any = |test: fn(char) -> bool| characters.iter().any(|&c| test(c));
    if any(|c| ('\u{400}'..='\u{52F}').contains(&c)) {
        "hint: the text has Cyrillic letters that this table does not hold: a Russian voice is made \
         with `russian_cleaners`, and `transliteration_cleaners` write Cyrillic in Latin letters"
    } else if any(|c| c.is_ascii_digit()) {
        "hint: write numbers out in words"
    } else if any(|c| c.is_alphabetic() && !c.is_ascii()) {
        "hint: the text is in a script that this table does not hold: \
         `transliteration_cleaners` write it in Latin letters"
    } else {
        "hint: remove these characters or spell them out"
    }
}
