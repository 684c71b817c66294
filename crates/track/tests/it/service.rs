//! Programs of other people that tests talk to, named by the environment.

use std::{env, io::Write as _, net::TcpListener, path::PathBuf, process::Command};

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

/// What a program prints that must end well.
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A port that nobody listens on.
#[allow(
    dead_code,
    reason = "not every crate that includes this starts a server"
)]
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
