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
        .take(200)
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
        (&200.into(), &true.into())
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

#[test]
fn stats_end_with_what_the_corpus_is_good_for() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    fs::remove_file(corpus.join("wavs/tone-03.wav")).unwrap();
    let words = diktor(folder.path(), "prepare stats corpus").ok().stdout;
    for word in [
        "11 of 12 utterances are usable",
        "Preset `tiny` fits",
        "steps",
        "next    diktor train",
    ] {
        assert!(words.contains(word), "`{word}`: {words}");
    }
    let line = "prepare stats corpus --json --hparams locale=ru,text_cleaners=[english_cleaners]";
    let found = diktor(folder.path(), line).ok().json();
    let verdict = &found["verdict"];
    assert_eq!(
        (&verdict["usable"], &verdict["listed"]),
        (&11.into(), &12.into())
    );
    assert!(
        verdict["estimated_hours"].as_f64().unwrap() > 0.0,
        "{verdict}"
    );
    let sentence = verdict["sentence"].as_str().unwrap();
    assert!(sentence.contains("Годится фраз: 11 из 12"), "{sentence}");
}

#[test]
fn the_next_command_has_the_flags_that_the_recordings_need() {
    let folder = tempfile::tempdir().unwrap();
    fs::rename(corpus(folder.path()), folder.path().join("my voice")).unwrap();
    let line = "prepare stats 'my voice' --resample --drop-bad --lang en --hparams \
                sampling_rate=16000,mel_fmax=8000";
    let words = diktor(folder.path(), line).ok().stdout;
    let next = "next    diktor train --dataset 'my voice' --lang en --hparams \
                'sampling_rate=16000,mel_fmax=8000' --drop-bad --resample --preset tiny";
    assert!(words.contains(next), "{words}");
}

/// The corpus of tones with half of the recordings spoilt.
fn half_spoilt(parent: &Path) {
    let corpus = corpus(parent);
    for number in 0..6 {
        fs::write(corpus.join(format!("wavs/tone-0{number}.wav")), b"RIFF").unwrap();
    }
}

#[test]
fn a_corpus_half_of_which_is_bad_is_used_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    half_spoilt(folder.path());
    let train =
        format!("train --dataset corpus -o run --preset tiny --max-steps 1 --hparams {QUICK}");
    for line in [
        "prepare import corpus -o lists",
        "prepare transcripts corpus",
        &train,
    ] {
        let refused = diktor(folder.path(), line);
        assert_eq!(refused.code, 2, "{line}: {refused:?}");
        for word in [
            "6 of 12 utterances can be used",
            "unreadable: 6",
            "hint:",
            "--drop-bad",
        ] {
            assert!(refused.stderr.contains(word), "{line}: {refused:?}");
        }
    }
    diktor(folder.path(), "prepare import corpus -o lists --drop-bad").ok();
    let ran = diktor(folder.path(), &format!("{train} --drop-bad")).ok();
    assert!(ran.stderr.contains("6 dropped (unreadable)"), "{ran:?}");
    // The run remembers what was asked for.
    let source = fs::read_to_string(folder.path().join("run/dataset/source.json")).unwrap();
    assert!(source.contains("\"bad\": \"drop\""), "{source}");
    let line = format!("train --resume -o run --max-steps 2 --hparams {QUICK}");
    diktor(folder.path(), &line).ok();
}

#[test]
fn columns_that_are_asked_for_are_read_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    let metadata = fs::read_to_string(corpus.join("metadata.csv")).unwrap();
    let lines: String = metadata
        .lines()
        .enumerate()
        .map(|(number, line)| {
            let (id, text) = line.split_once('|').unwrap();
            format!("{text};{number} Klang und Ton.;wavs\\{id}.WAV\n")
        })
        .collect();
    fs::write(corpus.join("metadata.csv"), lines).unwrap();
    let refused = diktor(folder.path(), "prepare stats corpus");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("--columns"), "{refused:?}");
    let columns = "--columns text,-,path";
    let found = diktor(
        folder.path(),
        &format!("prepare stats corpus --json {columns}"),
    )
    .ok()
    .json();
    assert_eq!(found["read_as"]["columns"], "text,-,path");
    assert_eq!(found["utterances"], 12);
    let wrong = diktor(folder.path(), "prepare stats corpus --columns text,txet");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("`txet`"), "{wrong:?}");
    let line = format!(
        "train --dataset corpus -o run --preset tiny --max-steps 1 --hparams {QUICK} {columns}"
    );
    diktor(folder.path(), &line).ok();
    let line = format!("train --resume -o run --max-steps 2 --json --hparams {QUICK}");
    assert_eq!(diktor(folder.path(), &line).ok().json()["steps"], 2);
}

#[test]
fn the_same_list_for_training_and_validation_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path());
    // Paths of a list may start where the program is started.
    let metadata = fs::read_to_string(corpus.join("metadata.csv")).unwrap();
    let lines: String = metadata
        .lines()
        .map(|line| {
            let (id, text) = line.split_once('|').unwrap();
            format!("corpus/wavs/{id}.wav|{text}\n")
        })
        .collect();
    fs::create_dir(folder.path().join("lists")).unwrap();
    fs::write(folder.path().join("lists/all.csv"), lines).unwrap();
    let lists = "training_files=lists/all.csv,validation_files=lists/all.csv";
    let line =
        format!("train -o run --lang en --preset tiny --max-steps 1 --hparams {QUICK},{lists}");
    let ran = diktor(folder.path(), &line).ok();
    let said = "12 of 12 recordings of the validation set are in the training set too";
    assert!(ran.stderr.contains(said), "{ran:?}");
}

#[test]
fn lists_that_were_prepared_are_read_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    corpus(folder.path());
    diktor(folder.path(), "prepare import corpus -o data/dataset").ok();
    let line = format!("train -o run --lang en --preset tiny --max-steps 1 --hparams {QUICK}");
    let ran = diktor(folder.path(), &line).ok();
    for word in ["lies outside", "outside root", "dropped"] {
        assert!(!ran.stderr.contains(word), "{ran:?}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_an_error_of_usage_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    for verb in ["stats", "transcripts"] {
        let ran = diktor(folder.path(), &format!("prepare {verb} nowhere"));
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr.contains("`nowhere`: no such folder") && ran.stderr.contains("hint:"),
            "{ran:?}"
        );
    }
}
