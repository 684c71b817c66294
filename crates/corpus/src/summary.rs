//! Small robust statistics: quantiles, median, and outliers by the median absolute deviation.

use serde::{Deserialize, Serialize};

/// How far from the median, in robust standard deviations, a value is an outlier.
pub const OUTLIER_Z: f64 = 3.0;

/// Makes the median absolute deviation of a normal distribution equal to its standard deviation.
const MAD_TO_SIGMA: f64 = 1.4826;

/// The least spread assumed, as a share of the median: without it a corpus spoken at a nearly
/// constant rate (synthetic speech) would call ordinary sentences outliers.
const LEAST_SPREAD: f64 = 0.05;

/// Among fewer values nothing can be called unlike the rest.
const LEAST_COUNT: usize = 8;

/// Minimum, mean, median, 95th percentile and maximum of a set of numbers; zeros when it is empty.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Smallest value.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Largest value.
    pub max: f64,
}

impl Summary {
    /// Summarises the values in any order.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        Self {
            min,
            mean,
            p50: quantile(&sorted, 0.5),
            p95: quantile(&sorted, 0.95),
            max,
        }
    }
}

/// Robust z-scores: distance from the median in units of the scaled median absolute deviation.
///
/// All zero for fewer than [`LEAST_COUNT`] values.
///
/// # Source
/// Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993), with a floor on the spread.
pub(crate) fn robust_z(values: &[f64]) -> Vec<f64> {
    if values.len() < LEAST_COUNT {
        return vec![0.0; values.len()];
    }
    let (median, deviation) = centre(values.iter().copied());
    let floor = (LEAST_SPREAD * median.abs()).max(f64::MIN_POSITIVE);
    let sigma = deviation.max(floor);
    values.iter().map(|v| (v - median) / sigma).collect()
}

/// The median, and the robust standard deviation about it; zeros of nothing.
pub(crate) fn centre(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let median = median(&values);
    let deviations: Vec<f64> = values.iter().map(|v| (v - median).abs()).collect();
    (median, MAD_TO_SIGMA * self::median(&deviations))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, 0.5)
}

/// Linear interpolation between the two nearest ranks of sorted values; 0 for none.
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = q * last as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::{OUTLIER_Z, Summary, robust_z};

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.percentile([1, 2, 3, 4], [50, 95]) = 2.5, 3.85
        let summary = Summary::of(&[4.0, 1.0, 3.0, 2.0]);
        assert_eq!(
            (summary.min, summary.mean, summary.p50, summary.max),
            (1.0, 2.5, 2.5, 4.0)
        );
        assert!((summary.p95 - 3.85).abs() < 1e-12);
    }

    #[test]
    fn nothing_sums_up_to_zeros() {
        assert_eq!(Summary::of(&[]), Summary::default());
        assert!(robust_z(&[]).is_empty());
    }

    #[test]
    fn one_wild_value_does_not_hide_itself() {
        // With mean and standard deviation the wild value would have z = 2.8 and pass.
        let mut values: Vec<f64> = (0..9).map(|i| 14.0 + 0.2 * f64::from(i)).collect();
        values.push(60.0);
        let z = robust_z(&values);
        assert!(
            z[9] > OUTLIER_Z && z[..9].iter().all(|z| z.abs() < OUTLIER_Z),
            "{z:?}"
        );
    }

    #[test]
    fn equal_values_have_no_outliers() {
        assert!(robust_z(&[15.0; 8]).iter().all(|&z| z == 0.0));
        assert!(robust_z(&[0.0; 8]).iter().all(|&z| z == 0.0));
    }
}
