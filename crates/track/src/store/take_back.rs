//! Takes back what never happened: see [`crate::effective`], whose rules these are.

use rusqlite::Connection;

use super::{Fact, read_fact, tags, write_fact};
use crate::names;

/// What a killed session did beyond `step`; what came before a way back stays, because no session can
/// begin before it.
pub(super) fn session(store: &Connection, step: i64) -> rusqlite::Result<()> {
    let settled = read_fact(store, Fact::SettledSeq)?;
    let settled: i64 = settled.and_then(|seq| seq.parse().ok()).unwrap_or(0);
    rows(store, step, &format!("AND seq > {settled}"))
}

/// What was measured beyond `step` before the run went back to it; that knobs were turned stays told.
pub(super) fn attempt(store: &Connection, step: i64) -> rusqlite::Result<()> {
    let knobs = format!(
        "AND key NOT IN (SELECT id FROM keys WHERE name GLOB '{}*')",
        names::KNOB_PREFIX
    );
    rows(store, step, &knobs)?;
    let newest: i64 = store.query_row("SELECT COALESCE(MAX(seq), 0) FROM metrics", [], |row| {
        row.get(0)
    })?;
    write_fact(store, Fact::SettledSeq, &newest.to_string())
}

/// Everything, because the log is read again: what servers hold stays known.
pub(super) fn everything(store: &Connection) -> rusqlite::Result<()> {
    rows(store, -1, "")?;
    store.execute("DELETE FROM tags WHERE name <> ?1", [tags::RUN_UUID])?;
    store.execute_batch("DELETE FROM meta")
}

/// The whole run, because it was begun anew: servers get a run of its own.
pub(super) fn run(store: &Connection) -> rusqlite::Result<()> {
    store.execute_batch(
        "DELETE FROM metrics; DELETE FROM told; DELETE FROM params; DELETE FROM tags;
         DELETE FROM artifacts; DELETE FROM uploads; DELETE FROM deliveries;
         DELETE FROM meta WHERE name NOT IN ('log_offset', 'log_tail')",
    )
}

/// Removes the rows beyond `step`, and remembers those that a server may hold.
fn rows(store: &Connection, step: i64, further: &str) -> rusqlite::Result<()> {
    store.execute(
        &format!(
            "INSERT OR IGNORE INTO told (key, step, timestamp_ms, value, kind)
             SELECT key, step, timestamp_ms, value, kind FROM metrics
             WHERE step > ?1 AND seq <= (SELECT COALESCE(MAX(offered), 0) FROM deliveries) {further}"
        ),
        [step],
    )?;
    store.execute(
        &format!("DELETE FROM metrics WHERE step > ?1 {further}"),
        [step],
    )?;
    store.execute("DELETE FROM artifacts WHERE step > ?1", [step])?;
    Ok(())
}
