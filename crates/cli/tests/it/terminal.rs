//! A training outlives its terminal, and answers to what a terminal sends.
#![cfg(unix)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Command, Stdio},
};

use crate::harness::{
    QUICK, Ran, command, contents, corpus, diktor, living, recorded, send, trained, until, words,
};

/// A shell that runs `script` with the binary and the words of a line as `"$0" "$@"`.
fn shell(folder: &Path, script: &str, line: &str) -> Command {
    let mut shell = Command::new("sh");
    shell
        .current_dir(folder)
        .args(["-c", script])
        .arg(command(folder).get_program())
        .args(words(line))
        .env_remove("MLFLOW_TRACKING_URI")
        .env_remove("TELEGRAM_BOT_TOKEN");
    shell
}

fn steps_of(folder: &Path) -> u64 {
    let text = fs::read_to_string(folder.join("run/events.jsonl")).unwrap();
    assert!(text.contains("\"outcome\":\"completed\""), "{text}");
    text.matches("\"event\":\"step\"").count() as u64
}

#[test]
fn a_training_outlives_what_it_prints_on() {
    let line =
        format!("train --dataset corpus -o run --preset tiny --max-steps 6 --hparams {QUICK}");
    for script in [
        "exec \"$0\" \"$@\" 2>&-",
        "exec \"$0\" \"$@\" >&-",
        "exec \"$0\" \"$@\" <&- >&- 2>&-",
        "exec \"$0\" \"$@\" 2>/dev/full",
        "unset HOME; TMPDIR=/nowhere/at/all exec \"$0\" \"$@\"",
        "\"$0\" \"$@\" -v 2>&1 | head -1; for i in $(seq 600); do grep -q run_finished run/events.jsonl && break; sleep 0.1; done",
    ] {
        let folder = tempfile::tempdir().unwrap();
        corpus(folder.path());
        let status = shell(folder.path(), script, &line)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{script}");
        assert!(steps_of(folder.path()) >= 6, "{script}");
        assert!(folder.path().join("run/report.html").is_file(), "{script}");
        assert!(
            !recorded(folder.path(), "sink `console` failed"),
            "{script}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_ends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line =
        format!("train --dataset corpus -o run --preset tiny --max-steps 6 -v --hparams {QUICK}");
    let mut child = command(folder.path())
        .args(words(&line))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut first = [0];
    child.stderr.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(steps_of(folder.path()) >= 6);
}

#[test]
fn errors_and_results_of_other_verbs_survive_a_reader_that_went_away() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    for (line, code) in [
        ("hparams no_such_thing", 2),
        ("check run", 0),
        ("why run", 0),
        ("recover run --dry-run", 0),
        ("hparams", 0),
    ] {
        let mut child = command(folder.path())
            .args(words(line))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{line}");
    }
}

#[test]
fn ctrl_c_is_answered_before_the_run_has_saved() {
    for (locale, answer) in [
        ("en", "stopping: this step"),
        ("ru", "этот шаг будет закончен"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let hparams = format!("validation_freq=1000,locale={locale}");
        let mut child = living(folder.path(), &hparams, "--json");
        send(&child, "-INT");
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let told: Vec<String> = lines.map(Result::unwrap).collect();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let at = |words: &str| told.iter().position(|line| line.contains(words));
        let (answered, saved) = (at(answer), at("last.ckpt"));
        assert!(answered.is_some() && answered < saved, "{told:?}");
    }
}

#[test]
fn a_closed_terminal_stops_a_run_with_everything_saved() {
    let folder = tempfile::tempdir().unwrap();
    let child = living(folder.path(), "validation_freq=1000", "--json -q");
    for signal in ["-HUP", "-TERM", "-HUP"] {
        send(&child, signal);
    }
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    let steps = ran.json()["steps"].as_u64().unwrap();
    let line = format!("train --resume -o run --max-steps {} --json -q", steps + 1);
    assert_eq!(
        diktor(folder.path(), &line).ok().json()["resumed_from"],
        steps
    );
}

#[test]
fn under_nohup_a_run_goes_on_without_its_terminal() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "train --dataset corpus -o run --preset tiny --max-steps 100000 --json -q --hparams \
                batch_size=4,max_decoder_steps=12,validation_freq=1000";
    let child = shell(folder.path(), "trap '' HUP; exec \"$0\" \"$@\"", line)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the run begins", || recorded(folder.path(), "\"step\":2"));
    send(&child, "-HUP");
    let steps = || {
        let text = fs::read_to_string(folder.path().join("run/events.jsonl")).unwrap();
        text.lines().count()
    };
    let then = steps();
    until("it goes on", || steps() > then + 20);
    send(&child, "-TERM");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
}

#[test]
fn a_run_is_taken_up_after_its_process_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = living(
        folder.path(),
        "iters_per_checkpoint=3,validation_freq=1000",
        "-q",
    );
    until("a checkpoint", || {
        recorded(folder.path(), "checkpoint_00000003")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    let left = contents(&folder.path().join("run"));
    assert!(left.keys().any(|path| path.ends_with(".lock")));
    let line = "train --resume -o run --json -q --hparams max_steps=0,epochs=1";
    diktor(folder.path(), line).ok();
}
