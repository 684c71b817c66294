//! From a text to the ids a network reads.

use serde::{Deserialize, Serialize};

use crate::cleaners::{self, settled};
use crate::russian::{STRESS, is_vowel};
use crate::symbols::PHONEME_MARK;
use crate::{Class, Cleaners, Note, SymbolTable, TextError, Token};

/// Cleaners and the table of one voice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frontend {
    /// The chains, applied in this order.
    pub cleaners: Vec<Cleaners>,
    /// The symbols of the voice.
    pub symbols: SymbolTable,
}

/// A text as a network reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolIds {
    /// One id per symbol, begin and end included where the table has them.
    pub ids: Vec<u32>,
    /// The text after cleaning.
    pub cleaned: String,
}

/// What a text becomes, token by token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The text after cleaning.
    pub cleaned: String,
    /// The tokens of the text as given; together they cover it.
    pub tokens: Vec<Token>,
}

/// A stretch of a text: characters, or ARPAbet phonemes in braces.
enum Span<'a> {
    Text(&'a str),
    Phonemes(&'a str),
}

impl Frontend {
    /// A front end with the table that fits the last chain; without chains, NVIDIA's.
    pub fn new(cleaners: Vec<Cleaners>) -> Self {
        let symbols = cleaners
            .last()
            .map_or_else(SymbolTable::nvidia, |c| c.default_table());
        Self::with_table(cleaners, symbols)
    }

    /// A front end with a given table, as a checkpoint stores it.
    pub fn with_table(cleaners: Vec<Cleaners>, symbols: SymbolTable) -> Self {
        Self { cleaners, symbols }
    }

    /// The text after cleaning. Phonemes in braces stay as they are.
    pub fn normalise(&self, text: &str) -> String {
        self.cleaners.iter().fold(text.to_owned(), |text, cleaner| {
            settled(&text, |text| {
                let cleaned: String = self
                    .spans(text)
                    .into_iter()
                    .map(|(_, span)| match span {
                        Span::Text(text) => cleaner.clean_span(text),
                        Span::Phonemes(inner) => braced(inner),
                    })
                    .collect();
                cleaner.finish(&cleaned)
            })
        })
    }

    /// Tells what becomes of every piece of a text, and what is doubtful about it.
    pub fn read(&self, text: &str) -> Reading {
        let mut tokens = Vec::new();
        for (start, span) in self.spans(text) {
            match span {
                Span::Text(part) => {
                    tokens.extend(self.tokens(part).into_iter().map(|token| Token {
                        span: token.span.start + start..token.span.end + start,
                        ..token
                    }));
                }
                Span::Phonemes(inner) => tokens.push(Token {
                    span: start..start + inner.len() + 2,
                    class: Class::Phonemes,
                    spoken: braced(inner),
                    notes: Vec::new(),
                }),
            }
        }
        Reading {
            cleaned: self.normalise(text),
            tokens,
        }
    }

    /// The tokens of a part of a text without phonemes, as all chains together leave them.
    fn tokens(&self, part: &str) -> Vec<Token> {
        let (mut tokens, others) = match self.cleaners.split_first() {
            Some((first, others)) => (first.tokens(part), others),
            None => (cleaners::verbatim(part), [].as_slice()),
        };
        for token in &mut tokens {
            token.spoken = others
                .iter()
                .fold(std::mem::take(&mut token.spoken), |text, cleaner| {
                    cleaner.clean_span(&text)
                });
            let mut unknown: Vec<char> = Vec::new();
            for c in token.spoken.chars() {
                if self.symbols.id_of_char(c).is_none() && !unknown.contains(&c) {
                    unknown.push(c);
                }
            }
            if token.class == Class::Unknown && unknown.is_empty() {
                token.class = Class::Punctuation;
            }
            let unknown = unknown
                .into_iter()
                .map(|character| Note::Unknown { character });
            token.notes.splice(0..0, unknown);
        }
        tokens
    }

    /// Cleans a text and looks every symbol up.
    ///
    /// # Errors
    /// [`TextError::UnknownCharacters`] with every distinct character that has no symbol;
    /// [`TextError::UnknownPhoneme`] and [`TextError::MisplacedStress`] for marks that mean
    /// nothing; [`TextError::Empty`] if no letter or phoneme is left to read.
    pub fn encode(&self, text: &str) -> Result<SymbolIds, TextError> {
        let cleaned = self.normalise(text);
        let mut ids = Vec::with_capacity(cleaned.len() + 2);
        let mut unknown: Vec<char> = Vec::new();
        let mut audible = false;
        for (_, span) in self.spans(&cleaned) {
            match span {
                Span::Phonemes(inner) => {
                    audible = true;
                    self.push_phonemes(inner, &cleaned, &mut ids)?;
                }
                Span::Text(part) => {
                    for c in part.chars() {
                        audible |= c.is_alphanumeric();
                        match self.symbols.id_of_char(c) {
                            Some(id) => ids.push(id),
                            None if unknown.contains(&c) => {}
                            None => unknown.push(c),
                        }
                    }
                }
            }
        }
        if !unknown.is_empty() {
            return Err(TextError::UnknownCharacters {
                characters: unknown,
                text: cleaned,
            });
        }
        if !audible {
            return Err(TextError::Empty {
                text: text.to_owned(),
            });
        }
        self.check_stress(&cleaned)?;
        if let Some((begin, end)) = self.symbols.begin_end() {
            ids.insert(0, begin);
            ids.push(end);
        }
        Ok(SymbolIds { ids, cleaned })
    }

    fn push_phonemes(&self, inner: &str, text: &str, ids: &mut Vec<u32>) -> Result<(), TextError> {
        for phoneme in inner.split_whitespace() {
            let id = self
                .symbols
                .id(&format!("{PHONEME_MARK}{phoneme}"))
                .ok_or_else(|| TextError::UnknownPhoneme {
                    phoneme: phoneme.to_owned(),
                    text: text.to_owned(),
                })?;
            ids.push(id);
        }
        Ok(())
    }

    /// A Russian stress mark means something after a vowel only.
    fn check_stress(&self, cleaned: &str) -> Result<(), TextError> {
        if !self.cleaners.contains(&Cleaners::RussianCleaners) {
            return Ok(());
        }
        for word in cleaned.split(' ').filter(|word| word.contains(STRESS)) {
            let mut before = None;
            for c in word.chars() {
                if c == STRESS && !before.is_some_and(is_vowel) {
                    return Err(TextError::MisplacedStress {
                        word: word.to_owned(),
                    });
                }
                before = Some(c);
            }
        }
        Ok(())
    }

    /// Cuts a text at its `{...}` groups, where the table has phonemes; each part with its place.
    fn spans<'a>(&self, text: &'a str) -> Vec<(usize, Span<'a>)> {
        let mut spans = Vec::new();
        let mut start = 0;
        let mut from = 0;
        while self.symbols.has_phonemes()
            && let Some((open, close)) = group(text, from)
        {
            from = close + 1;
            let inner = &text[open + 1..close];
            if inner.trim().is_empty() {
                continue;
            }
            spans.push((start, Span::Text(&text[start..open])));
            spans.push((open, Span::Phonemes(inner)));
            start = from;
        }
        spans.push((start, Span::Text(&text[start..])));
        spans
    }
}

/// Phonemes as a cleaned text has them.
fn braced(inner: &str) -> String {
    let phonemes: Vec<&str> = inner.split_whitespace().collect();
    format!("{{{}}}", phonemes.join(" "))
}

/// The byte positions of the first `{` at or after `from` and of the next `}`.
fn group(text: &str, from: usize) -> Option<(usize, usize)> {
    let open = from + text[from..].find('{')?;
    let close = open + text[open..].find('}')?;
    Some((open, close))
}
