//! Keeps requests as far apart as a service wants them.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Lets one request pass per interval; the others wait.
#[derive(Debug)]
pub struct Pacer {
    interval: Duration,
    /// When the next one may pass.
    next: Mutex<Option<Instant>>,
}

impl Pacer {
    /// Requests at least `interval` apart.
    pub fn new(interval: Duration) -> Self {
        Self {
            interval,
            next: Mutex::new(None),
        }
    }

    /// Waits for its turn.
    pub fn wait(&self) {
        let now = Instant::now();
        let turn = {
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = next.map_or(now, |next| next.max(now));
            *next = Some(turn + self.interval);
            turn
        };
        thread::sleep(turn.saturating_duration_since(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_several_threads_are_an_interval_apart() {
        let pacer = Pacer::new(Duration::from_millis(20));
        let began = Instant::now();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| pacer.wait());
            }
        });
        assert!(began.elapsed() >= Duration::from_millis(60));
    }
}
