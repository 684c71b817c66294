//! The fewest edits that turn what was to be said into what was heard.

use serde::Serialize;

/// Edits between two sequences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Edits {
    /// Items that were heard as others.
    pub substitutions: usize,
    /// Items that were not heard.
    pub deletions: usize,
    /// Items that were heard and not to be said.
    pub insertions: usize,
}

impl Edits {
    /// All of them.
    #[must_use]
    pub fn count(self) -> usize {
        self.substitutions + self.deletions + self.insertions
    }
}

/// The fewest edits from `said` to `heard` (Levenshtein's distance). Of equally few those with more
/// substitutions are counted.
#[must_use]
pub fn edits<T: PartialEq>(said: &[T], heard: &[T]) -> Edits {
    let insertions = |count| Edits {
        insertions: count,
        ..Edits::default()
    };
    let mut above: Vec<Edits> = (0..=heard.len()).map(insertions).collect();
    for (row, item) in said.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        current.push(Edits {
            deletions: row + 1,
            ..Edits::default()
        });
        for (column, other) in heard.iter().enumerate() {
            let mut best = above[column];
            best.substitutions += usize::from(item != other);
            let mut deleted = above[column + 1];
            deleted.deletions += 1;
            let mut inserted = current[column];
            inserted.insertions += 1;
            for candidate in [deleted, inserted] {
                if candidate.count() < best.count() {
                    best = candidate;
                }
            }
            current.push(best);
        }
        above = current;
    }
    above[heard.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(said: &str, heard: &str) -> Edits {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        edits(&letters(said), &letters(heard))
    }

    #[test]
    fn each_kind_is_counted() {
        assert_eq!(of("kitten", "sitting").count(), 3);
        assert_eq!(of("abc", "abc"), Edits::default());
        assert_eq!(of("abc", "").deletions, 3);
        assert_eq!(of("", "abc").insertions, 3);
        assert_eq!(of("abc", "axc").substitutions, 1);
    }

    proptest! {
        #[test]
        fn the_distance_is_a_metric(a in "[abc]{0,9}", b in "[abc]{0,9}", c in "[abc]{0,9}") {
            let distance = |x: &str, y: &str| of(x, y).count();
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert!(distance(&a, &c) <= distance(&a, &b) + distance(&b, &c));
            // What is left over on one side must be edits of that side.
            let found = of(&a, &b);
            let longer = found.insertions as i64 - found.deletions as i64;
            prop_assert_eq!(longer, b.len() as i64 - a.len() as i64);
        }
    }
}
