//! TensorBoard itself reads what we write.

use std::{fs::OpenOptions, io::Write, path::Path};

use diktor_track::{
    ConsoleStyle, Event, EventKind, Histogram, Tracker, names, read_events, report::ReportLocale,
    run_sinks,
};
use serde_json::Value;

use crate::{
    board::{assert_same, curves_of, curves_served, tensorboard_reads},
    session, step, synthetic,
};

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
    let tracker = Tracker::new(
        run_sinks(folder.path(), ConsoleStyle::Quiet, ReportLocale::En, None).unwrap(),
    );
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
