//! Log lines, on stderr; stdout belongs to results.

use std::io::{self, IsTerminal as _};

use diktor_track::ConsoleStyle;
use tracing_subscriber::EnvFilter;

use crate::cli::Global;

/// Environment variable with a filter in the syntax of `tracing` (`diktor_train=debug`).
pub(crate) const LOG_VARIABLE: &str = "DIKTOR_LOG";

/// Installs the subscriber; `DIKTOR_LOG` wins over the flags.
pub(crate) fn install(global: &Global) {
    let default = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info,cubecl=warn,wgpu_core=warn,wgpu_hal=warn,naga=warn",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        .finish();
    // A second call can only come from a test in the same process; the first subscriber stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// How a training is shown: a bar in a terminal, lines elsewhere, nothing when it is to be quiet.
#[must_use]
pub(crate) fn console(global: &Global) -> ConsoleStyle {
    ConsoleStyle::detect(global.quiet)
}
