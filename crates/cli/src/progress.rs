//! How far something has come, on stderr, for work that is not a training.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::atomic::{AtomicUsize, Ordering},
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
