//! How long to leave a server alone that does not answer.

use std::time::Duration;

/// The first wait, about.
const FIRST: Duration = Duration::from_secs(1);
/// No wait is longer, about.
const LONGEST: Duration = Duration::from_secs(10);

/// Waits that double, each between half and one and a half times its mean, so that many runs that lost
/// the same server do not come back at once.
#[derive(Debug)]
pub(super) struct Backoff {
    failures: u32,
    random: u64,
}

impl Backoff {
    /// The waits of one run; the same seed waits the same.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            failures: 0,
            random: seed | 1,
        }
    }

    /// The server answers again.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait after one more failure; never shorter than the server asked for.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let mean = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST);
        self.failures += 1;
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let share = 0.5 + (self.random >> 11) as f64 / (1_u64 << 53) as f64;
        mean.mul_f64(share).max(asked.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_repeat_with_their_seed() {
        let waits = |seed| -> Vec<Duration> {
            let mut backoff = Backoff::new(seed);
            (0..20).map(|_| backoff.next(None)).collect()
        };
        for (number, wait) in waits(7).into_iter().enumerate() {
            let mean = (1_u32 << number.min(16)).min(10);
            let bounds = FIRST.mul_f64(0.5) * mean..FIRST.mul_f64(1.5) * mean;
            assert!(bounds.contains(&wait), "{number}: {wait:?}");
        }
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }

    #[test]
    fn the_server_is_left_alone_as_long_as_it_asks() {
        let mut backoff = Backoff::new(1);
        let asked = Duration::from_secs(300);
        assert_eq!(backoff.next(Some(asked)), asked);
        backoff.reset();
        assert!(backoff.next(None) < FIRST * 2);
    }
}
