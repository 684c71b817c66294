//! Texts: what `text` and `prepare texts` show, and how files are spoken.

use std::{fs, io::Write as _, process::Stdio};

use serde_json::Value;

use crate::harness::{QUICK, command, corpus, diktor, trained};

/// The object of `diktor text` on one text.
fn shown(text: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path())
        .args(["text", text, "--json"])
        .output()
        .unwrap();
    let ran = crate::harness::Ran::from(output);
    ran.json()["texts"][0].clone()
}

fn spoken(text: &str) -> String {
    shown(text)["spoken"].as_str().unwrap().to_owned()
}

#[test]
fn a_text_is_shown_token_by_token() {
    let one = shown("Pay $3.5 million");
    assert_eq!(one["spoken"], "pay three point five million dollars");
    let tokens = one["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 2);
    assert_eq!(tokens[1]["text"], "$3.5 million");
    assert_eq!(tokens[1]["class"], "money");
    assert_eq!(
        (&tokens[1]["start"], &tokens[1]["end"]),
        (&4.into(), &16.into())
    );
    assert_eq!(one["refused"], Value::Null);
}

#[test]
fn the_language_is_told_from_the_letters() {
    assert_eq!(spoken("5 кг"), "пять килограммов.");
    assert_eq!(spoken("5 kg"), "five kilograms");
    let folder = tempfile::tempdir().unwrap();
    let ran = diktor(folder.path(), "text 5 --lang ru").ok();
    assert!(ran.stdout.contains("spoken: пять."), "{ran:?}");
}

#[test]
fn a_text_may_begin_with_a_dash() {
    assert_eq!(spoken("-5"), "minus five");
    assert_eq!(spoken("- Hello"), "- hello");
    assert_eq!(spoken("--- Hello"), "--- hello");
}

#[test]
fn what_cannot_be_spoken_is_marked_and_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let ran = diktor(folder.path(), "text 'a ☃ 你好 b'");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stdout.contains("unknown: no symbol for `你`"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("cannot be spoken"), "{ran:?}");
    assert!(ran.stdout.contains("not spoken: `☃`"), "{ran:?}");
    let ran = diktor(folder.path(), "text ''");
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_list_tells_what_is_doubtful_worst_first() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    let mut list = fs::read_to_string(corpus.join("metadata.csv")).unwrap();
    list += "a|On 1/2/2024 the FBI\nb|On 1/2/2024 the 好 FBI\nc|emoji 😀\n";
    fs::write(corpus.join("metadata.csv"), list).unwrap();
    let found = diktor(folder.path(), "prepare texts corpus --json")
        .ok()
        .json();
    assert_eq!(
        (&found["texts"], &found["refused"]),
        (&15.into(), &1.into())
    );
    let doubts = found["doubts"].as_array().unwrap();
    let kinds: Vec<&str> = doubts
        .iter()
        .map(|doubt| doubt["note"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["unknown", "ambiguous", "ambiguous", "left_out"]);
    assert_eq!(
        (&doubts[1]["count"], &doubts[1]["first"]),
        (&2.into(), &"a".into())
    );

    fs::write(folder.path().join("book.txt"), "One.\n---\nIn 3D.\n").unwrap();
    let ran = diktor(folder.path(), "prepare texts book.txt").ok();
    assert!(
        ran.stdout.contains("3D") && ran.stdout.contains("line 3"),
        "{ran:?}"
    );
}

const SPEAK: &str = "synthesize -c run/checkpoints/best_model.ckpt --json --max-decoder-steps 4";

#[test]
fn files_are_spoken_line_by_line_with_pauses() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let seconds = |file: &str, text: &[u8], utterances: usize| {
        fs::write(folder.path().join(file), text).unwrap();
        let line = format!("{SPEAK} --file {file} -o x.wav --prenet-dropout off");
        let told = diktor(folder.path(), &line).ok().json();
        assert_eq!(
            told["utterances"].as_array().unwrap().len(),
            utterances,
            "{told}"
        );
        let wav = diktor_audio::read(&folder.path().join("x.wav")).unwrap();
        wav.seconds()
    };
    let plain = seconds("plain.txt", b"Hello.\nBye.\n", 2);
    for scene in ["---", "* * *", "———", "***", "###", "…"] {
        let with_scene = seconds(
            "scene.txt",
            format!("Hello.\n{scene}\nBye.\n").as_bytes(),
            2,
        );
        assert!(with_scene > plain + 0.5, "{scene}: {with_scene} {plain}");
    }
    let windows = seconds("windows.txt", b"\xef\xbb\xbfHello.\r\n\r\nBye.\r\n", 2);
    assert!((windows - plain).abs() < 0.01);

    // The trained voice knows texts of so many symbols.
    let long = "This is a sentence of a text that is long. ".repeat(12);
    seconds("long.txt", long.as_bytes(), 2);
}

#[test]
fn one_bad_line_is_named_and_the_rest_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    fs::write(folder.path().join("bad.txt"), "Hello.\nПривет.\nBye.\n").unwrap();
    let line = format!("{SPEAK} --file bad.txt -o bad.wav");
    let ran = diktor(folder.path(), &line).ok();
    let told = ran.json();
    assert_eq!(told["utterances"][1]["line"], 3);
    assert_eq!(told["refused"][0]["line"], 2);
    assert!(ran.stderr.contains("line 2 is not spoken"), "{ran:?}");

    let strict = diktor(
        folder.path(),
        &format!("{line} --strict -o strict.wav").replace("-o bad.wav ", ""),
    );
    assert_eq!(strict.code, 2, "{strict:?}");
    assert!(strict.stderr.contains("line 2"), "{strict:?}");
    assert!(!folder.path().join("strict.wav").exists());

    fs::write(
        folder.path().join("cp.txt"),
        b"\xcf\xf0\xe8\xe2\xe5\xf2.\n\xcc\xe8\xf0.\n",
    )
    .unwrap();
    let named = diktor(folder.path(), &format!("{SPEAK} --file cp.txt -o x.wav"));
    assert_eq!(named.code, 2, "{named:?}");
    assert!(named.stderr.contains("CP1251"), "{named:?}");
}

#[test]
fn texts_come_from_dashes_and_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    for text in ["--text '- Hello.'", "--text '-5 degrees'", "--text=-5"] {
        let told = diktor(folder.path(), &format!("{SPEAK} {text} -o x.wav")).ok();
        assert_eq!(told.json()["utterances"].as_array().unwrap().len(), 1);
    }
    let pause = diktor(folder.path(), &format!("{SPEAK} --text '***' -o x.wav"));
    assert_eq!(pause.code, 2, "{pause:?}");
    assert!(
        pause.stderr.contains("no letter and no number"),
        "{pause:?}"
    );

    let mut child = command(folder.path())
        .args(format!("{SPEAK} --file - -o x.wav").split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"Hello.\nBye.\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["utterances"].as_array().unwrap().len(), 2);
}

#[test]
fn a_text_is_read_as_a_voice_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 2 -q --hparams \
         {QUICK},text_cleaners=[basic_cleaners]"
    );
    diktor(folder.path(), &line).ok();
    let voice = "text --checkpoint run/checkpoints/last.ckpt";
    let ran = diktor(folder.path(), &format!("{voice} 'Room 5' --json"));
    assert_eq!(ran.code, 1, "{ran:?}");
    let told = ran.json();
    assert_eq!(told["cleaners"][0], "basic_cleaners");
    let tokens = told["texts"][0]["tokens"].as_array().unwrap();
    assert_eq!(tokens[1]["notes"][0]["kind"], "unknown", "{tokens:?}");
    diktor(folder.path(), &format!("{voice} 'Room five'")).ok();
}
