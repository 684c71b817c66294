//! `synthesize`: what is written, and that it is the same every time.

use std::fs;

use crate::harness::{QUICK, corpus, diktor, trained};

#[test]
fn a_voice_speaks_a_text_a_file_and_ids() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    fs::write(
        folder.path().join("two.txt"),
        "A low tone.\n\nA high tone.\n",
    )
    .unwrap();
    let speak = |flags: &str| {
        let voice = "synthesize --checkpoint_path run/checkpoints/best_model.ckpt --json";
        diktor(folder.path(), &format!("{voice} {flags}"))
            .ok()
            .json()
    };
    let one = speak("--text 'A tone.' -o one.wav --alignment-output one.png");
    assert_eq!(one["utterances"][0]["text"], "A tone.");
    let wav = diktor_audio::read(&folder.path().join("one.wav")).unwrap();
    assert!(wav.seconds() > 0.1);
    assert_eq!(
        &fs::read(folder.path().join("one.png")).unwrap()[1..4],
        b"PNG"
    );

    let two = speak("--file two.txt -o two.wav");
    assert_eq!(two["utterances"].as_array().unwrap().len(), 2);

    let ids = speak("--ids 40,41,42 --mel-output mel.npy --max-decoder-steps 5");
    assert_eq!(ids["utterances"][0]["symbols"], 3);
    let mel = fs::read(folder.path().join("mel.npy")).unwrap();
    assert!(mel.starts_with(b"\x93NUMPY"));
}

#[test]
fn the_seed_and_nothing_else_decides() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let speak = |flags: &str| {
        let voice = "synthesize -c run/checkpoints/last.ckpt --text 'A tone.'";
        let line = format!("{voice} -o x.wav --mel-output x.npy --threads 2 {flags}");
        diktor(folder.path(), &line).ok();
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        (read("x.npy"), read("x.wav"))
    };
    assert_eq!(speak("--seed 1"), speak("--seed 1"));
    assert_ne!(speak("--seed 1").0, speak("--seed 2").0);
    let without = |seed: &str| speak(&format!("--seed {seed} --prenet-dropout off")).0;
    assert_eq!(
        without("1"),
        without("2"),
        "without dropout no chance is left in the mel"
    );
}

#[test]
fn a_voice_with_style_tokens_speaks_in_the_style_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "train --dataset corpus -o run --preset tiny --max-steps 2 -q --hparams";
    let styles = "use_gst=true,use_tps_gst=true,use_ddc_loss=true,use_mmi=true,drop_frame_rate=0.2";
    diktor(folder.path(), &format!("{line} {QUICK},{styles}")).ok();
    let voice = "synthesize -c run/checkpoints/last.ckpt --text 'A tone.' --mel-output x.npy";
    let speak = |flags: &str| {
        diktor(folder.path(), &format!("{voice} {flags}")).ok();
        fs::read(folder.path().join("x.npy")).unwrap()
    };
    let spoken = [
        "",
        "--reference corpus/wavs/tone-03.wav",
        "--reference corpus/wavs/tone-09.wav",
        "--style-token 1",
        "--style-token 1 --style-scale 2",
        "--style-token 9 --style-scale 0",
    ]
    .map(speak);
    for (i, one) in spoken.iter().enumerate() {
        assert!(!spoken[..i].contains(one), "line {i} sounds like another");
    }
    assert!(
        spoken[5] == speak("--style-token 0 --style-scale 0"),
        "no style is no style"
    );
    for (flags, expected) in [
        (
            "--style-token 10",
            "the tokens of `run/checkpoints/last.ckpt` end at 9",
        ),
        ("--reference none.wav", "none.wav"),
    ] {
        let ran = diktor(folder.path(), &format!("{voice} {flags}"));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(expected), "{ran:?}");
    }
    exported_without_the_coarse_decoder(folder.path());
}

fn exported_without_the_coarse_decoder(folder: &std::path::Path) {
    diktor(folder, "export run/checkpoints/last.ckpt -o voice.pt").ok();
    let line = "import voice.pt -o back.ckpt --preset tiny --lang en --json";
    let imported = diktor(folder, line).ok().json();
    assert_eq!(
        imported["missing"].as_array().unwrap().len(),
        0,
        "{imported}"
    );
    let unexpected = imported["unexpected"].to_string();
    assert!(
        unexpected.contains("mi.ctc_proj") && !unexpected.contains("coarse_decoder"),
        "{unexpected}"
    );
    let speak = |checkpoint: &str| {
        let line = format!(
            "synthesize -c {checkpoint} --text 'A tone.' --style-token 2 --max-decoder-steps 6 \
             --mel-output x.npy"
        );
        diktor(folder, &line).ok();
        fs::read(folder.join("x.npy")).unwrap()
    };
    assert!(speak("back.ckpt") == speak("run/checkpoints/last.ckpt"));
}

#[test]
fn a_voice_without_style_tokens_says_so() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let line = "synthesize -c run/checkpoints/last.ckpt --text 'A tone.' -o x.wav --style-token 1";
    let ran = diktor(folder.path(), line);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("has no style tokens"), "{ran:?}");
}

#[test]
fn letters_that_were_never_heard_are_named_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    trained(folder.path());
    let warnings = |text: &str| {
        let line = format!(
            "synthesize -c run/checkpoints/last.ckpt --text '{text}' -o x.wav --max-decoder-steps 9 --json"
        );
        diktor(folder.path(), &line).ok().json()["warnings"].to_string()
    };
    let foreign = warnings("Jazz!");
    assert!(
        foreign.contains("never heard") && foreign.contains("`j`"),
        "{foreign}"
    );
    let own = warnings("tone");
    assert!(!own.contains("never heard"), "{own}");
    assert!(own.contains("cut off"), "nine steps end no sentence: {own}");
}
