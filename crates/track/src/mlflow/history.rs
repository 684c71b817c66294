//! A run as a server remembers it, made into events again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Client, MlflowError, number, runs};
use crate::{Event, EventKind, RestartRecord, RunStarted, names, store::tags};

/// Values asked for at once.
const PAGE: &str = "25000";

/// A run of a server.
#[derive(Debug, Clone)]
pub struct TrackedRun {
    /// Its name.
    pub name: String,
    /// What it measured and where it began, in order of steps. Metrics of a step and of a validation are
    /// told apart by their names.
    pub events: Vec<Event>,
}

/// Reads the run `id` back.
///
/// # Errors
/// If the server does not answer, or has no such run.
pub fn read_run(client: &Client, id: &str) -> Result<TrackedRun, MlflowError> {
    let run = runs::get(client, id)?;
    let name = run["info"]["run_name"].as_str().unwrap_or(id).to_owned();
    let keys = run["data"]["metrics"].as_array().into_iter().flatten();
    let keys: BTreeSet<&str> = keys.filter_map(|metric| metric["key"].as_str()).collect();
    let mut steps: BTreeMap<Moment, BTreeMap<String, f64>> = BTreeMap::new();
    for key in keys {
        if key.starts_with(names::KNOB_PREFIX) {
            continue;
        }
        let part = u8::from(names::is_of_a_validation(key));
        for (step, value) in history(client, id, key)? {
            let metrics = steps.entry((step, part)).or_default();
            metrics.insert(key.to_owned(), value);
        }
    }
    let measured = steps.into_iter().map(|((step, part), metrics)| Event {
        step,
        time_s: 0.0,
        kind: match part {
            0 => EventKind::Step { metrics },
            _ => EventKind::Validation { metrics },
        },
    });
    let mut events = in_order(starts(&run), measured.collect());
    events.extend(end(&run, &events));
    Ok(TrackedRun { name, events })
}

/// A step, and whether it is a validation after it.
type Moment = (u64, u8);

/// Step and value of every row of a metric, the oldest first.
fn history(client: &Client, run: &str, key: &str) -> Result<Vec<(u64, f64)>, MlflowError> {
    let mut rows = Vec::new();
    let mut token = String::new();
    loop {
        let mut query = vec![("run_id", run), ("metric_key", key), ("max_results", PAGE)];
        if !token.is_empty() {
            query.push(("page_token", &token));
        }
        let page = client.get("/api/2.0/mlflow/metrics/get-history", &query)?;
        for row in page["metrics"].as_array().into_iter().flatten() {
            let step = number::integer(&row["step"]).unwrap_or(0);
            if let Some(value) = number::from_json(&row["value"]) {
                rows.push((u64::try_from(step).unwrap_or(0), value));
            }
        }
        match page["next_page_token"].as_str() {
            Some(next) if !next.is_empty() => token = next.to_owned(),
            _ => return Ok(rows),
        }
    }
}

/// Where the sessions of the run began, and its ways back, as its tags tell.
fn starts(run: &Value) -> Vec<(u64, Event)> {
    let tag = |name: &str| -> Value {
        let tags = run["data"]["tags"].as_array().into_iter().flatten();
        let found = tags.into_iter().find(|tag| tag["key"] == name);
        let text = found.and_then(|tag| tag["value"].as_str());
        serde_json::from_str(text.unwrap_or("[]")).unwrap_or_default()
    };
    let params = hparams(run);
    let integer = |name: &str| params.get(name).and_then(Value::as_u64);
    let sessions = tag(tags::SESSIONS);
    let sessions = sessions.as_array().into_iter().flatten().map(|from| {
        let start = RunStarted {
            run: run["info"]["run_name"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            version: String::new(),
            resumed_from: from.as_u64(),
            max_steps: integer("max_steps").filter(|steps| *steps > 0),
            total_params: 0,
            train_size: 0,
            val_size: 0,
            hparams: params.clone(),
        };
        let from = from.as_u64().unwrap_or(0);
        (from, at(from, EventKind::RunStarted(start)))
    });
    let restarts = tag(tags::RESTARTS);
    let restarts = restarts.as_array().into_iter().flatten().map(|restart| {
        let figure = |name: &str| restart[name].as_u64().unwrap_or(0);
        let kind = EventKind::Restart(RestartRecord {
            attempt: figure("attempt"),
            most: 0,
            from_step: figure("from_step"),
            to_step: figure("to_step"),
            checkpoint: std::path::PathBuf::new(),
            reinitialised: false,
            overrides: BTreeMap::new(),
            why: String::new(),
        });
        (figure("to_step"), at(figure("from_step"), kind))
    });
    let mut all = placed(sessions.collect());
    all.extend(placed(restarts.collect()));
    all.sort_by_key(|(place, _)| *place);
    all
}

/// Starts and ways back among the measurements, as the log that counts has them.
fn in_order(starts: Vec<(u64, Event)>, measured: Vec<Event>) -> Vec<Event> {
    let mut starts = starts.into_iter().peekable();
    let mut events = Vec::with_capacity(measured.len());
    for event in measured {
        while let Some((_, start)) = starts.next_if(|(place, _)| *place < event.step) {
            events.push(start);
        }
        events.push(event);
    }
    events.extend(starts.map(|(_, start)| start));
    events
}

/// Each with its place: the last step that it, and those after it, left standing.
fn placed(mut starts: Vec<(u64, Event)>) -> Vec<(u64, Event)> {
    let mut standing = u64::MAX;
    for (place, _) in starts.iter_mut().rev() {
        standing = standing.min(*place);
        *place = standing;
    }
    starts
}

/// How the run ended, where its tags tell.
fn end(run: &Value, events: &[Event]) -> Option<Event> {
    // A run that goes on still has the tag of the session before.
    if run["info"]["status"] == "RUNNING" {
        return None;
    }
    let mut all = run["data"]["tags"].as_array()?.iter();
    let outcome = all.find(|tag| tag["key"] == tags::OUTCOME)?["value"].clone();
    let outcome = serde_json::from_value(outcome).ok()?;
    let last = events.iter().map(|event| event.step).max();
    let kind = EventKind::RunFinished {
        outcome,
        seconds: 0.0,
    };
    Some(at(last.unwrap_or(0), kind))
}

/// The hyper-parameters among the parameters of a run.
fn hparams(run: &Value) -> BTreeMap<String, Value> {
    let params = run["data"]["params"].as_array().into_iter().flatten();
    params
        .filter_map(|param| {
            let name = param["key"].as_str()?.strip_prefix(names::HPARAMS_PREFIX)?;
            let text = param["value"].as_str()?;
            let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
            Some((name.to_owned(), value))
        })
        .collect()
}

fn at(step: u64, kind: EventKind) -> Event {
    Event {
        step,
        time_s: 0.0,
        kind,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sessions_and_ways_back_stand_where_the_log_that_counts_has_them() {
        let run = json!({ "data": { "tags": [
            { "key": tags::SESSIONS, "value": "[null,4,3]" },
            { "key": tags::RESTARTS, "value": r#"[{"attempt":1,"from_step":6,"to_step":5}]"# },
        ] } });
        let steps = (1..=7).map(|step| {
            let metrics = BTreeMap::new();
            at(step, EventKind::Step { metrics })
        });
        let told = in_order(starts(&run), steps.collect()).into_iter();
        let told: Vec<String> = told
            .map(|event| match event.kind {
                EventKind::RunStarted(start) => format!("from {:?}", start.resumed_from),
                EventKind::Restart(restart) => format!("back to {}", restart.to_step),
                _ => event.step.to_string(),
            })
            .collect();
        let expected = "from None,1,2,3,from Some(4),from Some(3),4,5,back to 5,6,7";
        assert_eq!(told.join(","), expected);
    }
}
