//! Folders nobody should have, and everybody has.

use std::fs;

use diktor_corpus::{CorpusError, ImportConfig, Layout, import, load_examples, write_filelist};
use proptest::prelude::*;

use crate::clips::{clips, english, tone, write, write_ljspeech};

fn config() -> ImportConfig {
    ImportConfig::default()
}

#[test]
fn a_few_paths_outside_the_corpus_are_read_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let corpus = dir.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    for (number, name) in ["up", "absolute", "corpus/a", "corpus/b", "corpus/c"]
        .iter()
        .enumerate()
    {
        let hertz = 300.0 + 10.0 * number as f64;
        let path = dir.path().join(format!("{name}.wav"));
        diktor_audio::write_wav(&path, &tone(hertz, 1.4, 22_050)).unwrap();
    }
    let absolute = dir.path().join("absolute.wav");
    let list = corpus.join("list.txt");
    let outside = format!(
        "../up.wav|This is sentence one.\n{}|This is sentence two.\n",
        absolute.display()
    );
    let inside =
        "a.wav|This is sentence three.\nb.wav|This is sentence four.\nc.wav|This is five.\n";
    fs::write(&list, format!("{outside}{inside}")).unwrap();
    let (manifest, problems) = import(&list, None, &english(), &config()).unwrap();
    let found: Vec<_> = problems
        .iter()
        .map(|p| (p.utterance.as_str(), p.kind.name()))
        .collect();
    assert_eq!(
        found,
        [("up", "outside_root"), ("absolute", "outside_root")]
    );
    assert_eq!(manifest.utterances.len(), 5);
    // A list that is kept apart from its recordings is nothing to notice.
    fs::write(&list, outside).unwrap();
    let (manifest, problems) = import(&list, None, &english(), &config()).unwrap();
    assert_eq!((manifest.utterances.len(), problems), (2, vec![]));
}

#[test]
fn an_id_cannot_climb_out_of_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), &clips(3));
    let list = dir.path().join("metadata.csv");
    fs::write(
        &list,
        "../wavs/clip-000|This is sentence one.\n..|This is sentence two.\n",
    )
    .unwrap();
    let (manifest, problems) = import(dir.path(), None, &english(), &config()).unwrap();
    assert_eq!(manifest.utterances[0].id, "clip-000");
    assert_eq!(
        problems.iter().map(|p| p.kind.name()).collect::<Vec<_>>(),
        ["missing"]
    );
}

#[test]
fn a_placeholder_folder_stands_for_the_given_root() {
    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), &clips(3));
    let elsewhere = tempfile::tempdir().unwrap();
    let list = elsewhere.path().join("ljs_train.txt");
    fs::write(&list, "DUMMY/clip-000.wav|This is sentence one.\n").unwrap();
    let config = ImportConfig {
        root: Some(dir.path().join("wavs")),
        ..config()
    };
    let (manifest, problems) = import(&list, None, &english(), &config).unwrap();
    assert_eq!((manifest.utterances.len(), problems), (1, vec![]));
}

#[test]
fn names_that_repeat_in_other_folders_stay_apart() {
    let dir = tempfile::tempdir().unwrap();
    for (speaker, hertz) in [("anna", 300.0), ("boris", 200.0)] {
        fs::create_dir(dir.path().join(speaker)).unwrap();
        let path = dir.path().join(speaker).join("001.wav");
        diktor_audio::write_wav(&path, &tone(hertz, 1.4, 22_050)).unwrap();
    }
    let list = dir.path().join("filelist.txt");
    fs::write(
        &list,
        "anna/001.wav|This is one.|anna\nboris/001.wav|This is two.|boris\n001|This is three.|anna\n",
    )
    .unwrap();
    let (manifest, problems) = import(dir.path(), None, &english(), &config()).unwrap();
    let found: Vec<_> = manifest
        .utterances
        .iter()
        .map(|u| (u.id.as_str(), u.speaker.as_deref()))
        .collect();
    assert_eq!(
        found,
        [("anna_001", Some("anna")), ("boris_001", Some("boris"))]
    );
    assert_eq!(
        problems.iter().map(|p| p.kind.name()).collect::<Vec<_>>(),
        ["ambiguous"]
    );
}

#[test]
fn what_is_no_corpus_is_said_to_be_none() {
    let dir = tempfile::tempdir().unwrap();
    let refuse = |path: &std::path::Path| import(path, None, &english(), &config()).unwrap_err();
    assert!(matches!(
        refuse(&dir.path().join("absent")),
        CorpusError::Absent { .. }
    ));
    let error = refuse(dir.path());
    assert!(
        error
            .to_string()
            .contains("hint: a folder with `metadata.csv`"),
        "{error}"
    );
    let list = dir.path().join("list.txt");
    fs::write(&list, "no separators here\n").unwrap();
    assert!(matches!(refuse(&list), CorpusError::UnknownLayout { .. }));
    fs::write(&list, b"wav|\0text\n").unwrap();
    assert!(
        refuse(&list)
            .to_string()
            .contains("hint: save the list as UTF-8")
    );
    fs::create_dir(dir.path().join("metadata.csv")).unwrap();
    assert!(matches!(refuse(dir.path()), CorpusError::NotAFile { .. }));
}

#[cfg(unix)]
#[test]
fn links_that_go_round_in_circles_end() {
    use std::os::unix::fs::symlink;

    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), &clips(3));
    let wav = dir.path().join("wavs/clip-001.wav");
    fs::remove_file(&wav).unwrap();
    symlink(&wav, &wav).unwrap();
    let (manifest, problems) = import(dir.path(), None, &english(), &config()).unwrap();
    assert_eq!(
        (manifest.utterances.len(), problems[0].kind.name()),
        (2, "unreadable")
    );

    let list = dir.path().join("metadata.csv");
    fs::remove_file(&list).unwrap();
    symlink(&list, &list).unwrap();
    assert!(import(&list, None, &english(), &config()).is_err());
    assert!(import(dir.path(), Some(Layout::Ljspeech), &english(), &config()).is_err());
}

#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_in_place_of_a_recording_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), &clips(2));
    let wav = dir.path().join("wavs/clip-001.wav");
    fs::remove_file(&wav).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &wav).unwrap();
    let (_, problems) = import(dir.path(), None, &english(), &config()).unwrap();
    assert_eq!(problems[0].kind.name(), "not_a_file");
    let error = import("/dev/zero".as_ref(), None, &english(), &config()).unwrap_err();
    assert!(matches!(error, CorpusError::NotAFile { .. }), "{error}");
}

#[test]
fn a_path_that_would_not_read_back_is_not_listed() {
    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), &clips(1));
    let (mut manifest, _) = import(dir.path(), None, &english(), &config()).unwrap();
    manifest.utterances[0].audio = dir.path().join("wavs/a|b.wav");
    let list = dir.path().join("train.txt");
    let error = write_filelist(&list, &manifest.utterances).unwrap_err();
    assert!(matches!(error, CorpusError::Unlistable { .. }), "{error}");
    assert!(!list.exists());
}

#[test]
fn a_recording_that_goes_away_after_the_import_is_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    write_ljspeech(dir.path(), &clips(3));
    let (manifest, _) = import(dir.path(), None, &english(), &config()).unwrap();
    fs::remove_file(&manifest.utterances[1].audio).unwrap();
    let (examples, problems) = load_examples(
        &manifest.utterances,
        &english(),
        &Default::default(),
        &Default::default(),
        &|_, _| {},
    )
    .unwrap();
    assert_eq!((examples.len(), problems[0].kind.name()), (2, "missing"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_for_a_list_are_an_answer(bytes in prop::collection::vec(prop_oneof![
        Just(b'|'), Just(b'\n'), Just(b'/'), Just(b'.'), any::<u8>()
    ], 0..200)) {
        let dir = tempfile::tempdir().unwrap();
        for list in ["metadata.csv", "filelist.txt"] {
            fs::write(dir.path().join(list), &bytes).unwrap();
            for layout in [None, Some(Layout::Ljspeech), Some(Layout::Filelist)] {
                prop_assert!(import(dir.path(), layout, &english(), &config()).is_err());
            }
        }
    }

    #[test]
    fn a_damaged_recording_is_dropped_or_read_but_never_a_panic(
        flips in prop::collection::vec((0_usize..200, any::<u8>()), 1..8),
        length in 0_usize..20_000,
    ) {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "metadata.csv", &clips(2), |c| format!("{}|{}", c.id, c.text));
        let wav = dir.path().join("wavs/clip-001.wav");
        let mut bytes = fs::read(&wav).unwrap();
        for (place, value) in flips {
            bytes[place] = value;
        }
        bytes.truncate(bytes.len() - length);
        fs::write(&wav, bytes).unwrap();
        let config = ImportConfig { threads: 1, ..config() };
        let (manifest, _) = import(dir.path(), None, &english(), &config).unwrap();
        prop_assert!(!manifest.utterances.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn linked_folders_and_detours_are_listed_so_that_they_read_back() {
    let dir = tempfile::tempdir().unwrap();
    let (data, corpus) = (dir.path().join("data"), dir.path().join("deep/corpus"));
    write_ljspeech(&data, &clips(2));
    fs::create_dir_all(&corpus).unwrap();
    std::os::unix::fs::symlink(data.join("wavs"), corpus.join("wavs")).unwrap();
    fs::copy(data.join("metadata.csv"), corpus.join("metadata.csv")).unwrap();
    let mut lists = vec![];
    // By its name the second lies inside the corpus; the link leads out of it.
    for path in [corpus.clone(), corpus.join("wavs/../../data")] {
        let (manifest, problems) = import(&path, None, &english(), &config()).unwrap();
        assert_eq!(problems, []);
        let list = corpus.join("train.txt");
        write_filelist(&list, &manifest.utterances).unwrap();
        let (back, _) = import(&list, None, &english(), &config()).unwrap();
        assert_eq!(back.utterances.len(), 2);
        lists.push(fs::read_to_string(&list).unwrap());
    }
    assert!(lists[0].starts_with("wavs/clip-000.wav|"), "{lists:?}");
}
