//! TensorBoard itself reads what we write.
//!
//! `DIKTOR_TENSORBOARD_PYTHON` names a Python that has tensorboard 2.21; without it the test is
//! skipped, which is a failure if `DIKTOR_REQUIRE_SERVICES=1`.

use std::{collections::BTreeMap, env, fs::OpenOptions, io::Write, path::Path, process::Command};

use diktor_track::{
    ConsoleStyle, Event, EventKind, Histogram, Tracker, names, read_events, run_sinks,
};
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

/// Curves as their points: step and value, the value as TensorBoard keeps it.
type Curves = BTreeMap<String, Vec<(u64, f32)>>;

/// The curves of the record.
fn curves_of(events: &[Event]) -> Curves {
    let mut curves = Curves::new();
    let mut put = |name: &str, step, value: f64| {
        let tag = names::tensorboard_tag(name);
        curves.entry(tag).or_default().push((step, value as f32));
    };
    for event in events {
        match &event.kind {
            EventKind::Step { metrics } | EventKind::Validation { metrics } => {
                metrics
                    .iter()
                    .for_each(|(name, value)| put(name, event.step, *value));
            }
            EventKind::Intervention(change) => {
                let name = format!("{}{}", names::KNOB_PREFIX, change.knob);
                put(&name, event.step, change.new);
            }
            _ => {}
        }
    }
    curves
}

/// The curves that TensorBoard serves.
fn curves_served(served: &Value) -> Curves {
    let point = |point: &Value| {
        let value: f64 = point[1].as_str().unwrap().parse().unwrap();
        (point[0].as_u64().unwrap(), value as f32)
    };
    let curves = served["scalars"].as_object().unwrap().iter();
    curves
        .map(|(tag, points)| {
            let points = points.as_array().unwrap().iter().map(point).collect();
            (tag.clone(), points)
        })
        .collect()
}

/// Same points, NaN where NaN is.
fn assert_same(ours: &Curves, theirs: &Curves, what: &str) {
    let bits = |curves: &Curves| -> BTreeMap<String, Vec<(u64, u32)>> {
        let plain = |value: f32| if value.is_nan() { f32::NAN } else { value };
        let curves = curves.iter().map(|(tag, points)| {
            let points = points
                .iter()
                .map(|(step, value)| (*step, plain(*value).to_bits()));
            (tag.clone(), points.collect())
        });
        curves.collect()
    };
    assert_eq!(bits(ours), bits(theirs), "{what}");
}

fn assert_same_distribution(ours: &Histogram, buckets: &Value, what: &str) {
    let buckets: Vec<[f64; 3]> = serde_json::from_value(buckets.clone()).unwrap();
    let counted: f64 = buckets.iter().map(|bucket| bucket[2]).sum();
    assert_eq!(counted, ours.count() as f64, "{what}");
    let near = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let (first, last) = (buckets[0], buckets[buckets.len() - 1]);
    assert!(
        near(first[0], ours.min) && near(last[1], ours.max),
        "{what}: {buckets:?}"
    );
}

/// The one row of the table of runs: its values, its outcome, and the metric that a search minimises.
fn assert_table(served: &Value, events: &[Event], what: &str) {
    let metrics = served["experiment"]["metricInfos"].as_array().unwrap();
    let tags: Vec<&str> = metrics
        .iter()
        .map(|metric| metric["name"]["tag"].as_str().unwrap())
        .collect();
    assert!(tags.contains(&"validation/loss"), "{what}: {tags:?}");
    let sessions = served["sessions"]["sessionGroups"].as_array().unwrap();
    assert_eq!(sessions.len(), 1, "{what}: {sessions:?}");
    let (values, session) = (&sessions[0]["hparams"], &sessions[0]["sessions"][0]);
    assert_eq!(values["batch_size"], 16.0, "{what}");
    assert_eq!(values["learning_rate"], 1e-3, "{what}");
    assert_eq!(values["text_cleaners"], r#"["english_cleaners"]"#, "{what}");
    assert_eq!(session["status"], "STATUS_SUCCESS", "{what}");
    let validation = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::Validation { metrics } => metrics.get(names::VALIDATION_LOSS),
        _ => None,
    });
    let shown = session["metricValues"].as_array().unwrap();
    let loss = shown
        .iter()
        .find(|metric| metric["name"]["tag"] == "validation/loss")
        .unwrap();
    assert_eq!(
        loss["value"].as_f64().unwrap() as f32,
        *validation.unwrap() as f32,
        "{what}"
    );
}

#[test]
fn tensorboard_serves_what_the_record_says() {
    let folder = tempfile::tempdir().unwrap();
    let plan = synthetic::Plan {
        steps: 30,
        validate_every: 10,
        utterances: 2,
    };
    let events = synthetic::run(folder.path(), plan).unwrap();
    let tracker = Tracker::new(run_sinks(folder.path(), ConsoleStyle::Quiet, None).unwrap());
    events.into_iter().for_each(|event| tracker.emit(event));
    tracker.finish();
    let logdir = folder.path().join("tb");
    let Some(read) = tensorboard_reads(&logdir, "training/loss", 30) else {
        return;
    };
    let events = read_events(&folder.path().join("events.jsonl")).unwrap();
    let curves = curves_of(&events);
    assert!(
        curves["grad/norm"].iter().any(|(_, value)| value.is_nan()),
        "a NaN is planted"
    );
    for loader in ["load_fast=true", "load_fast=false"] {
        let served = &read["http"][loader];
        assert_same(&curves, &curves_served(served), loader);
        let shown = served["histograms"]["weights/decoder.attention_rnn"].as_array();
        let distributions = events.iter().filter_map(|event| match &event.kind {
            EventKind::Histogram(histogram) => Some((event.step, histogram)),
            _ => None,
        });
        let distributions: Vec<_> = distributions.collect();
        assert_eq!(shown.unwrap().len(), distributions.len(), "{loader}");
        for ((step, ours), theirs) in distributions.into_iter().zip(shown.unwrap()) {
            assert_eq!(theirs[0], step, "{loader}");
            assert_same_distribution(ours, &theirs[1], loader);
        }
        let texts = served["texts"].to_string();
        for tag in [
            "run/start",
            "run/summary",
            "transcript/en_0000",
            "transcript/en_0001",
        ] {
            assert!(texts.contains(tag), "{loader}: `{tag}` in {texts}");
        }
        assert_table(served, &events, loader);
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
