//! A whole run of a tiny network, stopped and continued.

use std::{fs, path::Path};

use diktor_model::AttentionType;
use diktor_track::{Event, EventKind, Outcome, Sink, SinkError};
use diktor_train::{
    Checkpoint, ConsoleStyle, Hparams, Knob, Resume, StopFlag, TrainError, TrainOutcome, TrainSpec,
    train,
};

use crate::support;

pub(crate) fn spec(run_dir: &Path, resume: Resume) -> TrainSpec {
    TrainSpec {
        hparams: support::hparams(),
        dataset: support::dataset(),
        run_dir: run_dir.to_owned(),
        resume,
        warm_start: None,
        go_on_from: None,
        beside: Vec::new(),
        opener: None,
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

/// Runs these hyper-parameters in one go and in three, and gives the checkpoint both must end with.
fn check_stops(hparams: &Hparams) -> Checkpoint {
    let run = |run_dir: &Path, step: Option<u64>| {
        let stop = StopFlag::new();
        let mut spec = spec(run_dir, Resume::Auto);
        spec.hparams = hparams.clone();
        if let Some(step) = step {
            spec.sinks
                .push(("stop", Box::new(StopAt(step, stop.clone()))));
        }
        train(spec, &stop).unwrap()
    };
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(whole.path(), None);
    for step in [Some(2), Some(5), None] {
        run(parts.path(), step);
    }
    assert!(last(parts.path()) == last(whole.path()));
    Checkpoint::read(&whole.path().join("checkpoints/last.ckpt")).unwrap()
}

#[test]
fn other_attention_gradual_training_and_sampling_resume_to_the_same_bytes() {
    let every_option = Hparams {
        attention_type: AttentionType::ForwardTa,
        use_attention_smoothing: true,
        gradual_training: vec!["0:2".parse().unwrap(), "3:1:2".parse().unwrap()],
        teacher_forcing_end_ratio: 0.6,
        teacher_forcing_decay_start: 2,
        teacher_forcing_decay_steps: 4,
        guide_sigma_final: 0.2,
        entropy_loss_weight: 0.1,
        attention_windowing: true,
        ..support::hparams()
    };
    let state = check_stops(&every_option).state;
    let knobs = state.training.as_ref().unwrap().knobs.clone();
    assert_eq!((knobs.n_frames_per_step, knobs.batch_size), (1, 2));
    assert_eq!((knobs.p_teacher_forcing, knobs.guide_sigma), (0.7, 0.2));
    assert_eq!(state.speaking().n_frames_per_step, 1);
}

#[test]
fn training_that_waits_for_alignment_resumes_to_the_same_bytes() {
    let by_alignment = Hparams {
        attention_type: AttentionType::Dca,
        gradual_training: vec!["0:2".parse().unwrap(), "0:1".parse().unwrap()],
        gradual_diagonality: 1e-6,
        ..support::hparams()
    };
    let training = check_stops(&by_alignment).state.training.unwrap();
    assert_eq!(training.knobs.n_frames_per_step, 1);
    let why = &training.regimes[&Knob::NFramesPerStep];
    assert!(why.contains("stage 2 of 2, at diagonality"), "{why}");
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
    let damage = |name| fs::write(folder.path().join("checkpoints").join(name), b"damaged");
    damage("last.ckpt").unwrap();
    assert_eq!(start(Resume::Continue).unwrap().resumed_from, Some(0));
    for name in ["last.ckpt", "last_good.ckpt"] {
        damage(name).unwrap();
    }
    let error = start(Resume::Continue).unwrap_err();
    assert!(error.to_string().contains("last.ckpt"), "{error}");
}
