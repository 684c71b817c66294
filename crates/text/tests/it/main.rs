//! What the crate promises, seen from outside.

mod english;
mod folding;
mod front_end;
mod properties;
mod recordings;
mod tables;

use std::path::PathBuf;

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
