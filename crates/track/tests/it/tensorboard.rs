//! TensorBoard itself reads what we write.
//!
//! `DIKTOR_TENSORBOARD_PYTHON` names a Python that has tensorboard 2.21; without it the test is
//! skipped, which is a failure if `DIKTOR_REQUIRE_SERVICES=1`.

use std::{env, fs::OpenOptions, io::Write, path::Path, process::Command};

use diktor_track::{EventKind, names};
use serde_json::Value;

use crate::{session, step, synthetic};

/// What TensorBoard reads; `None` if there is none.
fn tensorboard_reads(logdir: &Path, tag: &str, last_step: u64) -> Option<Value> {
    let Some(python) = env::var_os("DIKTOR_TENSORBOARD_PYTHON") else {
        assert_ne!(
            env::var("DIKTOR_REQUIRE_SERVICES").as_deref(),
            Ok("1"),
            "`DIKTOR_TENSORBOARD_PYTHON` is not set"
        );
        let mut stderr = std::io::stderr();
        let _ignored = writeln!(stderr, "skipped: `DIKTOR_TENSORBOARD_PYTHON` is not set");
        return None;
    };
    let output = Command::new(python)
        .args(["-c", include_str!("tensorboard.py")])
        .arg(logdir)
        .args([tag, &last_step.to_string()])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Two sessions: the first is killed at step 20 with a torn record, the second goes on from step 10.
fn resumed_run(run_dir: &Path) {
    let plan = synthetic::Plan {
        steps: 20,
        validate_every: 5,
        utterances: 1,
    };
    let events = synthetic::run(run_dir, plan).unwrap();
    session(run_dir, None, events.into_iter().skip(1));
    let torn = std::fs::read_dir(run_dir.join("tb"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    OpenOptions::new()
        .append(true)
        .open(torn)
        .unwrap()
        .write_all(&[24, 0, 0, 0, 0, 0])
        .unwrap();
    let values = |number: u64| {
        if number == 13 {
            f64::NAN
        } else {
            100.0 + number as f64
        }
    };
    session(
        run_dir,
        Some(10),
        (11..=15).map(|n| step(n, names::TRAINING_LOSS, values(n))),
    );
}

#[test]
fn tensorboard_shows_the_resumed_run_once_with_pictures_sounds_and_texts() {
    let folder = tempfile::tempdir().unwrap();
    resumed_run(folder.path());
    let Some(read) = tensorboard_reads(&folder.path().join("tb"), "training/loss", 15) else {
        return;
    };
    let points = read["scalars"]["training/loss"].as_array().unwrap();
    let steps: Vec<u64> = points
        .iter()
        .map(|point| point[0].as_u64().unwrap())
        .collect();
    assert_eq!(steps, (1..=15).collect::<Vec<u64>>(), "every step once");
    assert_eq!(points[12][1], "nan");
    assert_eq!(points[14][1], "115.0", "the second session counts");
    assert_eq!(
        read["scalars"]["knob/learning_rate"][0][1],
        "0.0005000000237487257"
    );
    assert_eq!(
        read["images"]["alignment/en_0000"]
            .as_array()
            .unwrap()
            .len(),
        2,
        "steps 5 and 10"
    );
    assert!(
        read["texts"]["run/warnings"][0]
            .as_str()
            .unwrap()
            .contains("clipped")
    );

    for loader in ["load_fast=true", "load_fast=false"] {
        let served = &read["http"][loader];
        let last = served["scalar"].as_array().unwrap().last().unwrap();
        assert_eq!(last, &serde_json::json!([15, "115.0"]), "{loader}");
        let text = served["scalar"].to_string().to_lowercase();
        assert!(text.contains("nan"), "{loader}: {text}");
        assert_eq!(served["image"][1], "image/png", "{loader}");
        assert!(
            served["image"][2]
                .as_str()
                .unwrap()
                .starts_with("\u{89}PNG"),
            "{loader}"
        );
        assert_eq!(served["audio"][1], "audio/wav", "{loader}");
        assert!(
            served["audio"][2].as_str().unwrap().starts_with("RIFF"),
            "{loader}"
        );
        assert!(
            served["text"]
                .as_str()
                .unwrap()
                .contains("<strong>run</strong>"),
            "{loader}"
        );
    }
}

#[test]
fn a_missing_picture_is_no_failure() {
    let folder = tempfile::tempdir().unwrap();
    let plan = synthetic::Plan {
        steps: 4,
        validate_every: 2,
        utterances: 1,
    };
    let events = synthetic::run(folder.path(), plan).unwrap();
    std::fs::remove_dir_all(folder.path().join("samples")).unwrap();
    assert!(
        events
            .iter()
            .any(|event| matches!(event.kind, EventKind::Picture(_)))
    );
    session(folder.path(), None, events);
}
