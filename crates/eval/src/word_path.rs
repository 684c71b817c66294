//! Which words of a text the attention of a voice left out or came back to.

use std::ops::Range;

/// Words of at most this many symbols are often read in passing.
const SHORT: usize = 2;
/// Steps on a word that was left behind, from which it counts as repeated.
const STEPS_BACK: usize = 2;

/// How the words of a text were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordsRead {
    /// Words of the text.
    pub words: usize,
    /// Words that no step rested on.
    pub skipped: usize,
    /// Words that were returned to.
    pub repeated: usize,
    /// Whether the last word was read.
    pub reached_end: bool,
}

/// The words among symbols: stretches of those that sound.
#[must_use]
pub fn words_of(sounds: &[bool]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut begun = None;
    for (index, &sounds) in sounds.iter().chain([&false]).enumerate() {
        match (begun, sounds) {
            (None, true) => begun = Some(index),
            (Some(start), false) => {
                words.push(start..index);
                begun = None;
            }
            _ => {}
        }
    }
    words
}

/// Follows the symbol that each decoder step rested on most through the words.
///
/// A word is skipped if no step rests on it (for words of one or two symbols: nor beside it). It is
/// repeated if at least two steps rest on its first half after one has rested on the next word.
#[must_use]
pub fn words_read(path: &[usize], words: &[Range<usize>]) -> WordsRead {
    let mut read = WordsRead {
        words: words.len(),
        ..WordsRead::default()
    };
    for (index, word) in words.iter().enumerate() {
        let beside = usize::from(word.len() <= SHORT);
        let around = word.start.saturating_sub(beside)..word.end + beside;
        let visited = path.iter().any(|symbol| around.contains(symbol));
        read.skipped += usize::from(!visited);
        read.reached_end = visited;
        let Some(next) = words.get(index + 1) else {
            continue;
        };
        let Some(left) = path.iter().position(|&symbol| symbol >= next.start) else {
            continue;
        };
        let first_half = word.start..word.start + word.len().div_ceil(2);
        let back = path[left..]
            .iter()
            .filter(|symbol| first_half.contains(symbol));
        read.repeated += usize::from(visited && back.count() >= STEPS_BACK);
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of a text whose letters sound, and how it is read by a path.
    fn check(text: &str, path: &[usize]) -> (usize, usize, bool) {
        let sounds: Vec<bool> = text.chars().map(char::is_alphabetic).collect();
        let read = words_read(path, &words_of(&sounds));
        (read.skipped, read.repeated, read.reached_end)
    }

    #[test]
    fn words_are_stretches_of_sounding_symbols() {
        let sounds: Vec<bool> = "ab, c.".chars().map(char::is_alphabetic).collect();
        assert_eq!(words_of(&sounds), [0..2, 4..5]);
        assert!(words_of(&[]).is_empty());
    }

    #[test]
    fn a_text_read_through_has_nothing_to_tell() {
        let path: Vec<usize> = (0..13).collect();
        assert_eq!(check("the cat slept", &path), (0, 0, true));
        // Trembling at the edge of two words is no repetition.
        assert_eq!(
            check("the cat slept", &[0, 1, 2, 4, 2, 4, 5, 6, 9]),
            (0, 0, true)
        );
    }

    #[test]
    fn skipped_and_repeated_words_are_counted() {
        assert_eq!(check("the cat slept", &[0, 1, 2, 9, 10, 12]), (1, 0, true));
        assert_eq!(
            check("the cat slept", &[0, 1, 2, 4, 5, 6, 8, 4, 5, 6, 8, 9]),
            (0, 1, true)
        );
        assert_eq!(check("the cat slept", &[0, 1, 2, 4, 5]), (1, 0, false));
        // A short word is read in passing.
        assert_eq!(check("not a cat", &[0, 1, 2, 3, 6, 7, 8]), (0, 0, true));
        assert_eq!(check("the cat", &[]), (2, 0, false));
    }
}
