//! A run and the MLflow server it is delivered to: only here are its variables and secrets read.

use std::{env, fs, path::Path};

use diktor_track::{
    CONFIG_FILE, Secrets,
    mlflow::{Courier, Server, Wish},
};
use diktor_train::{Hparams, StopFlag, TrainError, TrainOutcome, TrainSpec};

use crate::exit::usage;

/// The server that the hyper-parameters of a run or the environment name; `None` keeps the local store
/// alone.
///
/// # Errors
/// If what they name is no server, or a secret cannot be read; exit code 2.
pub(crate) fn server_of(hparams: &Hparams) -> anyhow::Result<Option<Server>> {
    if !hparams.mlflow_logging {
        return Ok(None);
    }
    find(Wish {
        uri: &hparams.tracking_uri,
        experiment: &hparams.mlflow_experiment_name,
    })
}

/// The server that a command line names, else the run in `run_dir`, else the environment.
///
/// # Errors
/// As [`server_of`], and if there is none.
pub(crate) fn server_for(
    run_dir: &Path,
    uri: Option<&str>,
    experiment: Option<&str>,
) -> anyhow::Result<Server> {
    let config = fs::read_to_string(run_dir.join(CONFIG_FILE)).unwrap_or_default();
    let hparams = Hparams::from_yaml(&config).unwrap_or_default();
    let wish = Wish {
        uri: uri.unwrap_or(&hparams.tracking_uri),
        experiment: experiment.unwrap_or(&hparams.mlflow_experiment_name),
    };
    find(wish)?.ok_or_else(|| {
        usage(
            "which server?\nhint: `--tracking-uri http://host:5000`, or set MLFLOW_TRACKING_URI; \
             `diktor export mlflow-db` needs none",
        )
    })
}

/// Trains, and tells `server` of it meanwhile.
///
/// # Errors
/// Those of the training; a server causes none.
pub(crate) fn train(
    spec: TrainSpec,
    server: Option<Server>,
    stop: &StopFlag,
) -> Result<TrainOutcome, TrainError> {
    let courier = server.map(|server| Courier::start(&spec.run_dir, server));
    let outcome = diktor_train::train(spec, stop);
    if let Some(courier) = courier {
        courier.finish();
    }
    outcome
}

fn find(wish: Wish<'_>) -> anyhow::Result<Option<Server>> {
    let secrets = Secrets::from_environment().map_err(usage)?;
    Server::find(wish, &secrets, |name| env::var(name).ok()).map_err(usage)
}
