//! Programs of other people that our tests talk to, installed under `target/` only.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{root, say, stage::run};

/// Whether a test run may go on without them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Set up what can be; the tests that miss something say so and pass.
    Wanted,
    /// A missing one is a failure, and the tests are told not to skip.
    Required,
}

/// `TensorBoard` 2.21 still imports `pkg_resources`, which setuptools 81 removed.
const PYTHON_PACKAGES: [&str; 2] = ["tensorboard==2.21.0", "setuptools<81"];

/// Sets up the services and returns the environment by which tests find them.
pub(crate) fn set_up(need: Need) -> Result<Vec<(String, String)>, String> {
    let mut environment = Vec::new();
    if need == Need::Required {
        environment.push(("DIKTOR_REQUIRE_SERVICES".to_owned(), "1".to_owned()));
    }
    match tensorboard(&root().join("target").join("venv")) {
        Ok(python) => {
            say(&format!("TensorBoard's reader: {}", python.display()));
            let python = python.display().to_string();
            environment.push(("DIKTOR_TENSORBOARD_PYTHON".to_owned(), python));
        }
        Err(reason) if need == Need::Required => return Err(format!("TensorBoard: {reason}")),
        Err(reason) => say(&format!(
            "TensorBoard: {reason}\nskipped: the tests that read our events with TensorBoard itself"
        )),
    }
    Ok(environment)
}

/// A Python that can import `TensorBoard`: the one named by the caller, else our own venv.
fn tensorboard(venv: &Path) -> Result<PathBuf, String> {
    if let Some(python) = std::env::var_os("DIKTOR_TENSORBOARD_PYTHON") {
        return Ok(PathBuf::from(python));
    }
    let python = venv.join("bin").join("python");
    let wanted = PYTHON_PACKAGES.join("\n");
    let stamp = venv.join("diktor-packages.txt");
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(venv))?;
    let install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(Command::new(&python).args(install).args(PYTHON_PACKAGES))?;
    let reader = "import tensorboard.backend.event_processing.event_accumulator";
    run(Command::new(&python).args(["-c", reader]))?;
    fs::write(&stamp, wanted).map_err(|error| format!("`{}`: {error}", stamp.display()))?;
    Ok(python)
}
