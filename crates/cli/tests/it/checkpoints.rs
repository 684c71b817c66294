//! What is named where a checkpoint is wanted: files of others, folders, damaged and foreign things.

use std::{fs, path::Path};

use crate::harness::{QUICK, Ran, corpus, diktor, trained};

/// The line fails with `code`, and stderr says the words.
fn check(folder: &Path, line: &str, code: i32, words: &[&str]) -> Ran {
    let ran = diktor(folder, line);
    assert_eq!(ran.code, code, "`{line}`: {ran:?}");
    for word in words {
        assert!(
            ran.stderr.contains(word),
            "`{line}` should say `{word}`: {}",
            ran.stderr
        );
    }
    assert!(!ran.stderr.contains("panicked"), "`{line}`: {}", ran.stderr);
    ran
}

#[test]
fn a_run_directory_stands_for_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let speak = "--ids 5,6 --max-decoder-steps 2 --mel-output mel.npy";
    for path in ["run", "run/", "run/checkpoints"] {
        let line = format!("synthesize --checkpoint {path} {speak}");
        check(folder.path(), &line, 0, &["best_model.ckpt"]);
        check(
            folder.path(),
            &format!("export {path} -o v.pt"),
            0,
            &["best_model.ckpt"],
        );
    }
    check(
        folder.path(),
        "train --mode validate -c run",
        0,
        &["last.ckpt"],
    );
    let line = format!("train --dataset corpus -o on -c run --max-steps 5 -q --hparams {QUICK}");
    let ran = check(folder.path(), &format!("{line} --json"), 0, &[]);
    assert_eq!(ran.json()["resumed_from"], 4);
    let line = format!("train --mode test --dataset corpus -c run --hparams {QUICK}");
    check(folder.path(), &line, 0, &["last.ckpt"]);
    fs::remove_file(folder.path().join("v.pt")).unwrap();
    check(
        folder.path(),
        &format!("synthesize -c . {speak}"),
        2,
        &["no checkpoint in this folder", "`run`"],
    );
    check(
        folder.path(),
        &format!("synthesize -c run/checkpoints/best.ckpt {speak}"),
        2,
        &["no such file", "`best_model.ckpt`"],
    );
}

#[test]
fn weights_of_others_are_no_voice_and_the_line_that_makes_one_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    for (file, what) in [
        ("v.pt", "a file of PyTorch"),
        ("v.safetensors", "bare weights"),
    ] {
        diktor(folder.path(), &format!("export run -o {file}")).ok();
        let import = format!("`diktor import {file} -o v.ckpt`");
        for line in [
            format!("synthesize -c {file} --text 'A tone.' -o x.wav"),
            format!("train --mode validate -c {file} --dataset corpus"),
            format!("export {file} -o x.pt"),
        ] {
            let ran = check(folder.path(), &line, 2, &[what, &import]);
            assert!(!ran.stderr.contains("damaged"), "{ran:?}");
        }
        let line = format!(
            "train --dataset corpus -o from_{} -c {file} --max-steps 1 --hparams {QUICK}",
            &file[2..]
        );
        check(
            folder.path(),
            &line,
            0,
            &["neither its iteration (step", "--warm-start"],
        );
    }
}

#[test]
fn a_damaged_or_newer_checkpoint_is_refused_by_every_reader() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = trained(folder.path()).join("checkpoints");
    let whole = fs::read(checkpoints.join("last.ckpt")).unwrap();
    let mut damaged = whole.clone();
    let middle = damaged.len() * 3 / 4;
    damaged[middle] ^= 0x10;
    let text = b"\\\"version\\\":1";
    let place = whole
        .windows(text.len())
        .position(|part| part == text)
        .unwrap();
    let mut format = whole.clone();
    let name = whole
        .windows(17)
        .position(|part| part == b"diktor-checkpoint")
        .unwrap();
    format[name + 8] = b'q';
    let mut cut = whole.clone();
    cut.truncate(whole.len() / 2);
    let mut state = whole.clone();
    state[place + text.len() - 1] = b'0';
    for (bytes, words) in [
        (&damaged, "checksum does not hold"),
        (&cut, "is damaged"),
        (&state, "checksum does not hold"),
    ] {
        fs::write(folder.path().join("x.ckpt"), bytes).unwrap();
        for line in [
            "import x.ckpt -o y.ckpt",
            "export x.ckpt -o y.pt",
            "synthesize -c x.ckpt --text 'A tone.' -o x.wav",
            "train --dataset corpus -o a -c x.ckpt",
            "train --dataset corpus -o b -c x.ckpt --warm-start",
            "train --mode validate -c x.ckpt --dataset corpus",
            "recover run -c x.ckpt --dry-run",
        ] {
            check(folder.path(), line, 1, &[words]);
        }
        assert!(!folder.path().join("y.ckpt").exists() && !folder.path().join("a").exists());
    }
    // The checksum covers the state and the tensors and not the name of the format: this file is whole.
    fs::write(folder.path().join("x.ckpt"), &format).unwrap();
    diktor(folder.path(), "import x.ckpt -o y.ckpt").ok();
}

#[test]
fn a_voice_without_its_table_says_so_and_can_be_given_one() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    diktor(folder.path(), "export run -o v.pt").ok();
    // A language that is named has a table; none is guessed from a number.
    diktor(folder.path(), "import v.pt -o told.ckpt --lang en").ok();
    let line =
        "synthesize -c told.ckpt --text 'A tone.' --mel-output mel.npy --max-decoder-steps 2";
    diktor(folder.path(), line).ok();
    let ran = diktor(folder.path(), "import v.pt -o v.ckpt").ok();
    for words in ["does not say which", "`--symbols nvidia` has as many"] {
        assert!(ran.stdout.contains(words), "{ran:?}");
    }
    let line = "synthesize -c v.ckpt --text 'A tone.' --mel-output mel.npy --max-decoder-steps 2";
    check(
        folder.path(),
        line,
        2,
        &["148 symbols", "--symbols FILE", "--ids"],
    );
    diktor(folder.path(), "import v.ckpt -o v.ckpt --symbols nvidia").ok();
    diktor(folder.path(), line).ok();
    // A table of one's own, with the letters it writes.
    let mut symbols = vec!["_".to_owned(), " ".to_owned(), ".".to_owned()];
    symbols.extend(('а'..='я').map(String::from));
    symbols.extend((symbols.len()..148).map(|id| format!("@{id}")));
    fs::write(folder.path().join("own.txt"), symbols.join("\n") + "\n").unwrap();
    diktor(folder.path(), "import v.pt -o own.ckpt --symbols own.txt").ok();
    let line = "synthesize -c own.ckpt --text 'тон.' --mel-output mel.npy --max-decoder-steps 2";
    diktor(folder.path(), line).ok();
    fs::write(folder.path().join("short.txt"), "_\na\n").unwrap();
    let line = "import v.pt -o x.ckpt --symbols short.txt";
    check(
        folder.path(),
        line,
        2,
        &["has 2 symbols, the embedding 148"],
    );
    check(
        folder.path(),
        "import v.pt -o x.ckpt --symbols latin",
        2,
        &["`nvidia` or `russian`"],
    );
}

#[test]
fn a_warm_start_says_what_it_takes_and_what_it_leaves() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let russian = folder.path().join("russian");
    fs::create_dir_all(russian.join("wavs")).unwrap();
    let mut lines = String::new();
    for number in 0..12 {
        let name = format!("tone-{number:02}.wav");
        fs::copy(
            folder.path().join("corpus/wavs").join(&name),
            russian.join("wavs").join(&name),
        )
        .unwrap();
        lines += &format!("tone-{number:02}|Этот звук совсем короткий.\n");
    }
    fs::write(russian.join("metadata.csv"), lines).unwrap();
    let warm = format!("-c run --warm-start --max-steps 1 --hparams {QUICK}");
    let line = format!("train --dataset russian -o ru {warm}");
    check(
        folder.path(),
        &line,
        2,
        &["reads English", "Russian", "`--lang ru`"],
    );
    let line = format!("train --dataset russian -o ru --lang ru {warm}");
    check(folder.path(), &line, 0, &["embedding.weight"]);
    let line = format!("train --dataset corpus -o spelt {warm},ignore_layers=[embeding.weight]");
    check(
        folder.path(),
        &line,
        2,
        &["`embeding.weight`", "hint: `embedding.weight`?"],
    );
    assert!(!folder.path().join("spelt").exists());
    let line = format!("train --dataset corpus -o sized --preset demo {warm}");
    let words = [
        "sizes of the weights",
        "`--preset demo`",
        "`encoder_embedding_dim`",
    ];
    check(folder.path(), &line, 0, &words);
}

#[test]
fn other_files_are_called_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let path = folder.path();
    fs::write(path.join("page.pt"), "<!DOCTYPE html><html></html>").unwrap();
    check(
        path,
        "import page.pt -o x.ckpt",
        1,
        &["neither a PyTorch file"],
    );
    check(path, "import corpus -o x.ckpt", 2, &["is a folder"]);
    fs::write(
        path.join("attack.pt"),
        b"\x80\x02ctorch.hub\nload\n(X\x01\0\0\0xtR.",
    )
    .unwrap();
    let words = ["an attack", "`torch.hub.load`", "nothing was executed"];
    check(path, "import attack.pt -o x.ckpt", 1, &words);
    check(path, "train --dataset corpus -o x -c attack.pt", 1, &words);
}
