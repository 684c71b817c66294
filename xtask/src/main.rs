//! Automation of the workspace: `cargo xtask test` is exactly what the continuous integration runs.

use std::{path::PathBuf, process::ExitCode};

mod docs;
mod services;
mod stage;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod wording;

const USAGE: &str = "\
Automation of the Diktor workspace.

usage: cargo xtask <command>

commands:
  test [--require-services]   format, lints, tests, documentation, GPU build; what CI runs
  docs [--check]              rewrite the generated blocks of docs/ (or only compare them)

`--require-services` makes it an error when a program that a test talks to (TensorBoard,
Prometheus, ...) cannot be set up; without it the tests that need one say that they were skipped.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test"] => stage::test(services::Need::Wanted),
        ["test", "--require-services"] => stage::test(services::Need::Required),
        ["docs"] => docs::run(docs::Action::Write),
        ["docs", "--check"] => docs::run(docs::Action::Check),
        ["help" | "--help" | "-h"] => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&format!("xtask: {reason}"));
            ExitCode::FAILURE
        }
    }
}

/// Folder that holds the workspace's `Cargo.toml`.
fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package.parent().map_or(package.clone(), PathBuf::from)
}

/// Cargo as this process was started by it, so that a pinned toolchain stays pinned.
fn cargo() -> std::process::Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(program);
    command.current_dir(root());
    command
}

/// One line for the person at the terminal.
#[expect(clippy::print_stderr, reason = "a command-line tool talks on stderr")]
fn say(line: &str) {
    eprintln!("{line}");
}
