//! Round numbers for axes.

/// At most `most` round numbers from `low` to `high`, and how many decimals they need.
///
/// Their distance is 1, 2 or 5 times a power of ten, and at least `finest`.
pub(crate) fn ticks(low: f64, high: f64, most: usize, finest: f64) -> (Vec<f64>, usize) {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || most == 0 {
        return (Vec::new(), 0);
    }
    let step = round_up(span / most as f64).max(finest);
    let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
    let (first, last) = (
        (low / step).ceil() as i64,
        (high / step + 1e-9).floor() as i64,
    );
    let values = (first..=last)
        .take(most + 1)
        .map(|index| index as f64 * step)
        .collect();
    (values, decimals)
}

/// The smallest of 1, 2, 5, 10, 20, ... that is not below `raw`.
fn round_up(raw: f64) -> f64 {
    let magnitude = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|digit| digit * magnitude)
        .into_iter()
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(low: f64, high: f64, most: usize, finest: f64, expected: &[f64]) {
        let (values, _) = ticks(low, high, most, finest);
        assert_eq!(values.len(), expected.len(), "{values:?}");
        for (value, expected) in values.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-9 * (high - low), "{values:?}");
        }
    }

    #[test]
    fn ticks_are_round_and_inside() {
        check(0.0, 100.0, 5, 1.0, &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        check(0.0, 3.0, 10, 1.0, &[0.0, 1.0, 2.0, 3.0]);
        check(-11.5, 1.3, 5, 0.0, &[-10.0, -5.0, 0.0]);
        check(0.0, 0.31, 4, 0.0, &[0.0, 0.1, 0.2, 0.3]);
    }

    #[test]
    fn impossible_axes_have_no_ticks() {
        for (low, high) in [
            (1.0, 1.0),
            (2.0, 1.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
        ] {
            check(low, high, 5, 0.0, &[]);
        }
    }

    #[test]
    fn decimals_show_the_distance() {
        assert_eq!(ticks(0.0, 1.0, 5, 0.0).1, 1);
        assert_eq!(ticks(0.0, 0.1, 5, 0.0).1, 2);
        assert_eq!(ticks(0.0, 500.0, 5, 0.0).1, 0);
    }
}
