//! Rows as those who deliver them read them.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError, apply, number, tags::Status};

/// Longest tag or parameter that every server takes, in bytes.
const LONGEST_TEXT: usize = 5000;

/// One value of one metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MetricRow {
    pub(crate) seq: i64,
    pub(crate) name: String,
    pub(crate) step: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) value: f64,
}

/// A parameter or tag.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) seq: i64,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A file of the run that belongs to its record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Artifact {
    pub(crate) seq: i64,
    /// Relative to the run directory, with `/`.
    pub(crate) path: String,
    pub(crate) kind: ArtifactKind,
    pub(crate) step: i64,
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArtifactKind {
    /// A PNG of a validation.
    Picture,
    /// A WAV of a validation.
    Sound,
    /// The best checkpoint so far.
    Model,
    /// Something to read: configuration, report.
    Page,
}

impl ArtifactKind {
    const ALL: [Self; 4] = [Self::Picture, Self::Sound, Self::Model, Self::Page];

    /// As it is written in the store.
    fn name(self) -> &'static str {
        match self {
            Self::Picture => "picture",
            Self::Sound => "sound",
            Self::Model => "model",
            Self::Page => "page",
        }
    }

    fn from_name(name: &str) -> Self {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.unwrap_or(Self::Page)
    }
}

impl Store {
    /// At most `limit` metric rows after `seq`, in their order.
    pub(crate) fn metrics_after(
        &self,
        seq: i64,
        limit: usize,
    ) -> Result<Vec<MetricRow>, StoreError> {
        self.read(|store| {
            store
                .prepare_cached(
                    "SELECT seq, name, step, timestamp_ms, value, kind
                     FROM metrics JOIN keys ON keys.id = metrics.key
                     WHERE seq > ?1 ORDER BY seq LIMIT ?2",
                )?
                .query_map(params![seq, limit as i64], |row| {
                    Ok(MetricRow {
                        seq: row.get(0)?,
                        name: row.get(1)?,
                        step: row.get(2)?,
                        timestamp_ms: row.get(3)?,
                        value: number::number(row.get(4)?, row.get(5)?),
                    })
                })?
                .collect()
        })
    }

    /// How many metric rows come after `seq`.
    pub(crate) fn metrics_waiting(&self, seq: i64) -> Result<u64, StoreError> {
        let count: i64 = self.read(|store| {
            store.query_row(
                "SELECT COUNT(*) FROM metrics WHERE seq > ?1",
                [seq],
                |row| row.get(0),
            )
        })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The parameters after `seq`.
    pub(crate) fn params_after(&self, seq: i64) -> Result<Vec<Named>, StoreError> {
        self.named(
            "SELECT seq, name, value FROM params WHERE seq > ?1 ORDER BY seq",
            seq,
        )
    }

    /// The tags written after `seq`.
    pub(crate) fn tags_after(&self, seq: i64) -> Result<Vec<Named>, StoreError> {
        self.named(
            "SELECT seq, name, value FROM tags WHERE seq > ?1 ORDER BY seq",
            seq,
        )
    }

    fn named(&self, query: &str, seq: i64) -> Result<Vec<Named>, StoreError> {
        self.read(|store| {
            store
                .prepare_cached(query)?
                .query_map([seq], |row| {
                    Ok(Named {
                        seq: row.get(0)?,
                        name: row.get(1)?,
                        value: row.get(2)?,
                    })
                })?
                .collect()
        })
    }

    /// Every file of the record, in the order they were written.
    pub(crate) fn artifacts(&self) -> Result<Vec<Artifact>, StoreError> {
        self.read(|store| {
            store
                .prepare_cached("SELECT seq, path, kind, step FROM artifacts ORDER BY seq")?
                .query_map([], |row| {
                    Ok(Artifact {
                        seq: row.get(0)?,
                        path: row.get(1)?,
                        kind: ArtifactKind::from_name(&row.get::<_, String>(2)?),
                        step: row.get(3)?,
                    })
                })?
                .collect()
        })
    }

    /// Notes that a page of the run was written anew.
    pub(crate) fn note_page(&mut self, path: &str) -> Result<(), StoreError> {
        self.write(|store| note_artifact(store, path, ArtifactKind::Page, 0))
    }

    /// Notes what a file was when it was read.
    pub(crate) fn note_content(
        &mut self,
        path: &str,
        sha256: &str,
        bytes: u64,
    ) -> Result<(), StoreError> {
        self.write(|store| {
            store.execute(
                "UPDATE artifacts SET sha256 = ?2, bytes = ?3 WHERE path = ?1",
                params![path, sha256, i64::try_from(bytes).unwrap_or(i64::MAX)],
            )?;
            Ok(())
        })
    }

    /// How the run stands; `None` before it began.
    pub(crate) fn status(&self) -> Result<Option<Status>, StoreError> {
        self.read(apply::status)
    }

    /// A parameter of the run.
    pub(crate) fn param(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|store| param(store, name))
    }
}

pub(super) fn note_artifact(
    store: &Connection,
    path: &str,
    kind: ArtifactKind,
    step: i64,
) -> rusqlite::Result<()> {
    store
        .prepare_cached("INSERT OR REPLACE INTO artifacts (path, kind, step) VALUES (?1, ?2, ?3)")?
        .execute(params![path, kind.name(), step])?;
    Ok(())
}

/// A parameter is said once; what is different in a later session is a tag of the same name.
pub(super) fn note_param(store: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let value = cut(value);
    match param(store, name)? {
        None => store
            .prepare_cached("INSERT INTO params (name, value) VALUES (?1, ?2)")?
            .execute([name, value])
            .map(drop),
        Some(first) if first == value && tag(store, name)?.is_none() => Ok(()),
        Some(_) => note_tag(store, name, value),
    }
}

pub(super) fn note_tag(store: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let value = cut(value);
    if tag(store, name)?.as_deref() == Some(value) {
        return Ok(());
    }
    store
        .prepare_cached("INSERT OR REPLACE INTO tags (name, value) VALUES (?1, ?2)")?
        .execute([name, value])?;
    Ok(())
}

pub(super) fn tag(store: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    store
        .prepare_cached("SELECT value FROM tags WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn param(store: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    store
        .prepare_cached("SELECT value FROM params WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// As much of `text` as every server takes.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_TEXT)]
}
