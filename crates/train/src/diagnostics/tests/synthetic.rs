//! Alignments as they are in speech, and as they are not.

pub(super) const SYMBOLS: usize = 90;
pub(super) const STEPS: usize = 600;
/// A draw of durations whose alignment has the published figures of a median utterance.
pub(super) const DRAW: u64 = 1140;

/// Uniform numbers in (0, 1): a counter through a mixing function, the same everywhere.
pub(super) fn uniform(draw: u64, place: u64) -> f64 {
    let mut x = (draw * 1_000_003 + place).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    ((x >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

pub(super) fn normal(draw: u64, place: u64) -> f64 {
    let radius = (-2.0 * uniform(draw, 2 * place).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(draw, 2 * place + 1)).cos()
}

/// The symbol spoken at every step: durations of gamma shape 2, the first and last symbol 5 % of
/// the utterance each, as the silences at its ends are.
pub(super) fn spoken() -> Vec<usize> {
    let edge = 0.05 * STEPS as f64;
    let mut durations: Vec<f64> = (0..SYMBOLS as u64)
        .map(|n| -(uniform(DRAW, 2 * n) * uniform(DRAW, 2 * n + 1)).ln())
        .collect();
    let inner: f64 = durations[1..SYMBOLS - 1].iter().sum();
    for duration in &mut durations {
        *duration *= (STEPS as f64 - 2.0 * edge) / inner;
    }
    (durations[0], durations[SYMBOLS - 1]) = (edge, edge);
    let ends: Vec<f64> = durations
        .iter()
        .scan(0.0, |end, duration| {
            *end += duration;
            Some(*end)
        })
        .collect();
    (0..STEPS)
        .map(|t| {
            ends.partition_point(|end| *end <= t as f64 + 0.5)
                .min(SYMBOLS - 1)
        })
        .collect()
}

pub(super) fn one_hot(path: &[usize]) -> Vec<f32> {
    rows(path.len(), |t, n| f64::from(u8::from(path[t] == n)))
}

/// A bell of this many symbols around the path.
pub(super) fn soft(path: &[usize], width: f64) -> Vec<f32> {
    rows(path.len(), |t, n| {
        let away = (n as f64 - path[t] as f64) / width;
        (-0.5 * away * away).exp()
    })
}

/// Rows summing to 1.
pub(super) fn rows(steps: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<f32> {
    let mut values = Vec::with_capacity(steps * SYMBOLS);
    for t in 0..steps {
        let row: Vec<f64> = (0..SYMBOLS).map(|n| weight(t, n)).collect();
        let sum: f64 = row.iter().sum();
        values.extend(row.iter().map(|v| (v / sum) as f32));
    }
    values
}
