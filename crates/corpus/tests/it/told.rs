//! What a user is told of a corpus that could be read: words of two scripts, bad recordings, speakers, repetitions.

use std::fs;

use diktor_corpus::{BadPolicy, ImportConfig, Reading, Remark, import, refuse_too_few, remarks};
use diktor_text::{Cleaners, Frontend};

use crate::folder::{Folder, speakers};

#[test]
fn words_of_two_scripts_are_told_with_the_likely_word() {
    let folder = Folder::usual();
    folder.list(
        "metadata.csv",
        "clip-0|Гoлoc напoлнил кoмнату.\nclip-1|Поезд уходит через час.\n",
    );
    let russian = Frontend::new(vec![Cleaners::RussianCleaners]);
    let (_, problems) = import(folder.path(), None, &russian, &ImportConfig::default()).unwrap();
    let [problem] = &problems[..] else {
        panic!("{problems:?}")
    };
    let said = problem.to_string();
    assert!(
        said.contains("`Гoлoc` has Latin `oc`, likely `Голос`"),
        "{said}"
    );
    // Where the letters have no symbol, the words come before the symbols.
    folder.list(
        "metadata.csv",
        "clip-0|The саt sat on the mat.\nclip-1|It is late.\n",
    );
    let error = folder.refused(&["`саt` has Cyrillic `са`, likely `cat`, in clip-0"]);
    assert!(error.find("likely") < error.find("symbol table"), "{error}");
}

#[test]
fn bad_recordings_are_left_out_where_that_is_asked_for() {
    let folder = Folder::usual();
    folder.lines("metadata.csv", |i, text| format!("clip-{i}|{text}"));
    for i in 0..4 {
        fs::write(folder.path().join(format!("wavs/clip-{i}.wav")), b"RIFF").unwrap();
    }
    let error = folder.refused(&[
        "4 of 8 utterances can be used",
        "unreadable: 4",
        "--drop-bad",
    ]);
    assert!(error.contains("and 1 more of this kind"), "{error}");
    let reading = Reading {
        bad: BadPolicy::Drop,
        ..Reading::default()
    };
    let (manifest, problems) = folder.read_as(&reading).unwrap();
    assert_eq!(
        (manifest.utterances.len(), manifest.listed, problems.len()),
        (4, 8, 4)
    );
}

#[test]
fn two_speakers_in_one_voice_are_told_and_one_can_be_chosen() {
    let folder = Folder::usual();
    folder.lines("metadata.csv", |i, text| {
        let speaker = if i < 5 { "anna" } else { "boris" };
        format!("clip-{i}|{text}|{speaker}")
    });
    let (manifest, problems) = folder.import().unwrap();
    let found = remarks(&manifest, &problems);
    let [Remark::Speakers { utterances }] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((utterances["anna"], utterances["boris"]), (5, 3));
    assert!(
        found[0].to_string().contains("`--speaker anna`"),
        "{}",
        found[0]
    );
    let of = |name: &str| {
        folder.read_as(&Reading {
            speaker: Some(name.to_owned()),
            ..Reading::default()
        })
    };
    let (manifest, problems) = of("boris").unwrap();
    assert_eq!(speakers(&manifest), [Some("boris"); 3]);
    assert_eq!(
        (manifest.listed, remarks(&manifest, &problems)),
        (3, vec![])
    );
    let error = of("carl").unwrap_err().to_string();
    assert!(
        error.contains("`carl`") && error.contains("anna, boris"),
        "{error}"
    );
}

#[test]
fn one_recording_or_one_text_for_all_is_told_in_a_sentence() {
    let folder = Folder::with(&[]);
    for i in 0..8 {
        folder.record(&format!("wavs/clip-{i}.wav"), 0);
    }
    folder.lines("metadata.csv", |i, text| format!("clip-{i}|{text}"));
    let (manifest, problems) = folder.import().unwrap();
    let said = remarks(&manifest, &problems)[0].to_string();
    assert_eq!(
        said,
        "8 of 8 lines are the same recording, that of `clip-0`"
    );

    folder.lines("metadata.csv", |i, _| format!("clip-{i}|Hello there."));
    let (manifest, problems) = folder.import().unwrap();
    let error = refuse_too_few(&manifest, &problems)
        .unwrap_err()
        .to_string();
    assert!(error.contains("1 of 8 utterances can be used"), "{error}");
    assert!(
        error.contains("8 of 8 lines are the same recording"),
        "{error}"
    );

    let folder = Folder::usual();
    folder.lines("metadata.csv", |i, _| format!("clip-{i}|Hello there."));
    let (manifest, problems) = folder.import().unwrap();
    let said = remarks(&manifest, &problems)[0].to_string();
    assert_eq!(said, "8 of 8 lines have the same text, that of `clip-0`");
}
