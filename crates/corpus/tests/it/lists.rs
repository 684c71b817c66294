//! Lists as people have them: separators, quotes, headers, columns, places, names, encodings.

use std::{fs, path::Path};

use diktor_audio::write_wav;
use diktor_corpus::{
    BadPolicy, CorpusError, Effect, ImportConfig, Layout, Manifest, Problem, ProblemKind, Reading,
    Remark, import, refuse_too_few, remarks, write_filelist,
};
use diktor_text::{Cleaners, Frontend};
use tempfile::TempDir;
use unicode_normalization::UnicodeNormalization;

use crate::clips::{english, tone};

/// Sentences of different lengths and words.
const TEXTS: [&str; 8] = [
    "in being comparatively modern.",
    "than in the same operations with ugly ones.",
    "it is of the first importance;",
    "But though on the whole, except in Italy, Gothic letter was used",
    "And it is worth mention in passing that,",
    "The type of this book may be considered the best,",
    "and which developed on the side of the \"lower-case\" letters;",
    "a very few years saw the birth of Roman character.",
];

/// A folder with recordings of these names.
struct Folder(TempDir);

impl Folder {
    fn with(recordings: &[String]) -> Self {
        let this = Self(tempfile::tempdir().unwrap());
        for (number, name) in recordings.iter().enumerate() {
            this.record(name, number);
        }
        this
    }

    /// Eight recordings `wavs/clip-0.wav` to `wavs/clip-7.wav`.
    fn usual() -> Self {
        Self::in_folder("wavs")
    }

    fn in_folder(folder: &str) -> Self {
        let name = |number| format!("{folder}/clip-{number}.wav");
        Self::with(&(0..TEXTS.len()).map(name).collect::<Vec<_>>())
    }

    fn record(&self, name: &str, number: usize) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let seconds = 1.2 + 0.05 * number as f64;
        write_wav(&path, &tone(200.0 + 10.0 * number as f64, seconds, 22_050)).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn list(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path().join(name), bytes).unwrap();
        self
    }

    /// A list of eight lines made of number and text.
    fn lines(&self, name: &str, line: impl Fn(usize, &str) -> String) -> &Self {
        let lines = TEXTS
            .iter()
            .enumerate()
            .map(|(i, text)| line(i, text) + "\n");
        self.list(name, lines.collect::<String>())
    }

    fn import(&self) -> Result<(Manifest, Vec<Problem>), CorpusError> {
        import(self.path(), None, &english(), &ImportConfig::default())
    }

    fn read_as(&self, reading: &Reading) -> Result<(Manifest, Vec<Problem>), CorpusError> {
        let config = reading.over(ImportConfig::default());
        import(self.path(), reading.layout, &english(), &config)
    }

    /// Reads all eight sentences, as they were written, without a problem that costs one.
    #[track_caller]
    fn reads_whole(&self) -> Manifest {
        let (manifest, problems) = self.import().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(lost(&problems), [] as [&Problem; 0]);
        let texts: Vec<&str> = manifest
            .utterances
            .iter()
            .map(|u| u.text.as_str())
            .collect();
        assert_eq!(texts, TEXTS);
        assert_eq!(manifest.listed, TEXTS.len());
        manifest
    }

    #[track_caller]
    fn refused(&self, words: &[&str]) -> String {
        let error = self.import().unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}` in: {error}");
        }
        error
    }
}

fn lost(problems: &[Problem]) -> Vec<&Problem> {
    let dropped = |p: &&Problem| p.kind.effect() == Effect::Dropped;
    problems.iter().filter(dropped).collect()
}

fn columns(manifest: &Manifest) -> &str {
    &manifest.format.as_ref().unwrap().columns
}

fn speakers(manifest: &Manifest) -> Vec<Option<&str>> {
    manifest
        .utterances
        .iter()
        .map(|u| u.speaker.as_deref())
        .collect()
}

#[test]
fn ids_with_an_extension_are_ids_too() {
    for line in [
        |i: usize, text: &str| format!("clip-{i}.wav|{text}"),
        |i: usize, text: &str| format!("clip-{i}.WAV|{text}|{text}"),
        |i: usize, text: &str| format!("CLIP-{i}|{text}|{text}"),
    ] {
        let folder = Folder::usual();
        folder.lines("metadata.csv", line).reads_whole();
        let list = folder.path().join("metadata.csv");
        let (alone, _) = import(&list, None, &english(), &ImportConfig::default()).unwrap();
        assert_eq!(alone.utterances.len(), 8, "the file without its folder");
    }
}

#[test]
fn recordings_lie_in_any_usual_folder_or_beside_the_list() {
    for place in ["wavs", "wav", "audio", "clips", ".", "data/deep/er"] {
        let folder = Folder::in_folder(place);
        folder
            .lines("metadata.csv", |i, text| format!("clip-{i}|{text}"))
            .reads_whole();
    }
}

#[test]
fn recordings_of_every_kind_are_found() {
    let names = [
        "a.wav", "b.WAV", "c.flac", "d.mp3", "e.m4a", "f.ogg", "g.opus",
    ];
    let folder = Folder::with(&names.map(|name| format!("wavs/{name}")));
    let lines: String = ["a", "b", "c", "d", "e", "f", "g"]
        .iter()
        .zip(TEXTS)
        .map(|(id, text)| format!("{id}|{text}\n"))
        .collect();
    // All of them hold WAV: what a file is its bytes say, and its name only where it is.
    let (manifest, problems) = folder.list("metadata.csv", lines).import().unwrap();
    assert_eq!((manifest.utterances.len(), lost(&problems).len()), (7, 0));
}

#[test]
fn paths_of_other_systems_and_machines_are_found() {
    for prefix in [
        "wavs\\",
        "C:\\data\\wavs\\",
        "/home/anna/corpus/wavs/",
        "./wavs/",
        "DUMMY/",
    ] {
        let folder = Folder::usual();
        let line = |i: usize, text: &str| format!("{prefix}clip-{i}.wav|{text}");
        let manifest = folder.lines("metadata.csv", line).reads_whole();
        assert_eq!(manifest.utterances[3].id, "clip-3", "{prefix}");
    }
}

#[test]
fn names_in_letters_apart_and_composed_are_the_same() {
    let names = [
        "запись 1",
        "звёздный й",
        "чай 3",
        "глава №4",
        "(5) тест",
        "шесть.1",
        "семь",
        "й",
    ];
    let apart: Vec<String> = names
        .iter()
        .map(|n| format!("wavs/{}.wav", n.nfd()))
        .collect();
    let folder = Folder::with(&apart);
    folder
        .lines("metadata.csv", |i, text| format!("{}|{text}", names[i]))
        .reads_whole();
}

#[test]
fn a_missing_folder_is_named_with_what_was_looked_for() {
    let folder = Folder::with(&[]);
    folder.lines("metadata.csv", |i, text| format!("clip-{i}|{text}"));
    folder.refused(&[
        "none of its 8 recordings is there",
        "`clip-0`",
        "hint: looked below",
    ]);
    folder.record("wavs/other.wav", 0);
    folder.refused(&["1 others are", "other.wav"]);
}

#[test]
fn a_separator_inside_a_text_never_halves_it() {
    let two = |i: usize, text: &str| match i {
        3 => format!("clip-{i}|Chapter one | the first printers."),
        _ => format!("clip-{i}|{text}"),
    };
    let three = |i: usize, text: &str| match i {
        3 => format!("clip-{i}|One | two|One | two"),
        _ => format!("clip-{i}|{text}|{text}"),
    };
    let speaker = |i: usize, text: &str| match i {
        3 => format!("clip-{i}|One | two|anna"),
        _ => format!("clip-{i}|{text}|anna"),
    };
    for (line, whole) in [
        (
            &two as &dyn Fn(usize, &str) -> String,
            "Chapter one the first printers.",
        ),
        (&three, "One two"),
        (&speaker, "One two"),
    ] {
        let folder = Folder::usual();
        let (manifest, problems) = folder.lines("metadata.csv", line).import().unwrap();
        assert_eq!(manifest.utterances[3].text, whole);
        let named = |p: &&Problem| matches!(p.kind, ProblemKind::SeparatorInText { .. });
        let remark = problems.iter().find(named).unwrap();
        assert_eq!(remark.utterance, "clip-3");
    }
    // Nobody knows where the text ends: the line is named, and not read.
    let unclear = |i: usize, text: &str| match i {
        3 => format!("clip-{i}|One | two|One | two | three"),
        _ => format!("clip-{i}|{text}|{text}"),
    };
    let folder = Folder::usual();
    let (manifest, problems) = folder.lines("metadata.csv", unclear).import().unwrap();
    assert_eq!(manifest.utterances.len(), 7);
    assert_eq!(lost(&problems)[0].utterance, "line 4");
}

#[test]
fn headers_are_recognised_and_skipped() {
    for (name, header, line, expected) in [
        (
            "metadata.csv",
            "audio_file|text|speaker_name",
            "wavs/clip-{i}.wav|{t}|anna",
            "path,text,speaker",
        ),
        ("metadata.csv", "ID|Text", "clip-{i}|{t}", "path,text"),
        (
            "validated.tsv",
            "client_id\tpath\tsentence\tup_votes",
            "ab12\tclip-{i}.mp3\t{t}\t2",
            "speaker,path,text,-",
        ),
        (
            "metadata.csv",
            "speaker;text;file",
            "anna;\"{t}\";clip-{i}.wav",
            "speaker,text,path",
        ),
    ] {
        let folder = Folder::usual();
        let lines: String = TEXTS
            .iter()
            .enumerate()
            .map(|(i, text)| {
                let text = if line.contains(';') {
                    text.replace('"', "\"\"")
                } else {
                    (*text).to_owned()
                };
                line.replace("{i}", &i.to_string()).replace("{t}", &text) + "\n"
            })
            .collect();
        let manifest = folder
            .list(name, format!("{header}\n{lines}"))
            .reads_whole();
        assert_eq!(columns(&manifest), expected);
        assert!(manifest.format.unwrap().header);
    }
}

#[test]
fn a_first_line_that_is_speech_is_never_skipped() {
    let folder = Folder::with(&["wavs/text.wav".to_owned(), "wavs/b.wav".to_owned()]);
    folder.list(
        "metadata.csv",
        "text|sentence\nb|It is late in the evening.\n",
    );
    let (manifest, _) = folder.import().unwrap();
    assert_eq!(manifest.utterances[0].text, "sentence");
}

#[test]
fn a_third_column_is_never_trained_on_silently() {
    for (value, expected) in [
        ("anna", "path,text,speaker"),
        ("en", "path,text,language"),
        ("neutral", "path,text,-"),
        ("3.25", "path,text,-"),
        ("", "path,text"),
    ] {
        let folder = Folder::usual();
        let line = |i: usize, text: &str| format!("clip-{i}|{text}|{value}");
        let manifest = folder.lines("metadata.csv", line).reads_whole();
        assert_eq!(columns(&manifest), expected);
    }
    let folder = Folder::usual();
    let translated = [
        "Das ist neu.",
        "Wir gehen heim.",
        "Es regnet oft.",
        "Niemand war da.",
    ];
    folder.lines("metadata.csv", |i, text| {
        format!("clip-{i}|{text}|{} {i}", translated[i % 4])
    });
    folder.refused(&[
        "column 3",
        "Das ist neu.",
        "hint:",
        "--columns path,text,speaker",
    ]);
    let reading = Reading {
        columns: Some("path,text,-".parse().unwrap()),
        ..Reading::default()
    };
    let (manifest, _) = folder.read_as(&reading).unwrap();
    assert_eq!(manifest.utterances[2].text, TEXTS[2]);
}

#[test]
fn a_trailing_separator_is_no_column() {
    for line in [
        |i: usize, text: &str| format!("clip-{i}|{text}|{text}|"),
        |i: usize, text: &str| format!("clip-{i}|{text}|"),
        |i: usize, text: &str| format!("clip-{i}|{text}|||"),
    ] {
        Folder::usual().lines("metadata.csv", line).reads_whole();
    }
}

#[test]
fn fields_in_quotes_are_read_as_excel_writes_them() {
    let doubled = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let all = |i: usize, text: &str| format!("\"clip-{i}\"|{}", doubled(text));
    // What a person quotes by hand does not double the quotes inside.
    let by_hand = |i: usize, text: &str| format!("\"clip-{i}\"|\"{text}\"");
    let comma = |i: usize, text: &str| format!("clip-{i}.wav,{}", doubled(text));
    let needed = |i: usize, text: &str| match text.contains([',', '"']) {
        true => format!("clip-{i},{}", doubled(text)),
        false => format!("clip-{i},{text}"),
    };
    let semicolon = |i: usize, text: &str| format!("clip-{i};{};anna", doubled(text));
    let tab = |i: usize, text: &str| format!("clip-{i}\t{text}");
    type Line<'a> = &'a dyn Fn(usize, &str) -> String;
    let lines: [Line<'_>; 6] = [&all, &by_hand, &comma, &needed, &semicolon, &tab];
    for line in lines {
        Folder::usual().lines("metadata.csv", line).reads_whole();
    }
}

#[test]
fn excel_leaves_its_marks() {
    let text = |i: usize| format!("clip-{i};\"{}\"\r\n", TEXTS[i].replace('"', "\"\""));
    let lines: String = (0..8).map(text).collect();
    Folder::usual()
        .list("metadata.csv", format!("\u{feff}{lines}"))
        .reads_whole();
    Folder::usual()
        .list("metadata.csv", format!("sep=;\r\n{lines}"))
        .reads_whole();
    let text = |i: usize| format!("clip-{i}\t\"{}\"\r\n", TEXTS[i].replace('"', "\"\""));
    let unicode: Vec<u8> = format!("\u{feff}{}", (0..8).map(text).collect::<String>())
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    Folder::usual().list("metadata.txt", unicode).reads_whole();
}

#[test]
fn a_text_in_quotes_may_have_line_breaks() {
    let folder = Folder::usual();
    folder.list(
        "metadata.csv",
        "clip-0,\"One line,\nand another.\"\nclip-1,\"Plain, and short.\"\nclip-2,\"An open quote\nclip-3,Good.\n",
    );
    let (manifest, problems) = folder.import().unwrap();
    let texts: Vec<&str> = manifest
        .utterances
        .iter()
        .map(|u| u.text.as_str())
        .collect();
    assert_eq!(
        texts,
        [
            "One line,\nand another.",
            "Plain, and short.",
            "\"An open quote",
            "Good."
        ]
    );
    assert_eq!(lost(&problems).len(), 0);
}

#[test]
fn doubled_quotes_of_a_format_are_single_ones_of_the_text() {
    let folder = Folder::usual();
    folder.lines("metadata.csv", |i, text| {
        format!(
            "clip-{i}|\"Он сказал \"\"{}\"\" и ушёл.\"",
            text.replace('"', "")
        )
    });
    let russian = Frontend::new(vec![Cleaners::RussianCleaners]);
    let (manifest, _) = import(folder.path(), None, &russian, &ImportConfig::default()).unwrap();
    let expected = format!("Он сказал \"{}\" и ушёл.", TEXTS[0]);
    assert_eq!(manifest.utterances[0].text, expected);
}

#[test]
fn quotes_of_every_kind_are_treated_alike() {
    let russian = Frontend::new(vec![Cleaners::RussianCleaners]);
    let [first, ref others @ ..] = ["\"Да.\" нет", "«Да.» нет", "“Да.” нет", "„Да.“ нет"]
        .map(|text| russian.encode(text).unwrap().ids);
    assert!(others.iter().all(|ids| *ids == first));
}

#[test]
fn ids_that_only_clash_as_file_names_are_utterances_of_their_own() {
    let names = ["a b", "a_b", "c#d", "c_d"];
    let folder = Folder::with(&names.map(|name| format!("wavs/{name}.wav")));
    let lines = names
        .iter()
        .zip(TEXTS)
        .map(|(name, text)| format!("{name}|{text}\n"));
    let (manifest, problems) = folder
        .list("metadata.csv", lines.collect::<String>())
        .import()
        .unwrap();
    assert_eq!((manifest.utterances.len(), problems), (4, vec![]));
}

#[test]
fn another_encoding_is_named() {
    let folder = Folder::usual();
    let text = "clip-0|Привет, это запись.\nclip-1|Сегодня хорошая погода.\nclip-2|Пора домой.\n";
    // CP1251 keeps the Cyrillic capitals and letters in the order of Unicode.
    let cp1251: Vec<u8> = text
        .chars()
        .map(|c| match u32::from(c) {
            code @ 0x410..=0x44f => (code - 0x410 + 0xc0) as u8,
            code => code as u8,
        })
        .collect();
    folder.list("metadata.csv", cp1251);
    folder.refused(&[
        "CP1251",
        "Привет, это запись.",
        "hint:",
        "iconv -f CP1251 -t UTF-8",
    ]);
}

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
fn a_folder_of_recordings_and_texts_is_a_corpus() {
    let folder = Folder::in_folder(".");
    folder.refused(&["8 recordings", "no list", "hint:"]);
    for (i, text) in TEXTS.iter().enumerate() {
        let extension = if i % 2 == 0 { "txt" } else { "lab" };
        folder.list(&format!("clip-{i}.{extension}"), text);
    }
    let manifest = folder.reads_whole();
    assert_eq!(manifest.format.unwrap().layout, Layout::Pairs);
    fs::remove_file(folder.path().join("clip-3.lab")).unwrap();
    let (manifest, problems) = folder.import().unwrap();
    assert_eq!((manifest.utterances.len(), manifest.listed), (7, 8));
    assert_eq!(problems[0].kind, ProblemKind::NoText);
}

#[test]
fn kaldi_lists_of_ids_and_sentences_are_read() {
    Folder::usual()
        .lines("text.txt", |i, text| format!("clip-{i} {text}"))
        .reads_whole();
}

#[test]
fn what_is_no_list_is_refused_by_what_it_is() {
    let folder = Folder::usual();
    folder.list("metadata.csv", "");
    folder.refused(&["the list is empty"]);
    folder.list("metadata.csv", "audio_file|text\n");
    folder.refused(&["only a header"]);
    folder.list("metadata.csv", b"PK\x03\x04\x14\x00\x06\x00");
    folder.refused(&["Excel workbook", "hint:"]);
    fs::remove_file(folder.path().join("metadata.csv")).unwrap();
    folder
        .list("train.csv", "clip-0|One.")
        .list("val.csv", "clip-1|Two.");
    folder.refused(&["which of these", "train.csv", "val.csv", "hint:"]);
    let wav = folder.path().join("wavs/clip-0.wav");
    let error = import(&wav, None, &english(), &ImportConfig::default()).unwrap_err();
    assert!(error.to_string().contains("a WAV recording"), "{error}");
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

#[test]
fn a_written_list_of_recordings_elsewhere_reads_without_a_word() {
    let folder = Folder::usual();
    folder.lines("metadata.csv", |i, text| format!("clip-{i}|{text}|anna"));
    let (manifest, _) = folder.import().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let list = elsewhere.path().join("train.csv");
    write_filelist(&list, &manifest.utterances).unwrap();
    let config = ImportConfig {
        root: Some(elsewhere.path().join("data")),
        ..ImportConfig::default()
    };
    let (back, problems) = import(&list, None, &english(), &config).unwrap();
    assert_eq!(problems, []);
    assert_eq!(speakers(&back), [Some("anna"); 8]);
    let text = |m: &Manifest| {
        m.utterances
            .iter()
            .map(|u| u.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(text(&back), text(&manifest));
}
