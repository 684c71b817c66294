//! Reading `events.jsonl` back, whole or torn.

use std::{fs, path::Path};

use crate::{Event, EventKind, ReadError};

/// What could be read of an event log.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventLog {
    /// Every event that could be read, in file order.
    pub events: Vec<Event>,
    /// Numbers (from 1) of the lines that could not.
    pub unreadable_lines: Vec<usize>,
}

/// Reads every event that the file holds, in file order.
///
/// Only whole lines count. A torn last line is what a killed session leaves behind, a line with
/// flipped bytes what a bad disk does: both are left out with a note in the log.
///
/// # Errors
/// If the file cannot be read at all.
pub fn read_log(path: &Path) -> Result<EventLog, ReadError> {
    let bytes = fs::read(path).map_err(|source| ReadError::File {
        path: path.to_path_buf(),
        source,
    })?;
    let log = parse(&bytes);
    if let Some(first) = log.unreadable_lines.first() {
        tracing::warn!(
            path = %path.display(),
            lines = log.unreadable_lines.len(),
            first,
            "left out lines that are torn or no events"
        );
    }
    Ok(log)
}

/// [`read_log`], reduced to the events that count: see [`effective`].
///
/// # Errors
/// If the file cannot be read at all.
pub fn read_events(path: &Path) -> Result<Vec<Event>, ReadError> {
    Ok(effective(read_log(path)?.events))
}

/// The history that counts: what a killed session did beyond the point where the next one went on
/// never happened.
///
/// The rule: a [`EventKind::RunStarted`] with `resumed_from: Some(k)` takes back every earlier event
/// of a step above `k`; one with `None` begins the run anew and takes back everything before it.
/// The starts of earlier sessions stay, so that a reader can still count them.
///
/// A [`EventKind::Restart`] takes back the measurements above the step it goes back to; what happened before it stays
/// told, because no later session can begin before it.
pub fn effective(events: Vec<Event>) -> Vec<Event> {
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    // How many of them nothing can take back any more.
    let mut settled = 0;
    for event in events {
        match &event.kind {
            EventKind::RunStarted(start) => match start.resumed_from {
                Some(step) => {
                    let open = kept.split_off(settled);
                    kept.extend(open.into_iter().filter(|earlier| {
                        earlier.step <= step || matches!(earlier.kind, EventKind::RunStarted(_))
                    }));
                }
                None => {
                    kept.clear();
                    settled = 0;
                }
            },
            EventKind::Restart(restart) => {
                kept.retain(|earlier| {
                    earlier.step <= restart.to_step || !is_measurement(&earlier.kind)
                });
                settled = kept.len();
            }
            _ => {}
        }
        kept.push(event);
    }
    kept
}

/// Whether an event belongs to one step of one attempt and means nothing without it.
fn is_measurement(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Step { .. }
            | EventKind::Validation { .. }
            | EventKind::Picture(_)
            | EventKind::Audio { .. }
            | EventKind::Histogram(_)
            | EventKind::CheckpointSaved { .. }
    )
}

/// Reads the whole lines of `bytes`.
pub(crate) fn parse(bytes: &[u8]) -> EventLog {
    let mut log = EventLog::default();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice(line) {
            Ok(event) => log.events.push(event),
            Err(_) => log.unreadable_lines.push(index + 1),
        }
    }
    log
}
