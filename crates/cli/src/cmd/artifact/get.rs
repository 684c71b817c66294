//! `diktor artifact get`: a file of a run from its server, opened and compared.

use std::fmt;

use diktor_track::{
    SecretName, Secrets,
    mlflow::{Client, Fetched, fetch},
    seal::Identities,
};
use serde::Serialize;

use super::place::Place;
use crate::{
    answer::Form,
    cli,
    exit::{Ending, usage},
};

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Answer(Fetched);

/// Fetches the file.
///
/// # Errors
/// When the run, its server or the file cannot be found, it cannot be opened, or is not what was sent.
pub(super) fn run(arguments: &cli::ArtifactGet, form: Form) -> anyhow::Result<Ending> {
    let place = Place::find(&arguments.run, &arguments.server)?;
    let secrets = Secrets::from_environment().map_err(usage)?;
    let identities = match secrets.get(SecretName::AgeIdentity) {
        Some(secret) => Some(Identities::parse(secret).map_err(usage)?),
        None => None,
    };
    let client = Client::new(&place.server);
    let found = place.run(&client)?;
    let Some(name) = arguments.name.as_ref().or(found.file.as_ref()) else {
        return Err(usage(
            "which file?\nhint: `diktor artifact list` shows what the run has",
        ));
    };
    let fetched = fetch(
        &client,
        &found.id,
        name,
        identities.as_ref(),
        &arguments.output,
    )?;
    form.print(&Answer(fetched))?;
    Ok(Ending::Done)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fetched {
            output,
            bytes,
            sha256,
            sealed,
            verified,
            ..
        } = &self.0;
        writeln!(
            f,
            "{}: {bytes} bytes{}",
            output.display(),
            if *sealed { ", opened" } else { "" }
        )?;
        let compared = if *verified {
            "as the run tells"
        } else {
            "the run tells none for it"
        };
        write!(f, "SHA-256 {sha256}, {compared}")
    }
}
