//! How far something has come, on stderr, for work that is not a training.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

/// A callback that keeps one line of a terminal up to date; elsewhere it is silent.
pub(crate) fn counter(what: &'static str) -> impl Fn(usize, usize) + Sync {
    let shown = AtomicUsize::new(usize::MAX);
    let terminal = std::io::stderr().is_terminal();
    move |done, total| {
        let percent = 100 * done / total.max(1);
        if !terminal || shown.swap(percent, Ordering::Relaxed) == percent {
            return;
        }
        let end = if done == total { "\n" } else { "" };
        // A terminal that has gone away is no reason to stop the work.
        let _ = write!(std::io::stderr(), "\r{what}: {done} of {total}{end}");
    }
}

/// A callback for work whose parts take seconds each: it also says how long the rest will take.
pub(crate) fn timed(what: &'static str) -> impl Fn(usize, usize) {
    let begun = Instant::now();
    let terminal = std::io::stderr().is_terminal();
    move |done, total| {
        if !terminal {
            return;
        }
        let left = match (done, total.saturating_sub(done)) {
            (0, _) | (_, 0) => String::new(),
            (done, rest) => {
                let seconds = begun.elapsed().as_secs_f64() / done as f64 * rest as f64;
                format!(", about {} left", duration(seconds))
            }
        };
        let end = if done == total { "\n" } else { "" };
        // A terminal that has gone away is no reason to stop the work.
        let _ = write!(
            std::io::stderr(),
            "\r\x1b[2K{what}: {done} of {total}{left}{end}"
        );
    }
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    match seconds.round() as u64 {
        short @ 0..120 => format!("{short} s"),
        long @ 120..7200 => format!("{} min", long.div_ceil(60)),
        hours => format!("{:.1} h", hours as f64 / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn what_is_left_is_said_in_fitting_units() {
        assert_eq!(duration(41.6), "42 s");
        assert_eq!(duration(150.0), "3 min");
        assert_eq!(duration(9000.0), "2.5 h");
    }
}
