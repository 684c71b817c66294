//! The processor threads of everything: one pool, sized once.

use std::num::NonZeroUsize;

use anyhow::Context as _;

/// Sizes the global pool: the flag, else `RAYON_NUM_THREADS`, else every core. Sums are split by
/// the number of threads, so the same number gives the same bits.
///
/// # Errors
/// When the threads cannot be started.
pub(crate) fn install(threads: Option<NonZeroUsize>) -> anyhow::Result<()> {
    let wanted = threads.map_or(0, NonZeroUsize::get);
    rayon::ThreadPoolBuilder::new()
        .num_threads(wanted)
        .build_global()
        .with_context(|| format!("starting {wanted} threads"))
}

/// Threads in use.
#[must_use]
pub(crate) fn count() -> usize {
    rayon::current_num_threads()
}
