//! `recover`: a broken run goes on, and nothing of it is lost.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::harness::{assert_same, contents, diktor, trained};

/// Leaves half of a file.
fn tear(file: &Path) {
    let bytes = fs::read(file).unwrap();
    fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
}

/// A run of four steps with checkpoints of 2 and 4, of which the newest are torn.
fn torn_run(parent: &Path) {
    let checkpoints = trained(parent).join("checkpoints");
    tear(&checkpoints.join("checkpoint_00000004.ckpt"));
    for name in ["last.ckpt", "last_good.ckpt", "best_model.ckpt"] {
        let file = checkpoints.join(name);
        fs::remove_file(&file).unwrap();
        fs::copy(checkpoints.join("checkpoint_00000004.ckpt"), &file).unwrap();
    }
}

fn change(plan: &Value, name: &str) -> Value {
    let changes = plan["changes"].as_array().unwrap().iter();
    let mut found = changes.filter(|change| change["name"] == name);
    found.next().unwrap_or_else(|| panic!("{name}: {plan}"))["new"].clone()
}

#[test]
fn a_dry_run_says_what_would_be_done_and_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    torn_run(folder.path());
    let before = fs::read(folder.path().join("run/config.yaml")).unwrap();
    let plan = diktor(folder.path(), "recover run --dry-run --json")
        .ok()
        .json();
    assert_eq!(plan["step"], 2);
    assert_eq!(plan["refused"].as_array().unwrap().len(), 4);
    assert_eq!(plan["backup"], "run.before-recovery-1");
    assert_eq!(change(&plan, "learning_rate"), "0.0001");
    assert_eq!(change(&plan, "grad_clip_thresh"), "0.5");
    assert!(!folder.path().join("run.before-recovery-1").exists());
    assert_eq!(
        fs::read(folder.path().join("run/config.yaml")).unwrap(),
        before
    );
    let words = diktor(folder.path(), "recover run --dry-run").ok().stdout;
    assert!(
        words.contains("left out    `run/checkpoints/last.ckpt` is damaged")
            || words.contains("left out") && words.contains("last.ckpt"),
        "{words}"
    );
}

#[test]
fn a_run_whose_newest_checkpoints_are_torn_goes_on_from_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    torn_run(folder.path());
    let line = "recover run --notify --hparams max_steps=5 --json -q";
    let found = diktor(folder.path(), line).ok().json();
    assert_eq!(
        (&found["run"]["resumed_from"], &found["run"]["steps"]),
        (&json!(2), &json!(5))
    );
    assert_eq!(found["plan"]["notifies"], json!(["log"]));
    assert_eq!(found["told"][0]["sent"], json!(1));
    let told = fs::read_to_string(folder.path().join("run/alerts.log")).unwrap();
    assert!(told.contains("run: the run is being recovered"), "{told}");
    assert!(told.contains("run: training goes on from step 2"), "{told}");
    let events = fs::read_to_string(folder.path().join("run/events.jsonl")).unwrap();
    assert!(events.contains("the run is recovered from"));
    let config = fs::read_to_string(folder.path().join("run/config.yaml")).unwrap();
    assert!(config.contains("grad_clip_thresh: 0.5"), "{config}");

    let backup = folder.path().join("run.before-recovery-1");
    let kept = backup.join("checkpoints/checkpoint_00000004.ckpt");
    assert!(kept.is_file() && backup.join("config.yaml").is_file());
    let again = diktor(folder.path(), "recover run --dry-run --json")
        .ok()
        .json();
    assert_eq!(
        (&again["step"], &again["backup"]),
        (&json!(5), &json!("run.before-recovery-2"))
    );
}

#[test]
fn an_older_checkpoint_may_be_chosen() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let line =
        "recover run -c run/checkpoints/checkpoint_00000002.ckpt --hparams max_steps=3 --json -q";
    let found = diktor(folder.path(), line).ok().json();
    assert_eq!(
        (&found["run"]["resumed_from"], &found["run"]["steps"]),
        (&json!(2), &json!(3))
    );
}

#[test]
fn what_cannot_be_recovered_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let ran = diktor(folder.path(), "recover nowhere");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(!folder.path().join("nowhere").exists());
    let checkpoints = trained(folder.path()).join("checkpoints");
    for file in fs::read_dir(&checkpoints).unwrap() {
        tear(&file.unwrap().path());
    }
    let ran = diktor(folder.path(), "recover run");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("checkpoint_00000002.ckpt") && ran.stderr.contains("last.ckpt"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_healthy_run_is_left_alone_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let before = contents(folder.path());
    for line in ["recover run --dry-run", "recover run"] {
        let ran = diktor(folder.path(), line).ok();
        assert!(ran.stdout.contains("nothing is broken"), "{ran:?}");
        assert_same(&before, &contents(folder.path()), line);
    }
    let found = diktor(folder.path(), "recover run --json").ok().json();
    assert_eq!(found["plan"]["healthy"], true);
    // Whoever names a change wants it.
    let ran = diktor(folder.path(), "recover run --hparams max_steps=5").ok();
    assert_eq!(ran.stderr.matches("backup      ").count(), 1, "{ran:?}");
    assert!(
        !ran.stdout.contains("backup      ") && run.is_dir(),
        "{ran:?}"
    );
}
