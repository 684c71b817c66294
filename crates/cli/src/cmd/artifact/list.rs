//! `diktor artifact list`: the files of a run at its server.

use std::fmt;

use diktor_track::mlflow::{Client, StoredFile, list_files};
use serde::Serialize;

use super::place::Place;
use crate::{answer::Form, cli, exit::Ending};

#[derive(Debug, Serialize)]
struct Listed {
    server: String,
    run_id: String,
    files: Vec<StoredFile>,
}

/// Lists the files.
///
/// # Errors
/// When the run or its server cannot be found, or the server does not let us.
pub(super) fn run(arguments: &cli::ArtifactList, form: Form) -> anyhow::Result<Ending> {
    let place = Place::find(&arguments.run, &arguments.server)?;
    let client = Client::new(&place.server);
    let run_id = place.run(&client)?.id;
    form.print(&Listed {
        server: place.server.uri().to_owned(),
        files: list_files(&client, &run_id)?,
        run_id,
    })?;
    Ok(Ending::Done)
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            let bytes = file.bytes.map_or("?".to_owned(), |bytes| bytes.to_string());
            let sealed = if file.sealed { "  sealed" } else { "" };
            writeln!(f, "{bytes:>12}  {}{sealed}", file.name)?;
        }
        write!(f, "{} files of the run `{}`", self.files.len(), self.run_id)
    }
}
