//! Which utterances are kept out of training to judge it.

use serde::{Deserialize, Serialize};

use crate::{
    manifest::{Manifest, Utterance},
    shuffle::Stream,
};

/// Share of a corpus that validates, where that lies within the bounds below.
const SHARE: f64 = 0.05;

/// Fewest utterances that make a validation worth reading.
const MIN: usize = 20;

/// More than this costs time at every validation and tells nothing more.
const MAX: usize = 200;

/// A tiny corpus gives at most one utterance in this many, so that something is left to learn from.
const TINY: usize = 8;

/// A corpus in its two parts, each sorted by id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// What the model learns from.
    pub train: Vec<Utterance>,
    /// What it is judged by.
    pub validation: Vec<Utterance>,
}

/// Splits a corpus at random: the same for the same seed, whatever the order of the list.
///
/// `validation` is the number of utterances to keep out of training. `None` chooses
/// [`validation_size`]; a number that would leave nothing to train on is lowered by as much.
pub fn split(manifest: &Manifest, seed: u64, validation: Option<usize>) -> Split {
    let count = manifest.utterances.len();
    let size = validation
        .unwrap_or_else(|| validation_size(count))
        .min(count.saturating_sub(1));
    let mut utterances = manifest.utterances.clone();
    utterances.sort_by(|a, b| a.id.cmp(&b.id));
    Stream::new("split", seed, 0).shuffle(&mut utterances);
    let mut train = utterances.split_off(size);
    let mut validation = utterances;
    for part in [&mut train, &mut validation] {
        part.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Split { train, validation }
}

/// Utterances to validate with: 5 % within 20 to 200, but at most an eighth of a tiny corpus and,
/// of two or more, at least one.
pub fn validation_size(count: usize) -> usize {
    let share = (count as f64 * SHARE).round() as usize;
    let tiny = (count / TINY).max(1);
    share.clamp(MIN, MAX).min(tiny).min(count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::{Split, split, validation_size};
    use crate::manifest::{Manifest, Utterance};

    fn manifest(ids: &[u32]) -> Manifest {
        let utterance = |id: &u32| Utterance {
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
        Manifest {
            root: PathBuf::new(),
            listed: ids.len(),
            format: None,
            utterances: ids.iter().map(utterance).collect(),
        }
    }

    fn ids(part: &[Utterance]) -> Vec<String> {
        part.iter().map(|u| u.id.clone()).collect()
    }

    #[test]
    fn validation_is_five_percent_but_sensible_at_both_ends() {
        for (count, expected) in [
            (0, 0),
            (1, 0),
            (2, 1),
            (8, 1),
            (24, 3),
            (160, 20),
            (400, 20),
            (568, 28),
            (13_100, 200),
        ] {
            assert_eq!(validation_size(count), expected, "{count} utterances");
        }
    }

    #[test]
    fn another_seed_gives_another_split() {
        let manifest = manifest(&(0..100).collect::<Vec<_>>());
        assert_ne!(split(&manifest, 1, None), split(&manifest, 2, None));
    }

    #[test]
    fn asking_for_everything_leaves_one_to_train_on() {
        let split = split(&manifest(&[1, 2, 3]), 1, Some(50));
        assert_eq!((split.train.len(), split.validation.len()), (1, 2));
    }

    proptest! {
        #[test]
        fn a_split_is_a_partition_that_does_not_depend_on_the_order_of_the_list(
            count in 0_u32..300,
            seed: u64,
            asked in prop::option::of(0_usize..400),
        ) {
            let ascending: Vec<u32> = (0..count).collect();
            let descending: Vec<u32> = (0..count).rev().collect();
            let Split { train, validation } = split(&manifest(&ascending), seed, asked);
            let backwards = split(&manifest(&descending), seed, asked);
            prop_assert_eq!(ids(&train), ids(&backwards.train));
            prop_assert_eq!(ids(&validation), ids(&backwards.validation));
            let wanted = asked.unwrap_or(validation_size(count as usize));
            prop_assert_eq!(validation.len(), wanted.min((count as usize).saturating_sub(1)));
            let mut all = [ids(&train), ids(&validation)].concat();
            all.sort();
            prop_assert_eq!(all, ids(&manifest(&ascending).utterances));
        }
    }
}
