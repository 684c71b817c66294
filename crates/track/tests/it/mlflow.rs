//! `MLflow` itself is told everything, once, whatever happens to it.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use diktor_track::{
    ConsoleStyle, Event, EventKind, STORE_FILE, Tracker,
    mlflow::{Client, NewRun, Synced, create_run, export_database, read_run, sync},
    names, read_events,
    report::ReportLocale,
    run_sinks,
};
use rusqlite::Connection;
use serde_json::Value;

use crate::{
    mlflow_server::{MlflowServer, Row, named, python},
    synthetic,
};

pub(crate) const EXPERIMENT: &str = "tts";
/// The name of the synthetic run.
const RUN: &str = "quickstart-en";

/// A synthetic run of 60 steps with values that break carriers.
pub(crate) fn run(run_dir: &Path) {
    let plan = synthetic::Plan {
        steps: 60,
        validate_every: 20,
        utterances: 2,
    };
    let mut events = synthetic::run(run_dir, plan).unwrap();
    for (step, value) in [
        (7, f64::NAN),
        (8, f64::INFINITY),
        (9, f64::NEG_INFINITY),
        (10, -0.0),
        (11, 5e-324),
        (12, 1.7e308),
    ] {
        let event = events.iter_mut().find(|event| event.step == step);
        if let Some(EventKind::Step { metrics }) = event.map(|event| &mut event.kind) {
            metrics.insert(names::TRAINING_LOSS.to_owned(), value);
        }
    }
    fs::create_dir_all(run_dir.join("checkpoints")).unwrap();
    fs::write(
        run_dir.join("checkpoints/best_model.ckpt"),
        b"the best weights",
    )
    .unwrap();
    let best = EventKind::CheckpointSaved {
        path: "checkpoints/best_model.ckpt".into(),
        why: "best".to_owned(),
    };
    let end = events.pop().unwrap();
    events.push(Event {
        step: 60,
        time_s: end.time_s,
        kind: best,
    });
    events.push(end);
    fs::create_dir_all(run_dir.join("dataset")).unwrap();
    for list in ["train.csv", "val.csv"] {
        fs::write(run_dir.join("dataset").join(list), format!("{list}|text\n")).unwrap();
    }
    record(run_dir, None, events);
}

/// One session of the run, whose first event is its start.
fn record(run_dir: &Path, resumed_from: Option<u64>, events: impl IntoIterator<Item = Event>) {
    let tracker = Tracker::new(
        run_sinks(run_dir, ConsoleStyle::Quiet, ReportLocale::En, resumed_from).unwrap(),
    );
    events.into_iter().for_each(|event| tracker.emit(event));
    tracker.finish();
}

/// Every row that the server must have.
pub(crate) fn expected(events: &[Event]) -> Vec<Row> {
    let mut rows = BTreeSet::new();
    for event in events {
        match &event.kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                for (name, value) in metrics {
                    rows.insert(Row::new(name, event.step, event.time_s, *value));
                }
            }
            EventKind::Intervention(change) => {
                let name = format!("{}{}", names::KNOB_PREFIX, change.knob);
                rows.insert(Row::new(&name, event.step, event.time_s, change.new));
            }
            _ => {}
        }
    }
    rows.into_iter().collect()
}

pub(crate) fn events(run_dir: &Path) -> Vec<Event> {
    read_events(&run_dir.join("events.jsonl")).unwrap()
}

fn store(run_dir: &Path) -> Connection {
    Connection::open(run_dir.join(STORE_FILE)).unwrap()
}

fn delivered(run_dir: &Path, server: &MlflowServer) -> Synced {
    let synced = sync(run_dir, &server.server(EXPERIMENT), Duration::from_secs(60)).unwrap();
    assert_eq!(synced.failure, None);
    assert_eq!(synced.waiting, 0);
    synced
}

#[test]
fn mlflow_holds_the_whole_run_bit_for_bit_and_once() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = MlflowServer::start(python, folder.path());
    let run_dir = folder.path().join("voice");
    run(&run_dir);
    let events = events(&run_dir);
    let rows = expected(&events);

    let first = delivered(&run_dir, &server);
    assert_eq!((first.metrics, first.refused), (rows.len() as u64, 0));
    let remote = server.run(EXPERIMENT);
    assert_eq!(server.rows(&remote), rows);
    what_is_said_once(&remote);
    files(&server, &remote, &run_dir, &events);
    model(&server, &remote);

    let again = delivered(&run_dir, &server);
    assert_eq!((again.metrics, again.artifacts), (0, 0), "{again:?}");

    // An answer that was lost: everything is sent once more.
    store(&run_dir)
        .execute(
            "UPDATE deliveries SET metrics = 0, params = 0, tags = 0",
            [],
        )
        .unwrap();
    store(&run_dir).execute("DELETE FROM uploads", []).unwrap();
    let resent = delivered(&run_dir, &server);
    assert_eq!(resent.metrics, first.metrics);
    // A store that was lost: the run is found again.
    for ending in ["", "-wal", "-shm"] {
        let _may_be_missing = fs::remove_file(run_dir.join(format!("{STORE_FILE}{ending}")));
    }
    delivered(&run_dir, &server);
    let remote = server.run(EXPERIMENT);
    assert_eq!(server.rows(&remote), rows, "once each");
    assert_eq!(versions(&server).len(), 1, "one version of one checkpoint");

    refusals(&server, &run_dir);
    nested(&server);
    checked(&server, &remote, &run_dir);
}

fn what_is_said_once(remote: &Value) {
    let params = named(&remote["data"]["params"]);
    assert_eq!(params["hparams.batch_size"], "16");
    assert_eq!(params["hparams.text_cleaners"], "[\"english_cleaners\"]");
    for (name, value) in [
        (names::MODEL_TOTAL_PARAMS, "2107153"),
        (names::MODEL_TRAINABLE_PARAMS, "2107153"),
        (names::DATASET_TRAIN_SIZE, "368"),
        (names::DATASET_VAL_SIZE, "32"),
    ] {
        assert_eq!(params[name], value);
    }
    let info = &remote["info"];
    assert_eq!(info["status"], "FINISHED");
    assert_eq!(info["run_name"], RUN);
    let tags = named(&remote["data"]["tags"]);
    assert_eq!(tags["diktor.outcome"], "completed");
    assert_eq!(tags["mlflow.source.name"], "diktor");
    let inputs = remote["inputs"]["dataset_inputs"].as_array().unwrap();
    let contexts: BTreeSet<String> = inputs
        .iter()
        .map(|input| named(&input["tags"])["mlflow.data.context"].clone())
        .collect();
    assert_eq!(
        contexts,
        ["training", "validation"].map(str::to_owned).into()
    );
}

fn files(server: &MlflowServer, remote: &Value, run_dir: &Path, events: &[Event]) {
    let mut wanted: BTreeSet<String> = events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Picture(picture) => Some(picture.path.display().to_string()),
            EventKind::Audio { path, .. } => Some(path.display().to_string()),
            _ => None,
        })
        .collect();
    for path in &wanted {
        let here = fs::read(run_dir.join(path)).unwrap();
        assert!(server.file(remote, path) == here, "{path}");
    }
    let model = "checkpoints/step_00000060/best_model.ckpt";
    assert_eq!(server.file(remote, model), b"the best weights");
    wanted.extend([model.to_owned(), "config.yaml".to_owned()]);
    let files = server.files(remote, "");
    assert_eq!(files, wanted.into_iter().collect::<Vec<_>>());
}

fn versions(server: &MlflowServer) -> Vec<Value> {
    let filter = format!("name='{RUN}'");
    let query = [("filter", filter.as_str())];
    let mut found = server.get("/api/2.0/mlflow/model-versions/search", &query);
    match found["model_versions"].take() {
        Value::Array(versions) => versions,
        other => panic!("{other}"),
    }
}

fn model(server: &MlflowServer, remote: &Value) {
    let query = [("name", RUN), ("alias", "best")];
    let best = server.get("/api/2.0/mlflow/registered-models/alias", &query);
    let version = &best["model_version"];
    assert_eq!(version["run_id"], remote["info"]["run_id"]);
    let tags = named(&version["tags"]);
    assert_eq!(tags["diktor.step"], "60");
    assert_eq!(tags["diktor.sha256"].len(), 64);
}

/// A better checkpoint moves the alias; a row that the server refuses holds nothing else up.
fn refusals(server: &MlflowServer, run_dir: &Path) {
    fs::write(
        run_dir.join("checkpoints/best_model.ckpt"),
        b"better weights",
    )
    .unwrap();
    let better = EventKind::CheckpointSaved {
        path: "checkpoints/best_model.ckpt".into(),
        why: "best".to_owned(),
    };
    let metrics = [("a%name", 1.0), ("training.loss", 0.25)];
    let metrics = metrics.map(|(name, value)| (name.to_owned(), value)).into();
    let later = [EventKind::Step { metrics }, better].map(|kind| Event {
        step: 61,
        time_s: 1.9e9,
        kind,
    });
    let mut start = events(run_dir).remove(0);
    if let EventKind::RunStarted(start) = &mut start.kind {
        start.resumed_from = Some(60);
    }
    start.step = 60;
    record(run_dir, Some(60), std::iter::once(start).chain(later));
    let synced = delivered(run_dir, server);
    assert_eq!((synced.metrics, synced.refused), (1, 1), "{synced:?}");
    let body: String = store(run_dir)
        .query_row("SELECT body FROM dead_letters", [], |row| row.get(0))
        .unwrap();
    assert!(body.contains("a%name"), "{body}");
    let remote = server.run(EXPERIMENT);
    assert!(
        server
            .rows(&remote)
            .contains(&Row::new("training.loss", 61, 1.9e9, 0.25))
    );
    assert_eq!(remote["info"]["status"], "RUNNING", "it went on");
    assert_eq!(versions(server).len(), 2);
    let query = [("name", RUN), ("alias", "best")];
    let best = server.get("/api/2.0/mlflow/registered-models/alias", &query);
    assert_eq!(named(&best["model_version"]["tags"])["diktor.step"], "61");
}

/// A trial is a run within a run.
fn nested(server: &MlflowServer) {
    let client = Client::new(&server.server("trials"));
    let experiment_id = diktor_track::mlflow::experiment(&client, "trials").unwrap();
    let parent = NewRun {
        experiment_id: experiment_id.clone(),
        name: "study".to_owned(),
        ..NewRun::default()
    };
    let parent = create_run(&client, &parent).unwrap();
    let trial = NewRun {
        experiment_id,
        name: "trial 1".to_owned(),
        parent: Some(parent.clone()),
        ..NewRun::default()
    };
    create_run(&client, &trial).unwrap();
    let runs = server.runs("trials");
    let of_trial = runs
        .iter()
        .find(|run| run["info"]["run_name"] == "trial 1")
        .unwrap();
    assert_eq!(
        named(&of_trial["data"]["tags"])["mlflow.parentRunId"],
        parent
    );
}

/// What is read back says the same about the run as its directory.
fn checked(server: &MlflowServer, remote: &Value, run_dir: &Path) {
    let client = Client::new(&server.server(EXPERIMENT));
    let tracked = read_run(&client, remote["info"]["run_id"].as_str().unwrap()).unwrap();
    let there = diktor_track::report::check_critical_of(tracked.name, tracked.events);
    let here = diktor_track::report::check_critical(run_dir).unwrap();
    assert_eq!(there, here);
}

/// A certificate that nobody signed is believed if it is named, or if anybody is.
fn known_by_its_certificate(server: &MlflowServer) {
    let asked = |variable: &str, value: &str| {
        let lookup = |name: &str| (name == variable).then(|| value.to_owned());
        let client = Client::new(&server.server_as("Default", lookup));
        diktor_track::mlflow::find_experiment(&client, "Default").map(drop)
    };
    let error = asked("NOTHING", "").unwrap_err().to_string();
    assert!(error.contains("certificate"), "{error}");
    asked("MLFLOW_TRACKING_INSECURE_TLS", "true").unwrap();
}

#[test]
fn a_stock_server_opens_an_exported_database() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run_dir = folder.path().join("voice ё");
    run(&run_dir);
    let database = folder.path().join("mlflow.db");
    let written = export_database(std::slice::from_ref(&run_dir), &database).unwrap();
    let (events, server) = (
        events(&run_dir),
        MlflowServer::start_with_tls(python, folder.path()),
    );
    known_by_its_certificate(&server);
    let rows = expected(&events);
    assert_eq!(written.metrics, rows.len() as u64);
    let remote = server.run("Default");
    assert_eq!(server.rows(&remote), rows);
    let latest = remote["data"]["metrics"].as_array().unwrap();
    let newest = latest
        .iter()
        .find(|metric| metric["key"] == names::EPOCH)
        .unwrap();
    assert_eq!(newest["step"].as_i64(), Some(60));
    assert_eq!(remote["info"]["status"], "FINISHED");
    assert_eq!(named(&remote["data"]["params"])["hparams.batch_size"], "16");
    let picture = events.iter().find_map(|event| match &event.kind {
        EventKind::Picture(picture) => Some(picture.path.display().to_string()),
        _ => None,
    });
    let picture = picture.unwrap();
    assert!(server.file(&remote, &picture) == fs::read(run_dir.join(&picture)).unwrap());
    let again = export_database(&[run_dir], &database)
        .unwrap_err()
        .to_string();
    assert!(again.contains("there already"), "{again}");
}
