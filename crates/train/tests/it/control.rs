//! Phases and fixes in whole runs of a tiny network.

use std::{collections::BTreeMap, fs, path::Path};

use diktor_track::{Event, EventKind, Outcome, read_events};
use diktor_train::{Checkpoint, Hparams, Resume, StopFlag, TrainSpec, train};

use crate::{resume, support};

/// Everything happens within a few steps: the attention of such a network can only be in trouble.
fn eager() -> Hparams {
    Hparams {
        max_steps: 16,
        iters_per_checkpoint: 6,
        validation_freq: 1,
        fix_interval: 1,
        fix_cooldown: 2,
        evaluation_window: 8,
        fix_grace_steps: 0,
        fix_grace_epochs: 0,
        attention_diagonality_threshold: 1.0,
        adaptive_gate_threshold: false,
        use_phases: true,
        ..support::hparams()
    }
}

fn spec(run_dir: &Path, hparams: Hparams) -> TrainSpec {
    TrainSpec {
        hparams,
        ..resume::spec(run_dir, Resume::Auto)
    }
}

fn run(run_dir: &Path, hparams: Hparams) -> Outcome {
    let spec = spec(run_dir, hparams);
    train(spec, &StopFlag::new()).unwrap().outcome
}

fn events(run_dir: &Path) -> Vec<Event> {
    read_events(&run_dir.join("events.jsonl")).unwrap()
}

fn last(run_dir: &Path) -> Checkpoint {
    Checkpoint::read(&run_dir.join("checkpoints/last.ckpt")).unwrap()
}

#[test]
fn without_automatic_fixes_a_run_has_the_bits_of_one_in_which_none_acts() {
    let (on, off) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (folder, auto_fix) in [(&on, true), (&off, false)] {
        let hparams = Hparams {
            auto_fix,
            ..support::hparams()
        };
        assert_eq!(run(folder.path(), hparams), Outcome::Completed);
    }
    let (on, off) = (on.path(), off.path());
    assert_eq!(last(on).weights, last(off).weights);
    assert_eq!(last(on).optimizer, last(off).optimizer);
    // Everything that was measured, except how long it took.
    let measured = |run_dir: &Path| -> Vec<BTreeMap<String, f64>> {
        let metrics = events(run_dir)
            .into_iter()
            .filter_map(|event| match event.kind {
                EventKind::Step { metrics } | EventKind::Validation { metrics } => Some(metrics),
                _ => None,
            });
        metrics
            .map(|mut metrics| {
                metrics.retain(|name, _| !name.starts_with("perf.") && name != "duration");
                metrics
            })
            .collect()
    };
    assert_eq!(measured(on), measured(off));
    assert!(
        !last(off)
            .state
            .training
            .unwrap()
            .controllers
            .contains_key("auto_fix")
    );
}

#[test]
fn a_run_that_mends_itself_says_what_and_whether_it_helped() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), eager()), Outcome::Completed);
    let events = events(folder.path());
    let change = events.iter().find_map(|event| match &event.kind {
        EventKind::Intervention(record) if record.who == "auto_fix" => Some((event.step, record)),
        _ => None,
    });
    let (step, change) = change.unwrap();
    assert_eq!(
        (change.knob.as_str(), change.old),
        ("guide_fix_factor", 1.0)
    );
    assert!(change.why.contains("guide_up") && change.why.contains("diagonality is 0"));
    let verdict = events.iter().find_map(|event| match &event.kind {
        EventKind::Verdict(verdict) => Some((event.step, verdict)),
        _ => None,
    });
    let (judged, verdict) = verdict.unwrap();
    assert_eq!(
        (verdict.of_step, verdict.knob.as_str()),
        (step, "guide_fix_factor")
    );
    assert!(judged >= step + 2 && judged <= step + 8, "{judged}");
    let report = fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(report.contains("guide_up, 1 of at most 5"));
    assert!(
        report.contains("Diagonality 0"),
        "the verdict stands beside the change"
    );
}

#[test]
fn a_run_that_mends_itself_resumes_to_the_same_bytes() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(whole.path(), eager());
    for stop in [3, 8, 11] {
        resume::run_until(spec(parts.path(), eager()), stop);
    }
    run(parts.path(), eager());
    let bytes = |folder: &Path| fs::read(folder.join("checkpoints/last.ckpt")).unwrap();
    let fixed = last(whole.path()).state.training.unwrap().knobs;
    assert_ne!(fixed.guide_fix_factor, 1.0, "a fix has acted");
    assert_eq!(fixed.guide_phase_factor, 2.5);
    assert!(bytes(parts.path()) == bytes(whole.path()));
}

#[test]
fn a_run_whose_steps_have_grown_resumes_to_the_same_bytes() {
    let small = || Hparams {
        max_steps: 112,
        iters_per_checkpoint: 60,
        validation_freq: 60,
        batch_size: 2,
        grad_clip_thresh: 0.05,
        fix_grace_steps: 10_000,
        ..eager()
    };
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    run(whole.path(), small());
    for stop in [50, 106] {
        resume::run_until(spec(parts.path(), small()), stop);
    }
    run(parts.path(), small());
    let change = events(whole.path())
        .into_iter()
        .find_map(|event| match event.kind {
            EventKind::Intervention(record) if record.who == "auto_fix" => {
                Some((event.step, record))
            }
            _ => None,
        });
    let (step, change) = change.unwrap();
    assert_eq!(
        (change.knob.as_str(), change.old, change.new),
        ("gradient_accumulation_fix_factor", 1.0, 4.0)
    );
    assert!((100..106).contains(&step), "{step}");
    let bytes = |folder: &Path| fs::read(folder.join("checkpoints/last.ckpt")).unwrap();
    assert!(bytes(parts.path()) == bytes(whole.path()));
}
