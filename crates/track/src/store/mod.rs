//! The local store of a run, `store.sqlite`: what a tracker wants to know, ready to be delivered.
//!
//! `events.jsonl` stays the record, and the store follows it: how far it has read is written in the
//! same transaction as what it read there. So a kill at any moment neither loses nor doubles a row,
//! an event that no sink saw is there all the same, and a store that is deleted is made anew.
//!
//! What a killed session did beyond the point where the next one went on is taken back, as
//! [`crate::effective`] says. A server that was told some of it cannot be made to forget; when the
//! run comes by again, the row that the server has is kept if it says the same, or if it measures
//! the machine and not the voice ([`names::is_of_the_machine`]), and sending it again changes nothing.

mod apply;
mod delivery;
mod error;
mod follow;
mod mend;
mod number;
mod rows;
pub(crate) mod tags;
mod take_back;
#[cfg(test)]
mod tests;
mod time;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension as _};

#[cfg(doc)]
use crate::names;

pub use self::error::StoreError;
pub(crate) use self::{
    delivery::{DeadLetter, Mark, RemoteRun, Target},
    follow::{fingerprint, has_log, hex},
    rows::{Artifact, ArtifactKind, MetricRow, Named},
    time::now_ms,
};

/// The file in the run directory.
pub const STORE_FILE: &str = "store.sqlite";

/// Form of the tables.
const FORM: i64 = 1;
/// How long a writer waits for another: the sink of a run, and who delivers.
const PATIENCE: Duration = Duration::from_secs(10);

/// The store of one run.
#[derive(Debug)]
pub struct Store {
    run_dir: PathBuf,
    connection: Connection,
}

/// What the store knows of the run as a whole, by name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fact {
    /// Bytes of the log that have been read.
    LogOffset,
    /// Fingerprint of the last line that was read.
    LogTail,
    /// Number of the last metric row before the newest way back.
    SettledSeq,
    /// Identity of the run at every server.
    RunUuid,
    /// Name of the run.
    RunName,
    /// When the run began.
    StartedMs,
    /// When the newest session began.
    SessionMs,
    /// How the run stands, in the words of trackers.
    Status,
    /// When it ended.
    EndedMs,
}

impl Fact {
    fn name(self) -> &'static str {
        match self {
            Self::LogOffset => "log_offset",
            Self::LogTail => "log_tail",
            Self::SettledSeq => "settled_seq",
            Self::RunUuid => "run_uuid",
            Self::RunName => "run_name",
            Self::StartedMs => "started_ms",
            Self::SessionMs => "session_ms",
            Self::Status => "status",
            Self::EndedMs => "ended_ms",
        }
    }
}

impl Store {
    /// Opens the store of the run in `run_dir`, and makes it if there is none. A damaged one is set aside:
    /// it is made anew from the log.
    ///
    /// # Errors
    /// If it cannot be opened, or a newer program wrote it.
    pub fn open(run_dir: &Path) -> Result<Self, StoreError> {
        match Self::open_as_it_is(run_dir) {
            Err(error) if error.is_damage() => mend::mended(run_dir),
            opened => opened,
        }
    }

    fn open_as_it_is(run_dir: &Path) -> Result<Self, StoreError> {
        let path = run_dir.join(STORE_FILE);
        if path.is_dir() {
            let what = "a folder stands in its place".to_owned();
            return Err(StoreError::Damaged { path, what });
        }
        let failed = |source| StoreError::Database {
            path: path.clone(),
            source,
        };
        let mut connection = Connection::open(&path).map_err(failed)?;
        let form = prepare(&mut connection).map_err(failed)?;
        if form > FORM {
            return Err(StoreError::Newer {
                path,
                found: form,
                known: FORM,
            });
        }
        match mend::damage(&connection, &path).map_err(failed)? {
            Some(what) => Err(StoreError::Damaged { path, what }),
            None => Ok(Self {
                run_dir: run_dir.to_owned(),
                connection,
            }),
        }
    }

    /// The run directory.
    pub(crate) fn run_dir(&self) -> &Path {
        &self.run_dir
    }

    /// One fact about the run.
    pub(crate) fn fact(&self, fact: Fact) -> Result<Option<String>, StoreError> {
        self.read(|connection| read_fact(connection, fact))
    }

    /// One fact that is a number; 0 where it is not known.
    pub(crate) fn number(&self, fact: Fact) -> Result<i64, StoreError> {
        let text = self.fact(fact)?;
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        query(&self.connection).map_err(|source| self.failed(source))
    }

    /// Does `change` whole or not at all.
    fn write<T>(
        &mut self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let result = in_transaction(&mut self.connection, change);
        result.map_err(|source| self.failed(source))
    }

    fn failed(&self, source: rusqlite::Error) -> StoreError {
        StoreError::Database {
            path: self.run_dir.join(STORE_FILE),
            source,
        }
    }
}

fn in_transaction<T>(
    connection: &mut Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let result = change(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// Makes the tables if there are none, and says what form the store has.
fn prepare(connection: &mut Connection) -> rusqlite::Result<i64> {
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    in_transaction(connection, |connection| {
        let form = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if form == 0 && mend::is_blank(connection)? {
            connection.execute_batch(include_str!("schema.sql"))?;
            connection.pragma_update(None, "user_version", FORM)?;
            return Ok(FORM);
        }
        Ok(form)
    })
}

fn read_fact(connection: &Connection, fact: Fact) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([fact.name()], |row| row.get(0))
        .optional()
}

fn write_fact(connection: &Connection, fact: Fact, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute([fact.name(), value])?;
    Ok(())
}
