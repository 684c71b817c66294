//! Programs of other people that our tests talk to, installed under `target/` only.

use std::{
    env, fs,
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
/// `Flask-WTF` is what `MLflow` needs to serve users and grants, and does not bring itself.
const PYTHON_PACKAGES: [&str; 6] = [
    "tensorboard==2.21.0",
    "setuptools<81",
    "wandb==0.31.0",
    "aiosmtpd==1.4.6",
    "mlflow==3.17.2",
    "Flask-WTF==1.2.2",
];
/// What has to be importable once they are installed.
const PYTHON_MODULES: &str = "import tensorboard.backend.event_processing.event_accumulator, \
    wandb.proto.wandb_internal_pb2, aiosmtpd.smtp, mlflow.server";

/// Sets up the services and returns the environment by which tests find them.
pub(crate) fn set_up(need: Need) -> Result<Vec<(String, String)>, String> {
    let mut found = Found {
        need,
        environment: Vec::new(),
    };
    if need == Need::Required {
        found.enter("DIKTOR_REQUIRE_SERVICES", "1".to_owned());
    }
    let target = root().join("target");
    let readers = [
        "DIKTOR_TENSORBOARD_PYTHON",
        "DIKTOR_WANDB_PYTHON",
        "DIKTOR_SMTP_PYTHON",
        "DIKTOR_MLFLOW_PYTHON",
    ];
    let venv = || python(&target.join("venv"));
    found.offer(
        "TensorBoard's and W&B's readers, a mail server, MLflow",
        &readers,
        venv,
    )?;
    let folder = target.join("services").join("prometheus");
    found.offer("Prometheus", &["DIKTOR_PROMETHEUS"], || prometheus(&folder))?;
    let folder = target.join("services").join("age");
    found.offer("age", &["DIKTOR_AGE"], || age(&folder))?;
    Ok(found.environment)
}

/// What was found so far.
struct Found {
    need: Need,
    environment: Vec<(String, String)>,
}

impl Found {
    fn enter(&mut self, name: &str, value: String) {
        self.environment.push((name.to_owned(), value));
    }

    /// Enters the program under the names by which tests look for it, or says what is skipped. A
    /// caller who has set them all has their own.
    fn offer(
        &mut self,
        service: &str,
        names: &[&str],
        set_up: impl FnOnce() -> Result<PathBuf, String>,
    ) -> Result<(), String> {
        let given: Option<Vec<String>> = names.iter().map(|name| env::var(name).ok()).collect();
        let values = match given {
            Some(values) => Ok(values),
            None => set_up().map(|path| vec![path.display().to_string(); names.len()]),
        };
        match values {
            Ok(values) => {
                say(&format!("{service}: {}", values.join(", ")));
                for (name, value) in names.iter().zip(values) {
                    self.enter(name, value);
                }
                Ok(())
            }
            Err(reason) if self.need == Need::Required => Err(format!("{service}: {reason}")),
            Err(reason) => {
                say(&format!(
                    "{service}: {reason}\nskipped: the tests that talk to it"
                ));
                Ok(())
            }
        }
    }
}

/// A Python that can import the packages, in a venv of our own.
fn python(venv: &Path) -> Result<PathBuf, String> {
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
    run(Command::new(&python).args(["-c", PYTHON_MODULES]))?;
    fs::write(&stamp, wanted).map_err(|error| format!("`{}`: {error}", stamp.display()))?;
    Ok(python)
}

/// The folder of Debian's `age` and `age-keygen`, unpacked and not installed.
fn age(folder: &Path) -> Result<PathBuf, String> {
    let programs = folder.join("usr").join("bin");
    if !programs.join("age-keygen").exists() {
        unpack("age", folder)?;
    }
    run(Command::new(programs.join("age")).arg("--version"))?;
    Ok(programs)
}

/// Fetches a package of the distribution and unpacks it into `folder`, without installing it.
fn unpack(package: &str, folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("`{}`: {error}", folder.display()))?;
    run(Command::new("apt-get")
        .args(["download", package])
        .current_dir(folder))?;
    let extract = format!("dpkg-deb --extract {package}_*.deb . && rm {package}_*.deb");
    run(Command::new("sh")
        .args(["-c", &extract])
        .current_dir(folder))
}

/// Debian's Prometheus with promtool beside it, unpacked and not installed, so that none is started.
fn prometheus(folder: &Path) -> Result<PathBuf, String> {
    let programs = folder.join("usr").join("bin");
    let program = programs.join("prometheus");
    if !program.exists() {
        unpack("prometheus", folder)?;
    }
    run(Command::new(&program).arg("--version"))?;
    Ok(program)
}
