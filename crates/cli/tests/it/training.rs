//! `train`: the run directory, going on, and being interrupted.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{QUICK, Ran, command, corpus, diktor, trained, words};

const FILES: [&str; 9] = [
    "config.yaml",
    "events.jsonl",
    "report.html",
    "checkpoints/last.ckpt",
    "checkpoints/best_model.ckpt",
    "checkpoints/checkpoint_00000004.ckpt",
    "dataset/train.csv",
    "dataset/val.csv",
    "dataset/source.json",
];

#[test]
fn a_run_leaves_everything_behind() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    for file in FILES {
        assert!(run.join(file).is_file(), "`{file}` is missing");
    }
    let config = fs::read_to_string(run.join("config.yaml")).unwrap();
    assert!(
        config.contains("english_cleaners"),
        "the letters tell the language: {config}"
    );
    let events = fs::read_to_string(run.join("events.jsonl")).unwrap();
    assert!(
        events
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    fs::remove_file(run.join("report.html")).unwrap();
    diktor(folder.path(), "report run").ok();
    assert!(run.join("report.html").is_file());
}

#[test]
fn automatic_fixes_can_be_switched_off() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line =
        "train --dataset corpus -o run --preset tiny --max-steps 1 --no-auto-fix -q --hparams";
    diktor(folder.path(), &format!("{line} {QUICK}")).ok();
    let config = fs::read_to_string(folder.path().join("run/config.yaml")).unwrap();
    assert!(config.contains("\nauto_fix: false\n"), "{config}");
}

#[test]
fn a_run_goes_on_to_the_same_bits() {
    let (straight, broken) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    trained(broken.path());
    let line = "train --resume --dataset corpus -o run --max-steps 6 --json -q";
    let resumed = diktor(broken.path(), line).ok().json();
    assert_eq!(
        (&resumed["resumed_from"], &resumed["steps"]),
        (&4.into(), &6.into())
    );

    corpus(straight.path());
    let line = "train --dataset corpus -o run --preset tiny --max-steps 6 -q --hparams";
    diktor(straight.path(), &format!("{line} {QUICK}")).ok();
    let last = |folder: &Path| fs::read(folder.join("run/checkpoints/last.ckpt")).unwrap();
    assert!(
        last(straight.path()) == last(broken.path()),
        "the checkpoints differ"
    );
}

#[test]
fn a_warm_start_begins_at_zero_and_a_checkpoint_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let from = "train --dataset corpus -c run/checkpoints/last.ckpt --json -q";
    let line = format!("{from} -o warm --warm-start --max-steps 1");
    let warm = diktor(folder.path(), &line).ok().json();
    assert_eq!(
        (&warm["resumed_from"], &warm["steps"]),
        (&Value::Null, &1.into())
    );
    let on = diktor(folder.path(), &format!("{from} -o on --max-steps 5"))
        .ok()
        .json();
    assert_eq!((&on["resumed_from"], &on["steps"]), (&4.into(), &5.into()));
}

#[test]
fn a_plain_voice_gets_style_tokens_and_loses_what_a_flag_says() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let from = |run: &str| {
        format!("train --dataset corpus -c {run}/checkpoints/last.ckpt --warm-start --max-steps 1")
    };
    let line = format!(
        "{} -o styled --hparams use_gst=true,use_tps_gst=true",
        from("run")
    );
    let kept = diktor(folder.path(), &line).ok().stderr;
    assert!(
        kept.contains("gst.stl.embed") && kept.contains("tpse_gst.gru"),
        "{kept}"
    );
    assert!(!kept.contains("attention_rnn"), "{kept}");
    let line = format!("{} -o again --ignore_gst_layers", from("styled"));
    let kept = diktor(folder.path(), &line).ok().stderr;
    assert!(
        kept.contains("gst.stl.embed") && !kept.contains("tpse_gst"),
        "{kept}"
    );
    let ran = diktor(
        folder.path(),
        "train --dataset corpus -o x --ignore-gst-layers",
    );
    assert_eq!(ran.code, 2, "a flag of warm starts: {ran:?}");
}

/// Starts a run that would not end by itself for long, and waits until it has made a step.
fn start(folder: &Path) -> Child {
    corpus(folder);
    let line = "train --dataset corpus -o run --preset tiny --max-steps 100000 --json -q \
                --hparams batch_size=4,max_decoder_steps=12,validation_freq=1000";
    let mut command = command(folder);
    let child = command
        .args(words(line))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let events = folder.join("run/events.jsonl");
    let patience = Instant::now() + Duration::from_secs(60);
    while !fs::read_to_string(&events).is_ok_and(|text| text.contains("\"step\":2")) {
        assert!(Instant::now() < patience, "the run did not begin");
        sleep(Duration::from_millis(50));
    }
    child.unwrap()
}

#[test]
fn both_signals_save_and_end_with_130() {
    for name in ["-INT", "-TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let child = start(folder.path());
        let sent = Command::new("kill")
            .args([name, &child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 130, "{ran:?}");
        let result = ran.json();
        assert_eq!(result["outcome"], "interrupted");
        let steps = result["steps"].as_u64().unwrap();
        let line = format!("train --resume -o run --max-steps {} --json -q", steps + 1);
        assert_eq!(
            diktor(folder.path(), &line).ok().json()["resumed_from"],
            steps
        );
    }
}

#[test]
fn a_run_that_cannot_go_on_ends_with_3_and_says_what_was_tried() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    // No gradient at the beginning is as small as this, so that every step is skipped.
    let line = "train --dataset corpus -o run --preset tiny --max-steps 40 --json --hparams \
                batch_size=4,max_decoder_steps=12,iters_per_checkpoint=20,grad_skip_threshold=1";
    let ran = diktor(folder.path(), line);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert_eq!(ran.json()["outcome"], "red_flag");
    assert!(
        ran.stderr.contains("restart 3 of 3") && ran.stderr.contains("after 3 restarts in a row"),
        "{}",
        ran.stderr
    );
    let plan = diktor(folder.path(), "recover run --dry-run --json")
        .ok()
        .json();
    assert_eq!(
        plan["step"], 0,
        "what the red flag left is not gone on from"
    );
}
