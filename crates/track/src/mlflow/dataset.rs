//! The data of a run, as `MLflow` shows it beside the run.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::{Client, MlflowError};
use crate::store::{RemoteRun, fingerprint, tags};

/// Longest digest a server takes.
const DIGEST: usize = 36;

/// One part of the data.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) source: String,
    pub(super) profile: String,
    /// `training` or `validation`.
    pub(super) context: &'static str,
}

/// The parts of the data, as the run directory records them; empty where it does not.
pub(super) fn parts(run_dir: &Path, run: &str) -> Vec<Part> {
    let folder = run_dir.join("dataset");
    let recorded = fs::read(folder.join("source.json")).unwrap_or_default();
    let recorded: Value = serde_json::from_slice(&recorded).unwrap_or_default();
    let path = recorded["path"].as_str();
    let part = |(list, context): (&str, &'static str)| {
        let bytes = fs::read(folder.join(list)).ok()?;
        let rows = bytes.iter().filter(|byte| **byte == b'\n').count();
        let name = path.and_then(|path| Path::new(path).file_name()?.to_str());
        Some(Part {
            name: format!("{} {context}", name.unwrap_or(run)),
            digest: fingerprint(&bytes)[..DIGEST - 4].to_owned(),
            source: json!({ "uri": path.unwrap_or(list) }).to_string(),
            profile: json!({ "num_rows": rows }).to_string(),
            context,
        })
    };
    [("train.csv", "training"), ("val.csv", "validation")]
        .into_iter()
        .filter_map(part)
        .collect()
}

/// What all parts together are known by.
pub(super) fn digest(parts: &[Part]) -> String {
    let digests: Vec<&str> = parts.iter().map(|part| part.digest.as_str()).collect();
    digests.join(" ")
}

/// Tells the server what the run is trained on.
pub(super) fn log(client: &Client, run: &RemoteRun, parts: &[Part]) -> Result<(), MlflowError> {
    let datasets: Vec<Value> = parts
        .iter()
        .map(|part| {
            json!({
                "tags": [{ "key": tags::DATA_CONTEXT, "value": part.context }],
                "dataset": {
                    "name": part.name,
                    "digest": part.digest,
                    "source_type": SOURCE_TYPE,
                    "source": part.source,
                    "profile": part.profile,
                },
            })
        })
        .collect();
    let body = json!({ "run_id": run.id, "datasets": datasets });
    client.post("/api/2.0/mlflow/runs/log-inputs", &body)?;
    Ok(())
}

/// Where data comes from that lies in a folder.
pub(super) const SOURCE_TYPE: &str = "local";
