//! Where the bundled corpus is.

use std::path::{Path, PathBuf};

use crate::{cli::Language, exit::usage};

/// Its place in a checkout.
const FOLDER: &str = "assets/demo";

/// The corpus of a language: beside the working directory, beside the program or above it, or
/// where the program was built.
///
/// # Errors
/// When it is in none of these places.
pub(crate) fn find(language: Language) -> anyhow::Result<PathBuf> {
    let name = match language {
        Language::En => "en",
        Language::Ru => "ru",
    };
    let program = std::env::current_exe().unwrap_or_default();
    let above = program.ancestors().skip(1);
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let roots = std::iter::once(Path::new("")).chain(above).chain(built);
    let found = roots
        .map(|root| root.join(FOLDER).join(name))
        .find(|folder| is_corpus(folder));
    found.ok_or_else(|| {
        usage(format!(
            "the bundled corpus `{FOLDER}/{name}` is not here\nhint: run this in the checkout of \
             the project, or train on recordings of yours with `diktor train --dataset`"
        ))
    })
}

fn is_corpus(folder: &Path) -> bool {
    folder.join("metadata.csv").is_file()
}
