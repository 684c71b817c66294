//! How many numbers are distributed, in a few figures.

use serde::{Deserialize, Serialize};

/// Buckets of numbers that are not all alike.
const BUCKETS: usize = 32;

/// How the numbers of one module are distributed: their weights, or their gradients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Tag, `weights/decoder.attention_rnn`.
    pub tag: String,
    /// The smallest.
    #[serde(with = "crate::number")]
    pub min: f64,
    /// The largest.
    #[serde(with = "crate::number")]
    pub max: f64,
    /// Their sum.
    #[serde(with = "crate::number")]
    pub sum: f64,
    /// The sum of their squares.
    #[serde(with = "crate::number")]
    pub sum_squares: f64,
    /// How many are not finite: they are in none of the other figures.
    pub not_finite: u64,
    /// How many lie in each of the equally wide buckets from `min` to `max`.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// The distribution of `values`; `None` if none of them is finite.
    pub fn of(tag: String, values: &[f32]) -> Option<Self> {
        let finite = || {
            values
                .iter()
                .filter(|v| v.is_finite())
                .map(|v| f64::from(*v))
        };
        let (mut min, mut max, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0_usize);
        let (mut sum, mut sum_squares) = (0.0, 0.0);
        for value in finite() {
            (min, max) = (min.min(value), max.max(value));
            sum += value;
            sum_squares += value * value;
            count += 1;
        }
        if count == 0 {
            return None;
        }
        let mut counts = vec![0; if min < max { BUCKETS } else { 1 }];
        let (last, per_unit) = (counts.len() - 1, counts.len() as f64 / (max - min));
        for value in finite() {
            // Numbers that are all alike give NaN here, which is bucket 0.
            let bucket = ((value - min) * per_unit) as usize;
            counts[bucket.min(last)] += 1;
        }
        Some(Self {
            tag,
            min,
            max,
            sum,
            sum_squares,
            not_finite: (values.len() - count) as u64,
            counts,
        })
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Where each bucket ends.
    pub fn ends(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        let (last, width) = (
            self.counts.len(),
            (self.max - self.min) / self.counts.len() as f64,
        );
        (1..last + 1).map(move |end| {
            if end == last {
                self.max
            } else {
                self.min + width * end as f64
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_are_all_alike_fill_one_bucket() {
        let found = Histogram::of("weights/a".to_owned(), &[0.5; 4]).unwrap();
        assert_eq!(
            (found.min, found.max, &found.counts[..]),
            (0.5, 0.5, &[4][..])
        );
        assert_eq!(found.ends().collect::<Vec<_>>(), [0.5]);
    }

    #[test]
    fn what_is_not_finite_is_counted_apart() {
        let values = [f32::NAN, 1.0, f32::INFINITY, 3.0];
        let found = Histogram::of("weights/a".to_owned(), &values).unwrap();
        assert_eq!((found.count(), found.not_finite, found.sum), (2, 2, 4.0));
        assert_eq!(Histogram::of("weights/a".to_owned(), &[f32::NAN]), None);
    }

    proptest! {
        #[test]
        fn every_finite_number_is_in_its_bucket(values in proptest::collection::vec(any::<f32>(), 1..200)) {
            let finite = values.iter().filter(|value| value.is_finite()).count() as u64;
            match Histogram::of("gradients/a".to_owned(), &values) {
                None => prop_assert_eq!(finite, 0),
                Some(found) => {
                    prop_assert_eq!(found.count(), finite);
                    prop_assert_eq!(found.not_finite, values.len() as u64 - finite);
                    let ends: Vec<f64> = found.ends().collect();
                    prop_assert!(ends.is_sorted() && ends.last() == Some(&found.max));
                    let text = serde_json::to_string(&found).unwrap();
                    prop_assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), found);
                }
            }
        }
    }
}
