//! What was measured lately, as controllers remember it.

use std::collections::VecDeque;

pub(super) use diktor_track::flags::Fading;
use serde::{Deserialize, Serialize};

/// The newest values of something, up to a number of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    most: usize,
    values: VecDeque<f64>,
}

impl Recent {
    /// Remembers `most` values.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            values: VecDeque::new(),
        }
    }

    /// Takes a value in. What is not finite counts as the largest number there is: a checkpoint has no other.
    pub(super) fn push(&mut self, value: f64) {
        if self.values.len() == self.most {
            self.values.pop_front();
        }
        self.values
            .push_back(if value.is_finite() { value } else { f64::MAX });
    }

    pub(super) fn is_full(&self) -> bool {
        self.values.len() == self.most
    }

    /// Values from the oldest to the newest.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.values.iter().copied()
    }

    pub(super) fn newest(&self) -> Option<f64> {
        self.values.back().copied()
    }

    /// How many satisfy a condition.
    pub(super) fn count(&self, holds: impl Fn(f64) -> bool) -> usize {
        self.values().filter(|value| holds(*value)).count()
    }

    /// Mean of the newest `count`, once there are so many.
    pub(super) fn mean_of_newest(&self, count: usize) -> Option<f64> {
        let skipped = self.values.len().checked_sub(count)?;
        let sum: f64 = self.values().skip(skipped).sum();
        (count > 0).then(|| sum / count as f64)
    }

    /// The middle value.
    pub(super) fn median(&self) -> Option<f64> {
        let mut sorted: Vec<f64> = self.values().collect();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    /// What the values gain from the first to the last, by the straight line of least squares.
    pub(super) fn rise(&self) -> Option<f64> {
        let count = self.values.len();
        if count < 2 {
            return None;
        }
        let middle = (count - 1) as f64 / 2.0;
        let mean = self.mean_of_newest(count)?;
        let (mut product, mut square) = (0.0, 0.0);
        for (index, value) in self.values().enumerate() {
            let place = index as f64 - middle;
            product += place * (value - mean);
            square += place * place;
        }
        Some(product / square * (count - 1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recent(most: usize, values: &[f64]) -> Recent {
        let mut recent = Recent::new(most);
        values.iter().for_each(|value| recent.push(*value));
        recent
    }

    #[test]
    fn only_the_newest_values_count() {
        let values = recent(3, &[9.0, 1.0, 2.0, 6.0]);
        assert!(values.is_full());
        assert_eq!(values.mean_of_newest(3), Some(3.0));
        assert_eq!(values.mean_of_newest(2), Some(4.0));
        assert_eq!(values.mean_of_newest(4), None);
        assert_eq!((values.median(), values.newest()), (Some(2.0), Some(6.0)));
        assert_eq!(values.count(|value| value > 1.5), 2);
    }

    #[test]
    fn the_rise_of_a_straight_line_is_its_height() {
        let rise = recent(10, &[0.1, 0.2, 0.3, 0.4, 0.5]).rise().unwrap();
        assert!((rise - 0.4).abs() < 1e-12, "{rise}");
        assert_eq!(recent(10, &[0.3; 7]).rise(), Some(0.0));
        assert_eq!(recent(10, &[0.3]).rise(), None);
    }

    #[test]
    fn a_value_that_is_not_finite_is_large_and_survives_a_checkpoint() {
        let values = recent(3, &[1.0, f64::NAN, f64::INFINITY]);
        assert_eq!(values.count(|value| value > 100.0), 2);
        let text = serde_json::to_string(&values).unwrap();
        assert_eq!(serde_json::from_str::<Recent>(&text).unwrap(), values);
    }
}
