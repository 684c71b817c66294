//! Which utterances go into which batch: a plan that any position of any epoch can be read from.
//!
//! The plan is a pure function of the seed and the epoch, so a resumed run needs only its position
//! to go on with the same batches.

use crate::shuffle::Stream;

/// Batches per pool. Within a pool utterances are sorted by length: large enough that a batch holds
/// nearly equal lengths, small enough that epochs still differ.
pub const POOL_BATCHES: usize = 100;

/// A deterministic, resumable order of batches.
///
/// Every utterance comes exactly once per epoch; the last batch may be smaller, never dropped.
///
/// ```
/// use diktor_corpus::batching::BatchPlan;
///
/// let plan = BatchPlan::new(&[80, 200, 90, 210, 70], 2, true, 42);
/// assert_eq!(plan.batches_per_epoch(), 3);
/// // The eighth batch of the run is the second of the third epoch, whoever asks.
/// assert_eq!(plan.batch(7), plan.epoch(2).get(1).cloned());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchPlan {
    lengths: Vec<usize>,
    batch_size: usize,
    bucket: bool,
    seed: u64,
}

impl BatchPlan {
    /// A plan over utterances of these lengths (mel frames).
    ///
    /// With `bucket`, utterances of similar length share a batch, which saves the work wasted on
    /// padding; without it the order is a plain shuffle.
    ///
    /// # Panics
    /// If `batch_size` is 0.
    pub fn new(lengths: &[usize], batch_size: usize, bucket: bool, seed: u64) -> Self {
        assert!(batch_size > 0, "a batch holds at least one utterance");
        Self {
            lengths: lengths.to_vec(),
            batch_size,
            bucket,
            seed,
        }
    }

    /// Batches of one epoch; the same in every epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.lengths.len().div_ceil(self.batch_size)
    }

    /// The batches of epoch `n` (from 0), as indices into the lengths.
    pub fn epoch(&self, n: u64) -> Vec<Vec<usize>> {
        let mut stream = Stream::new("batches", self.seed, n);
        let mut order: Vec<usize> = (0..self.lengths.len()).collect();
        stream.shuffle(&mut order);
        if self.bucket {
            // The sort is stable: equal lengths keep their shuffled order.
            for pool in order.chunks_mut(self.batch_size.saturating_mul(POOL_BATCHES)) {
                pool.sort_by_key(|&i| self.lengths[i]);
            }
        }
        let mut batches: Vec<Vec<usize>> = order
            .chunks(self.batch_size)
            .map(<[usize]>::to_vec)
            .collect();
        if self.bucket {
            stream.shuffle(&mut batches);
        }
        batches
    }

    /// The batch at a position counted over the whole run, or `None` for an empty corpus.
    ///
    /// Recomputes the epoch; a loop over an epoch should call [`BatchPlan::epoch`] once.
    pub fn batch(&self, position: u64) -> Option<Vec<usize>> {
        let (epoch, index) = self.locate(position)?;
        self.epoch(epoch).into_iter().nth(index)
    }

    /// Epoch and batch within it of a position counted over the whole run; `None` for an empty
    /// corpus.
    pub fn locate(&self, position: u64) -> Option<(u64, usize)> {
        let per_epoch = self.batches_per_epoch() as u64;
        (per_epoch > 0).then(|| (position / per_epoch, (position % per_epoch) as usize))
    }

    /// Share of frames that are padding in these batches, `0..1`: what bucketing is there to lower.
    pub fn padding_share(&self, batches: &[Vec<usize>]) -> f64 {
        let (mut padded, mut real) = (0, 0);
        for batch in batches {
            let longest = batch.iter().map(|&i| self.lengths[i]).max().unwrap_or(0);
            padded += longest * batch.len();
            real += batch.iter().map(|&i| self.lengths[i]).sum::<usize>();
        }
        if padded == 0 {
            0.0
        } else {
            1.0 - real as f64 / padded as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BatchPlan, POOL_BATCHES};

    /// Lengths as a corpus has them: scattered between 50 and 849 frames.
    fn scattered(count: usize) -> Vec<usize> {
        (0..count).map(|i| 50 + i * 7919 % 800).collect()
    }

    #[test]
    fn bucketing_wastes_a_small_part_of_what_a_plain_shuffle_wastes() {
        let lengths = scattered(1000);
        let padding = |bucket| {
            let plan = BatchPlan::new(&lengths, 16, bucket, 7);
            plan.padding_share(&plan.epoch(0))
        };
        assert!(padding(true) < 0.03, "{}", padding(true));
        assert!(padding(false) > 0.3, "{}", padding(false));
    }

    #[test]
    fn bucketed_batches_do_not_come_sorted_by_length() {
        let lengths = scattered(400);
        let plan = BatchPlan::new(&lengths, 8, true, 3);
        let longest: Vec<usize> = plan
            .epoch(0)
            .iter()
            .map(|b| b.iter().map(|&i| lengths[i]).max().unwrap())
            .collect();
        assert!(!longest.is_sorted());
    }

    #[test]
    fn epochs_put_other_utterances_together_when_there_is_more_than_one_pool() {
        let count = 2 * POOL_BATCHES * 4 + 3;
        let plan = BatchPlan::new(&scattered(count), 4, true, 3);
        let sorted = |n| {
            let mut batches = plan.epoch(n);
            batches.iter_mut().for_each(|b| b.sort_unstable());
            batches.sort();
            batches
        };
        assert_ne!(sorted(0), sorted(1));
    }

    #[test]
    fn the_order_is_the_one_that_checkpoints_were_written_with() {
        // Recorded from this code: another order would make resumed runs repeat some utterances
        // and skip others.
        let plan = BatchPlan::new(&scattered(10), 3, true, 1234);
        let in_order = BatchPlan::new(&scattered(6), 3, false, 1234);
        assert_eq!(
            plan.epoch(0),
            [vec![1], vec![7, 6, 5], vec![0, 9, 8], vec![4, 3, 2]]
        );
        assert_eq!(in_order.epoch(5), [vec![3, 5, 1], vec![2, 0, 4]]);
    }

    #[test]
    fn an_empty_corpus_has_no_batches() {
        let plan = BatchPlan::new(&[], 4, true, 3);
        assert_eq!((plan.epoch(0), plan.batch(5)), (vec![], None));
    }

    proptest! {
        #[test]
        fn every_utterance_comes_exactly_once_per_epoch(
            lengths in prop::collection::vec(0_usize..1500, 0..600),
            batch_size in 1_usize..40,
            bucket: bool,
            seed: u64,
            epoch in 0_u64..1000,
        ) {
            let plan = BatchPlan::new(&lengths, batch_size, bucket, seed);
            let batches = plan.epoch(epoch);
            let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
            prop_assert_eq!(batches.len(), plan.batches_per_epoch());
            let partial = batches.iter().filter(|b| b.len() < batch_size).count();
            prop_assert!(partial <= 1 && batches.iter().all(|b| (1..=batch_size).contains(&b.len())));
        }

        #[test]
        fn any_position_can_be_replayed(seed: u64, position in 0_u64..100_000) {
            let plan = BatchPlan::new(&scattered(37), 5, true, seed);
            let again = BatchPlan::new(&scattered(37), 5, true, seed);
            prop_assert_eq!(plan.batch(position), again.batch(position));
            let (epoch, index) = plan.locate(position).unwrap();
            prop_assert_eq!(plan.batch(position).unwrap(), again.epoch(epoch)[index].clone());
        }
    }
}
