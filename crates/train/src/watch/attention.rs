//! How the attention of the validation set fails, told when it changes.

use std::collections::BTreeMap;

use diktor_track::{AttentionChange, Collapse, names};
use serde::{Deserialize, Serialize};

/// A class must be seen at so many validations in a row before it counts: one validation in between
/// two classes should not be told twice.
const IN_A_ROW: u64 = 2;

/// Remembers the class that was told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AttentionWatch {
    told: Option<Collapse>,
    candidate: Option<Collapse>,
    seen: u64,
}

impl AttentionWatch {
    /// The class that counts now.
    pub fn class(&self) -> Option<Collapse> {
        self.told
    }

    /// Looks at the metrics of a validation; says what changed, if it did.
    pub fn validated(&mut self, metrics: &BTreeMap<String, f64>) -> Option<AttentionChange> {
        let (class, share) = class_of(metrics)?;
        self.seen = if self.candidate == Some(class) {
            self.seen + 1
        } else {
            1
        };
        self.candidate = Some(class);
        let first = self.told.is_none();
        if self.told == Some(class) || (!first && self.seen < IN_A_ROW) {
            return None;
        }
        let from = self.told.replace(class);
        let diagonality = metrics
            .get(names::ALIGNMENT_DIAGONALITY)
            .copied()
            .unwrap_or(f64::NAN);
        Some(AttentionChange {
            from,
            to: class,
            share,
            diagonality,
        })
    }
}

/// The class of the most utterances and their share; of two as frequent, the more thorough failure.
pub(crate) fn class_of(metrics: &BTreeMap<String, f64>) -> Option<(Collapse, f64)> {
    let share = |class| metrics.get(names::share_of(class)?).copied();
    let failed: Vec<(Collapse, f64)> = Collapse::ALL
        .into_iter()
        .filter_map(|class| Some((class, share(class)?)))
        .collect();
    if failed.is_empty() {
        return None;
    }
    let sound = 1.0 - failed.iter().map(|(_, share)| share).sum::<f64>();
    let mut most = (Collapse::Ok, sound);
    for (class, share) in failed.into_iter().rev() {
        if share >= most.1 {
            most = (class, share);
        }
    }
    Some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metrics(shares: &[(Collapse, f64)]) -> BTreeMap<String, f64> {
        let mut metrics: BTreeMap<String, f64> = Collapse::ALL
            .into_iter()
            .filter_map(|class| Some((names::share_of(class)?.to_owned(), 0.0)))
            .collect();
        metrics.insert(names::ALIGNMENT_DIAGONALITY.to_owned(), 0.25);
        for (class, share) in shares {
            let name = names::share_of(*class).unwrap();
            metrics.insert(name.to_owned(), *share);
        }
        metrics
    }

    #[test]
    fn the_class_is_that_of_the_most_utterances() {
        let check = |shares: &[(Collapse, f64)], expected| {
            let (class, share) = class_of(&metrics(shares)).unwrap();
            assert_eq!(class, expected, "{shares:?}");
            assert!((0.0..=1.0).contains(&share));
        };
        check(&[], Collapse::Ok);
        check(&[(Collapse::Stuck, 0.4)], Collapse::Ok);
        check(&[(Collapse::Stuck, 0.6)], Collapse::Stuck);
        check(
            &[(Collapse::Skipping, 0.4), (Collapse::Random, 0.4)],
            Collapse::Random,
        );
        assert_eq!(class_of(&BTreeMap::new()), None);
    }

    #[test]
    fn a_change_is_told_once_and_only_when_it_stays() {
        let mut watch = AttentionWatch::default();
        let uniform = metrics(&[(Collapse::Uniform, 1.0)]);
        let stuck = metrics(&[(Collapse::Stuck, 0.9)]);
        let first = watch.validated(&uniform).unwrap();
        assert_eq!(
            (first.from, first.to, first.share),
            (None, Collapse::Uniform, 1.0)
        );
        assert_eq!(watch.validated(&uniform), None);
        assert_eq!(watch.validated(&stuck), None, "once is not enough");
        assert_eq!(watch.validated(&uniform), None);
        assert_eq!(watch.validated(&stuck), None);
        let change = watch.validated(&stuck).unwrap();
        assert_eq!(
            (change.from, change.to),
            (Some(Collapse::Uniform), Collapse::Stuck)
        );
        assert_eq!(watch.class(), Some(Collapse::Stuck));
    }
}
