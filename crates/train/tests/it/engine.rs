//! The loop, its one writer, and its events, on a task that is one number.

use std::{fs, path::Path};

use diktor_track::{EventKind, FaultAction, FaultKind, Outcome, Phase, VerdictRecord, names};
use diktor_train::{
    Checkpoint, Controller, Hparams, Intervention, Knob, Moment, RunView, StopFlag, control,
};

use crate::{
    number::{Number, Wishes, engine, run, run_with},
    support::{self, Seen},
};

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
