//! How far each server has been told.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Artifact, Store, StoreError, time::now_ms};

/// Where a run is delivered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) server: String,
    pub(crate) experiment: String,
}

/// How far a server has been told.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Progress {
    /// The run at the server, once it is known.
    pub(crate) run: Option<RemoteRun>,
    /// Number of the last metric row that was answered for.
    pub(crate) metrics: i64,
    /// Number of the last parameter.
    pub(crate) params: i64,
    /// Number of the last tag.
    pub(crate) tags: i64,
    /// Digest of the data it knows.
    pub(crate) dataset: Option<String>,
    /// Status it knows.
    pub(crate) status: Option<String>,
}

/// A run at a server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RemoteRun {
    pub(crate) id: String,
    pub(crate) experiment_id: String,
    pub(crate) artifact_uri: String,
}

/// Something a server refuses for good.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetter<'a> {
    pub(crate) what: &'a str,
    pub(crate) body: String,
    pub(crate) answer: String,
}

/// What can be noted about a server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Mark<'a> {
    /// Rows up to this number are about to be sent.
    Offered(i64),
    /// Rows up to this number were answered for.
    Metrics(i64),
    /// Likewise parameters.
    Params(i64),
    /// Likewise tags.
    Tags(i64),
    /// The data it knows.
    Dataset(&'a str),
    /// The status it knows.
    Status(&'a str),
}

impl Store {
    /// How far `target` has been told.
    pub(crate) fn progress(&self, target: &Target) -> Result<Progress, StoreError> {
        let found = self.read(|store| {
            store
                .prepare_cached(
                    "SELECT run_id, experiment_id, artifact_uri, metrics, params, tags, dataset, status
                     FROM deliveries WHERE server = ?1 AND experiment = ?2",
                )?
                .query_row([&target.server, &target.experiment], |row| {
                    let id: Option<String> = row.get(0)?;
                    let run = match id {
                        Some(id) => Some(RemoteRun {
                            id,
                            experiment_id: row.get(1)?,
                            artifact_uri: row.get(2)?,
                        }),
                        None => None,
                    };
                    Ok(Progress {
                        run,
                        metrics: row.get(3)?,
                        params: row.get(4)?,
                        tags: row.get(5)?,
                        dataset: row.get(6)?,
                        status: row.get(7)?,
                    })
                })
                .optional()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Every place that the run was delivered to.
    pub(crate) fn targets(&self) -> Result<Vec<Target>, StoreError> {
        self.read(|store| {
            store
                .prepare_cached(
                    "SELECT server, experiment FROM deliveries WHERE run_id IS NOT NULL",
                )?
                .query_map([], |row| {
                    Ok(Target {
                        server: row.get(0)?,
                        experiment: row.get(1)?,
                    })
                })?
                .collect()
        })
    }

    /// Remembers the run at `target`.
    pub(crate) fn note_run(&mut self, target: &Target, run: &RemoteRun) -> Result<(), StoreError> {
        self.write(|store| {
            store.execute(
                "INSERT OR REPLACE INTO deliveries (server, experiment, run_id, experiment_id, artifact_uri)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![target.server, target.experiment, run.id, run.experiment_id, run.artifact_uri],
            )?;
            Ok(())
        })
    }

    /// Forgets what `target` was told: it has lost the run.
    pub(crate) fn forget_run(&mut self, target: &Target) -> Result<(), StoreError> {
        self.write(|store| {
            for table in ["deliveries", "uploads"] {
                store.execute(
                    &format!("DELETE FROM {table} WHERE server = ?1 AND experiment = ?2"),
                    [&target.server, &target.experiment],
                )?;
            }
            Ok(())
        })
    }

    /// Notes how far `target` has been told.
    pub(crate) fn mark(&mut self, target: &Target, mark: Mark<'_>) -> Result<(), StoreError> {
        self.write(|store| match mark {
            Mark::Offered(seq) => set(store, target, "offered", seq),
            Mark::Metrics(seq) => set(store, target, "metrics", seq),
            Mark::Params(seq) => set(store, target, "params", seq),
            Mark::Tags(seq) => set(store, target, "tags", seq),
            Mark::Dataset(digest) => set(store, target, "dataset", digest),
            Mark::Status(status) => set(store, target, "status", status),
        })
    }

    /// How many rows of metrics wait for a server that the run is delivered to.
    pub(crate) fn waiting(&self) -> Result<u64, StoreError> {
        let told: Option<i64> = self.read(|store| {
            store.query_row("SELECT MIN(metrics) FROM deliveries", [], |row| row.get(0))
        })?;
        told.map_or(Ok(0), |told| self.metrics_waiting(told))
    }

    /// The files that `target` lacks, in the order they were written.
    pub(crate) fn artifacts_waiting(&self, target: &Target) -> Result<Vec<Artifact>, StoreError> {
        let mut waiting = self.artifacts()?;
        let sent: std::collections::BTreeMap<String, i64> = self.read(|store| {
            store
                .prepare_cached(
                    "SELECT path, seq FROM uploads WHERE server = ?1 AND experiment = ?2",
                )?
                .query_map([&target.server, &target.experiment], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect()
        })?;
        waiting.retain(|artifact| sent.get(&artifact.path) != Some(&artifact.seq));
        Ok(waiting)
    }

    /// The digest of the file at `path` as `target` has it.
    pub(crate) fn uploaded(
        &self,
        target: &Target,
        path: &str,
    ) -> Result<Option<String>, StoreError> {
        self.read(|store| {
            store
                .prepare_cached(
                    "SELECT sha256 FROM uploads WHERE server = ?1 AND experiment = ?2 AND path = ?3",
                )?
                .query_row([&target.server, &target.experiment, path], |row| row.get(0))
                .optional()
        })
    }

    /// Notes that `target` has this file, or never will; `sha256` is empty then.
    pub(crate) fn note_upload(
        &mut self,
        target: &Target,
        artifact: &Artifact,
        sha256: &str,
    ) -> Result<(), StoreError> {
        self.write(|store| {
            store.execute(
                "INSERT OR REPLACE INTO uploads (server, experiment, path, seq, sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    target.server,
                    target.experiment,
                    artifact.path,
                    artifact.seq,
                    sha256
                ],
            )?;
            Ok(())
        })
    }

    /// Keeps what a server refuses.
    pub(crate) fn bury(
        &mut self,
        target: &Target,
        letter: &DeadLetter<'_>,
    ) -> Result<(), StoreError> {
        self.write(|store| {
            store.execute(
                "INSERT INTO dead_letters (server, time_ms, what, body, answer)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    target.server,
                    now_ms(),
                    letter.what,
                    letter.body,
                    letter.answer
                ],
            )?;
            Ok(())
        })
    }
}

fn set(
    store: &Connection,
    target: &Target,
    column: &str,
    value: impl rusqlite::ToSql,
) -> rusqlite::Result<()> {
    store
        .prepare_cached(&format!(
            "UPDATE deliveries SET {column} = ?3 WHERE server = ?1 AND experiment = ?2"
        ))?
        .execute(params![target.server, target.experiment, value])?;
    Ok(())
}
