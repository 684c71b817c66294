//! `diktor train --test-critical-fixes`: what guards a run, proven on this machine.

use std::fmt;

use anyhow::Context as _;
use diktor_train::self_test::{self, Check};
use serde::Serialize;

use crate::{answer::Form, cli, device, exit::Ending};

/// Runs every check and prints one line for each.
///
/// # Errors
/// When the device is not there, or a check cannot be made at all.
pub(super) fn run(arguments: &cli::Train, form: Form) -> anyhow::Result<Ending> {
    let device = device::select(&arguments.device.device)?;
    let scratch = tempfile::tempdir().context("no folder for files of the moment")?;
    let checks = self_test::run(&device, scratch.path())?;
    let passed = checks.iter().all(|check| check.passed);
    form.print(&Tested { passed, checks })?;
    Ok(if passed {
        Ending::Done
    } else {
        Ending::CheckFailed
    })
}

#[derive(Debug, Serialize)]
struct Tested {
    passed: bool,
    checks: Vec<Check>,
}

impl fmt::Display for Tested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Check {
            name,
            passed,
            found,
            expected,
        } in &self.checks
        {
            let verdict = if *passed { "ok" } else { "FAILED" };
            writeln!(f, "{verdict:<6}  {name:<18}  {found}")?;
            if !passed {
                writeln!(f, "{:<26}  expected: {expected}", "")?;
            }
        }
        let good = self.checks.iter().filter(|check| check.passed).count();
        writeln!(f, "\n{good} of {} checks passed", self.checks.len())
    }
}
