//! What every layout must do, in one suite. A new one joins with one line at the end.

use std::{fs, path::Path};

use diktor_audio::write_wav;
use diktor_corpus::{
    CorpusError, ImportConfig, Layout, Manifest, Problem, ProblemKind, import, write_filelist,
};
use tempfile::TempDir;

use crate::clips::{Clip, clip, clips, english, tone, write};

/// How a layout is written.
struct Member {
    layout: Layout,
    list: &'static str,
    line: fn(&Clip) -> String,
}

/// A corpus on disk, gone when dropped.
struct Corpus {
    dir: TempDir,
    layout: Layout,
    list: &'static str,
}

impl Member {
    fn write(&self, clips: &[Clip]) -> Corpus {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), self.list, clips, self.line);
        Corpus {
            dir,
            layout: self.layout,
            list: self.list,
        }
    }
}

impl Corpus {
    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn wav(&self, clip: usize) -> std::path::PathBuf {
        self.path().join(format!("wavs/clip-{clip:03}.wav"))
    }

    fn edit_list(&self, edit: impl Fn(Vec<u8>) -> Vec<u8>) {
        let list = self.path().join(self.list);
        fs::write(&list, edit(fs::read(&list).unwrap())).unwrap();
    }

    fn import(&self, config: &ImportConfig) -> Result<(Manifest, Vec<Problem>), CorpusError> {
        import(self.path(), Some(self.layout), &english(), config)
    }

    fn good(&self) -> (Manifest, Vec<Problem>) {
        self.import(&ImportConfig::default()).unwrap()
    }

    fn refused(&self) -> CorpusError {
        self.import(&ImportConfig::default()).unwrap_err()
    }
}

fn ids(manifest: &Manifest) -> Vec<&str> {
    manifest.utterances.iter().map(|u| u.id.as_str()).collect()
}

fn kinds(problems: &[Problem]) -> Vec<(&str, &str)> {
    problems
        .iter()
        .map(|p| (p.utterance.as_str(), p.kind.name()))
        .collect()
}

/// Every fact that holds for every layout.
fn check_importer(member: &Member) {
    a_good_corpus_imports_whole_and_in_order(member);
    the_layout_is_detected(member);
    marks_of_editors_change_nothing(member);
    quotes_belong_to_the_text(member);
    threads_do_not_change_the_result(member);
    one_bad_recording_of_each_kind_is_a_problem(member);
    many_missing_recordings_refuse_the_corpus(member);
    bad_lines_are_named_by_their_number(member);
    unknown_characters_refuse_the_corpus_with_all_of_them(member);
    another_sample_rate_refuses_the_corpus_unless_resampled(member);
    limits_filter_and_never_cut(member);
    duplicates_are_found(member);
    a_text_that_is_not_what_is_said_is_found(member);
    nothing_is_an_error(member);
    a_written_filelist_reads_back(member);
}

fn a_good_corpus_imports_whole_and_in_order(member: &Member) {
    let clips = clips(5);
    let (manifest, problems) = member.write(&clips).good();
    assert_eq!(problems, []);
    assert_eq!(
        ids(&manifest),
        ["clip-000", "clip-001", "clip-002", "clip-003", "clip-004"]
    );
    for (utterance, clip) in manifest.utterances.iter().zip(&clips) {
        assert_eq!(utterance.text, clip.text);
        assert!((utterance.duration_s - clip.wave.seconds()).abs() < 1e-9);
        // Of 0.4 s at each edge a margin stays.
        assert!(
            (0.5..0.8).contains(&utterance.trimmed_s),
            "{}",
            utterance.trimmed_s
        );
        assert_eq!(utterance.sample_rate, 22_050);
        assert!((utterance.peak - 0.3).abs() < 1e-3);
    }
}

fn the_layout_is_detected(member: &Member) {
    let corpus = member.write(&clips(2));
    assert_eq!(Layout::detect(corpus.path()).unwrap(), member.layout);
    assert_eq!(
        Layout::detect(&corpus.path().join(member.list)).unwrap(),
        member.layout
    );
}

fn marks_of_editors_change_nothing(member: &Member) {
    let corpus = member.write(&clips(3));
    let (plain, _) = corpus.good();
    corpus.edit_list(|bytes| {
        let text = String::from_utf8(bytes).unwrap();
        format!("\u{feff}{}\r\n\r\n", text.replace('\n', "\r\n")).into_bytes()
    });
    assert_eq!(corpus.good(), (plain, vec![]));
}

fn quotes_belong_to_the_text(member: &Member) {
    let clips = [
        clip(0, "\"Yes,\" she said."),
        clip(1, "\"An open quote, and on it goes."),
        clip(2, "No."),
    ];
    let (manifest, problems) = member.write(&clips).good();
    assert_eq!(manifest.utterances[1].text, clips[1].text);
    assert_eq!((manifest.utterances.len(), kinds(&problems)), (3, vec![]));
}

fn threads_do_not_change_the_result(member: &Member) {
    let corpus = member.write(&clips(6));
    fs::write(corpus.wav(3), b"RIFF").unwrap();
    let with = |threads| {
        corpus
            .import(&ImportConfig {
                threads,
                ..Default::default()
            })
            .unwrap()
    };
    assert_eq!(with(1), with(4));
}

fn one_bad_recording_of_each_kind_is_a_problem(member: &Member) {
    let spoil = |spoil: &dyn Fn(&Path), expected: &str| {
        let corpus = member.write(&clips(4));
        spoil(&corpus.wav(2));
        let (manifest, problems) = corpus.good();
        assert_eq!(kinds(&problems), [("clip-002", expected)]);
        assert_eq!(ids(&manifest), ["clip-000", "clip-001", "clip-003"]);
    };
    spoil(&|wav| fs::remove_file(wav).unwrap(), "missing");
    spoil(
        &|wav| fs::write(wav, &fs::read(wav).unwrap()[..10_000]).unwrap(),
        "cut_short",
    );
    spoil(&|wav| fs::write(wav, b"").unwrap(), "unreadable");
    spoil(
        &|wav| fs::write(wav, b"not audio at all").unwrap(),
        "unreadable",
    );
    spoil(
        &|wav| write_wav(wav, &tone(300.0, 1.0, 44_100)).unwrap(),
        "wrong_sample_rate",
    );
    spoil(
        &|wav| write_wav(wav, &tone(300.0, 0.05, 22_050)).unwrap(),
        "too_short",
    );
    spoil(
        &|wav| write_wav(wav, &tone(300.0, 16.0, 22_050)).unwrap(),
        "too_long",
    );
    spoil(
        &|wav| write_wav(wav, &tone(300.0, 200.0, 22_050)).unwrap(),
        "too_long",
    );
    let silence = diktor_audio::Waveform {
        samples: vec![0.0; 30_000],
        sample_rate: 22_050,
    };
    spoil(&|wav| write_wav(wav, &silence).unwrap(), "silent");
    spoil(
        &|wav| {
            fs::remove_file(wav).unwrap();
            fs::create_dir(wav).unwrap();
        },
        "not_a_file",
    );
}

fn many_missing_recordings_refuse_the_corpus(member: &Member) {
    let corpus = member.write(&clips(20));
    for clip in [3, 7] {
        fs::remove_file(corpus.wav(clip)).unwrap();
    }
    let error = corpus.refused();
    assert!(
        matches!(
            error,
            CorpusError::TooManyUnusable {
                unusable: 2,
                listed: 20,
                ..
            }
        ),
        "{error}"
    );
    let message = error.to_string();
    assert!(
        message.contains("clip-003") && message.contains("clip-007"),
        "{message}"
    );
}

fn bad_lines_are_named_by_their_number(member: &Member) {
    for (bad, expected) in [
        (&b"only one field"[..], "malformed"),
        (b"clip\xff|a|b", "not_utf8"),
        (b"|a", "malformed"),
    ] {
        let corpus = member.write(&clips(3));
        corpus.edit_list(|bytes| [bad, b"\n", &bytes].concat());
        let (manifest, problems) = corpus.good();
        assert_eq!(kinds(&problems), [("line 1", expected)]);
        assert_eq!(manifest.utterances.len(), 3);
    }
}

fn unknown_characters_refuse_the_corpus_with_all_of_them(member: &Member) {
    let mut clips = clips(4);
    clips[1].text = "Привет.".into();
    clips[3].text = "Не привет.".into();
    let russian_only = member.write(&clips);
    let error = russian_only.refused();
    let CorpusError::UnknownCharacters { unknown, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(
        unknown
            .characters
            .keys()
            .collect::<String>()
            .chars()
            .count(),
        unknown.characters.len()
    );
    assert_eq!(unknown.characters[&'р'], ["clip-001", "clip-003"]);
    assert!(unknown.characters.len() >= 6, "{error}");
    assert!(
        error
            .to_string()
            .contains("`р` (U+0440) in clip-001, clip-003"),
        "{error}"
    );
}

fn another_sample_rate_refuses_the_corpus_unless_resampled(member: &Member) {
    let mut clips = clips(4);
    for (number, clip) in clips.iter_mut().enumerate() {
        clip.wave = tone(300.0 + number as f64, 1.4, 16_000);
    }
    let corpus = member.write(&clips);
    let error = corpus.refused();
    assert!(
        matches!(
            error,
            CorpusError::WrongSampleRate {
                found: 16_000,
                wrong: 4,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("hint: `--resample`"), "{error}");
    let (manifest, problems) = corpus
        .import(&ImportConfig {
            resample: true,
            ..Default::default()
        })
        .unwrap();
    assert_eq!((manifest.utterances.len(), problems), (4, vec![]));
    assert_eq!(manifest.utterances[0].sample_rate, 16_000);
}

fn limits_filter_and_never_cut(member: &Member) {
    let corpus = member.write(&clips(3));
    let config = ImportConfig {
        max_text_len: 21,
        ..Default::default()
    };
    let (manifest, problems) = corpus.import(&config).unwrap();
    assert_eq!(kinds(&problems), [("clip-002", "text_too_long")]);
    assert!(manifest.utterances.iter().all(|u| u.text.len() <= 21));
}

fn duplicates_are_found(member: &Member) {
    let mut clips = clips(6);
    clips[2].text = clips[0].text.clone();
    clips[3].wave = clips[1].wave.clone();
    clips[5].wave = clips[4].wave.clone();
    clips[5].text = clips[4].text.clone();
    let corpus = member.write(&clips);
    let (manifest, problems) = corpus.good();
    let mut found = kinds(&problems);
    found.sort_unstable();
    let expected = [
        ("clip-002", "duplicate_text"),
        ("clip-003", "conflicting_text"),
        ("clip-005", "duplicate_recording"),
    ];
    assert_eq!(found, expected);
    // Only the same recording with the same text says nothing new.
    assert_eq!(
        ids(&manifest),
        ["clip-000", "clip-001", "clip-002", "clip-003", "clip-004"]
    );
    corpus.edit_list(|bytes| bytes.repeat(2));
    let (again, problems) = corpus.good();
    assert_eq!(again.utterances, manifest.utterances);
    assert_eq!(
        problems
            .iter()
            .filter(|p| p.kind == ProblemKind::DuplicateId)
            .count(),
        6
    );
}

fn a_text_that_is_not_what_is_said_is_found(member: &Member) {
    let mut clips = clips(10);
    clips[6].wave = tone(333.0, 6.0, 22_050);
    let (manifest, problems) = member.write(&clips).good();
    assert_eq!(kinds(&problems), [("clip-006", "rate_outlier")]);
    assert_eq!(manifest.utterances.len(), 10);
}

fn nothing_is_an_error(member: &Member) {
    let corpus = member.write(&[]);
    assert!(matches!(corpus.refused(), CorpusError::EmptyList { .. }));
    corpus.edit_list(|_| b"\n \r\n\n".to_vec());
    assert!(matches!(corpus.refused(), CorpusError::EmptyList { .. }));
    let config = ImportConfig {
        min_mel_frames: 1000,
        ..Default::default()
    };
    let error = member.write(&clips(2)).import(&config).unwrap_err();
    assert!(
        matches!(error, CorpusError::Empty { listed: 2, .. }),
        "{error}"
    );
    assert!(
        error.to_string().contains("at least 1000 wanted"),
        "{error}"
    );
}

fn a_written_filelist_reads_back(member: &Member) {
    let corpus = member.write(&clips(4));
    let (manifest, _) = corpus.good();
    let elsewhere = tempfile::tempdir().unwrap();
    for list in [
        corpus.path().join("train.txt"),
        elsewhere.path().join("train.txt"),
    ] {
        write_filelist(&list, &manifest.utterances).unwrap();
        let (back, _) = import(
            &list,
            Some(Layout::Filelist),
            &english(),
            &ImportConfig::default(),
        )
        .unwrap();
        assert_eq!(ids(&back), ids(&manifest));
        for (a, b) in back.utterances.iter().zip(&manifest.utterances) {
            assert_eq!((&a.text, &a.audio_hash), (&b.text, &b.audio_hash));
        }
    }
}

#[test]
fn ljspeech_with_three_columns() {
    let line = |clip: &Clip| format!("{}|№ 1: {}|{}", clip.id, clip.text, clip.text);
    check_importer(&Member {
        layout: Layout::Ljspeech,
        list: "metadata.csv",
        line,
    });
}

#[test]
fn ljspeech_with_two_columns() {
    let line = |clip: &Clip| format!("{}|{}", clip.id, clip.text);
    check_importer(&Member {
        layout: Layout::Ljspeech,
        list: "metadata.csv",
        line,
    });
}

#[test]
fn filelist() {
    let line = |clip: &Clip| format!("wavs/{}.wav|{}", clip.id, clip.text);
    check_importer(&Member {
        layout: Layout::Filelist,
        list: "filelist.txt",
        line,
    });
}

#[test]
fn filelist_with_speakers() {
    let line = |clip: &Clip| format!("wavs/{}.wav|{}|anna", clip.id, clip.text);
    check_importer(&Member {
        layout: Layout::Filelist,
        list: "filelist.txt",
        line,
    });
}
