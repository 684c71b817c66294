//! `diktor export mlflow-db`: runs as a database of MLflow.

use std::fmt;

use diktor_track::mlflow::{ExportError, ExportedDatabase, export_database};
use serde::Serialize;

use crate::{
    answer::Form,
    cli,
    exit::{Ending, usage},
    runs,
};

#[derive(Debug, Serialize)]
struct Written(ExportedDatabase);

pub(super) fn run(arguments: &cli::MlflowDb, form: Form) -> anyhow::Result<Ending> {
    let runs = runs::all_named(&arguments.runs)?;
    let written = export_database(&runs, &arguments.output).map_err(|error| match error {
        ExportError::Exists { .. } => usage(error),
        error => error.into(),
    })?;
    form.print(&Written(written))?;
    Ok(Ending::Done)
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ExportedDatabase {
            output,
            runs,
            metrics,
        } = &self.0;
        let output = output.display();
        writeln!(f, "{output}: {runs} runs, {metrics} rows of metrics")?;
        write!(
            f,
            "show it:  mlflow server --backend-store-uri sqlite:///{output}"
        )
    }
}
