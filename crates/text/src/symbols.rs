//! Symbol tables: which strings have an id.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{TextError, russian::STRESS};

/// The symbol that padding of a batch uses; it has id 0 in every table.
const PAD: &str = "_";
/// Begin and end of an utterance, in tables that have them.
const BEGIN: &str = "^";
const END: &str = "~";
/// What a phoneme is written with in a table.
pub(crate) const PHONEME_MARK: char = '@';

/// The 84 ARPAbet phonemes of NVIDIA's table, in its order.
const ARPABET: &str = "AA AA0 AA1 AA2 AE AE0 AE1 AE2 AH AH0 AH1 AH2 AO AO0 AO1 AO2 AW AW0 AW1 AW2 \
    AY AY0 AY1 AY2 B CH D DH EH EH0 EH1 EH2 ER ER0 ER1 ER2 EY EY0 EY1 EY2 F G HH IH IH0 IH1 IH2 \
    IY IY0 IY1 IY2 JH K L M N NG OW OW0 OW1 OW2 OY OY0 OY1 OY2 P R S SH T TH UH UH0 UH1 UH2 \
    UW UW0 UW1 UW2 V W Y Z ZH";

/// A numbered list of distinct symbols.
///
/// Symbol 0 is padding. A symbol is one character, or a phoneme such as `@AW1`. A table that holds
/// both `^` and `~` wraps every utterance in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct SymbolTable {
    symbols: Vec<String>,
    ids: HashMap<String, u32>,
    begin_end: Option<(u32, u32)>,
}

impl SymbolTable {
    /// The 148 symbols of NVIDIA's Tacotron 2, in its order.
    ///
    /// # Source
    /// NVIDIA/tacotron2, `text/symbols.py`: padding, `-`, punctuation, letters, ARPAbet.
    pub fn nvidia() -> Self {
        let characters = [PAD, "-"].into_iter().map(str::to_owned);
        let punctuation = "!'(),.:;? ".chars().map(String::from);
        let letters = ('A'..='Z').chain('a'..='z').map(String::from);
        let phonemes = ARPABET.split(' ').map(|p| format!("{PHONEME_MARK}{p}"));
        Self::of(characters.chain(punctuation).chain(letters).chain(phonemes))
    }

    /// The Russian table: padding, begin, end, space, punctuation, stress `+`, 33 letters, a–z.
    pub fn russian() -> Self {
        let marks = [PAD, BEGIN, END, " "].into_iter().map(str::to_owned);
        let punctuation = "!?.,:;-()'\"+".chars().map(String::from);
        let cyrillic = ('а'..='е').chain(['ё']).chain('ж'..='я').map(String::from);
        let latin = ('a'..='z').map(String::from);
        Self::of(marks.chain(punctuation).chain(cyrillic).chain(latin))
    }

    fn of(symbols: impl Iterator<Item = String>) -> Self {
        Self::from_symbols(symbols.collect()).expect("the built-in tables hold no symbol twice")
    }

    /// A table of these symbols, numbered from 0; the first one is padding.
    ///
    /// # Errors
    /// If there is no symbol, or one is empty or stands twice.
    pub fn from_symbols(symbols: Vec<String>) -> Result<Self, TextError> {
        if symbols.is_empty() {
            return Err(TextError::EmptyTable);
        }
        let mut ids = HashMap::with_capacity(symbols.len());
        for (index, symbol) in symbols.iter().enumerate() {
            if symbol.is_empty() {
                return Err(TextError::EmptySymbol { index });
            }
            if let Some(first) = ids.insert(symbol.clone(), index as u32) {
                return Err(TextError::DuplicateSymbol {
                    symbol: symbol.clone(),
                    first: first as usize,
                    second: index,
                });
            }
        }
        let begin_end = ids.get(BEGIN).copied().zip(ids.get(END).copied());
        Ok(Self {
            symbols,
            ids,
            begin_end,
        })
    }

    /// Number of symbols, padding included.
    #[allow(clippy::len_without_is_empty, reason = "a table always holds padding")]
    pub fn len(&self) -> usize {
        self.symbols.len()
    }

    /// The id of a symbol.
    pub fn id(&self, symbol: &str) -> Option<u32> {
        self.ids.get(symbol).copied()
    }

    /// The symbol with this id.
    pub fn symbol(&self, id: u32) -> Option<&str> {
        self.symbols.get(id as usize).map(String::as_str)
    }

    /// All symbols, in order of their ids.
    pub fn symbols(&self) -> &[String] {
        &self.symbols
    }

    /// The id of padding.
    pub fn pad(&self) -> u32 {
        0
    }

    /// The ids of begin and end of an utterance, where the table has them.
    pub fn begin_end(&self) -> Option<(u32, u32)> {
        self.begin_end
    }

    /// Ids of the symbols that sound: letters, digits, phonemes and the stress mark; neither spaces
    /// nor punctuation.
    pub fn spoken(&self) -> Vec<u32> {
        let sounds = |symbol: &String| {
            symbol.chars().any(char::is_alphanumeric) || symbol.chars().eq([STRESS])
        };
        let ids = (0..).zip(&self.symbols);
        ids.filter(|(id, symbol)| !self.is_control(*id) && sounds(symbol))
            .map(|(id, _)| id)
            .collect()
    }

    /// The text that ids stand for; padding, begin and end leave no trace, phonemes stand in braces.
    ///
    /// # Errors
    /// If an id is outside the table.
    pub fn decode(&self, ids: &[u32]) -> Result<String, TextError> {
        let mut out = String::new();
        let mut in_phonemes = false;
        for &id in ids {
            let len = self.len();
            let symbol = self.symbol(id).ok_or(TextError::UnknownId { id, len })?;
            if self.is_control(id) {
                continue;
            }
            let phoneme = symbol.strip_prefix(PHONEME_MARK).filter(|p| !p.is_empty());
            match (in_phonemes, phoneme.is_some()) {
                (false, true) => out.push('{'),
                (true, true) => out.push(' '),
                (true, false) => out.push('}'),
                (false, false) => {}
            }
            in_phonemes = phoneme.is_some();
            out.push_str(phoneme.unwrap_or(symbol));
        }
        if in_phonemes {
            out.push('}');
        }
        Ok(out)
    }

    /// Whether `{HH AW1 S}` means something to this table.
    pub(crate) fn has_phonemes(&self) -> bool {
        self.symbols
            .iter()
            .any(|s| s.len() > 1 && s.starts_with(PHONEME_MARK))
    }

    /// The id of a character of a text; padding, begin and end cannot be written in a text.
    pub(crate) fn id_of_char(&self, c: char) -> Option<u32> {
        let id = self.id(c.encode_utf8(&mut [0; 4]))?;
        (!self.is_control(id)).then_some(id)
    }

    /// Whether the symbol stands for no text: padding, begin, end.
    pub(crate) fn is_control(&self, id: u32) -> bool {
        id == self.pad() || self.begin_end.is_some_and(|(b, e)| id == b || id == e)
    }
}

impl TryFrom<Vec<String>> for SymbolTable {
    type Error = TextError;

    fn try_from(symbols: Vec<String>) -> Result<Self, TextError> {
        Self::from_symbols(symbols)
    }
}

impl From<SymbolTable> for Vec<String> {
    fn from(table: SymbolTable) -> Self {
        table.symbols
    }
}
