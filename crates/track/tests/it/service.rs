//! Programs of other people that tests talk to, named by the environment.

use std::{env, io::Write as _, path::PathBuf};

/// The program that `variable` names. Without it the test is skipped, which is a failure if
/// `DIKTOR_REQUIRE_SERVICES=1`.
pub(crate) fn service(variable: &str) -> Option<PathBuf> {
    let program = env::var_os(variable).map(PathBuf::from);
    if program.is_none() {
        let required = env::var("DIKTOR_REQUIRE_SERVICES").as_deref() == Ok("1");
        assert!(!required, "`{variable}` is not set");
        let mut stderr = std::io::stderr();
        let _nobody_reads_it = writeln!(stderr, "skipped: `{variable}` is not set");
    }
    program
}
