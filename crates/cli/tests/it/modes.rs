//! `train --mode` and `--test-critical-fixes`: what is done instead of training.

use std::{fs, path::Path};

use crate::harness::{QUICK, corpus, diktor, trained};

/// Everything in a folder, with the time each file was written.
fn inventory(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        found.push(format!("{} {written:?}", path.display()));
        if path.is_dir() {
            found.extend(inventory(&path));
        }
    }
    found.sort();
    found
}

#[test]
fn a_rehearsal_makes_one_step_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let before = inventory(folder.path());
    let line = format!("train --mode test --dataset corpus -o run --preset tiny --hparams {QUICK}");
    let found = diktor(folder.path(), &format!("{line} --json -q"))
        .ok()
        .json();
    assert_eq!(found["ready"], true, "{found}");
    let sizes = ["train_size", "val_size"].map(|name| found[name].as_u64().unwrap());
    assert_eq!(sizes.iter().sum::<u64>(), 12);
    assert_eq!(found["step"]["iteration"], 1.0);
    for (part, name) in [
        ("step", "training.loss"),
        ("step", "grad.norm"),
        ("validation", "validation.loss"),
        ("validation", "alignment.diagonality"),
        ("validation", "gate.accuracy"),
    ] {
        assert!(found[part][name].is_f64(), "{part} {name}: {found}");
    }
    let shown = diktor(folder.path(), &line).ok();
    for hidden in [".tmp", "checkpoints/", "saved"] {
        assert!(!shown.stderr.contains(hidden), "{hidden}: {}", shown.stderr);
    }
    let words = shown.stdout;
    assert!(words.starts_with("fit to train: one step"), "{words}");
    assert!(
        words.contains("will take")
            && words.contains(" 300 steps of ")
            && words.lines().count() < 8,
        "{words}"
    );
    let figures = diktor(folder.path(), &format!("{line} -v")).ok().stdout;
    assert!(figures.contains("alignment.diagonality"), "{figures}");
    assert_eq!(inventory(folder.path()), before);
}

#[test]
fn a_rehearsal_can_begin_from_a_checkpoint_and_leaves_its_run_alone() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let before = inventory(folder.path());
    let line = "train --mode test --dataset corpus -c run/checkpoints/last.ckpt --json -q";
    let found = diktor(folder.path(), line).ok().json();
    assert_eq!(
        (&found["ready"], &found["step"]["iteration"]),
        (&true.into(), &5.0.into())
    );
    assert_eq!(inventory(folder.path()), before);
    let refused = diktor(folder.path(), "train --mode test --resume -o run");
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_rehearsal_whose_step_goes_wrong_says_so() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    // No gradient at the beginning is as small as this.
    let line = "train --mode test --dataset corpus --preset tiny --json -q --hparams \
                batch_size=4,max_decoder_steps=12,grad_skip_threshold=1";
    let ran = diktor(folder.path(), line);
    assert_eq!(ran.code, 1, "{ran:?}");
    let found = ran.json();
    assert_eq!(found["ready"], false);
    assert_eq!(found["faults"].as_array().unwrap().len(), 1, "{found}");
    let words = diktor(folder.path(), &line.replace("--json ", "")).stdout;
    assert!(words.starts_with("NOT fit to train: "), "{words}");
}

#[test]
fn a_validation_finds_what_the_run_found() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "train --dataset corpus -o run --preset tiny --max-steps 4 --json -q --hparams";
    let run = diktor(folder.path(), &format!("{line} {QUICK}"))
        .ok()
        .json();
    let before = inventory(folder.path());
    let line = "train --mode validate -o run";
    let newest = diktor(folder.path(), &format!("{line} --json -q"))
        .ok()
        .json();
    assert_eq!(
        (&newest["step"], &newest["metrics"]),
        (&4.into(), &run["metrics"])
    );
    // The run is found around the checkpoint, and its recordings with it.
    let line = "train --mode validate -c run/checkpoints/checkpoint_00000002.ckpt --json -q";
    let older = diktor(folder.path(), line).ok().json();
    assert_eq!(older["step"], 2);
    assert_ne!(older["metrics"], newest["metrics"]);
    let words = diktor(folder.path(), "train --mode validate -o run")
        .ok()
        .stdout;
    for told in ["step 4", "validation.loss", "/corpus\n"] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert_eq!(inventory(folder.path()), before);
}

#[test]
fn recordings_that_have_moved_are_asked_for_and_found_where_they_are_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let moved = folder.path().join("moved");
    fs::rename(folder.path().join("corpus"), &moved).unwrap();
    let refused = diktor(folder.path(), "train --mode validate -o run");
    assert_eq!(refused.code, 2, "{refused:?}");
    for told in ["/corpus`", "no longer there", "--dataset"] {
        assert!(refused.stderr.contains(told), "{told}: {refused:?}");
    }
    let line = "train --mode validate -o run --dataset moved --json -q";
    let found = diktor(folder.path(), line).ok().json();
    assert_eq!(found["dataset"], "moved");
}

#[test]
fn a_validation_without_a_checkpoint_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "train --mode validate",
        "train --mode validate -o nowhere",
        "train --mode validate -c no.ckpt",
    ] {
        let ran = diktor(folder.path(), line);
        assert_eq!(ran.code, 2, "{line}: {ran:?}");
        assert!(!ran.stderr.contains("--resume"), "{line}: {ran:?}");
    }
    assert_eq!(inventory(folder.path()), Vec::<String>::new());
}

#[test]
fn what_guards_a_run_is_proven() {
    let folder = tempfile::tempdir().unwrap();
    let found = diktor(folder.path(), "train --test-critical-fixes --json")
        .ok()
        .json();
    assert_eq!(found["passed"], true, "{found}");
    let checks = found["checks"].as_array().unwrap();
    let names: Vec<&str> = checks
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "gradient clipping",
            "guided loss",
            "guided attention",
            "loss convergence",
            "diagnostics",
            "bad step",
            "restart",
            "giving up"
        ]
    );
    let words = diktor(folder.path(), "train --test-critical-fixes")
        .ok()
        .stdout;
    assert_eq!(words.lines().filter(|l| l.starts_with("ok ")).count(), 8);
    assert_eq!(inventory(folder.path()), Vec::<String>::new());
}
