//! A run and the MLflow server it is delivered to: only here are its variables and secrets read.

use std::{env, fmt::Display, fs, io::ErrorKind, path::Path};

use diktor_track::{
    CONFIG_FILE, Secrets,
    mlflow::{Courier, Server, Wish, destinations},
    seal::Recipients,
};
use diktor_train::Hparams;

use crate::{exit::usage, settings};

/// The server that the hyper-parameters of a run or the environment name; `None` keeps the local store
/// alone.
///
/// # Errors
/// If what they name is no server, or a secret cannot be read; exit code 2.
pub(crate) fn server_of(hparams: &Hparams) -> anyhow::Result<Option<Server>> {
    if !hparams.mlflow_logging {
        return Ok(None);
    }
    let found = find(Wish {
        uri: &hparams.tracking_uri,
        experiment: &hparams.mlflow_experiment_name,
        before: &[],
    })?;
    let recipients = recipients(hparams)?;
    Ok(found.map(|server| server.sealed_for(recipients)))
}

/// The server that a command line names, else the run in `run_dir`, else the environment, else the one
/// that has the run already.
///
/// # Errors
/// As [`server_of`], and if there is none.
pub(crate) fn server_for(
    run_dir: &Path,
    uri: Option<&str>,
    experiment: Option<&str>,
) -> anyhow::Result<Server> {
    let hparams = hparams_of(run_dir)?;
    let before = destinations(run_dir)?;
    let wish = Wish {
        uri: uri.unwrap_or(&hparams.tracking_uri),
        experiment: experiment.unwrap_or(&hparams.mlflow_experiment_name),
        before: &before,
    };
    Ok(named(find(wish)?)?.sealed_for(recipients(&hparams)?))
}

/// The server that a command line names, else the environment.
///
/// # Errors
/// As [`server_for`].
pub(crate) fn server_named(uri: Option<&str>) -> anyhow::Result<Server> {
    let wish = Wish {
        uri: uri.unwrap_or_default(),
        ..Wish::default()
    };
    named(find(wish)?)
}

fn named(found: Option<Server>) -> anyhow::Result<Server> {
    found.ok_or_else(|| {
        usage(
            "which server?\nhint: `--tracking-uri http://host:5000`, or set MLFLOW_TRACKING_URI; \
             `diktor export mlflow-db` needs none",
        )
    })
}

/// What the run in `run_dir` is configured to be. A configuration that is there and cannot be read is
/// an error: it may say that nothing leaves the machine unsealed.
fn hparams_of(run_dir: &Path) -> anyhow::Result<Hparams> {
    let path = run_dir.join(CONFIG_FILE);
    let named = |reason: &dyn Display| usage(format!("`{}`: {reason}", path.display()));
    match fs::read_to_string(&path) {
        Ok(text) => Hparams::from_yaml(&text).map_err(|error| named(&error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Hparams::default()),
        Err(error) => Err(named(&error)),
    }
}

/// For whom the files of a run are sealed: those of the run, else those of the environment.
fn recipients(hparams: &Hparams) -> anyhow::Result<Recipients> {
    let mut hparams = hparams.clone();
    settings::adopt_recipients(&mut hparams)?;
    Recipients::parse(&hparams.encryption_recipients).map_err(usage)
}

/// Does `work` on the run in `run_dir`, and tells `server` of it meanwhile and of the rest at the end. A
/// server causes no error.
pub(crate) fn delivered<T>(run_dir: &Path, server: Option<Server>, work: impl FnOnce() -> T) -> T {
    let courier = server.map(|server| Courier::start(run_dir, server));
    let done = work();
    if let Some(courier) = courier {
        courier.finish();
    }
    done
}

fn find(wish: Wish<'_>) -> anyhow::Result<Option<Server>> {
    let secrets = Secrets::from_environment().map_err(usage)?;
    Server::find(wish, &secrets, |name| env::var(name).ok()).map_err(usage)
}
