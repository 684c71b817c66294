//! `diktor sync`: what an MLflow server lacks of a run.

use std::{fmt, time::Duration};

use diktor_track::mlflow::{Synced, sync};
use serde::Serialize;

use crate::{answer::Form, cli, exit::Ending, runs, tracking};

#[derive(Serialize)]
#[serde(transparent)]
struct Told(Synced);

/// Delivers the run; what still waits or was refused ends with 1.
///
/// # Errors
/// When there is no such run, no server is named, or another process delivers the run.
pub(crate) fn run(arguments: &cli::SyncArgs, form: Form) -> anyhow::Result<Ending> {
    let run = runs::named(arguments.run.as_deref())?;
    let server = tracking::server_for(
        &run,
        arguments.tracking_uri.as_deref(),
        arguments.experiment.as_deref(),
    )?;
    let patience = Duration::from_secs(arguments.patience);
    let told = Told(sync(&run, &server, patience)?);
    form.print(&told)?;
    let whole = told.0.failure.is_none() && told.0.refused == 0;
    Ok(if whole {
        Ending::Done
    } else {
        Ending::CheckFailed
    })
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Synced {
            server,
            experiment,
            run_id,
            metrics,
            artifacts,
            refused,
            waiting,
            failure,
        } = &self.0;
        writeln!(f, "{server}, experiment `{experiment}`")?;
        if let Some(run_id) = run_id {
            writeln!(f, "run        {run_id}")?;
        }
        writeln!(f, "delivered  {metrics} rows of metrics, {artifacts} files")?;
        if *refused > 0 {
            writeln!(
                f,
                "refused    {refused}: see the table `dead_letters` of store.sqlite"
            )?;
        }
        match failure {
            None => Ok(()),
            Some(failure) => write!(f, "waiting    {waiting} rows: {failure}"),
        }
    }
}
