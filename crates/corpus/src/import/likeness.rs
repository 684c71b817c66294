//! How alike two texts are.

use std::collections::BTreeMap;

/// Words that two texts share, as a share of those of the shorter one, if they are about as long.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    let words = |text: &str| -> BTreeMap<String, usize> {
        let mut count = BTreeMap::new();
        let lower = text.to_lowercase();
        for word in lower
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty())
        {
            *count.entry(word.to_owned()).or_insert(0) += 1;
        }
        count
    };
    let (a, b) = (words(a), words(b));
    let total = |words: &BTreeMap<String, usize>| words.values().sum::<usize>();
    let shorter = total(&a).min(total(&b));
    let shared: usize = a
        .iter()
        .map(|(word, n)| b.get(word).copied().unwrap_or(0).min(*n))
        .sum();
    // Words in place of a number are many, words in place of words are not.
    if shorter == 0 || total(&a).max(total(&b)) > 12 * shorter {
        0.0
    } else {
        shared as f64 / shorter as f64
    }
}
