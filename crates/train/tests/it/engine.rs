//! The loop, its one writer, and its events, on a task that is one number.

use std::{collections::BTreeMap, fs, path::Path};

use diktor_model::NamedTensor;
use diktor_track::{EventKind, FaultAction, FaultKind, Outcome, Phase, VerdictRecord, names};
use diktor_train::{
    Checkpoint, Controller, Hparams, Intervention, Knob, Knobs, Moment, RunView, StepReport,
    StopFlag, Task, TrainError, Validation,
    checkpoint::{CheckpointStore, Standing},
    control,
    data::{Cursor, StepBatch, fingerprint},
    engine::{Engine, Identity, Progress},
    task::{Culprit, Depth, Skipped},
};

use crate::support::{self, Seen};

/// A task that is one number: it falls by the learning rate times the frames of each batch.
struct Number {
    value: f32,
    updates: u64,
    broken: fn(u64) -> bool,
    /// Steps made, whatever was taken back.
    made: u64,
    /// Norm of its gradient.
    norm: f64,
    /// A figure that its validations show after so many steps.
    shows: fn(u64) -> Option<(&'static str, f64)>,
}

impl Number {
    fn new() -> Self {
        Self {
            value: 100.0,
            updates: 0,
            broken: |_| false,
            made: 0,
            norm: 1.0,
            shows: |_| None,
        }
    }
}

impl Task for Number {
    fn step(&mut self, batch: &StepBatch, knobs: &Knobs, step: u64) -> StepReport {
        self.made += 1;
        let metrics = BTreeMap::from([
            (names::TRAINING_LOSS.to_owned(), f64::from(self.value)),
            (names::GRAD_NORM.to_owned(), self.norm),
        ]);
        if (self.broken)(step) {
            return StepReport {
                metrics,
                skipped: Some(Skipped::Loss(f64::NAN)),
                culprit: Some(Culprit {
                    batch: batch.ids().into_iter().map(str::to_owned).collect(),
                    ..Culprit::default()
                }),
                ..StepReport::default()
            };
        }
        self.updates += 1;
        self.value -= (knobs.learning_rate * batch.true_frames() as f64) as f32;
        StepReport {
            metrics,
            ..StepReport::default()
        }
    }

    fn validate(&self, _depth: Depth, _knobs: &Knobs) -> Validation {
        let loss = f64::from((self.value - 99.5).abs());
        let mut metrics = BTreeMap::from([(names::VALIDATION_LOSS.to_owned(), loss)]);
        metrics.extend((self.shows)(self.made).map(|(name, value)| (name.to_owned(), value)));
        Validation {
            metrics,
            ..Validation::default()
        }
    }

    fn weights(&self) -> Vec<NamedTensor> {
        vec![NamedTensor {
            name: "number".to_owned(),
            shape: vec![1],
            values: vec![self.value],
        }]
    }

    fn optimizer(&self) -> (Vec<NamedTensor>, u64) {
        (Vec::new(), self.updates)
    }

    fn broken(&self) -> Option<String> {
        (!self.value.is_finite()).then(|| "number".to_owned())
    }

    fn reinitialise(&mut self, seed: u64) {
        self.value = seed as f32;
        self.updates = 0;
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        self.value = checkpoint.weights[0].values[0];
        self.updates = checkpoint.state.training.as_ref().unwrap().updates;
        Ok(())
    }
}

/// Asks for the same things at every step.
struct Wishes(&'static str, fn() -> Vec<Intervention>);

impl Controller for Wishes {
    fn name(&self) -> &'static str {
        self.0
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        match view.moment {
            Moment::Step(_) if view.step == 2 => self.1(),
            _ => Vec::new(),
        }
    }
}

fn engine(run_dir: &Path, seen: &Seen, hparams: &Hparams, task: Number) -> Engine {
    let store = CheckpointStore::open(run_dir, hparams.keep_checkpoints).unwrap();
    let newest = store.newest().unwrap().ok();
    let cursor = newest.as_ref().map_or(Cursor::default(), |found| {
        found.checkpoint.state.training.as_ref().unwrap().cursor
    });
    let identity = Identity {
        hparams: hparams.clone(),
        symbols: support::frontend().symbols,
        mel: hparams.mel(),
        data: fingerprint(&support::examples(7)),
        max_steps: hparams.max_steps,
    };
    let mut engine = Engine {
        task: Box::new(task),
        controllers: control::standard(hparams, hparams.max_steps),
        feeder: support::feeder(hparams, cursor),
        store,
        diary: seen.diary(run_dir, hparams),
        progress: Progress::start(hparams),
        identity,
    };
    if let Some(found) = newest {
        engine.resume(&found.checkpoint).unwrap();
    }
    engine
}

/// Runs to the end, and gives the outcome and every event.
fn run(mut engine: Engine, seen: &Seen) -> (Outcome, Vec<EventKind>) {
    let outcome = engine.run(&StopFlag::new()).unwrap();
    engine.diary.close();
    (
        outcome,
        seen.events().into_iter().map(|event| event.kind).collect(),
    )
}

fn run_with(controllers: Vec<Box<dyn Controller>>) -> (Outcome, Vec<EventKind>) {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let mut engine = engine(folder.path(), &seen, &support::hparams(), Number::new());
    engine.controllers = controllers;
    run(engine, &seen)
}

#[test]
fn a_run_steps_validates_and_saves_when_it_should() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let (outcome, events) = run(
        engine(folder.path(), &seen, &support::hparams(), Number::new()),
        &seen,
    );
    assert_eq!(outcome, Outcome::Completed);
    let mut story = String::new();
    for event in &events {
        match event {
            EventKind::Step { metrics } => {
                for name in [
                    names::LEARNING_RATE,
                    names::PERF_FRAMES_PER_SECOND,
                    names::PERF_DATA_SECONDS,
                ] {
                    assert!(metrics.contains_key(name), "{name} is in every step");
                }
                story.push('s');
            }
            EventKind::Validation { .. } => story.push('v'),
            EventKind::CheckpointSaved { why, .. } => {
                story.push(if why == "best" { 'b' } else { 'c' });
            }
            _ => {}
        }
    }
    // Nine steps; light validations after 3 and 6 (9 is the end), full ones with a checkpoint after 4, 8 and 9.
    let without_best = story.replace('b', "");
    assert_eq!(without_best, "sssvsvcssvssvcsvc");
    let mut files: Vec<_> = fs::read_dir(folder.path().join("checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let expected = [
        "best_model.ckpt",
        "checkpoint_00000008.ckpt",
        "checkpoint_00000009.ckpt",
        "last.ckpt",
        "last_good.ckpt",
    ];
    assert_eq!(files, expected, "two numbered checkpoints are kept");
}

#[test]
fn a_schedule_speaks_only_when_it_enters_another_part() {
    let hparams = support::hparams();
    let (_, events) = run_with(control::standard(&hparams, hparams.max_steps));
    let told: Vec<(String, String)> = events
        .into_iter()
        .filter_map(|event| match event {
            EventKind::Intervention(record) => Some((record.knob, record.why)),
            _ => None,
        })
        .collect();
    let expected = [
        ("learning_rate", "warm-up"),
        (
            "guide_loss_weight",
            "guided attention at its initial weight",
        ),
        ("learning_rate", "hold"),
        (
            "guide_loss_weight",
            "guided attention moves to its final weight",
        ),
        ("guide_loss_weight", "guided attention at its final weight"),
    ];
    assert_eq!(
        told,
        expected.map(|(knob, why)| (knob.to_owned(), why.to_owned()))
    );
}

fn set(knob: Knob, value: f64) -> Intervention {
    Intervention::Set {
        knob,
        value,
        why: "a test".to_owned(),
    }
}

#[test]
fn the_first_controller_wins_and_the_other_is_refused() {
    let (_, events) = run_with(vec![
        Box::new(Wishes("first", || vec![set(Knob::GradClipThresh, 0.5)])),
        Box::new(Wishes("second", || vec![set(Knob::GradClipThresh, 0.7)])),
        Box::new(Wishes("third", || vec![set(Knob::GradClipThresh, 0.5)])),
    ]);
    let told: Vec<&EventKind> = events
        .iter()
        .filter(|event| {
            matches!(
                event,
                EventKind::Intervention(_) | EventKind::Refused { .. }
            )
        })
        .collect();
    let [
        EventKind::Intervention(record),
        EventKind::Refused { who, what, why },
    ] = told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        (record.who.as_str(), record.old, record.new),
        ("first", 1.0, 0.5)
    );
    assert_eq!(
        (who.as_str(), what.as_str()),
        ("second", "grad_clip_thresh = 0.7")
    );
    assert!(why.contains("`first`"), "{why}");
}

#[test]
fn a_value_that_a_knob_cannot_have_is_refused() {
    for (knob, value) in [
        (Knob::LearningRate, f64::NAN),
        (Knob::LearningRate, 0.0),
        (Knob::GateThreshold, 1.5),
        (Knob::NFramesPerStep, 1.5),
        (Knob::GuideLossWeight, -1.0),
    ] {
        assert!(knob.objection(value).is_some(), "{knob:?} {value}");
    }
    let (outcome, events) = run_with(vec![Box::new(Wishes("careless", || {
        vec![set(Knob::LearningRate, f64::INFINITY)]
    }))]);
    assert_eq!(outcome, Outcome::Completed);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, EventKind::Refused { .. }))
    );
}

fn verdict() -> VerdictRecord {
    VerdictRecord {
        who: "voice".to_owned(),
        of_step: 1,
        knob: "gate_threshold".to_owned(),
        metric: names::GATE_ACCURACY.to_owned(),
        before: 0.5,
        after: 0.75,
        helped: true,
        undone: false,
    }
}

#[test]
fn phases_verdicts_and_warnings_are_told_and_the_phase_outlasts_a_stop() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let mut first = engine(folder.path(), &seen, &support::hparams(), Number::new());
    first.controllers = vec![Box::new(Wishes("voice", || {
        let (phase, why) = (Phase::AlignmentLearning, "a test".to_owned());
        let message = "quiet".to_owned();
        vec![
            Intervention::Enter { phase, why },
            Intervention::Judge(verdict()),
            Intervention::Warn {
                message,
                hint: "speak up",
            },
        ]
    }))];
    let (_, events) = run(first, &seen);
    let (from, to) = (Phase::PreAlignment, Phase::AlignmentLearning);
    for expected in [
        EventKind::Phase {
            from,
            to,
            why: "a test".to_owned(),
        },
        EventKind::Verdict(verdict()),
        EventKind::Warning {
            message: "quiet".to_owned(),
            hint: Some("speak up".to_owned()),
        },
    ] {
        assert_eq!(
            events.iter().filter(|event| **event == expected).count(),
            1,
            "{expected:?}"
        );
    }
    let second = engine(folder.path(), &seen, &support::hparams(), Number::new());
    assert_eq!(second.progress.phase(), to);
}

/// Asks for a stop at the first light validation.
struct Checker;

impl Controller for Checker {
    fn name(&self) -> &'static str {
        "checker"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        match view.moment {
            Moment::Checked(metrics) => {
                assert!(metrics.contains_key(names::VALIDATION_LOSS));
                let (outcome, why) = (Outcome::RedFlag, "a test".to_owned());
                vec![Intervention::Stop { outcome, why }]
            }
            _ => Vec::new(),
        }
    }
}

#[test]
fn controllers_see_light_validations_and_may_stop_there() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let mut engine = engine(folder.path(), &seen, &support::hparams(), Number::new());
    engine.controllers = vec![Box::new(Checker)];
    assert_eq!(engine.run(&StopFlag::new()).unwrap(), Outcome::RedFlag);
    assert_eq!(engine.progress.step(), 3);
}

#[test]
fn frames_per_step_may_change_in_mid_run() {
    let (outcome, events) = run_with(vec![Box::new(Wishes("gradual", || {
        vec![set(Knob::NFramesPerStep, 1.0)]
    }))]);
    assert_eq!(outcome, Outcome::Completed);
    let steps = events
        .iter()
        .filter(|event| matches!(event, EventKind::Step { .. }))
        .count();
    assert_eq!(steps, 9);
}

#[test]
fn a_skipped_step_is_a_fault_that_names_the_utterances() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let task = Number {
        broken: |step| step == 5,
        ..Number::new()
    };
    let (outcome, events) = run(
        engine(folder.path(), &seen, &support::hparams(), task),
        &seen,
    );
    assert_eq!(outcome, Outcome::Completed);
    let faults: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            EventKind::Fault(fault) => Some(fault),
            _ => None,
        })
        .collect();
    let [fault] = faults[..] else {
        panic!("{faults:?}")
    };
    assert_eq!(
        (fault.kind, fault.action),
        (FaultKind::NonFiniteLoss, FaultAction::Skipped)
    );
    assert!(fault.batch.iter().all(|id| id.starts_with("utterance-0")));
    assert_eq!(fault.batch.len(), 3);
}

/// Hyper-parameters of a run that has good checkpoints at 4, 8, 12...
fn long() -> Hparams {
    Hparams {
        max_steps: 100,
        keep_checkpoints: 10,
        ..support::hparams()
    }
}

#[test]
fn steps_that_keep_failing_end_in_a_red_flag_after_three_restarts() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let task = Number {
        broken: |step| step >= 10,
        ..Number::new()
    };
    let engine = engine(folder.path(), &seen, &long(), task);
    let (outcome, events) = run(engine, &seen);
    assert_eq!(outcome, Outcome::RedFlag);
    let restarts: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            EventKind::Restart(restart) => {
                Some((restart.attempt, restart.from_step, restart.to_step))
            }
            _ => None,
        })
        .collect();
    // A second restart in a row wants a checkpoint 500 steps old; the oldest good one is all there is.
    assert_eq!(restarts, [(1, 15, 8), (2, 15, 4), (3, 15, 4)]);
    let last = Checkpoint::read(&folder.path().join("checkpoints/last.ckpt")).unwrap();
    assert_eq!(last.state.step, 15);
    assert_eq!(last.standing(), Standing::Suspect, "saved, and not trusted");
    let told = events.iter().any(|event| {
        matches!(event, EventKind::Warning { message, .. }
            if message.contains("after 3 restarts in a row: at step 15 5 steps in a row"))
    });
    assert!(told, "{events:?}");
}

#[test]
fn what_a_voice_has_lost_takes_it_back_to_where_it_had_it() {
    // It is there for twenty steps, then gone, and there again after the way back.
    let attention: fn(u64) -> Option<(&'static str, f64)> = |made| {
        let gone = (20..25).contains(&made);
        Some((names::ALIGNMENT_DIAGONALITY, if gone { 0.0 } else { 0.9 }))
    };
    let gate: fn(u64) -> Option<(&'static str, f64)> = |made| {
        let gone = (20..25).contains(&made);
        Some((names::VALIDATION_GATE_STD, if gone { 0.0 } else { 0.4 }))
    };
    for (shows, kind) in [
        (attention, FaultKind::AttentionLost),
        (gate, FaultKind::GateDead),
    ] {
        let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
        let task = Number {
            shows,
            ..Number::new()
        };
        let (outcome, events) = run(engine(folder.path(), &seen, &long(), task), &seen);
        assert_eq!(outcome, Outcome::Completed);
        let told: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                EventKind::Fault(fault) => Some((fault.kind, fault.action)),
                _ => None,
            })
            .collect();
        assert_eq!(told, [(kind, FaultAction::Restarted)]);
        let back = events.iter().find_map(|event| match event {
            EventKind::Restart(restart) => Some((restart.from_step, restart.to_step)),
            _ => None,
        });
        // Validations after 20, 21 and 24 steps have missed it; the checkpoint of step 20 has no better gate.
        assert_eq!(back, Some((24, 16)), "{kind:?}");
    }
}

#[test]
fn a_vanished_gradient_leaves_a_report_of_the_rate_and_the_weights() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let task = Number {
        norm: 1e-9,
        ..Number::new()
    };
    let (outcome, events) = run(engine(folder.path(), &seen, &long(), task), &seen);
    assert_eq!(outcome, Outcome::Completed);
    let told = events.iter().any(|event| {
        matches!(event, EventKind::Fault(fault) if fault.kind == FaultKind::VanishingGradient)
    });
    assert!(told, "{events:?}");
    let report = folder.path().join("reports/vanished_00000100.txt");
    let report = fs::read_to_string(report).unwrap();
    assert!(
        report.contains("learning rate") && report.contains("number"),
        "{report}"
    );
}

#[test]
fn a_restart_takes_the_weights_back_and_changes_what_it_says() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let hparams = Hparams {
        warmup_steps: 0,
        learning_rate_min: 0.0,
        ..long()
    };
    let task = Number {
        broken: |step| (10..15).contains(&step),
        ..Number::new()
    };
    let mut engine = engine(folder.path(), &seen, &hparams, task);
    engine.controllers.push(Box::new(UntilRestart));
    assert_eq!(engine.run(&StopFlag::new()).unwrap(), Outcome::StoppedEarly);
    let knobs = engine.progress.knobs();
    assert_eq!(
        (knobs.lr_restart_factor, knobs.learning_rate),
        (0.5, 0.5e-3)
    );
    assert_eq!(
        (knobs.clip_restart_factor, knobs.grad_clip_thresh),
        (0.5, 0.5)
    );
    assert_eq!(
        (knobs.guide_restart_factor, knobs.guide_loss_weight),
        (2.0, 2.0)
    );
    let last = Checkpoint::read(&folder.path().join("checkpoints/last.ckpt")).unwrap();
    let good = Checkpoint::read(&folder.path().join("checkpoints/last_good.ckpt")).unwrap();
    assert_eq!((last.state.step, good.state.step), (8, 8));
    assert_eq!(last.weights, good.weights);
    let training = last.state.training.unwrap();
    assert_eq!((training.restarts, training.updates), (1, 0));
    assert!(
        !folder
            .path()
            .join("checkpoints/checkpoint_00000012.ckpt")
            .exists(),
        "what was given up is not gone on from"
    );
}

/// Ends the run as soon as it has gone back.
struct UntilRestart;

impl Controller for UntilRestart {
    fn name(&self) -> &'static str {
        "until_restart"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        match view.moment {
            Moment::Start if view.step > 0 => vec![Intervention::Stop {
                outcome: Outcome::StoppedEarly,
                why: "it went back".to_owned(),
            }],
            _ => Vec::new(),
        }
    }
}

#[test]
fn the_best_checkpoint_is_the_one_of_the_lowest_validation_loss() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let hparams = Hparams {
        max_steps: 16,
        iters_per_checkpoint: 2,
        ..support::hparams()
    };
    let (_, events) = run(engine(folder.path(), &seen, &hparams, Number::new()), &seen);
    let best = Checkpoint::read(&folder.path().join("checkpoints/best_model.ckpt")).unwrap();
    let losses = events.iter().filter_map(|event| match event {
        EventKind::Validation { metrics } => Some((
            metrics[names::VALIDATION_STEP],
            metrics[names::VALIDATION_LOSS],
        )),
        _ => None,
    });
    let (step, lowest) = losses
        .filter(|(step, _)| step % 2.0 == 0.0)
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap();
    assert_eq!(best.state.step as f64, step);
    assert_eq!(best.state.training.unwrap().best.unwrap().value, lowest);
}

#[test]
fn stopped_after_any_step_and_resumed_the_final_checkpoint_has_the_same_bytes() {
    let hparams = support::hparams();
    let last = |folder: &Path| fs::read(folder.join("checkpoints/last.ckpt")).unwrap();
    let (whole, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    run(engine(whole.path(), &seen, &hparams, Number::new()), &seen);
    for stop_after in 0..hparams.max_steps {
        let folder = tempfile::tempdir().unwrap();
        let mut first = engine(folder.path(), &seen, &hparams, Number::new());
        let flag = StopFlag::new();
        first
            .controllers
            .push(Box::new(Raise(stop_after, flag.clone())));
        assert_eq!(first.run(&flag).unwrap(), Outcome::Interrupted);
        let second = engine(folder.path(), &seen, &hparams, Number::new());
        assert_eq!(second.progress.step(), stop_after);
        let (outcome, _) = run(second, &seen);
        assert_eq!(outcome, Outcome::Completed);
        // The controller that stops is in neither run's final checkpoint.
        assert!(
            last(folder.path()) == last(whole.path()),
            "stopped after {stop_after} steps"
        );
    }
}

/// Raises the flag after so many steps.
struct Raise(u64, StopFlag);

impl Controller for Raise {
    fn name(&self) -> &'static str {
        "raise"
    }

    fn decide(&mut self, view: &RunView<'_>) -> Vec<Intervention> {
        if view.step == self.0 && !self.1.is_raised() {
            self.1.raise();
        }
        Vec::new()
    }
}

#[test]
fn a_hyper_parameter_changed_on_resume_is_an_intervention() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let hparams = support::hparams();
    run(engine(folder.path(), &seen, &hparams, Number::new()), &seen);
    let changed = Hparams {
        max_steps: 12,
        grad_clip_thresh: 0.25,
        ..hparams
    };
    let seen = Seen::default();
    let resumed = engine(folder.path(), &seen, &changed, Number::new());
    assert_eq!(resumed.progress.knobs().grad_clip_thresh, 0.25);
    let (_, events) = run(resumed, &seen);
    let record = events.iter().find_map(|event| match event {
        EventKind::Intervention(record) => Some(record),
        _ => None,
    });
    let record = record.unwrap();
    assert_eq!(
        (record.who.as_str(), record.knob.as_str()),
        ("hparams", "grad_clip_thresh")
    );
}

#[test]
fn an_unwritable_folder_is_an_error_that_names_it_and_loses_nothing() {
    let (folder, seen) = (tempfile::tempdir().unwrap(), Seen::default());
    let mut engine = engine(folder.path(), &seen, &support::hparams(), Number::new());
    let checkpoints = folder.path().join("checkpoints");
    // A folder moved away is what an unmounted disk looks like, to root too.
    fs::rename(&checkpoints, folder.path().join("elsewhere")).unwrap();
    let error = engine.run(&StopFlag::new()).unwrap_err().to_string();
    assert!(error.contains("checkpoints/last_good.ckpt"), "{error}");
}
