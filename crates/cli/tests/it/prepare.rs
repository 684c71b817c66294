//! `prepare`: from recordings to lists, and what it finds on the way.

use std::{fs, path::Path};

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

/// A list of bundled utterances; two have each other's text.
fn exchanged(list: &Path) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/demo/en");
    let metadata = fs::read_to_string(corpus.join("metadata.csv")).unwrap();
    let mut lines: Vec<(&str, &str)> = metadata
        .lines()
        .take(120)
        .map(|line| {
            let (id, texts) = line.split_once('|').unwrap();
            (id, texts.rsplit('|').next().unwrap())
        })
        .collect();
    (lines[20].1, lines[90].1) = (lines[90].1, lines[20].1);
    let text: String = lines
        .iter()
        .map(|(id, text)| {
            format!(
                "{}|{text}\n",
                corpus.join(format!("wavs/{id}.flac")).display()
            )
        })
        .collect();
    fs::write(list, text).unwrap();
}

#[test]
fn exchanged_transcripts_are_proposed_before_any_training() {
    let folder = tempfile::tempdir().unwrap();
    exchanged(&folder.path().join("list.txt"));
    let line = "prepare transcripts list.txt --lang en -o proposal.csv --json";
    let found = diktor(folder.path(), line).ok().json();
    assert_eq!(
        (&found["judged"], &found["tells"]),
        (&120.into(), &true.into())
    );
    assert_eq!(found["proposed"], 2, "{found}");
    let worst = found["worst"].as_array().unwrap();
    assert_eq!(worst.len(), 20);
    let ids: Vec<&str> = worst[..2]
        .iter()
        .map(|one| one["utterance"].as_str().unwrap())
        .collect();
    for id in ["en-021", "en-091"] {
        assert!(ids.iter().any(|found| found.contains(id)), "{ids:?}");
    }
    let proposal = fs::read_to_string(folder.path().join("proposal.csv")).unwrap();
    assert_eq!(proposal.lines().count(), 3, "{proposal}");
    assert!(
        proposal.contains("en-021") && proposal.contains(",text,"),
        "{proposal}"
    );
}

#[test]
fn a_corpus_too_small_to_judge_accuses_nobody() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    let ran = diktor(folder.path(), "prepare transcripts corpus").ok();
    assert!(ran.stdout.contains("0 of 0 transcripts"), "{ran:?}");
    assert!(ran.stdout.contains("hint: "), "{ran:?}");
}
