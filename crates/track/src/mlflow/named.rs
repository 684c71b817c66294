//! A run of a server by what a person calls it: its id, the beginning of its id, or its name.

use serde_json::{Value, json};

use super::{Client, MlflowError, error, runs};

/// Characters of an id.
const ID_LENGTH: usize = 32;
/// Fewer characters are no beginning of an id that anybody means.
const SHORTEST: usize = 4;
/// Runs and experiments asked for at once.
const PAGE: usize = 1000;
/// Runs that are listed when several are meant.
const LISTED: usize = 5;

/// The id of the run that `called` means.
///
/// A whole id is taken as it is. Anything else is compared with the runs of every experiment: as a name, or as
/// the beginning of an id.
///
/// # Errors
/// If the server does not answer, no run is called so, or several are.
pub fn run_id(client: &Client, called: &str) -> Result<String, MlflowError> {
    let called = called.trim();
    if called.len() == ID_LENGTH && is_hexadecimal(called) {
        return Ok(called.to_owned());
    }
    let mut found = Vec::new();
    for page in pages(
        client,
        "runs",
        &json!({ "experiment_ids": experiments(client)? }),
    )? {
        found.extend(page.into_iter().filter(|run| is_called(run, called)));
    }
    match &found[..] {
        [] => {
            // The server says it in its own words, where it knows an id of another form.
            if runs::get(client, called).is_ok() {
                return Ok(called.to_owned());
            }
            Err(MlflowError::NoSuchRun {
                server: client.uri().to_owned(),
                called: called.to_owned(),
            })
        }
        [run] => error::text(client, &run["info"], "run_id"),
        many => Err(MlflowError::SeveralRuns {
            server: client.uri().to_owned(),
            called: called.to_owned(),
            runs: listed(many),
        }),
    }
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_called(run: &Value, called: &str) -> bool {
    let id = run["info"]["run_id"].as_str().unwrap_or_default();
    let is_begun = called.len() >= SHORTEST && id.starts_with(&called.to_ascii_lowercase());
    is_begun || run["info"]["run_name"] == called
}

/// The first runs, each with its id and its name.
fn listed(runs: &[Value]) -> String {
    let one = |run: &Value| {
        let text = |name: &str| run["info"][name].as_str().unwrap_or_default().to_owned();
        format!("{} ({})", text("run_id"), text("run_name"))
    };
    let mut shown: Vec<String> = runs.iter().take(LISTED).map(one).collect();
    if runs.len() > LISTED {
        shown.push(format!("{} more", runs.len() - LISTED));
    }
    shown.join(", ")
}

/// The ids of all experiments.
fn experiments(client: &Client) -> Result<Vec<Value>, MlflowError> {
    let found = pages(client, "experiments", &json!({}))?;
    let ids = found.into_iter().flatten();
    Ok(ids.map(|mut one| one["experiment_id"].take()).collect())
}

/// Everything that a search finds, page by page.
fn pages(client: &Client, what: &str, query: &Value) -> Result<Vec<Vec<Value>>, MlflowError> {
    let mut found = Vec::new();
    let mut query = query.clone();
    query["max_results"] = PAGE.into();
    loop {
        let mut page = client.post(&format!("/api/2.0/mlflow/{what}/search"), &query)?;
        if let Value::Array(entries) = page[what].take() {
            found.push(entries);
        }
        match page["next_page_token"].take() {
            Value::String(token) if !token.is_empty() => query["page_token"] = token.into(),
            _ => return Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_called_by_its_name_or_the_beginning_of_its_id() {
        let run = json!({ "info": { "run_id": "0a1b2c3d4e5f", "run_name": "voice-2" } });
        for called in ["voice-2", "0a1b", "0A1B2c", "0a1b2c3d4e5f"] {
            assert!(is_called(&run, called), "{called}");
        }
        for called in ["voice", "0a1", "1b2c", "", "0a1b2c3d4e5f6"] {
            assert!(!is_called(&run, called), "{called}");
        }
    }

    #[test]
    fn several_runs_are_listed_with_ids_and_names() {
        let run = |n: usize| json!({ "info": { "run_id": format!("id{n}"), "run_name": "lj" } });
        let runs: Vec<Value> = (0..7).map(run).collect();
        assert_eq!(listed(&runs[..2]), "id0 (lj), id1 (lj)");
        assert!(listed(&runs).ends_with("id4 (lj), 2 more"));
    }
}
