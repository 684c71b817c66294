//! Log lines, on stderr and without secrets; stdout belongs to results.

use std::io::{self, IsTerminal as _, Write};

use diktor_track::{ConsoleStyle, Secrets};
use tracing_subscriber::EnvFilter;

use crate::cli::Global;

/// Environment variable with a filter in the syntax of `tracing` (`diktor_train=debug`).
pub(crate) const LOG_VARIABLE: &str = "DIKTOR_LOG";

/// Target of what a person wants to know and no one is to blame for; shown unless `--quiet` is given.
pub(crate) const SAID: &str = "said";

/// Installs the subscriber; `DIKTOR_LOG` wins over the flags. Other libraries log as well, so no line
/// is written as it came.
pub(crate) fn install(global: &Global, secrets: Secrets) {
    let default = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn,said=info",
        (false, 1) => "info,cubecl=warn,wgpu_core=warn,wgpu_hal=warn,naga=warn",
        (false, _) => "debug",
    };
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(default));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Redacted {
            secrets: secrets.clone(),
            out: io::stderr(),
        })
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .without_time()
        // It would be said on stderr, which is what failed.
        .log_internal_errors(false)
        .finish();
    // A second call can only come from a test in the same process; the first subscriber stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Writes what it is given without the secrets in it; a line comes as one piece. A terminal that has gone away
/// takes nothing, and nobody is told: the run goes on without it.
struct Redacted<W> {
    secrets: Secrets,
    out: W,
}

impl<W: Write> Write for Redacted<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let _may_be_gone = self.out.write_all(self.secrets.redact(&text).as_bytes());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _may_be_gone = self.out.flush();
        Ok(())
    }
}

/// How a training is shown: a bar in a terminal, lines elsewhere, nothing when it is to be quiet.
#[must_use]
pub(crate) fn console(global: &Global) -> ConsoleStyle {
    ConsoleStyle::detect(global.quiet)
}

#[cfg(test)]
mod tests {
    use diktor_track::{Secret, SecretName};

    use super::*;

    #[test]
    fn a_line_loses_its_secrets() {
        let mut secrets = Secrets::default();
        secrets.set(
            SecretName::MlflowTrackingToken,
            Secret::new("canary-1".to_owned()),
        );
        let mut out = Redacted {
            secrets,
            out: Vec::new(),
        };
        out.write_all(b"Authorization: Bearer canary-1\n").unwrap();
        assert_eq!(out.out, b"Authorization: Bearer (hidden)\n");
    }
}
