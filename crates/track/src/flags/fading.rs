//! A mean in which older values fade.

use serde::{Deserialize, Serialize};

/// A mean in which older values fade.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fading {
    /// Share of the old mean that stays with each new value.
    keep: f64,
    value: Option<f64>,
}

impl Fading {
    /// A mean that keeps this share of itself with each new value.
    pub fn new(keep: f64) -> Self {
        Self { keep, value: None }
    }

    /// Takes a value in and gives the mean. What is not finite is left out.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        if value.is_finite() {
            let old = self.value.unwrap_or(value);
            self.value = Some(self.keep * old + (1.0 - self.keep) * value);
        }
        self.value
    }

    /// The mean so far.
    pub fn value(&self) -> Option<f64> {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_fading_mean_stays_within_its_values(values in prop::collection::vec(-5.0f64..5.0, 1..40)) {
            let mut mean = Fading::new(0.9);
            for value in &values {
                mean.push(*value);
            }
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
            let found = mean.value().unwrap();
            prop_assert!((low - 1e-9..=high + 1e-9).contains(&found));
            prop_assert_eq!(mean.push(f64::NAN), Some(found));
        }
    }
}
