//! The registered model of a voice: a version for every better checkpoint, and the alias `best` on the newest.

use serde_json::{Value, json};

use super::{Client, MlflowError, error};
use crate::store::{RemoteRun, tags};

/// The alias that moves when a better checkpoint appears.
const ALIAS: &str = "best";

/// A checkpoint to register.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    /// Name of the registered model.
    pub(super) model: &'a str,
    /// The file at the server, relative to the run's artifacts.
    pub(super) path: &'a str,
    pub(super) sha256: &'a str,
    pub(super) step: i64,
    /// Further tags.
    pub(super) tags: &'a [(String, String)],
}

/// Registers a checkpoint once, whatever happened before, and moves the alias to it.
pub(super) fn register(
    client: &Client,
    run: &RemoteRun,
    candidate: &Candidate<'_>,
) -> Result<(), MlflowError> {
    let name = candidate.model;
    match client.post(
        "/api/2.0/mlflow/registered-models/create",
        &json!({ "name": name }),
    ) {
        Err(error) if !error.is_already_there() => return Err(error),
        _ => {}
    }
    let version = match known(client, run, candidate)? {
        Some(version) => version,
        None => create(client, run, candidate)?,
    };
    client.post(
        "/api/2.0/mlflow/registered-models/alias",
        &json!({ "name": name, "alias": ALIAS, "version": version }),
    )?;
    Ok(())
}

fn create(
    client: &Client,
    run: &RemoteRun,
    candidate: &Candidate<'_>,
) -> Result<String, MlflowError> {
    let own = [
        (tags::SHA256.to_owned(), candidate.sha256.to_owned()),
        (tags::STEP.to_owned(), candidate.step.to_string()),
    ];
    let all: Vec<Value> = own
        .iter()
        .chain(candidate.tags)
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let body = json!({
        "name": candidate.model,
        "source": format!("{}/{}", run.artifact_uri, candidate.path),
        "run_id": run.id,
        "tags": all,
    });
    let made = client.post("/api/2.0/mlflow/model-versions/create", &body)?;
    error::text(client, &made["model_version"], "version")
}

/// The version of this very checkpoint, if an earlier attempt made it.
fn known(
    client: &Client,
    run: &RemoteRun,
    candidate: &Candidate<'_>,
) -> Result<Option<String>, MlflowError> {
    let filter = format!("name='{}' and run_id='{}'", candidate.model, run.id);
    let query = [("filter", filter.as_str()), ("max_results", "200")];
    let found = client.get("/api/2.0/mlflow/model-versions/search", &query)?;
    let versions = found["model_versions"].as_array();
    let same = versions.into_iter().flatten().find(|version| {
        let tags = version["tags"].as_array().into_iter().flatten();
        tags.clone()
            .any(|tag| tag["key"] == tags::SHA256 && tag["value"] == candidate.sha256)
    });
    Ok(same.and_then(|version| version["version"].as_str().map(str::to_owned)))
}

/// A run's name as a model may be called: without what `MLflow` or a filter cannot hold.
pub(super) fn model_name(run: &str) -> String {
    let name: String = run
        .chars()
        .map(|c| {
            if "/:'\"`%".contains(c) || c.is_control() {
                '_'
            } else {
                c
            }
        })
        .collect();
    match name.as_str() {
        "" => "voice".to_owned(),
        _ => name,
    }
}
