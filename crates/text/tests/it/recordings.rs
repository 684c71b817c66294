//! Texts of real corpora.

use std::path::{Path, PathBuf};

use diktor_text::{Cleaners, Frontend};

use crate::project;

/// `id`, raw text, spoken text of every line of an LJSpeech list.
fn rows(path: &Path) -> Vec<[String; 3]> {
    let list = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    list.lines()
        .map(|line| {
            let fields: Vec<String> = line.split('|').map(str::to_owned).collect();
            fields
                .try_into()
                .unwrap_or_else(|fields| panic!("{fields:?}"))
        })
        .collect()
}

#[test]
fn the_bundled_corpus_is_spoken_as_the_cleaners_read_it() {
    for (language, cleaners, counts) in [
        ("en", Cleaners::EnglishCleaners, [400, 24]),
        ("ru", Cleaners::RussianCleaners, [280, 24]),
    ] {
        let frontend = Frontend::new(vec![cleaners]);
        for (folder, count) in ["", "heldout"].into_iter().zip(counts) {
            let folder = project("assets/demo").join(language).join(folder);
            let rows = rows(&folder.join("metadata.csv"));
            assert_eq!(rows.len(), count);
            for [id, raw, spoken] in rows {
                let read = frontend
                    .encode(&raw)
                    .unwrap_or_else(|e| panic!("{id}: {e}"));
                assert_eq!(read, frontend.encode(&spoken).unwrap(), "{id}");
            }
        }
    }
}

#[test]
fn held_out_sentences_use_symbols_that_training_shows() {
    for (language, cleaners) in [
        ("en", Cleaners::EnglishCleaners),
        ("ru", Cleaners::RussianCleaners),
    ] {
        let frontend = Frontend::new(vec![cleaners]);
        let mut seen = std::collections::HashMap::<u32, usize>::new();
        let folder = project("assets/demo").join(language);
        for [_, raw, _] in rows(&folder.join("metadata.csv")) {
            for id in frontend.encode(&raw).unwrap().ids {
                *seen.entry(id).or_default() += 1;
            }
        }
        for [name, raw, _] in rows(&folder.join("heldout/metadata.csv")) {
            for id in frontend.encode(&raw).unwrap().ids {
                let symbol = frontend.symbols.symbol(id);
                assert!(seen.get(&id).is_some_and(|&n| n >= 4), "{name}: {symbol:?}");
            }
        }
    }
}

#[allow(clippy::print_stderr, reason = "a skipped test says so")]
#[test]
fn every_ljspeech_clip_can_be_read() {
    let data = std::env::var_os("DIKTOR_TEST_DATA")
        .map_or_else(|| project("../shared/data"), PathBuf::from);
    let list = data.join("ljspeech/metadata.csv");
    if !list.exists() {
        eprintln!("skipped: no {}", list.display());
        return;
    }
    let frontend = Frontend::new(vec![Cleaners::EnglishCleaners]);
    for [id, raw, spoken] in rows(&list) {
        for text in [raw, spoken] {
            frontend
                .encode(&text)
                .unwrap_or_else(|e| panic!("{id}: {e}"));
        }
    }
}
