//! Generated blocks of `docs/`: what the program says about itself is never typed twice.
//!
//! A block starts with `<!-- generated: diktor train --help -->` and ends with
//! `<!-- end generated -->`. What stands between is the output of that command: in a code block,
//! or as it is where the command prints Markdown (`--markdown`).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{cargo, root, say, stage};

/// What to do about a block that differs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Write it anew.
    Write,
    /// Say so and fail.
    Check,
}

const START: &str = "<!-- generated: ";
const START_END: &str = " -->";
const END: &str = "<!-- end generated -->";

/// Goes over every Markdown file of `docs/`.
pub(crate) fn run(action: Action) -> Result<(), String> {
    stage::run(cargo().args(["build", "--quiet", "--package", "diktor"]))?;
    let mut stale = Vec::new();
    for path in markdown_files(&root().join("docs"))? {
        let old = fs::read_to_string(&path).map_err(|error| named(&path, &error))?;
        let new = filled(&old, &output_of).map_err(|reason| named(&path, &reason))?;
        if new == old {
            continue;
        }
        if action == Action::Write {
            fs::write(&path, new).map_err(|error| named(&path, &error))?;
            say(&format!("written: {}", path.display()));
        }
        stale.push(path);
    }
    if action == Action::Check && !stale.is_empty() {
        let list: Vec<String> = stale
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        return Err(format!(
            "out of date: {}\nhint: run `cargo xtask docs`",
            list.join(", ")
        ));
    }
    Ok(())
}

/// The text with every generated block replaced by what `output` gives for its command.
fn filled(
    text: &str,
    output: &dyn Fn(&[&str]) -> Result<String, String>,
) -> Result<String, String> {
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(START) {
        let after = &rest[start + START.len()..];
        let (command, body) = after
            .split_once(START_END)
            .ok_or("a generated block's first line is not closed")?;
        let (_, tail) = body
            .split_once(END)
            .ok_or_else(|| format!("the block `{command}` has no `{END}`"))?;
        let words: Vec<&str> = command.split_whitespace().collect();
        let ["diktor", arguments @ ..] = words.as_slice() else {
            return Err(format!("`{command}`: only `diktor` commands are run"));
        };
        let said = output(arguments)?;
        let said = said.trim_end();
        let block = if arguments.contains(&"--markdown") {
            format!("\n{said}\n")
        } else {
            format!("\n```text\n{said}\n```\n")
        };
        result.push_str(&rest[..start]);
        result.push_str(&format!("{START}{command}{START_END}{block}{END}"));
        rest = tail;
    }
    result.push_str(rest);
    Ok(result)
}

/// What the development build of `diktor` prints.
fn output_of(arguments: &[&str]) -> Result<String, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let program = target.join("debug").join("diktor");
    let shown = format!("diktor {}", arguments.join(" "));
    let output = Command::new(&program)
        .args(arguments)
        .current_dir(root())
        // Without a terminal the help is as wide as this says.
        .env("COLUMNS", "100")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{shown}` ended with {}: {said}", output.status));
    }
    let text = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
    Ok(text
        .lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n"))
}

/// Every `*.md` under a folder, sorted.
pub(crate) fn markdown_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| named(&folder, &error))? {
            let path = entry.map_err(|error| named(&folder, &error))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn named(path: &Path, reason: &dyn std::fmt::Display) -> String {
    format!("`{}`: {reason}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(arguments: &[&str]) -> Result<String, String> {
        Ok(arguments.join("+"))
    }

    #[test]
    fn a_block_is_replaced_and_the_text_around_it_stays() {
        let text = "a\n<!-- generated: diktor train --help -->old<!-- end generated -->\nz\n";
        let expected = "a\n<!-- generated: diktor train --help -->\n```text\ntrain+--help\n```\n\
                        <!-- end generated -->\nz\n";
        assert_eq!(filled(text, &echo).as_deref(), Ok(expected));
        assert_eq!(
            filled(expected, &echo).as_deref(),
            Ok(expected),
            "filling twice changes nothing"
        );
    }

    #[test]
    fn markdown_output_is_taken_as_it_is() {
        let text = "<!-- generated: diktor hparams --markdown --><!-- end generated -->";
        let expected = "<!-- generated: diktor hparams --markdown -->\nhparams+--markdown\n\
                        <!-- end generated -->";
        assert_eq!(filled(text, &echo).as_deref(), Ok(expected));
    }

    #[test]
    fn an_open_block_and_a_foreign_command_are_errors() {
        assert!(filled("<!-- generated: diktor x -->", &echo).is_err());
        assert!(filled("<!-- generated: rm x --><!-- end generated -->", &echo).is_err());
    }
}
