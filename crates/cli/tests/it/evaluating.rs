//! `eval`: a voice, recordings and pairs are measured, and a recogniser is a command that may fail.

use std::{
    fs,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{Ran, command, corpus, diktor, send, trained, until, words};

/// A recogniser that always hears the same.
fn recogniser(folder: &Path, body: &str) {
    fs::write(folder.join("listen.sh"), body).unwrap();
}

fn figure<'a>(result: &'a Value, origin: &str, measure: &str) -> &'a Value {
    &result["figures"][origin][measure]
}

#[test]
fn a_voice_is_measured_on_held_out_sentences_beside_their_copies() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    recogniser(
        folder.path(),
        "echo '{\"text\": \"this tone has number\"}'\n",
    );
    let line = "eval run --recogniser 'sh listen.sh {}' --html heard.html --sounds kept";
    let found = diktor(folder.path(), &format!("{line} --json")).ok().json();
    assert_eq!(found["judged"], found["sentences_in_all"]);
    assert_eq!(found["interrupted"], false);
    let distortion = |origin: &str| {
        let figure = figure(&found, origin, "mel_cepstral_distortion");
        figure["value"].as_f64().unwrap()
    };
    assert!(distortion("copy") < distortion("voice"), "{found}");
    for measure in [
        "ran_to_limit",
        "skipped_words",
        "real_time_factor",
        "length_ratio",
    ] {
        assert!(
            figure(&found, "voice", measure)["value"].is_f64(),
            "{measure}"
        );
    }
    // Nothing is heard twice of a recording, and what was not measured is absent.
    assert!(
        figure(&found, "recording", "character_error")["value"]
            .as_f64()
            .unwrap()
            < 0.5
    );
    assert!(figure(&found, "recording", "mel_error").is_null());
    assert!(figure(&found, "copy", "real_time_factor").is_null());
    let first = &found["sentences"][0];
    assert_eq!(first["sounds"]["voice"]["heard"], "this tone has number");
    assert!(
        found["definitions"]["mel_cepstral_distortion"]
            .as_str()
            .unwrap()
            .contains("1..13")
    );
    page_and_sounds_are_kept(folder.path(), first["id"].as_str().unwrap());

    let shown = diktor(folder.path(), &format!("{line} --worst 1"))
        .ok()
        .stdout;
    for part in [
        "copy synthesis",
        "character error",
        "real-time factor",
        "\"this tone has",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

fn page_and_sounds_are_kept(folder: &Path, id: &str) {
    for origin in ["recording", "copy", "voice"] {
        let kept = folder.join(format!("kept/{id}_{origin}.wav"));
        assert!(diktor_audio::read(&kept).unwrap().seconds() > 0.1);
    }
    let page = fs::read_to_string(folder.join("heard.html")).unwrap();
    assert!(page.contains("data:audio/wav;base64,") && page.contains("data:image/png;base64,"));
    assert!(page.contains(id));
}

#[test]
fn texts_and_hard_sentences_need_no_recordings() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    fs::write(
        folder.path().join("texts.txt"),
        "A tone.\n...\nTwo tones.\n",
    )
    .unwrap();
    let found = diktor(folder.path(), "eval run --texts texts.txt --json")
        .ok()
        .json();
    assert_eq!(found["judged"], 2);
    assert_eq!(found["left_out"][0]["id"], "line-0002");
    assert!(found["figures"]["copy"].is_null());
    assert!(figure(&found, "voice", "mel_error").is_null());
    assert_eq!(figure(&found, "voice", "ran_to_limit")["sentences"], 2);
    let hard = diktor(folder.path(), "eval run --hard --limit 3 --json")
        .ok()
        .json();
    assert_eq!(hard["judged"], 3);
    assert_eq!(hard["sentences"][0]["text"], "A.");
}

#[test]
fn recordings_and_pairs_are_measured_without_a_voice() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    recogniser(folder.path(), "echo This tone has number three.\n");
    let line = "eval --recordings corpus --recogniser 'sh listen.sh {}' --json";
    let found = diktor(folder.path(), line).ok().json();
    assert_eq!(found["judged"], 12);
    let error = figure(&found, "recording", "word_error");
    assert!(error["low"].as_f64().unwrap() <= error["value"].as_f64().unwrap());
    assert!(error["value"].as_f64().unwrap() < 0.3, "{error}");
    assert!(found["figures"]["voice"].is_null());
    // The same again with converted recordings.
    let at_16k = diktor(
        folder.path(),
        "eval --recordings corpus --hparams 'sampling_rate=16000,min_mel_frames=10' --json",
    );
    assert_eq!(at_16k.ok().json()["judged"], 12);

    let wav = "corpus/wavs/tone";
    let list = format!("{wav}-00.wav|{wav}-01.wav|A tone.\n{wav}-02.wav|none.wav\n");
    fs::write(folder.path().join("pairs.txt"), list).unwrap();
    let found = diktor(folder.path(), "eval --pairs pairs.txt --json")
        .ok()
        .json();
    assert_eq!(
        (&found["judged"], &found["sentences_in_all"]),
        (&1.into(), &2.into())
    );
    assert!(
        figure(&found, "voice", "mel_error")["value"]
            .as_f64()
            .unwrap()
            > 0.0
    );
    let reason = found["left_out"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("none.wav"), "{reason}");
}

#[test]
fn what_cannot_be_measured_ends_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    recogniser(folder.path(), "echo 'no model' >&2; exit 7\n");
    let check = |line: &str, code: i32, parts: &[&str]| {
        let ran: Ran = diktor(folder.path(), line);
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        for part in parts {
            assert!(ran.stderr.contains(part), "{line}: {part}: {ran:?}");
        }
    };
    let fails = "eval --recordings corpus --recogniser 'sh listen.sh {}'";
    check(fails, 1, &["sh listen.sh {}", "exit code 7", "no model"]);
    check(
        "eval --recordings corpus --recogniser 'no-such-program {}'",
        1,
        &["could not be started", "hint:"],
    );
    check(
        "eval --recordings corpus --recogniser 'sh \"x'",
        2,
        &["a quote is not closed"],
    );
    check("eval --recordings nowhere", 2, &["nowhere"]);
    check("eval --recordings corpus --pairs x", 2, &["--pairs"]);
    check("eval --pairs nowhere.txt", 2, &["nowhere.txt"]);
    fs::write(folder.path().join("pairs.txt"), "a.wav|b.wav\n").unwrap();
    check(
        "eval --pairs pairs.txt",
        2,
        &["none of 1 sentences", "a.wav"],
    );
    check("eval nothing.ckpt", 2, &["nothing.ckpt"]);
    check(
        "eval --recordings corpus --recogniser-timeout 0",
        2,
        &["--recogniser-timeout 0"],
    );
    check("eval --recordings corpus --html no/where.html", 2, &["no"]);
}

#[test]
fn ctrl_c_ends_with_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    // The first sound is heard at once, the second keeps it waiting.
    let body = "if [ -f once ]; then touch waiting; sleep 60; fi; touch once; echo a tone\n";
    recogniser(folder.path(), body);
    let line = "eval --recordings corpus --recogniser 'sh listen.sh {}' --json";
    let child = command(folder.path())
        .args(words(line))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("it listens", || folder.path().join("waiting").exists());
    let begun = Instant::now();
    send(&child, "-INT");
    let ran: Ran = child.wait_with_output().unwrap().into();
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(ran.code, 130, "{ran:?}");
    assert!(ran.stderr.contains("stopping"), "{ran:?}");
    assert_eq!(ran.json()["interrupted"], true);
}
