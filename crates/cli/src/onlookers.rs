//! Who looks on while a run goes, as the command line asks.

use std::path::Path;

use diktor_track::{NamedSink, Prometheus};

use crate::{cli::OnlookerArgs, exit::usage};

/// Sinks beside those that every run has.
///
/// # Errors
/// When an address cannot be served; exit code 2.
pub(crate) fn sinks(arguments: &OnlookerArgs, run_dir: &Path) -> anyhow::Result<Vec<NamedSink>> {
    let mut sinks: Vec<NamedSink> = Vec::new();
    if let Some(address) = arguments.metrics_addr {
        let prometheus = Prometheus::listen(address, run_dir).map_err(usage)?;
        sinks.push(("prometheus", Box::new(prometheus)));
    }
    Ok(sinks)
}
