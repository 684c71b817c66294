//! The stages of `cargo xtask test`, cheapest first, each with its time.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    cargo, docs, say,
    services::{self, Need},
};

/// Runs every stage and stops at the first that fails.
pub(crate) fn test(need: Need) -> Result<(), String> {
    let mut times = Vec::new();
    timed(&mut times, "format", || {
        run(cargo().args(["fmt", "--all", "--check"]))
    })?;
    timed(&mut times, "lints", || {
        let lints = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        run(cargo().args(lints))
    })?;
    let mut environment = Vec::new();
    timed(&mut times, "services", || {
        environment = services::set_up(need)?;
        Ok(())
    })?;
    timed(&mut times, "tests", || tests(&environment))?;
    timed(&mut times, "documentation", || {
        run(cargo()
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    timed(&mut times, "generated docs", || {
        docs::run(docs::Action::Check)
    })?;
    // The one GPU backend that builds from crates alone; a checker needs no GPU.
    timed(&mut times, "vulkan", || {
        run(cargo().args(["check", "--package", "diktor", "--features", "vulkan"]))
    })?;
    say("\nxtask test: every stage passed");
    for (name, time) in &times {
        say(&format!("  {name:<16} {:>7.1} s", time.as_secs_f64()));
    }
    Ok(())
}

/// `cargo nextest` where it is installed (it names slow tests), else `cargo test`; doc tests need
/// the latter in both cases.
fn tests(environment: &[(String, String)]) -> Result<(), String> {
    let with_environment = |arguments: &[&str]| {
        let mut command = cargo();
        command
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)));
        command
    };
    if !nextest_is_installed() {
        return run(&mut with_environment(&["test", "--workspace"]));
    }
    run(&mut with_environment(&[
        "nextest",
        "run",
        "--workspace",
        "--no-fail-fast",
    ]))?;
    run(&mut with_environment(&["test", "--workspace", "--doc"]))
}

fn nextest_is_installed() -> bool {
    let version = cargo().args(["nextest", "--version"]).output();
    version.is_ok_and(|output| output.status.success())
}

fn timed(
    times: &mut Vec<(&'static str, Duration)>,
    name: &'static str,
    stage: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    say(&format!("\n== {name}"));
    let start = Instant::now();
    let result = stage().map_err(|reason| format!("stage `{name}`: {reason}"));
    say(&format!(
        "== {name}: {:.1} s",
        start.elapsed().as_secs_f64()
    ));
    times.push((name, start.elapsed()));
    result
}

/// Runs a command with this terminal, so that its own words are what the person reads.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let shown = shown(command);
    say(&format!("$ {shown}"));
    let status = command
        .status()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` ended with {status}"))
    }
}

/// The command as a person would type it.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy());
    std::iter::once(name)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
