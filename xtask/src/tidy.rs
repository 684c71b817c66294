//! Rules of the workspace that no compiler checks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{cargo, docs::markdown_files, root};

/// Which of our crates each of our crates may use; ARCHITECTURE.md has the same table.
const ALLOWED: [(&str, &[&str]); 10] = [
    ("diktor-audio", &[]),
    ("diktor-text", &[]),
    ("diktor-track", &[]),
    ("diktor-alert", &["diktor-track"]),
    ("diktor-corpus", &["diktor-audio", "diktor-text"]),
    (
        "diktor-eval",
        &["diktor-audio", "diktor-text", "diktor-corpus"],
    ),
    ("diktor-model", &["diktor-audio", "diktor-text"]),
    (
        "diktor-train",
        &[
            "diktor-audio",
            "diktor-text",
            "diktor-corpus",
            "diktor-model",
            "diktor-track",
        ],
    ),
    (
        "diktor",
        &[
            "diktor-audio",
            "diktor-text",
            "diktor-corpus",
            "diktor-model",
            "diktor-train",
            "diktor-track",
            "diktor-alert",
            "diktor-eval",
        ],
    ),
    ("xtask", &[]),
];

/// Crates that must build without the tensor library.
const WITHOUT_BURN: [&str; 6] = [
    "diktor-audio",
    "diktor-text",
    "diktor-corpus",
    "diktor-eval",
    "diktor-track",
    "diktor-alert",
];

/// Direct dependencies, of every kind, of every package of the workspace.
///
/// Tests of a crate may switch on a feature of that same crate; this is no arrow between crates.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |package: &serde_json::Value| -> BTreeSet<String> {
        let list = package["dependencies"].as_array().unwrap();
        list.iter()
            .filter(|dependency| {
                dependency["kind"] != "dev" || dependency["name"] != package["name"]
            })
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|p| (p["name"].as_str().unwrap().to_owned(), names(p)))
        .collect()
}

#[test]
fn crates_depend_on_each_other_one_way() {
    let dependencies = dependencies();
    let known: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let ours: BTreeSet<&str> = dependencies.keys().map(String::as_str).collect();
    assert_eq!(
        ours, known,
        "a crate joins the table of `xtask/src/tidy.rs` when it is made"
    );
    for (name, allowed) in ALLOWED {
        for used in dependencies[name]
            .iter()
            .filter(|used| known.contains(used.as_str()))
        {
            assert!(
                allowed.contains(&used.as_str()),
                "`{name}` may not depend on `{used}`"
            );
        }
    }
}

#[test]
fn the_program_is_built_without_planted_faults() {
    let output = cargo()
        .args(["tree", "--package", "diktor", "--edges", "features,no-dev"])
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("diktor-train"), "{tree}");
    assert!(!tree.contains("fault-injection"), "{tree}");
}

#[test]
fn crates_of_plain_slices_do_not_know_the_tensor_library() {
    let dependencies = dependencies();
    for name in WITHOUT_BURN {
        let burn = dependencies[name]
            .iter()
            .find(|used| used.starts_with("burn"));
        assert_eq!(
            burn, None,
            "`{name}` builds in seconds because it does not use Burn"
        );
    }
}

pub(crate) fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_is_re_exported_by_a_glob() {
    let mut files = Vec::new();
    rust_files(&root().join("crates"), &mut files);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let glob = text.lines().find(|line| {
            let line = line.trim_start();
            line.starts_with("pub use ") && line.ends_with("::*;")
        });
        assert_eq!(
            glob,
            None,
            "`{}`: a crate root lists its names",
            path.display()
        );
    }
}

#[test]
fn every_document_exists_in_both_languages_with_the_same_sections() {
    let docs = root().join("docs");
    let outline = |path: &Path| -> Vec<usize> {
        let text = fs::read_to_string(path).unwrap();
        let mut in_code = false;
        let mut levels = Vec::new();
        for line in text.lines() {
            in_code ^= line.starts_with("```");
            if !in_code && line.starts_with('#') {
                levels.push(line.bytes().take_while(|byte| *byte == b'#').count());
            }
        }
        levels
    };
    let mut pairs = vec![(root().join("README.md"), root().join("README.ru.md"))];
    let english = markdown_files(&docs.join("en")).unwrap();
    let russian = markdown_files(&docs.join("ru")).unwrap();
    let names = |list: &[PathBuf]| -> Vec<_> {
        list.iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&english), names(&russian));
    pairs.extend(english.into_iter().zip(russian));
    for (english, russian) in pairs {
        assert_eq!(
            outline(&english),
            outline(&russian),
            "`{}` and `{}` have different sections",
            english.display(),
            russian.display()
        );
    }
}

#[test]
fn decisions_are_short() {
    for path in markdown_files(&root().join("docs").join("decisions")).unwrap() {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(
            lines < 40,
            "`{}`: {lines} lines, a decision fits in 39",
            path.display()
        );
    }
}
