//! Faults planted into a run of a tiny network: found, named and handled.

use std::{fs, path::Path};

use diktor_track::{
    Event, EventKind, FaultAction, FaultKind, FaultRecord, Outcome, RestartRecord, names,
    read_events,
};
use diktor_train::{
    Checkpoint, Hparams, Resume, StopFlag, TrainOutcome, TrainSpec,
    checkpoint::Standing,
    fault_injection::{Fault, Planted, train_with},
    train,
};

use crate::{resume, support};

const STEPS: u64 = 40;

fn spec(run_dir: &Path) -> TrainSpec {
    TrainSpec {
        hparams: Hparams {
            max_steps: STEPS,
            iters_per_checkpoint: 10,
            validation_freq: 5,
            keep_checkpoints: 10,
            tensorboard_logging: false,
            ..support::hparams()
        },
        ..resume::spec(run_dir, Resume::Auto)
    }
}

/// A run and all that it told.
struct Story {
    outcome: TrainOutcome,
    events: Vec<Event>,
}

impl Story {
    fn of(spec: TrainSpec, plan: &[(std::ops::Range<u64>, Fault)]) -> Self {
        let log = spec.run_dir.join("events.jsonl");
        let plan = plan.iter().cloned();
        let plan = plan
            .map(|(steps, fault)| Planted { steps, fault })
            .collect();
        let outcome = train_with(spec, plan, &StopFlag::new()).unwrap();
        let events = read_events(&log).unwrap();
        Self { outcome, events }
    }

    fn faults(&self) -> Vec<(u64, &FaultRecord)> {
        let faults = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Fault(fault) => Some((event.step, fault)),
            _ => None,
        });
        faults.collect()
    }

    fn restarts(&self) -> Vec<&RestartRecord> {
        let restarts = self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Restart(restart) => Some(restart),
            _ => None,
        });
        restarts.collect()
    }
}

fn story(plan: &[(std::ops::Range<u64>, Fault)]) -> Story {
    let folder = tempfile::tempdir().unwrap();
    Story::of(spec(folder.path()), plan)
}

#[test]
fn a_nan_in_a_batch_is_skipped_and_its_utterance_named() {
    let story = story(&[(12..13, Fault::NanInBatch)]);
    let [(13, fault)] = story.faults()[..] else {
        panic!("{:?}", story.faults())
    };
    assert_eq!(
        (fault.kind, fault.action),
        (FaultKind::NonFiniteLoss, FaultAction::Skipped)
    );
    assert_eq!(fault.place, None, "nothing is wrong with the network");
    assert_eq!(
        fault.suspects,
        fault.batch[..1],
        "the first one was planted"
    );
    assert!(fault.batch.len() > 1);
    assert_eq!(story.outcome.outcome, Outcome::Completed);
    assert_eq!(story.restarts(), Vec::<&RestartRecord>::new());
}

#[test]
fn a_nan_in_a_gradient_is_skipped_and_its_layer_named() {
    let path = "decoder.attention_rnn.weight_hh";
    let story = story(&[(3..4, Fault::NanInGradient(path))]);
    let [(4, fault)] = story.faults()[..] else {
        panic!("{:?}", story.faults())
    };
    assert_eq!(
        (fault.kind, fault.action),
        (FaultKind::NonFiniteGradient, FaultAction::Skipped)
    );
    assert_eq!(fault.place.as_deref(), Some(path));
    assert!(fault.suspects.is_empty(), "no recording is to blame");
    assert_eq!(story.outcome.outcome, Outcome::Completed);
}

#[test]
fn a_nan_in_a_weight_is_named_and_the_run_goes_back() {
    let tensor = "postnet.convolutions.0.0.conv.weight";
    let story = story(&[(23..24, Fault::NanInTensor(tensor))]);
    let [(24, fault)] = story.faults()[..] else {
        panic!("{:?}", story.faults())
    };
    assert_eq!(
        (fault.kind, fault.action),
        (FaultKind::NonFiniteTensor, FaultAction::Restarted)
    );
    assert_eq!(fault.place.as_deref(), Some(tensor));
    let [restart] = story.restarts()[..] else {
        panic!("{:?}", story.restarts())
    };
    assert_eq!((restart.from_step, restart.to_step), (24, 20));
    assert_eq!(restart.overrides["lr_restart_factor"], 0.5);
    assert_eq!(story.outcome.outcome, Outcome::Completed);
    assert_eq!(story.outcome.steps, STEPS);
}

#[test]
fn a_nan_in_a_running_statistic_is_found_at_the_next_validation() {
    let tensor = "encoder.convolutions.0.1.running_var";
    let story = story(&[(21..22, Fault::NanInTensor(tensor))]);
    let [(25, fault)] = story.faults()[..] else {
        panic!("{:?}", story.faults())
    };
    assert_eq!(fault.kind, FaultKind::NonFiniteTensor);
    assert_eq!(fault.place.as_deref(), Some(tensor));
    assert_eq!(story.restarts().len(), 1);
    assert_eq!(story.outcome.outcome, Outcome::Completed);
    for event in &story.events {
        if let EventKind::Validation { metrics } = &event.kind {
            assert!(metrics[names::VALIDATION_LOSS].is_finite());
        }
    }
}

#[test]
fn a_batch_a_thousand_times_too_loud_is_a_spike_or_an_explosion() {
    let story = story(&[(10..11, Fault::ScaledBatch(1000.0))]);
    let [(11, fault)] = story.faults()[..] else {
        panic!("{:?}", story.faults())
    };
    assert!(
        matches!(
            fault.kind,
            FaultKind::GradientSpike | FaultKind::GradientExplosion
        ),
        "{fault:?}"
    );
    assert_eq!(fault.action, FaultAction::Skipped);
    assert!(fault.place.is_some(), "the largest gradient is named");
    assert_eq!(story.outcome.outcome, Outcome::Completed);
}

#[test]
fn a_skipped_step_leaves_the_same_bits() {
    for fault in [
        Fault::NanInBatch,
        Fault::NanInGradient("decoder.attention_rnn.weight_hh"),
        Fault::ScaledBatch(1000.0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        // The checkpoint of step 10 stands before the step that fails, that of step 11 after it.
        let mut spec = spec(folder.path());
        spec.hparams.max_steps = 11;
        let story = Story::of(spec, &[(10..11, fault.clone())]);
        assert_eq!(story.faults().len(), 1, "{fault:?}");
        let read = |step: u64| {
            let name = format!("checkpoints/checkpoint_{step:08}.ckpt");
            let checkpoint = Checkpoint::read(&folder.path().join(name)).unwrap();
            (checkpoint.weights, checkpoint.optimizer)
        };
        assert!(
            read(10) == read(11),
            "{fault:?}: weights, moments and running statistics"
        );
    }
}

#[test]
fn a_fault_that_stays_ends_the_run_with_a_red_flag_and_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let plan = [(15..u64::MAX, Fault::NanInTensor("embedding.weight"))];
    let story = Story::of(spec(folder.path()), &plan);
    assert_eq!(story.outcome.outcome, Outcome::RedFlag);
    let attempts: Vec<u64> = story.restarts().iter().map(|one| one.attempt).collect();
    assert_eq!(attempts, [1, 2, 3]);
    let (_, last) = *story.faults().last().unwrap();
    assert_eq!(
        (last.kind, last.action),
        (FaultKind::NonFiniteTensor, FaultAction::Stopped)
    );
    let kept = Checkpoint::read(&folder.path().join("checkpoints/last.ckpt")).unwrap();
    assert_eq!(kept.broken(), None, "the last whole state stays");
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(report.contains("Faults and restarts") && report.contains("3 / 3"));
}

#[test]
fn new_weights_are_drawn_only_when_nothing_else_is_left() {
    let mut weights = Vec::new();
    for (reinit, expected) in [(true, [false, false, true]), (false, [false; 3])] {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path());
        spec.hparams.force_model_reinit = reinit;
        // It strikes before the first validation, so that the beginning is all there is to go back to.
        let plan = [(2..u64::MAX, Fault::NanInTensor("embedding.weight"))];
        let story = Story::of(spec, &plan);
        let found: Vec<bool> = story
            .restarts()
            .iter()
            .map(|one| one.reinitialised)
            .collect();
        assert_eq!(found, expected);
        let last = Checkpoint::read(&folder.path().join("checkpoints/last.ckpt")).unwrap();
        assert_eq!(last.standing(), Standing::Good);
        let gammas: Vec<_> = last
            .weights
            .iter()
            .filter(|tensor| tensor.name.ends_with(".1.weight"))
            .collect();
        assert!(!gammas.is_empty(), "batch norms have scales");
        for gamma in gammas {
            assert!(gamma.values.iter().all(|value| *value == 1.0), "{gamma:?}");
        }
        weights.push(last.weights);
    }
    assert!(weights[0] != weights[1], "they are new");
}

#[test]
fn faults_of_attention_gate_and_texts_take_hold() {
    let metric = |fault: Option<Fault>, name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path());
        spec.hparams.max_steps = 10;
        let plan: Vec<_> = fault
            .into_iter()
            .map(|fault| (0..u64::MAX, fault))
            .collect();
        Story::of(spec, &plan).outcome.metrics[name]
    };
    let entropy = names::ALIGNMENT_ENTROPY_NORMALISED;
    let uniform = metric(Some(Fault::UniformAttention), entropy);
    assert!(uniform > 0.999, "nearly as wide as it can be: {uniform}");
    assert!(metric(None, entropy) < uniform);
    // One step of the optimiser may move the gate again after it was killed.
    let dead = metric(Some(Fault::DeadGate), names::VALIDATION_GATE_MEAN);
    assert!(dead < 1e-6, "{dead}");
    let loss = names::VALIDATION_LOSS;
    let shuffled = metric(Some(Fault::ShuffledTranscripts), loss);
    assert_ne!(shuffled, metric(None, loss));
}

#[test]
fn attention_that_stays_uniform_is_a_red_flag_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(folder.path());
    // Judged from the first check on; nothing tries to mend it.
    spec.hparams.auto_fix = false;
    spec.hparams.validation_freq = 1;
    spec.hparams.fix_interval = 1;
    spec.hparams.fix_grace_steps = 0;
    spec.hparams.fix_grace_epochs = 0;
    let story = Story::of(spec, &[(0..u64::MAX, Fault::UniformAttention)]);
    assert_eq!(story.outcome.outcome, Outcome::RedFlag);
    assert!((10..15).contains(&story.outcome.steps));
    let why = story.events.iter().find_map(|event| match &event.kind {
        EventKind::Warning { message, .. } if message.contains("ends the run") => Some(message),
        _ => None,
    });
    assert!(why.unwrap().contains("attention is uniform"), "{why:?}");
}

#[test]
fn a_learning_rate_far_too_high_is_halved_three_times_and_then_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut spec = spec(folder.path());
    spec.hparams.max_steps = 300;
    spec.hparams.warmup_steps = 0;
    let story = Story::of(spec, &[(5..u64::MAX, Fault::LearningRate(3e4))]);
    let (found, first) = story.faults()[0];
    assert!((6..=10).contains(&found), "within five steps: {found}");
    assert!(
        matches!(
            first.kind,
            FaultKind::GradientSpike | FaultKind::GradientExplosion
        ),
        "{first:?}"
    );
    // Half, a quarter and an eighth of it are still thousands of times too much.
    let tried: Vec<f64> = story
        .restarts()
        .iter()
        .map(|one| one.overrides["lr_restart_factor"])
        .collect();
    assert_eq!(tried, [0.5, 0.25, 0.125]);
    assert_eq!(story.outcome.outcome, Outcome::RedFlag);
}

#[test]
fn a_run_resumed_after_a_restart_ends_with_the_bytes_of_the_uninterrupted_one() {
    let plan = [(12..13, Fault::NanInTensor("embedding.weight"))];
    let last = |folder: &Path| fs::read(folder.join("checkpoints/last.ckpt")).unwrap();
    let whole = tempfile::tempdir().unwrap();
    let story = Story::of(spec(whole.path()), &plan);
    assert_eq!(story.restarts().len(), 1);

    // The first session ends after the restart, where the whole run validates fully too: a run validates fully at its
    // end, and controllers remember that.
    let parts = tempfile::tempdir().unwrap();
    let mut first = spec(parts.path());
    first.hparams.max_steps = 20;
    Story::of(first, &plan);
    let outcome = train(spec(parts.path()), &StopFlag::new()).unwrap();
    assert_eq!(outcome.resumed_from, Some(20));
    assert!(last(parts.path()) == last(whole.path()));
}

#[test]
fn a_run_in_which_nothing_goes_wrong_is_the_same_with_and_without_the_guard() {
    let last = |change: fn(&mut Hparams)| {
        let folder = tempfile::tempdir().unwrap();
        let mut spec = spec(folder.path());
        change(&mut spec.hparams);
        let story = Story::of(spec, &[]);
        assert_eq!(story.faults(), []);
        let last = Checkpoint::read(&folder.path().join("checkpoints/last.ckpt")).unwrap();
        (last.weights, last.optimizer)
    };
    let guarded = last(|_| ());
    let unguarded = last(|hparams| {
        hparams.emergency_restart_enabled = false;
        hparams.grad_skip_threshold = 1e6;
        hparams.gradient_explosion_threshold = 1e9;
        hparams.nan_detection_threshold = 0.0;
    });
    assert!(guarded == unguarded);
}
