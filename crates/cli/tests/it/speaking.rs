//! `synthesize`: what is written, and that it is the same every time.

use std::fs;

use crate::harness::{diktor, trained};

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
