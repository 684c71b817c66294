//! How loud samples are.

/// Samples from here up count as clipped.
pub const CLIPPED_FROM: f32 = 0.999;

/// Largest absolute value; 0 for no samples.
pub fn peak(samples: &[f32]) -> f32 {
    samples
        .iter()
        .fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// Root mean square against full scale; negative infinity for silence.
///
/// # Units
/// dBFS: a square wave of amplitude 1 is 0.
pub fn rms_dbfs(samples: &[f32]) -> f64 {
    let power: f64 = samples
        .iter()
        .map(|&sample| f64::from(sample).powi(2))
        .sum();
    10.0 * (power / samples.len().max(1) as f64).log10()
}

/// Share of samples at [`CLIPPED_FROM`] or above, of either sign.
pub fn clipped_share(samples: &[f32]) -> f64 {
    let clipped = samples
        .iter()
        .filter(|sample| sample.abs() >= CLIPPED_FROM)
        .count();
    clipped as f64 / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_known_signals() {
        assert_eq!(peak(&[]), 0.0);
        assert_eq!(peak(&[0.25, -0.5]), 0.5);
        assert_eq!(rms_dbfs(&[0.0; 8]), f64::NEG_INFINITY);
        assert_eq!(rms_dbfs(&[]), f64::NEG_INFINITY);
        assert!((rms_dbfs(&[0.5, -0.5]) + 6.0206).abs() < 1e-4);
        assert_eq!(clipped_share(&[1.0, -1.0, 0.5, 0.0]), 0.5);
        assert_eq!(clipped_share(&[]), 0.0);
    }
}
