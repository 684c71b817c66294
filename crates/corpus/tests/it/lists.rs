//! Lists as people have them: separators, quotes, headers, columns, places, names, encodings.

use std::fs;

use diktor_corpus::{
    ImportConfig, Layout, Manifest, Problem, ProblemKind, Reading, import, write_filelist,
};
use diktor_text::{Cleaners, Frontend};
use unicode_normalization::UnicodeNormalization;

use crate::{
    clips::english,
    folder::{Folder, TEXTS, columns, lost, speakers},
};

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
