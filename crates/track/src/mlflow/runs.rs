//! Runs: found by their identity before they are made, told in batches, closed.

use serde_json::{Value, json};

use super::{Client, MlflowError, error, number};
use crate::store::{MetricRow, Named, RemoteRun, tags};

/// What a run is made of.
#[derive(Debug, Clone, Default)]
pub struct NewRun {
    /// The experiment it belongs to.
    pub experiment_id: String,
    /// Its name for people.
    pub name: String,
    /// When it began, Unix time in milliseconds.
    pub started_ms: i64,
    /// Who runs it.
    pub user: Option<String>,
    /// The run that it is a part of.
    pub parent: Option<String>,
    /// Names and values of its tags.
    pub tags: Vec<(String, String)>,
}

/// Makes a run and returns its id; the server chooses it.
///
/// # Errors
/// If the server does not answer, or refuses.
pub fn create_run(client: &Client, run: &NewRun) -> Result<String, MlflowError> {
    Ok(create(client, run)?.id)
}

pub(super) fn create(client: &Client, run: &NewRun) -> Result<RemoteRun, MlflowError> {
    let fixed = [(tags::SOURCE_NAME, "diktor"), (tags::SOURCE_TYPE, "LOCAL")];
    let user = run.user.iter().map(|name| (tags::USER, name.as_str()));
    let parent = run.parent.iter().map(|id| (tags::PARENT, id.as_str()));
    let own = run
        .tags
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let all: Vec<Value> = fixed
        .into_iter()
        .chain(user)
        .chain(parent)
        .chain(own)
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let body = json!({
        "experiment_id": run.experiment_id,
        "run_name": run.name,
        "start_time": run.started_ms,
        "tags": all,
    });
    let made = client.post("/api/2.0/mlflow/runs/create", &body)?;
    remote(client, &made["run"])
}

/// The run of that identity, if the server has it.
pub(super) fn find(
    client: &Client,
    experiment_id: &str,
    identity: &str,
) -> Result<Option<RemoteRun>, MlflowError> {
    let filter = format!("tags.`{}` = '{identity}'", tags::RUN_UUID);
    let body = json!({ "experiment_ids": [experiment_id], "filter": filter, "max_results": 1 });
    let found = client.post("/api/2.0/mlflow/runs/search", &body)?;
    match &found["runs"][0] {
        Value::Null => Ok(None),
        run => remote(client, run).map(Some),
    }
}

/// How a run stands at the server.
#[derive(Debug)]
pub(super) enum Standing {
    /// It takes what it is told.
    Active(RemoteRun),
    /// It is in the trash.
    Deleted,
    /// There is none of that id.
    Missing,
}

pub(super) fn standing(client: &Client, id: &str) -> Result<Standing, MlflowError> {
    match get(client, id) {
        Ok(run) if run["info"]["lifecycle_stage"] == "deleted" => Ok(Standing::Deleted),
        Ok(run) => remote(client, &run).map(Standing::Active),
        Err(error) if error.is_missing() => Ok(Standing::Missing),
        Err(error) => Err(error),
    }
}

/// All that the server says of a run.
pub(super) fn get(client: &Client, id: &str) -> Result<Value, MlflowError> {
    let mut found = client.get("/api/2.0/mlflow/runs/get", &[("run_id", id)])?;
    Ok(found["run"].take())
}

fn remote(client: &Client, run: &Value) -> Result<RemoteRun, MlflowError> {
    let info = &run["info"];
    Ok(RemoteRun {
        id: error::text(client, info, "run_id")?,
        experiment_id: error::text(client, info, "experiment_id")?,
        artifact_uri: error::text(client, info, "artifact_uri")?,
    })
}

/// Metric rows as a request holds them.
pub(super) fn metrics_json(rows: &[MetricRow]) -> Value {
    let rows = rows.iter().map(|row| {
        json!({
            "key": row.name,
            "value": number::to_json(row.value),
            "timestamp": row.timestamp_ms,
            "step": row.step,
        })
    });
    Value::Array(rows.collect())
}

/// Parameters or tags as a request holds them.
pub(super) fn named_json(rows: &[Named]) -> Value {
    let rows = rows
        .iter()
        .map(|row| json!({ "key": row.name, "value": row.value }));
    Value::Array(rows.collect())
}

/// Adds to a run; `what` is `metrics`, `params` or `tags`.
pub(super) fn log_batch(
    client: &Client,
    run: &RemoteRun,
    what: &str,
    rows: &Value,
) -> Result<(), MlflowError> {
    let body = json!({ "run_id": run.id, what: rows });
    client.post("/api/2.0/mlflow/runs/log-batch", &body)?;
    Ok(())
}

/// Says how the run stands.
pub(super) fn update(
    client: &Client,
    run: &RemoteRun,
    status: tags::Status,
    ended_ms: Option<i64>,
) -> Result<(), MlflowError> {
    let mut body = json!({ "run_id": run.id, "status": status.name() });
    if let Some(ended_ms) = ended_ms {
        body["end_time"] = json!(ended_ms);
    }
    client.post("/api/2.0/mlflow/runs/update", &body)?;
    Ok(())
}
