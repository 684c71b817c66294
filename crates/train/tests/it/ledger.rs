//! The ledger of a whole run: it is written, it goes on after a stop, and it changes nothing.

use std::{fs, path::Path};

use diktor_track::EventKind;
use diktor_train::{Hparams, Resume, StopFlag, TrainSpec, train};

use crate::{
    resume::spec,
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
