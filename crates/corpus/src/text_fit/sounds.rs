//! Which sound each symbol stands for, as far as a recording can tell.

use std::collections::BTreeMap;

use diktor_text::SymbolTable;

/// Number of a sound; those of the letters follow [`PAUSE`].
pub(super) type Sound = u16;

/// Spaces and punctuation: a silence that may be left out.
pub(super) const PAUSE: Sound = 0;

/// The sounds of a symbol table.
#[derive(Debug)]
pub(super) struct Sounds {
    /// By the id of a symbol; `None` of what has no sound and no pause of its own.
    of: Vec<Option<Sound>>,
    count: usize,
}

impl Sounds {
    /// Upper and lower case are one sound, and so are a phoneme's stresses: small corpora have too
    /// few of each to tell them apart. A stress mark, an apostrophe and padding are nothing.
    pub(super) fn of(table: &SymbolTable) -> Self {
        let mut numbers = BTreeMap::new();
        let spoken = table.spoken();
        let sound = |(id, symbol): (u32, &String)| {
            if !symbol.chars().any(char::is_alphanumeric) {
                return (symbol.chars().all(|c| c == ' ' || ".,:;!?()-".contains(c)))
                    .then_some(PAUSE);
            }
            spoken.contains(&id).then(|| {
                let next = numbers.len() as Sound + 1;
                *numbers.entry(name(symbol)).or_insert(next)
            })
        };
        let of: Vec<Option<Sound>> = (0..).zip(table.symbols()).map(sound).collect();
        Self {
            of,
            count: numbers.len() + 1,
        }
    }

    /// How many there are, the pause among them.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// What a text sounds like: its sounds, with one pause between words and one at either end.
    pub(super) fn read(&self, symbols: &[u32]) -> Vec<Sound> {
        let mut read = vec![PAUSE];
        for id in symbols {
            match self.of.get(*id as usize).copied().flatten() {
                Some(PAUSE) if read.last() == Some(&PAUSE) => {}
                Some(sound) => read.push(sound),
                None => {}
            }
        }
        if read.last() != Some(&PAUSE) {
            read.push(PAUSE);
        }
        read
    }
}

/// What symbols of one sound have in common.
fn name(symbol: &str) -> String {
    if symbol.chars().count() > 1 {
        symbol
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    } else {
        symbol.to_lowercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &SymbolTable, symbols: &[&str]) -> Vec<Sound> {
        let ids: Vec<u32> = symbols.iter().map(|s| table.id(s).unwrap()).collect();
        Sounds::of(table).read(&ids)
    }

    #[test]
    fn words_are_between_pauses_and_case_makes_no_sound() {
        let table = SymbolTable::nvidia();
        let upper = read(&table, &["A", "b", ",", " ", "A", "."]);
        assert_eq!(upper, read(&table, &["a", "B", " ", "a"]));
        assert_eq!(
            (upper.len(), upper[0], upper[3], upper[5]),
            (6, PAUSE, PAUSE, PAUSE)
        );
        assert_eq!((upper[1], upper[1] == upper[2]), (upper[4], false));
    }

    #[test]
    fn a_phoneme_sounds_alike_with_every_stress() {
        let table = SymbolTable::nvidia();
        let with = |vowel| read(&table, &["@HH", vowel, "@S"]);
        assert_eq!(with("@AW1"), with("@AW"));
        assert_ne!(with("@AW1"), with("@AO1"));
    }

    #[test]
    fn begin_end_stress_and_padding_are_nothing() {
        let table = SymbolTable::russian();
        let marked = read(&table, &["^", "а", "+", "р", "'", "~", "_"]);
        assert_eq!(marked, read(&table, &["а", "р"]));
        assert_eq!(Sounds::of(&table).read(&[]), [PAUSE]);
        assert_eq!(Sounds::of(&table).read(&[9999]), [PAUSE]);
    }
}
