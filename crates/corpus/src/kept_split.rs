//! A split that is kept: the same recordings judge a run for as long as it lives.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{manifest::Utterance, split::Split};

/// Which utterance is in which part, by id.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SplitRecord {
    /// What is learnt from.
    pub train: BTreeSet<String>,
    /// What is judged by.
    pub validation: BTreeSet<String>,
}

/// How a corpus differs from the one that a split was made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SplitChanges {
    /// Ids that are new, and are learnt from.
    pub new: Vec<String>,
    /// Ids that are gone, of either part.
    pub gone: Vec<String>,
    /// Of these, those that were judged by.
    pub gone_from_validation: usize,
}

impl SplitRecord {
    /// The record of a split.
    pub fn of(split: &Split) -> Self {
        let ids = |part: &[Utterance]| part.iter().map(|one| one.id.clone()).collect();
        Self {
            train: ids(&split.train),
            validation: ids(&split.validation),
        }
    }

    /// Puts utterances into the parts they were in. What the record does not know is learnt from; nothing
    /// moves from one part to the other.
    ///
    /// `None` if none of those that judged is there: it is another corpus.
    pub fn apply(&self, mut utterances: Vec<Utterance>) -> Option<(Split, SplitChanges)> {
        utterances.sort_by(|a, b| a.id.cmp(&b.id));
        let there: BTreeSet<&str> = utterances.iter().map(|one| one.id.as_str()).collect();
        let gone = |part: &BTreeSet<String>| -> Vec<String> {
            let missing = part.iter().filter(|id| !there.contains(id.as_str()));
            missing.cloned().collect()
        };
        let (mut missing, unjudged) = (gone(&self.train), gone(&self.validation));
        let is_new = |id: &&str| !self.train.contains(*id) && !self.validation.contains(*id);
        let new = there.iter().copied().filter(is_new).map(str::to_owned);
        let new = new.collect();
        let gone_from_validation = unjudged.len();
        missing.extend(unjudged);
        missing.sort();
        let (validation, train): (Vec<_>, Vec<_>) = utterances
            .into_iter()
            .partition(|one| self.validation.contains(&one.id));
        if validation.is_empty() {
            return None;
        }
        let changes = SplitChanges {
            new,
            gone: missing,
            gone_from_validation,
        };
        Some((Split { train, validation }, changes))
    }

    /// The record with the utterances of a split that it does not know; those it knows stay where they are.
    #[must_use]
    pub fn with(mut self, split: &Split) -> Self {
        let Self { train, validation } = Self::of(split);
        self.validation.extend(
            validation
                .difference(&self.train)
                .cloned()
                .collect::<Vec<_>>(),
        );
        self.train.extend(
            train
                .difference(&self.validation)
                .cloned()
                .collect::<Vec<_>>(),
        );
        self
    }
}

impl SplitChanges {
    /// Whether the corpus is the one the split was made of.
    pub fn is_none(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::{Manifest, split};

    fn utterances(ids: impl IntoIterator<Item = u32>) -> Vec<Utterance> {
        let utterance = |id: u32| Utterance {
            id: format!("{id:05}"),
            audio: PathBuf::from(format!("wavs/{id:05}.wav")),
            text: "Yes.".into(),
            speaker: None,
            duration_s: 1.0,
            trimmed_s: 0.0,
            sample_rate: 22_050,
            peak: 0.5,
            rms_dbfs: -20.0,
            clipped_share: 0.0,
            audio_hash: String::new(),
        };
        ids.into_iter().map(utterance).collect()
    }

    fn record(ids: impl IntoIterator<Item = u32>, seed: u64) -> SplitRecord {
        let manifest = Manifest {
            root: PathBuf::new(),
            listed: 0,
            format: None,
            utterances: utterances(ids),
        };
        SplitRecord::of(&split(&manifest, seed, None))
    }

    proptest! {
        #[test]
        fn nothing_moves_whatever_comes_and_goes(
            first in prop::collection::btree_set(0_u32..80, 20..60),
            sessions in prop::collection::vec(prop::collection::btree_set(0_u32..120, 1..100), 1..5),
            seed: u64,
        ) {
            let mut kept = record(first, seed);
            for session in sessions {
                let before = kept.clone();
                let Some((split, changes)) = kept.apply(utterances(session.clone())) else {
                    let judged = session.iter().any(|id| kept.validation.contains(&format!("{id:05}")));
                    prop_assert!(!judged);
                    continue;
                };
                prop_assert_eq!(split.train.len() + split.validation.len(), session.len());
                let now = SplitRecord::of(&split);
                prop_assert!(now.validation.is_subset(&before.validation));
                prop_assert!(now.train.is_disjoint(&before.validation));
                for id in &changes.new {
                    prop_assert!(now.train.contains(id) && !before.train.contains(id));
                }
                for id in &changes.gone {
                    prop_assert!(!now.train.contains(id) && !now.validation.contains(id));
                }
                kept = kept.with(&split);
                prop_assert_eq!(&kept.validation, &before.validation);
                prop_assert!(kept.train.is_superset(&before.train));
            }
        }
    }

    #[test]
    fn what_comes_and_goes_is_named() {
        let kept = SplitRecord {
            train: ["00001", "00002"].map(str::to_owned).into(),
            validation: ["00003", "00004"].map(str::to_owned).into(),
        };
        let (split, changes) = kept.apply(utterances([1, 3, 9])).unwrap();
        assert_eq!((split.train.len(), split.validation.len()), (2, 1));
        assert_eq!(changes.new, ["00009"]);
        assert_eq!(changes.gone, ["00002", "00004"]);
        assert_eq!(changes.gone_from_validation, 1);
        assert_eq!(kept.apply(utterances([7, 8])), None, "another corpus");
    }
}
