//! What each event adds to the store.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{
    Fact, follow, number, read_fact,
    rows::{ArtifactKind, note_artifact, note_param, note_tag, tag},
    tags::{self, Status},
    take_back,
    time::milliseconds,
    write_fact,
};
use crate::{Event, EventKind, Outcome, RestartRecord, RunStarted, artefact, names};

/// Why a checkpoint was written that is the best so far.
const BEST: &str = "best";

/// Adds `event`, which stands in the log as `line`.
pub(super) fn event(store: &Connection, event: &Event, line: &[u8]) -> rusqlite::Result<()> {
    let place = Place {
        step: i64::try_from(event.step).unwrap_or(i64::MAX),
        time_ms: milliseconds(event.time_s),
    };
    match &event.kind {
        EventKind::RunStarted(start) => begin(store, place, start, line),
        EventKind::Step { metrics } | EventKind::Validation { metrics } => {
            measured(store, place, metrics)
        }
        EventKind::Intervention(change) => {
            let name = format!("{}{}", names::KNOB_PREFIX, change.knob);
            measure(store, place, &name, change.new)
        }
        EventKind::Restart(restart) => go_back(store, restart),
        EventKind::Phase { to, .. } => note_tag(store, tags::PHASE, to.name()),
        EventKind::Picture(picture) => artifact(store, place, &picture.path, ArtifactKind::Picture),
        EventKind::Audio { path, .. } => artifact(store, place, path, ArtifactKind::Sound),
        EventKind::CheckpointSaved { path, why } if why == BEST => {
            artifact(store, place, path, ArtifactKind::Model)
        }
        EventKind::RunFinished { outcome, .. } => end(store, place, *outcome),
        EventKind::CheckpointSaved { .. }
        | EventKind::Histogram(_)
        | EventKind::Verdict(_)
        | EventKind::Refused { .. }
        | EventKind::Warning { .. }
        | EventKind::Fault(_)
        | EventKind::Attention(_)
        | EventKind::Early(_)
        | EventKind::Suspects(_) => Ok(()),
    }
}

/// When something happened.
#[derive(Debug, Clone, Copy)]
struct Place {
    step: i64,
    time_ms: i64,
}

fn begin(
    store: &Connection,
    place: Place,
    start: &RunStarted,
    line: &[u8],
) -> rusqlite::Result<()> {
    match start.resumed_from {
        None if follow::has_begun(store)? => take_back::run(store)?,
        None => {}
        Some(step) => take_back::session(store, i64::try_from(step).unwrap_or(i64::MAX))?,
    }
    let time = place.time_ms.to_string();
    if !follow::has_begun(store)? {
        let identity = follow::identity(line);
        let known = tag(store, tags::RUN_UUID)?;
        if known.is_some_and(|known| known != identity) {
            take_back::run(store)?;
        }
        note_tag(store, tags::RUN_UUID, &identity)?;
        write_fact(store, Fact::RunUuid, &identity)?;
        write_fact(store, Fact::StartedMs, &time)?;
    }
    write_fact(store, Fact::RunName, &start.run)?;
    write_fact(store, Fact::SessionMs, &time)?;
    write_fact(store, Fact::Status, Status::Running.name())?;
    for (name, value) in parameters(start) {
        note_param(store, &name, &value)?;
    }
    note_tag(store, tags::RUN_NAME, &start.run)?;
    note_tag(store, tags::VERSION, &start.version)?;
    add_to_list(store, tags::SESSIONS, &json!(start.resumed_from))?;
    note_artifact(store, crate::CONFIG_FILE, ArtifactKind::Page, 0)
}

/// What is said once about a run, under its published names.
fn parameters(start: &RunStarted) -> Vec<(String, String)> {
    let hparams = start.hparams.iter().map(|(name, value)| {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (format!("{}{name}", names::HPARAMS_PREFIX), text)
    });
    let sizes = [
        (names::MODEL_TOTAL_PARAMS, start.total_params),
        // No layer is ever frozen.
        (names::MODEL_TRAINABLE_PARAMS, start.total_params),
        (names::DATASET_TRAIN_SIZE, start.train_size),
        (names::DATASET_VAL_SIZE, start.val_size),
    ];
    let sizes = sizes.map(|(name, size)| (name.to_owned(), size.to_string()));
    hparams.chain(sizes).collect()
}

fn go_back(store: &Connection, restart: &RestartRecord) -> rusqlite::Result<()> {
    take_back::attempt(store, i64::try_from(restart.to_step).unwrap_or(i64::MAX))?;
    add_to_list(
        store,
        tags::RESTARTS,
        &json!({
            "attempt": restart.attempt,
            "from_step": restart.from_step,
            "to_step": restart.to_step,
        }),
    )
}

fn end(store: &Connection, place: Place, outcome: Outcome) -> rusqlite::Result<()> {
    let status = match outcome {
        Outcome::Completed | Outcome::StoppedEarly => Status::Finished,
        Outcome::RedFlag | Outcome::Failed => Status::Failed,
        Outcome::Interrupted => Status::Killed,
    };
    write_fact(store, Fact::Status, status.name())?;
    write_fact(store, Fact::EndedMs, &place.time_ms.to_string())?;
    let outcome = json!(outcome);
    note_tag(store, tags::OUTCOME, outcome.as_str().unwrap_or_default())
}

/// Adds to a tag that is a list in JSON.
fn add_to_list(store: &Connection, name: &str, entry: &serde_json::Value) -> rusqlite::Result<()> {
    let known = tag(store, name)?.unwrap_or_default();
    let mut list: Vec<serde_json::Value> = serde_json::from_str(&known).unwrap_or_default();
    list.push(entry.clone());
    note_tag(store, name, &json!(list).to_string())
}

fn artifact(
    store: &Connection,
    place: Place,
    path: &Path,
    kind: ArtifactKind,
) -> rusqlite::Result<()> {
    match path.to_str().filter(|_| artefact::is_inside(path)) {
        Some(path) => note_artifact(store, path, kind, place.step),
        None => Ok(()),
    }
}

fn measured(
    store: &Connection,
    place: Place,
    metrics: &BTreeMap<String, f64>,
) -> rusqlite::Result<()> {
    metrics
        .iter()
        .try_for_each(|(name, value)| measure(store, place, name, *value))
}

fn measure(store: &Connection, place: Place, name: &str, figure: f64) -> rusqlite::Result<()> {
    let key = key_of(store, name)?;
    let (value, kind) = number::columns(figure);
    let mut insert = store.prepare_cached(
        "INSERT OR IGNORE INTO metrics (key, step, timestamp_ms, value, kind)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    if let Some((time_ms, value, kind)) =
        already_told(store, place.step, (key, name), (value, kind))?
        && insert.execute(params![key, place.step, time_ms, value, kind])? == 1
    {
        return Ok(());
    }
    insert.execute(params![key, place.step, place.time_ms, value, kind])?;
    Ok(())
}

/// Time, value and kind of the row that a server may hold in place of this one; it is told again.
fn already_told(
    store: &Connection,
    step: i64,
    (key, name): (i64, &str),
    (value, kind): (f64, i64),
) -> rusqlite::Result<Option<(i64, f64, i64)>> {
    store
        .prepare_cached(
            "SELECT timestamp_ms, value, kind FROM told
             WHERE step = ?1 AND key = ?2 AND ((kind = ?3 AND value = ?4) OR ?5)
             ORDER BY timestamp_ms LIMIT 1",
        )?
        .query_row(
            params![step, key, kind, value, names::is_of_the_machine(name)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()
}

fn key_of(store: &Connection, name: &str) -> rusqlite::Result<i64> {
    let known = store
        .prepare_cached("SELECT id FROM keys WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    store
        .prepare_cached("INSERT INTO keys (name) VALUES (?1)")?
        .insert([name])
}

/// The status of the run as the store knows it.
pub(super) fn status(store: &Connection) -> rusqlite::Result<Option<Status>> {
    let name = read_fact(store, Fact::Status)?;
    Ok(name.as_deref().and_then(Status::from_name))
}
