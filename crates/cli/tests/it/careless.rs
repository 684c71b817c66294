//! Mistakes people make, and what they are told: the code, and the words that help.

use std::{fs, path::Path};

use crate::harness::{QUICK, corpus, diktor, trained};

/// The line, and words that stderr must hold.
type Case<'a> = (&'a str, &'a [&'a str]);

/// Every line ends with `code` and says its words; nothing is on stdout.
fn check(folder: &Path, code: i32, cases: &[Case<'_>]) {
    for (line, words) in cases {
        let ran = diktor(folder, line);
        assert_eq!(ran.code, code, "`{line}`: {ran:?}");
        for word in *words {
            assert!(
                ran.stderr.contains(word),
                "`{line}` should say `{word}`: {}",
                ran.stderr
            );
        }
        assert!(!ran.stderr.contains("panicked"), "`{line}`: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "`{line}`: stdout is for results");
    }
}

#[test]
fn a_training_that_cannot_be_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    check(
        folder.path(),
        2,
        &[
            ("train --dataset nowhere --preset tiny", &["`nowhere`"]),
            (
                "train --dataset corpus --preset teny",
                &["`teny`", "hint:", "tiny"],
            ),
            (
                "train --dataset corpus --hparams learning_rat=0.1",
                &["`learning_rat`", "hint:", "`learning_rate`"],
            ),
            (
                "train --dataset corpus --batch-size 0",
                &["batch_size", "1 to 256"],
            ),
            ("train --dataset corpus --config no.yaml", &["`no.yaml`"]),
            (
                "train --dataset corpus -c no.ckpt",
                &["`no.ckpt`", "no such file"],
            ),
            ("train --dataset corpus --warm-start", &["--checkpoint"]),
            ("train --resume", &["which run?", "hint:"]),
            ("train --resume -o nowhere", &["nowhere", "hint:"]),
            ("train --resume -o run -c x.ckpt", &["cannot be used with"]),
            (
                "train --preset tiny",
                &["`data/dataset/train.csv`", "hint:", "--dataset"],
            ),
            (
                "train --dataset corpus --device gpu",
                &["`gpu` is no device", "cuda:0"],
            ),
        ],
    );
    assert!(!folder.path().join("output").exists(), "nothing was begun");
}

#[test]
fn other_verbs_that_cannot_be_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    check(
        folder.path(),
        2,
        &[
            ("", &["Usage"]),
            ("sing", &["unrecognized subcommand", "sing"]),
            (
                "synthesize -c no.ckpt --text Hi. -o x.wav",
                &["no such file", "hint:"],
            ),
            ("import no.pt -o x.ckpt", &["`no.pt`", "no such file"]),
            ("report corpus", &["no run here", "hint:"]),
            ("hparams guide_los_weight", &["`guide_loss_weight`"]),
            ("bench train --batch-size 0", &["--batch-size 0"]),
            ("quickstart --text Привет.", &["--text", "hint:"]),
            ("prepare stats nowhere", &["`nowhere`"]),
            ("prepare transcripts nowhere", &["`nowhere`"]),
        ],
    );
}

#[test]
fn a_device_that_is_not_built_in_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "train --dataset corpus --preset tiny --device rocm:0";
    check(
        folder.path(),
        2,
        &[(line, &["built without `rocm`", "hint:", "--features rocm"])],
    );
    assert!(!folder.path().join("output").exists());
}

#[test]
fn what_a_voice_cannot_speak_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let cases: &[Case<'_>] = &[
        (
            "--text Привет. -o x.wav",
            &["`п`", "hint:", "russian_cleaners"],
        ),
        ("--text '' -o x.wav", &["nothing to say"]),
        ("--text '  ' -o x.wav", &["nothing to say"]),
        ("--ids 5,9999 -o x.wav", &["`9999`", "`147`"]),
        ("--ids 5,six -o x.wav", &["six"]),
        ("--text Hi. --ids 5 -o x.wav", &["cannot be used with"]),
        ("--text Hi.", &["nothing to write", "hint:"]),
        ("--text Hi. -o no/where/x.wav", &["does not exist", "hint:"]),
        ("--text Hi. -o x.wav --gate-threshold 7", &["probability"]),
        ("--file no.txt -o x.wav", &["`no.txt`"]),
    ];
    for (line, words) in cases {
        let line = format!("synthesize -c run/checkpoints/last.ckpt {line}");
        check(folder.path(), 2, &[(&line, words)]);
    }
    assert!(!folder.path().join("x.wav").exists());
}

#[test]
fn a_run_is_never_begun_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    corpus(&folder.path().join("other"));
    let before = fs::read(run.join("dataset/source.json")).unwrap();
    let line = "train --dataset other/corpus -o run --preset tiny";
    check(
        folder.path(),
        2,
        &[(line, &["already holds a run", "--resume"])],
    );
    assert_eq!(fs::read(run.join("dataset/source.json")).unwrap(), before);
}

#[test]
fn damaged_checkpoints_are_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let run = trained(folder.path());
    let whole = fs::read(run.join("checkpoints/last.ckpt")).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 0x10;
    let damages: [(&str, &[u8]); 4] = [
        ("half.ckpt", &whole[..whole.len() / 2]),
        ("header.ckpt", &whole[..100]),
        ("empty.ckpt", &[]),
        ("flipped.ckpt", &flipped),
    ];
    for (name, bytes) in damages {
        fs::write(folder.path().join(name), bytes).unwrap();
        let line = format!("synthesize -c {name} --text Hi. -o x.wav");
        check(folder.path(), 1, &[(&line, &[name, "damaged"])]);
    }
    assert!(!folder.path().join("x.wav").exists());
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    fs::write(folder.path().join("file"), "in the way").unwrap();
    let train = format!("train --dataset corpus -o file/run --preset tiny --hparams {QUICK}");
    let import = "prepare import corpus -o file/lists";
    check(
        folder.path(),
        1,
        &[(&train, &["file/run"]), (import, &["file/lists"])],
    );
}

#[test]
fn with_json_an_error_is_an_object_too() {
    let folder = tempfile::tempdir().unwrap();
    let ran = diktor(folder.path(), "hparams guide_los_weight --json");
    assert_eq!(ran.code, 2);
    let object = ran.json();
    assert_eq!(object["exit_code"], 2);
    assert!(
        object["error"]
            .as_str()
            .unwrap()
            .contains("guide_los_weight")
    );
    assert!(
        object["hint"]
            .as_str()
            .unwrap()
            .contains("guide_loss_weight")
    );
}
