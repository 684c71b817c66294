//! `prepare`: from recordings to lists, and what it finds on the way.

use std::fs;

use crate::harness::{QUICK, corpus, diktor};

#[test]
fn prepared_lists_can_be_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "prepare import corpus -o lists --validation 3 --json";
    let imported = diktor(folder.path(), line).ok().json();
    let lines = |name: &str| {
        let text = fs::read_to_string(folder.path().join("lists").join(name)).unwrap();
        text.lines().count()
    };
    assert_eq!((lines("train.csv"), lines("val.csv")), (9, 3));
    assert_eq!(imported["statistics"]["utterances"], 12);
    assert!(folder.path().join("lists/problems.json").is_file());

    let lists = "training_files=lists/train.csv,validation_files=lists/val.csv,dataset_path=lists";
    let line = format!(
        "train -o run --lang en --preset tiny --max-steps 1 --json -q --hparams {QUICK},{lists}"
    );
    assert_eq!(diktor(folder.path(), &line).ok().json()["steps"], 1);
}

#[test]
fn stats_tells_all_that_is_wrong_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    fs::remove_file(corpus.join("wavs/tone-03.wav")).unwrap();
    fs::write(corpus.join("wavs/tone-04.wav"), b"RIFF not really").unwrap();
    let found = diktor(folder.path(), "prepare stats corpus --json")
        .ok()
        .json();
    assert_eq!(found["utterances"], 10);
    let problems = found["problem_list"].as_array().unwrap();
    for id in ["tone-03", "tone-04"] {
        assert!(
            problems.iter().any(|problem| problem["utterance"] == id),
            "{problems:?}"
        );
    }
    let words = diktor(folder.path(), "prepare stats corpus").ok().stdout;
    assert!(
        words.contains("tone-03") && words.contains("duration"),
        "{words}"
    );
}

#[test]
fn another_sampling_rate_is_refused_until_it_is_to_be_converted() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let line = "prepare import corpus -o lists --hparams sampling_rate=16000";
    let refused = diktor(folder.path(), line);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("22050") && refused.stderr.contains("--resample"),
        "{refused:?}"
    );
    diktor(folder.path(), &format!("{line} --resample")).ok();
}
