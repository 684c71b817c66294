//! Ctrl-C and `kill`: the first asks the run to save and end, the second ends at once.

use std::sync::{Arc, atomic::AtomicBool};

use anyhow::Context as _;
use diktor_train::StopFlag;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::exit::Ending;

/// Makes both signals raise the flag, and end the process when one came before.
///
/// # Errors
/// When the system refuses the handlers.
pub(crate) fn install(stop: &StopFlag) -> anyhow::Result<()> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Handlers run in this order, so the first signal finds `asked` unset and passes on.
        let code = i32::from(Ending::Interrupted.code());
        flag::register_conditional_shutdown(signal, code, Arc::clone(&asked))
            .and_then(|_| flag::register(signal, Arc::clone(&asked)))
            .and_then(|_| flag::register_usize(signal, stop.counter(), 1))
            .context("watching for signals")?;
    }
    Ok(())
}
