//! What the crate promises, seen from outside.

mod english;
mod english_names_table;
mod english_numbers_table;
mod folding;
mod front_end;
mod properties;
mod recordings;
mod russian_table;
mod tables;

use std::path::PathBuf;

use diktor_text::{Class, Cleaners, Frontend};

/// A file of the project, by its path from the root.
fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Parses a committed golden.
fn golden<T: serde::de::DeserializeOwned>(name: &str) -> T {
    let path = project("fixtures/text").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path:?}: {e}"))
}

/// Class of the token that matters, text, what is spoken.
type Line = (Class, &'static str, &'static str);

/// Reads every line: the words, the class, the symbols, and that a clean text stays as it is.
fn check_table(cleaners: Cleaners, lines: &[Line]) {
    let frontend = Frontend::new(vec![cleaners]);
    let mut wrong = Vec::new();
    for (class, text, expected) in lines {
        let reading = frontend.read(text);
        if reading.cleaned != *expected {
            wrong.push(format!(
                "{text}\n    is     {}\n    should {expected}",
                reading.cleaned
            ));
        } else if !reading.tokens.iter().any(|token| token.class == *class) {
            wrong.push(format!("{text}: no {class} in {:?}", reading.tokens));
        } else if let Err(error) = frontend.encode(text) {
            wrong.push(format!("{text}: {error}"));
        }
        let again = frontend.normalise(&reading.cleaned);
        if again != reading.cleaned {
            wrong.push(format!("{text}: again {again}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        lines.len(),
        wrong.join("\n")
    );
}
