//! Runs by default: where they go, which one is meant, how long they are, and where their logs go.

use std::{fs, path::Path};

use serde_json::Value;

use crate::harness::{QUICK, corpus, diktor, trained};

/// Trains some steps on `corpus` in the default place; returns the run directory that it says.
fn run(folder: &Path, more: &str) -> String {
    let line = format!("train --dataset corpus --preset tiny -q --json {more}");
    let ran = diktor(folder, &line).ok();
    ran.json()["run_dir"].as_str().unwrap().to_owned()
}

#[test]
fn a_loop_over_learning_rates_makes_a_run_of_each() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let mut runs = Vec::new();
    for rate in ["1e-3", "1e-4", "5e-5"] {
        let more = format!("--max-steps 1 -l logs --hparams learning_rate={rate},{QUICK}");
        runs.push(run(folder.path(), &more));
    }
    assert_eq!(
        runs,
        ["output/corpus", "output/corpus-2", "output/corpus-3"]
    );
    for name in ["corpus", "corpus-2", "corpus-3"] {
        let logs = folder.path().join("logs").join(name);
        let files: Vec<String> = fs::read_dir(&logs)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(
            files.iter().any(|file| file.contains("tfevents")),
            "{files:?}"
        );
        let log = fs::read_to_string(logs.join("train.log")).unwrap();
        assert!(log.contains(&format!("run {name}:")), "{log}");
        let tb = folder.path().join("output").join(name).join("tb");
        assert_eq!(
            fs::canonicalize(tb).unwrap(),
            fs::canonicalize(&logs).unwrap()
        );
    }
    the_newest_is_meant(folder.path(), "output/corpus-3");
}

/// Every verb that looks at a run takes the newest where none is named, and says which.
fn the_newest_is_meant(folder: &Path, newest: &str) {
    let taken = format!("taking the newest run, `{newest}`");
    for line in [
        "check",
        "why",
        "report",
        "recover --dry-run",
        "synthesize --text Hi. --max-decoder-steps 5 -o x.wav",
        "export mlflow-db -o x.db",
    ] {
        let ran = diktor(folder, line);
        assert!(ran.stderr.contains(&taken), "`{line}`: {ran:?}");
        assert!(ran.code == 0 || line == "check", "`{line}`: {ran:?}");
    }
    let ran = diktor(folder, "train --resume");
    assert!(
        ran.stderr.contains(&format!("--resume -o {newest}")),
        "{ran:?}"
    );
    for (line, taken) in [
        (
            "why output",
            "the newest run in this folder, `output/corpus-3`",
        ),
        ("why corpus-2", "the run of that name, `output/corpus-2`"),
        (
            "why output/corpus/checkpoints",
            "the run that this belongs to, `output/corpus`",
        ),
    ] {
        let ran = diktor(folder, line).ok();
        assert!(ran.stderr.contains(taken), "`{line}`: {}", ran.stderr);
    }
    let ran = diktor(folder, "why output/corpsu-2");
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("did you mean `output/corpus-2`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_resumed_run_writes_its_logs_where_they_were() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let hparams = format!("--hparams {QUICK}");
    run(
        folder.path(),
        &format!("-o run --log_directory logs --max-steps 1 {hparams}"),
    );
    diktor(folder.path(), "train --resume -o run --max-steps 2 -q").ok();
    let log = fs::read_to_string(folder.path().join("logs/run/train.log")).unwrap();
    assert!(log.contains("continues from step 1"), "{log}");
    let ran = diktor(
        folder.path(),
        "train --resume -o run --max-steps 3 -l elsewhere",
    );
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(
        ran.stderr.contains("already") && ran.stderr.contains("hint:"),
        "{}",
        ran.stderr
    );
}

#[test]
fn the_length_that_is_said_last_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    fs::write(folder.path().join("long.yaml"), "max_steps: 50\n").unwrap();
    let steps = |more: &str| {
        let line = format!("train --dataset corpus --preset tiny --config long.yaml --json {more}");
        let ran = diktor(folder.path(), &line).ok();
        let steps = ran.json()["steps"].as_u64().unwrap();
        (steps, ran.stderr)
    };
    let (of_epoch, told) = steps(&format!("--epochs 1 --hparams {QUICK}"));
    assert!((1..50).contains(&of_epoch), "{of_epoch}");
    assert!(
        told.contains("`epochs`: 1 is said last and ends the run"),
        "{told}"
    );
    let (both, told) = steps(&format!("--epochs 1 --max-steps 1 --hparams {QUICK}"));
    assert_eq!(both, 1);
    assert!(told.contains("the steps end the run"), "{told}");
    let (both, told) = steps(&format!("--max-steps 40 --hparams epochs=1,{QUICK}"));
    assert_eq!(both, of_epoch);
    assert!(told.contains("the epochs end the run"), "{told}");
}

/// The training loss of the first step with a weight of guided attention, and the weights that were in force.
fn first_loss(folder: &Path, weight: &str) -> (f64, Vec<f64>) {
    let name = format!("weight-{weight}");
    let hparams = format!("guide_loss_weight={weight},use_phases=true,{QUICK}");
    run(
        folder,
        &format!("-o {name} --max-steps 1 --hparams {hparams}"),
    );
    let events = fs::read_to_string(folder.join(&name).join("events.jsonl")).unwrap();
    let events: Vec<Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let loss = events
        .iter()
        .find_map(|event| event["metrics"]["training.loss"].as_f64());
    let turned = events
        .iter()
        .filter(|event| event["knob"] == "guide_loss_weight")
        .map(|event| event["new"].as_f64().unwrap());
    (loss.unwrap(), turned.collect())
}

#[test]
fn the_weight_of_guided_attention_that_is_asked_for_is_in_force_from_the_first_step() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let (none, _) = first_loss(folder.path(), "0");
    let (one, ones) = first_loss(folder.path(), "1.0");
    let (five, fives) = first_loss(folder.path(), "5.0");
    assert_eq!(
        (ones, fives),
        (vec![2.5], vec![10.0]),
        "times 2.5 of the phase, at most 10"
    );
    assert!(none < one && one < five, "{none} {one} {five}");
}

#[test]
fn a_weight_changed_on_resume_stays_changed() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let line =
        "train --resume -o run --max-steps 6 --hparams guide_loss_weight=2,learning_rate=5e-4 -q";
    diktor(folder.path(), line).ok();
    let config = fs::read_to_string(run.join("config.yaml")).unwrap();
    assert!(
        config.contains("guide_loss_initial_weight: 2.0"),
        "{config}"
    );
    let events = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let turned: Vec<Value> = events
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["knob"] == "guide_loss_weight")
        .collect();
    let [only] = &turned[..] else {
        panic!("turned once, from 5 to 2: {turned:#?}")
    };
    assert_eq!((&only["old"], &only["new"]), (&5.0.into(), &2.0.into()));
    assert!(
        only["why"].as_str().unwrap().ends_with("changed on resume"),
        "{only}"
    );
}
