//! Experiments.

use serde_json::json;

use super::{Client, MlflowError, error};

/// By this tag the pages of `MLflow` show training runs first, not traces of language models.
const KIND: [&str; 2] = ["mlflow.experimentKind", "custom_model_development"];

/// The id of the experiment called `name`, which is made if there is none.
///
/// # Errors
/// If the server does not answer, or refuses.
pub fn experiment(client: &Client, name: &str) -> Result<String, MlflowError> {
    if let Some(id) = find_experiment(client, name)? {
        return Ok(id);
    }
    let [key, value] = KIND;
    let made = client.post(
        "/api/2.0/mlflow/experiments/create",
        &json!({ "name": name, "tags": [{ "key": key, "value": value }] }),
    );
    match made {
        // Somebody else was quicker.
        Err(error) if error.is_already_there() => {
            let found = find_experiment(client, name)?;
            found.ok_or(error)
        }
        made => error::text(client, &made?, "experiment_id"),
    }
}

/// The id of the experiment called `name`, if there is one.
///
/// # Errors
/// If the server does not answer, or refuses.
pub fn find_experiment(client: &Client, name: &str) -> Result<Option<String>, MlflowError> {
    let query = [("experiment_name", name)];
    match client.get("/api/2.0/mlflow/experiments/get-by-name", &query) {
        Ok(found) => error::text(client, &found["experiment"], "experiment_id").map(Some),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}
