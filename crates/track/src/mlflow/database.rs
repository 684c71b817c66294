//! A database that a stock `mlflow server` opens: runs without any server, shown by any server.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{DEFAULT_EXPERIMENT, MlflowError, artifacts, dataset};
use crate::{
    StoreError, names,
    store::{Fact, STORE_FILE, Store, has_log, now_ms, tags},
};

/// The hyper-parameter that names the experiment of a run.
const EXPERIMENT: &str = "mlflow_experiment_name";
/// The largest number, in whose place the server keeps an infinity.
const LARGEST: f64 = f64::MAX;

/// What was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportedDatabase {
    /// The database.
    pub output: PathBuf,
    /// Runs in it.
    pub runs: u64,
    /// Rows of metrics in it.
    pub metrics: u64,
}

/// Why a database could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file stands in its place already.
    #[error(
        "`{path}`: is there already\nhint: name another file; a database that a server may have open is \
         never changed"
    )]
    Exists {
        /// The database.
        path: PathBuf,
    },
    /// `SQLite` refused.
    #[error("`{path}`: {source}")]
    Database {
        /// The database.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file could not be written.
    #[error(
        "`{path}`: cannot be written: {source}\nhint: does the folder exist, and may you write there?"
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A run could not be read.
    #[error(transparent)]
    Run(#[from] MlflowError),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Run(error.into())
    }
}

/// Writes the runs in `run_dirs` into a new database at `output`.
///
/// It holds the tables of an old revision of `MLflow`, which every later server brings up to date when it
/// opens the file. It is written under another name first: whoever sees `output` sees it whole. The
/// pictures, sounds and checkpoints stay in the run directories, where the database says they are.
///
/// # Errors
/// If `output` is there already, a directory holds no run, or the database cannot be written.
pub fn export_database(
    run_dirs: &[PathBuf],
    output: &Path,
) -> Result<ExportedDatabase, ExportError> {
    if output.exists() {
        return Err(ExportError::Exists {
            path: output.to_owned(),
        });
    }
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let draft = output.with_file_name(format!(".{name}.tmp"));
    let written = |source| ExportError::Write {
        path: output.to_owned(),
        source,
    };
    if draft.exists() {
        fs::remove_file(&draft).map_err(written)?;
    }
    let metrics = write(run_dirs, &draft);
    match metrics {
        Ok(metrics) => {
            fs::rename(&draft, output).map_err(written)?;
            Ok(ExportedDatabase {
                output: output.to_owned(),
                runs: run_dirs.len() as u64,
                metrics,
            })
        }
        Err(error) => {
            let _nothing_to_keep = fs::remove_file(&draft);
            Err(error)
        }
    }
}

/// Writes every run; returns how many rows of metrics.
fn write(run_dirs: &[PathBuf], draft: &Path) -> Result<u64, ExportError> {
    let failed = |source| ExportError::Database {
        path: draft.to_owned(),
        source,
    };
    // SQLite says less of why a file cannot be made.
    fs::File::create_new(draft).map_err(|source| ExportError::Write {
        path: draft.to_owned(),
        source,
    })?;
    let database = Connection::open(draft).map_err(failed)?;
    begin(&database).map_err(failed)?;
    let mut metrics = 0;
    for run_dir in run_dirs {
        if !has_log(run_dir) {
            return Err(ExportError::Run(MlflowError::NoRun {
                path: run_dir.clone(),
            }));
        }
        let mut store = Store::open(run_dir)?;
        store.catch_up()?;
        let subject = Subject::of(&store)?;
        metrics += copy(&database, run_dir, &subject).map_err(failed)?;
    }
    Ok(metrics)
}

fn begin(database: &Connection) -> rusqlite::Result<()> {
    database.execute_batch(include_str!("database.sql"))?;
    database.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
         VALUES (0, ?1, 'mlruns/0', 'active', ?2, ?2)",
        params![DEFAULT_EXPERIMENT, now_ms()],
    )?;
    Ok(())
}

/// What the row of a run says.
struct Subject {
    id: String,
    name: String,
    experiment: String,
    status: tags::Status,
    started_ms: i64,
    ended_ms: Option<i64>,
}

impl Subject {
    fn of(store: &Store) -> Result<Self, StoreError> {
        let status = store.status()?.unwrap_or(tags::Status::Running);
        let ended = store.number(Fact::EndedMs)?;
        let experiment = store.param(&format!("{}{EXPERIMENT}", names::HPARAMS_PREFIX))?;
        let experiment = experiment.filter(|name| !name.is_empty());
        Ok(Self {
            id: store
                .fact(Fact::RunUuid)?
                .unwrap_or_default()
                .replace('-', ""),
            name: store.fact(Fact::RunName)?.unwrap_or_default(),
            experiment: experiment.unwrap_or_else(|| DEFAULT_EXPERIMENT.to_owned()),
            status,
            started_ms: store.number(Fact::StartedMs)?,
            ended_ms: (status != tags::Status::Running).then_some(ended),
        })
    }
}

/// Copies one run out of its store; returns how many rows of metrics.
fn copy(database: &Connection, run_dir: &Path, run: &Subject) -> rusqlite::Result<u64> {
    let run_dir = std::path::absolute(run_dir).unwrap_or_else(|_| run_dir.to_owned());
    let store = run_dir.join(STORE_FILE);
    database.execute("ATTACH DATABASE ?1 AS run", [store.to_string_lossy()])?;
    let transaction = database.unchecked_transaction()?;
    let experiment = experiment(database, &run.experiment)?;
    let files = format!(
        "file://{}",
        artifacts::encoded(&run_dir.to_string_lossy().replace('\\', "/"))
    );
    database.execute(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status,
             start_time, end_time, source_version, lifecycle_stage, artifact_uri, experiment_id)
         VALUES (?1, ?2, 'LOCAL', 'diktor', '', '', ?3, ?4, ?5, '', 'active', ?6, ?7)",
        params![run.id, run.name, run.status.name(), run.started_ms, run.ended_ms, files, experiment],
    )?;
    let metrics = copy_metrics(database, &run.id)?;
    for table in ["params", "tags"] {
        database.execute(
            &format!(
                "INSERT INTO main.{table} (\"key\", value, run_uuid) SELECT name, value, ?1 FROM run.{table}"
            ),
            [&run.id],
        )?;
    }
    for part in dataset::parts(&run_dir, &run.name) {
        add_dataset(database, run, experiment, &part)?;
    }
    transaction.commit()?;
    database.execute_batch("DETACH DATABASE run")?;
    Ok(metrics)
}

/// Copies the metrics, and the latest of each, which the list of runs shows.
fn copy_metrics(database: &Connection, run: &str) -> rusqlite::Result<u64> {
    let copied = database.execute(
        "INSERT OR IGNORE INTO main.metrics (\"key\", value, timestamp, run_uuid, step, is_nan)
         SELECT keys.name,
             CASE kind WHEN 1 THEN 0.0 WHEN 2 THEN ?2 WHEN 3 THEN -?2 ELSE value END,
             timestamp_ms, ?1, step, kind = 1
         FROM run.metrics JOIN run.keys ON keys.id = metrics.key",
        params![run, LARGEST],
    )?;
    database.execute(
        "INSERT INTO latest_metrics (\"key\", value, timestamp, step, is_nan, run_uuid)
         SELECT \"key\", value, timestamp, step, is_nan, run_uuid FROM (
             SELECT *, ROW_NUMBER() OVER (
                 PARTITION BY \"key\" ORDER BY step DESC, timestamp DESC, value DESC) AS place
             FROM main.metrics WHERE run_uuid = ?1)
         WHERE place = 1",
        [run],
    )?;
    Ok(copied as u64)
}

/// The number of an experiment, which is made if there is none.
fn experiment(database: &Connection, name: &str) -> rusqlite::Result<i64> {
    let known = database
        .query_row(
            "SELECT experiment_id FROM experiments WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    database.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time)
         SELECT MAX(experiment_id) + 1, ?1, 'mlruns/' || (MAX(experiment_id) + 1), 'active', ?2, ?2 FROM experiments",
        params![name, now_ms()],
    )?;
    Ok(database.last_insert_rowid())
}

fn add_dataset(
    database: &Connection,
    run: &Subject,
    experiment: i64,
    part: &dataset::Part,
) -> rusqlite::Result<()> {
    // Two runs on the same data share its row.
    let id = format!("{experiment}-{}", part.digest);
    let id = &id[..id.len().min(36)];
    database.execute(
        "INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest, dataset_source_type,
             dataset_source, dataset_profile)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, experiment, part.name, part.digest, dataset::SOURCE_TYPE, part.source, part.profile],
    )?;
    let input = format!("{}-{}", &run.id[..run.id.len().min(24)], part.context);
    database.execute(
        "INSERT INTO inputs (input_uuid, source_type, source_id, destination_type, destination_id)
         VALUES (?1, 'DATASET', ?2, 'RUN', ?3)",
        params![input, id, run.id],
    )?;
    database.execute(
        "INSERT INTO input_tags (input_uuid, name, value) VALUES (?1, ?2, ?3)",
        params![input, tags::DATA_CONTEXT, part.context],
    )?;
    Ok(())
}
