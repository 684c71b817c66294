//! A run that is alive, and everybody who looks at it meanwhile.

use std::{fs, net::TcpStream, path::Path};

use crate::harness::{
    QUICK, Ran, add_tones, assert_same, command, contents, corpus, diktor, living, recorded, send,
    until, words,
};

#[test]
fn whoever_reads_a_living_run_leaves_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let child = living(
        folder.path(),
        "iters_per_checkpoint=5,validation_freq=5",
        "-q",
    );
    until("a checkpoint", || {
        recorded(folder.path(), "checkpoint_00000005")
    });
    send(&child, "-STOP");
    let run = folder.path().join("run");
    let kept = folder.path().join("kept.ckpt");
    // What a checkpoint looks like that is being written.
    let half = run.join("checkpoints/.unfinished-checkpoint_00099999.ckpt");
    fs::write(&half, "half").unwrap();
    fs::copy(run.join("checkpoints/last.ckpt"), kept).unwrap();
    let before = contents(&run);
    for (line, code) in [
        ("recover run --dry-run", 0),
        ("recover run --dry-run --json", 0),
        ("recover run --dry-run --notify", 0),
        ("recover run", 1),
        ("recover run -c kept.ckpt --notify", 1),
        ("train --resume -o run", 1),
        ("train --dataset corpus --preset tiny -o run", 1),
        ("train -c kept.ckpt --dataset corpus -o run", 1),
        ("train --mode validate -o run", 0),
        ("check run", 0),
        ("prepare quarantine run", 0),
        (
            "synthesize -c run/checkpoints/last.ckpt --text Hi. -o x.wav",
            0,
        ),
        ("export run/checkpoints/last.ckpt -o x.safetensors", 0),
    ] {
        let ran = diktor(folder.path(), line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        if code == 1 {
            assert!(
                ran.stderr.contains("in use") && ran.stderr.contains("hint:"),
                "{line}: {ran:?}"
            );
        }
        assert_same(&before, &contents(&run), line);
    }
    let plan = diktor(folder.path(), "recover run --dry-run --json")
        .ok()
        .json();
    assert_eq!(plan["in_use"], true);
    send(&child, "-CONT");

    // These write pages of their own, and the run goes on.
    for line in ["report run", "why run", "export mlflow-db run -o x.db"] {
        diktor(folder.path(), line).ok();
    }
    send(&child, "-TERM");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    let line = "train --resume -o run --json -q --hparams max_steps=0,epochs=1";
    diktor(folder.path(), line).ok();
    assert!(!half.exists(), "a run that begins cleans up");
}

/// Puts a file where the checkpoints were, so that nothing can be written there.
fn obstruct(run: &Path) {
    fs::rename(run.join("checkpoints"), run.join("aside")).unwrap();
    fs::write(run.join("checkpoints"), "in the way").unwrap();
}

fn make_way(run: &Path) {
    fs::remove_file(run.join("checkpoints")).unwrap();
    fs::rename(run.join("aside"), run.join("checkpoints")).unwrap();
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_told_and_made_up_for() {
    let folder = tempfile::tempdir().unwrap();
    let child = living(
        folder.path(),
        "iters_per_checkpoint=20,validation_freq=1000",
        "--json",
    );
    let run = folder.path().join("run");
    obstruct(&run);
    until("it is told", || {
        recorded(folder.path(), "could not be written")
    });
    make_way(&run);
    until("it is made up for", || {
        recorded(folder.path(), "\"why\":\"late\"")
    });
    until("the next one is written", || {
        let text = fs::read_to_string(run.join("events.jsonl")).unwrap();
        let late = text.find("\"why\":\"late\"").unwrap();
        text[late..].contains("\"why\":\"schedule\"")
    });
    send(&child, "-TERM");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(
        ran.stderr
            .contains("the run goes on, and it is tried again"),
        "{ran:?}"
    );
    let told = fs::read_to_string(run.join("alerts.log")).unwrap_or_default();
    assert!(told.contains("could not be written"), "{told}");
}

#[test]
fn a_last_state_that_cannot_be_saved_is_an_error_and_the_one_before_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let child = living(
        folder.path(),
        "iters_per_checkpoint=5,validation_freq=1000",
        "--json",
    );
    let run = folder.path().join("run");
    until("a checkpoint", || {
        recorded(folder.path(), "checkpoint_00000005")
    });
    obstruct(&run);
    send(&child, "-TERM");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 1, "{ran:?}");
    for told in ["is not saved", "last.ckpt", "hint:", "goes on from step"] {
        assert!(ran.stderr.contains(told), "{told}: {ran:?}");
    }
    make_way(&run);
    let line = "train --mode validate -o run --json -q";
    diktor(folder.path(), line).ok();
}

#[test]
#[cfg(unix)]
fn a_disk_that_takes_no_checkpoint_begins_no_run() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line =
        format!("train --dataset corpus -o run --preset tiny --max-steps 4 --hparams {QUICK}");
    let binary = command(folder.path()).get_program().to_owned();
    // Files of 100 KiB at most: every list fits, and no checkpoint.
    let ran = std::process::Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "ulimit -f 200; exec \"$0\" \"$@\""])
        .arg(binary)
        .args(words(&line))
        .output()
        .unwrap();
    let ran = Ran::from(ran);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains(".ckpt`") && ran.stderr.contains("too large"),
        "{ran:?}"
    );
    assert!(!folder.path().join("run").exists());
}

#[test]
#[cfg(unix)]
fn idle_connections_do_not_eat_the_files_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    add_tones(&folder.path().join("corpus"), 12..20);
    let binary = command(folder.path()).get_program().to_owned();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 100000 --json -q --metrics-addr {address} \
         --hparams batch_size=4,max_decoder_steps=12,iters_per_checkpoint=5,validation_freq=1000"
    );
    let child = std::process::Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", "ulimit -n 128; exec \"$0\" \"$@\""])
        .arg(binary)
        .args(words(&line))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    until("the run begins", || recorded(folder.path(), "\"step\":2"));
    let idle: Vec<TcpStream> = (0..300)
        .filter_map(|_| TcpStream::connect(address).ok())
        .collect();
    assert!(idle.len() > 200, "{}", idle.len());
    until("checkpoints follow", || {
        let saved = fs::read_to_string(folder.path().join("run/events.jsonl")).unwrap();
        saved.matches("\"why\":\"schedule\"").count() > 4
    });
    let body = ureq::get(&format!("http://{address}/metrics"))
        .call()
        .unwrap();
    assert_eq!(body.status(), 200);
    send(&child, "-TERM");
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(!recorded(folder.path(), "could not be written"));
}
