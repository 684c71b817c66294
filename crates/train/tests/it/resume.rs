//! A whole run of a tiny network, stopped and continued.

use std::{fs, path::Path};

use diktor_track::{Event, EventKind, Outcome, Sink, SinkError};
use diktor_train::{
    ConsoleStyle, Hparams, Resume, StopFlag, TrainError, TrainOutcome, TrainSpec, train,
};

use crate::support;

pub(crate) fn spec(run_dir: &Path, resume: Resume) -> TrainSpec {
    TrainSpec {
        hparams: support::hparams(),
        dataset: support::dataset(),
        run_dir: run_dir.to_owned(),
        resume,
        warm_start: None,
        device: support::device(),
        console: ConsoleStyle::Quiet,
        sinks: Vec::new(),
    }
}

fn last(run_dir: &Path) -> Vec<u8> {
    fs::read(run_dir.join("checkpoints/last.ckpt")).unwrap()
}

/// Raises the flag when it hears of a step.
struct StopAt(u64, StopFlag);

impl Sink for StopAt {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        if event.step >= self.0 && matches!(event.kind, EventKind::Step { .. }) {
            self.1.raise();
        }
        Ok(())
    }
}

/// Trains, and stops soon after `step`.
pub(crate) fn run_until(mut spec: TrainSpec, step: u64) -> TrainOutcome {
    let stop = StopFlag::new();
    spec.sinks
        .push(("stop", Box::new(StopAt(step, stop.clone()))));
    train(spec, &stop).unwrap()
}

#[test]
fn a_run_stopped_twice_ends_with_the_bytes_of_the_uninterrupted_one() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let outcome = train(spec(whole.path(), Resume::Fresh), &StopFlag::new()).unwrap();
    assert_eq!((outcome.outcome, outcome.steps), (Outcome::Completed, 9));
    for stop in [2, 5] {
        let outcome = run_until(spec(parts.path(), Resume::Auto), stop);
        assert!(outcome.steps >= stop);
    }
    let outcome = train(spec(parts.path(), Resume::Auto), &StopFlag::new()).unwrap();
    assert_eq!((outcome.outcome, outcome.steps), (Outcome::Completed, 9));
    assert!(last(parts.path()) == last(whole.path()));

    let config = fs::read_to_string(whole.path().join("config.yaml")).unwrap();
    assert_eq!(Hparams::from_yaml(&config).unwrap(), support::hparams());
    for artefact in [
        "events.jsonl",
        "tb",
        "samples",
        "report.html",
        "checkpoints/best_model.ckpt",
    ] {
        assert!(whole.path().join(artefact).exists(), "{artefact}");
    }
}

#[test]
fn a_run_directory_is_not_overwritten_and_not_invented() {
    let folder = tempfile::tempdir().unwrap();
    let start = |resume| {
        let stop = StopFlag::new();
        stop.raise();
        train(spec(folder.path(), resume), &stop)
    };
    assert!(matches!(
        start(Resume::Continue),
        Err(TrainError::NothingToResume { .. })
    ));
    let outcome = start(Resume::Fresh).unwrap();
    assert_eq!((outcome.outcome, outcome.steps), (Outcome::Interrupted, 0));
    assert!(matches!(
        start(Resume::Fresh),
        Err(TrainError::RunExists { .. })
    ));
    assert_eq!(start(Resume::Continue).unwrap().resumed_from, Some(0));
    fs::write(folder.path().join("checkpoints/last.ckpt"), b"damaged").unwrap();
    let error = start(Resume::Continue).unwrap_err();
    assert!(error.to_string().contains("last.ckpt"), "{error}");
}
