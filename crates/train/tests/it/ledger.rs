//! The ledger of a whole run: it is written, it goes on after a stop, and it changes nothing.

use std::{fs, path::Path};

use diktor_track::EventKind;
use diktor_train::{Hparams, Resume, StopFlag, TrainSpec, train};

use crate::{
    resume::{run_until, spec},
    support::{self, Seen},
};

fn spec_with(run_dir: &Path, hparams: Hparams) -> TrainSpec {
    TrainSpec {
        hparams,
        ..spec(run_dir, Resume::Fresh)
    }
}

#[test]
fn every_utterance_is_in_the_ledger_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let mut spec = spec_with(
        folder.path(),
        Hparams {
            ledger_interval: 1,
            ..support::hparams()
        },
    );
    spec.sinks.push(seen.sink());
    train(spec, &StopFlag::new()).unwrap();
    let ledger = fs::read_to_string(folder.path().join("ledger.csv")).unwrap();
    let rows: Vec<Vec<&str>> = ledger
        .lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect();
    let count = |part: &str| rows.iter().filter(|row| row[1] == part).count();
    assert_eq!((count("train"), count("validation")), (7, 3), "{ledger}");
    // Nine steps of three go almost four times through seven utterances.
    let looks: u64 = rows
        .iter()
        .filter(|row| row[1] == "train")
        .map(|row| row[2].parse::<u64>().unwrap())
        .sum();
    assert!((21..=27).contains(&looks), "{ledger}");
    assert!(folder.path().join("quarantine.csv").is_file());
    let attention = seen
        .events()
        .into_iter()
        .filter(|event| matches!(event.kind, EventKind::Attention(_)))
        .count();
    assert!(attention >= 1, "the class of the attention is told");
}

#[test]
fn looking_at_utterances_changes_no_weight() {
    let weights = |interval| {
        let folder = tempfile::tempdir().unwrap();
        let hparams = Hparams {
            ledger_interval: interval,
            ..support::hparams()
        };
        let outcome = train(spec_with(folder.path(), hparams), &StopFlag::new()).unwrap();
        let checkpoint = diktor_train::Checkpoint::read(&outcome.last).unwrap();
        (checkpoint.weights, checkpoint.optimizer)
    };
    assert!(weights(1) == weights(0));
}

/// A run over utterances enough for their texts to be judged.
fn many(run_dir: &Path, resume: Resume, ledger_interval: u64) -> TrainSpec {
    let mut spec = spec(run_dir, resume);
    spec.hparams.ledger_interval = ledger_interval;
    spec.dataset.train = support::examples(40);
    spec.dataset.validation = spec.dataset.train.split_off(36);
    spec
}

#[test]
fn texts_are_judged_without_a_trace_in_the_training_and_after_a_stop_as_before() {
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let [whole, parts, without] = folders.each_ref().map(tempfile::TempDir::path);
    let weights = |spec| {
        let outcome = train(spec, &StopFlag::new()).unwrap();
        let checkpoint = diktor_train::Checkpoint::read(&outcome.last).unwrap();
        (checkpoint.weights, checkpoint.optimizer)
    };
    let judged = weights(many(whole, Resume::Fresh, 1));
    assert!(judged == weights(many(without, Resume::Fresh, 0)));
    run_until(many(parts, Resume::Auto, 1), 5);
    train(many(parts, Resume::Auto, 1), &StopFlag::new()).unwrap();
    let ledger = |run_dir: &Path| fs::read_to_string(run_dir.join("ledger.csv")).unwrap();
    assert_eq!(ledger(parts), ledger(whole));
    let fits = |run_dir: &Path| {
        let ledger = ledger(run_dir);
        let mut lines = ledger.lines();
        let heads = lines.next().unwrap();
        let column = heads
            .split(',')
            .position(|head| head == "text_fit")
            .unwrap();
        let rows = lines.filter(|line| line.split(',').nth(column).unwrap().parse::<f64>().is_ok());
        rows.count()
    };
    assert!(fits(whole) >= 20, "{}", ledger(whole));
    assert_eq!(fits(without), 0, "{}", ledger(without));
}

#[test]
fn a_debug_report_tells_what_is_known_at_its_step() {
    let folder = tempfile::tempdir().unwrap();
    let hparams = Hparams {
        debug_reporting: true,
        debug_report_interval: 4,
        ledger_interval: 0,
        ..support::hparams()
    };
    train(spec_with(folder.path(), hparams), &StopFlag::new()).unwrap();
    let reports = folder.path().join("reports");
    let lines = fs::read_to_string(reports.join("debug.jsonl")).unwrap();
    let all: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(all.len(), 2);
    let last = &all[1];
    assert_eq!(
        (&last["step"], &last["data"]["utterances"]),
        (&8.into(), &3.into())
    );
    assert_eq!(last["last_steps"].as_array().unwrap().len(), 8);
    // The norms of the modules are parts of the global one.
    let squares: f64 = last["gradients"]["modules"]
        .as_object()
        .unwrap()
        .values()
        .map(|norm| norm.as_f64().unwrap().powi(2))
        .sum();
    let norm = last["gradients"]["norm"].as_f64().unwrap();
    assert!((squares.sqrt() / norm - 1.0).abs() < 1e-4, "{last}");
    // The test runs on the CPU, in f32 and without mutual information.
    assert!(last["factors"]["gaf"].is_null(), "{last}");
    assert!(last["machine"]["gpu_memory"].is_null(), "{last}");
    let text = fs::read_to_string(reports.join("debug_00000008.txt")).unwrap();
    for part in [
        "losses",
        "attention of the batch",
        "gradients\n  norm ",
        "settings\n  learning_rate ",
        "machine",
        "GPU memory: this run holds none",
        "loss scaler: off",
        "adaptive factor of mutual information: off",
        "issues",
        "decisions",
        "last steps",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // A network of eight steps has no diagonal and cannot stop.
    assert!(
        text.contains("issues\n  attention of the batch: no diagonal ("),
        "{text}"
    );
    for structure in ["{", "[(", "Metrics", "Some("] {
        assert!(!text.contains(structure), "{structure}: {text}");
    }
    let ledger = fs::read_to_string(folder.path().join("ledger.csv")).unwrap_or_default();
    assert!(
        !ledger.contains(",train,"),
        "no ledger was asked for: {ledger}"
    );
}

#[test]
fn a_debug_report_tells_how_much_of_mutual_information_the_network_bears() {
    let folder = tempfile::tempdir().unwrap();
    let hparams = Hparams {
        debug_reporting: true,
        debug_report_interval: 2,
        max_steps: 2,
        update_gaf_every_n_step: 1,
        use_mmi: true,
        mmi_dim: 8,
        ..support::hparams()
    };
    let most = hparams.max_gaf;
    train(spec_with(folder.path(), hparams), &StopFlag::new()).unwrap();
    let lines = fs::read_to_string(folder.path().join("reports/debug.jsonl")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&lines).unwrap();
    let gaf = report["factors"]["gaf"].as_f64().unwrap();
    assert!((0.0..=most).contains(&gaf), "{report}");
}
