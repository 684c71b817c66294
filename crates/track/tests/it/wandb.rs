//! The bridge to W&B, run with the real package, offline.
//!
//! `DIKTOR_WANDB_PYTHON` names a Python that has wandb 0.31.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use diktor_track::{EventKind, names, read_events};
use serde_json::Value;

use crate::{
    service::{printed, service},
    session, step, synthetic,
};

fn python() -> Option<PathBuf> {
    service("DIKTOR_WANDB_PYTHON")
}

/// The file of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// What a Python script prints; whatever W&B keeps for itself it keeps in `home`.
fn said_by(python: &Path, script: &Path, arguments: &[&OsStr], home: &Path) -> String {
    printed(
        Command::new(python)
            .arg(script)
            .args(arguments)
            .env("WANDB_SILENT", "true")
            .env("HOME", home),
    )
}

/// A run that was killed at step 20 and went on from step 10, with one step that was not a number.
fn resumed_run(run_dir: &Path) {
    let plan = synthetic::Plan {
        steps: 20,
        validate_every: 5,
        utterances: 1,
    };
    let events = synthetic::run(run_dir, plan).unwrap();
    session(run_dir, None, events.into_iter().skip(1));
    let value = |number| match number {
        13 => f64::NAN,
        number => number as f64,
    };
    let steps = (11..=15).map(|number| step(number, names::TRAINING_LOSS, value(number)));
    session(run_dir, Some(10), steps);
}

/// The figures of the history, by step and name; NaN as itself.
fn figures(history: &Value) -> BTreeMap<(u64, String), Option<f64>> {
    let mut figures = BTreeMap::new();
    for row in history.as_array().unwrap() {
        let step = row["_step"].as_u64().unwrap();
        for (name, value) in row.as_object().unwrap() {
            if !name.starts_with('_') && (value.is_number() || value.is_null()) {
                figures.insert((step, name.clone()), value.as_f64());
            }
        }
    }
    figures
}

#[test]
fn wandb_holds_what_the_record_says() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    resumed_run(folder.path());
    let bridge = repository("deploy/bridges/wandb_bridge.py");
    let run = folder.path().as_os_str();
    let arguments = [
        "--project".as_ref(),
        "voices".as_ref(),
        "--dir".as_ref(),
        run,
    ];
    let told = said_by(
        &python,
        &bridge,
        &[&[run], &arguments[..]].concat(),
        folder.path(),
    );
    let files = Path::new(told.lines().last().unwrap()).to_path_buf();
    let reader = repository("crates/track/tests/it/wandb_reader.py");
    let offline = files.parent().unwrap().as_os_str();
    let read: Value =
        serde_json::from_str(&said_by(&python, &reader, &[offline], folder.path())).unwrap();

    assert_eq!(read["project"], "voices");
    assert_eq!(read["config"]["dataset.train_size"], 2);
    let shown = figures(&read["history"]);
    let events = read_events(&folder.path().join("events.jsonl")).unwrap();
    let mut recorded = BTreeMap::new();
    for event in &events {
        if let EventKind::Step { metrics } | EventKind::Validation { metrics } = &event.kind {
            for (name, value) in metrics {
                let value = value.is_finite().then_some(*value);
                recorded.insert((event.step, name.clone()), value);
            }
        }
    }
    for (key, value) in &recorded {
        assert_eq!(shown.get(key), Some(value), "{key:?}");
    }
    let strangers = shown
        .keys()
        .filter(|key| !recorded.contains_key(*key) && !key.1.starts_with(names::KNOB_PREFIX));
    assert_eq!(strangers.collect::<Vec<_>>(), Vec::<&(u64, String)>::new());

    let media = read["media"].to_string();
    for kind in [
        "images/alignment/en_0000",
        "audio/audio/en_0000",
        "table/diary",
    ] {
        assert!(media.contains(kind), "`{kind}` in {media}");
    }
    let last = read["history"].as_array().unwrap().iter().rev();
    let distribution = last
        .filter_map(|row| row.get("weights/decoder.attention_rnn"))
        .next()
        .unwrap();
    assert_eq!(distribution["_type"], "histogram");
    let counts = distribution["values"].as_array().unwrap().iter();
    assert_eq!(counts.filter_map(Value::as_u64).sum::<u64>(), 500);
}

#[test]
fn a_folder_without_a_record_is_named() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(python)
        .arg(repository("deploy/bridges/wandb_bridge.py"))
        .arg(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("events.jsonl") && said.contains("hint:"),
        "{said}"
    );
}
