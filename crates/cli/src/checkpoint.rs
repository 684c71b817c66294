//! Which file is meant where a person names a checkpoint, a folder of them, or a run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use diktor_train::checkpoint::{BEST, CheckpointError, CheckpointStore, GOOD, LAST};
use strsim::jaro_winkler;

use crate::{exit::usage, logging::SAID};

/// What a checkpoint is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// To speak, to export, or to begin another run with its weights: the best one of a run.
    Voice,
    /// To go on from, or to validate: the newest one of a run.
    Newest,
}

impl Wanted {
    /// Names in the order in which they are taken; numbered checkpoints come after them.
    fn names(self) -> [&'static str; 3] {
        match self {
            Self::Voice => [BEST, GOOD, LAST],
            Self::Newest => [LAST, BEST, GOOD],
        }
    }
}

/// The checkpoint that a path means: the file itself, or the one that a run directory or its `checkpoints/` has for
/// this use. What was taken in place of a folder is said.
///
/// # Errors
/// When there is no such file, or nothing in the folder that would do (exit code 2).
pub(crate) fn checkpoint_of(path: &Path, wanted: Wanted) -> anyhow::Result<PathBuf> {
    if path.is_file() {
        return Ok(path.to_owned());
    }
    if !path.is_dir() {
        return Err(missing(path));
    }
    let inner = CheckpointStore::look(path).folder().to_owned();
    let found = [inner.as_path(), path]
        .into_iter()
        .find_map(|folder| in_folder(folder, wanted));
    let Some(found) = found else {
        return Err(nothing_in(path));
    };
    tracing::info!(
        target: SAID,
        "`{}` is a folder: taking `{}`", path.display(), found.display()
    );
    Ok(found)
}

/// The checkpoint of a folder that holds checkpoints.
fn in_folder(folder: &Path, wanted: Wanted) -> Option<PathBuf> {
    let named = wanted.names().map(|name| folder.join(name));
    if let Some(found) = named.into_iter().find(|path| path.is_file()) {
        return Some(found);
    }
    // `checkpoint_00000100.ckpt`: the highest number comes last.
    files(folder, "ckpt").pop()
}

/// Files of a folder with this ending, sorted by name.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|found| found == ending))
        .collect();
    found.sort();
    found
}

/// Names what is beside a path that is not there.
fn missing(path: &Path) -> anyhow::Error {
    let folder = path.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let asked = path.file_name().unwrap_or_default().to_string_lossy();
    let likeness = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        jaro_winkler(&asked, &name)
    };
    let mut beside = files(folder, "ckpt");
    // The name most like it is named first.
    beside.sort_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let beside = listed(&beside);
    let hint = if beside.is_empty() {
        "checkpoints are in `checkpoints/` of a run directory, which can be named itself; \
         `diktor import` makes one of a `.pt` file"
            .to_owned()
    } else {
        format!("`{}` has {beside}", folder.display())
    };
    usage(format!("`{}`: no such file\nhint: {hint}", path.display()))
}

/// Says what a folder without checkpoints holds instead.
fn nothing_in(path: &Path) -> anyhow::Error {
    let foreign = ["pt", "pth", "safetensors"]
        .into_iter()
        .find_map(|ending| files(path, ending).pop());
    let runs = runs_in(path);
    let of_runs = (!runs.is_empty()).then(|| format!("name one of its runs: {}", listed(&runs)));
    let of_foreign = foreign.map(|file| import_line(&file));
    let hints: Vec<String> = of_runs.into_iter().chain(of_foreign).collect();
    let hint = match hints.is_empty() {
        true => {
            "name a `.ckpt` file, or a run directory: it has a folder `checkpoints/`".to_owned()
        }
        false => hints.join("; "),
    };
    usage(format!(
        "`{}`: no checkpoint in this folder\nhint: {hint}",
        path.display()
    ))
}

/// Folders in a folder that have checkpoints.
fn runs_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| in_folder(CheckpointStore::look(path).folder(), Wanted::Newest).is_some())
        .collect();
    runs.sort();
    runs
}

/// A file that is something else than a checkpoint was named by mistake (exit code 2).
pub(crate) fn refused(error: CheckpointError) -> anyhow::Error {
    match error {
        CheckpointError::Foreign { .. } => usage(error),
        other => other.into(),
    }
}

/// The line that makes a voice of a file of weights.
pub(crate) fn import_line(file: &Path) -> String {
    format!(
        "`diktor import {} -o {}` makes a voice of it",
        file.display(),
        file.with_extension("ckpt").display()
    )
}

/// A few names, in backticks.
fn listed(paths: &[PathBuf]) -> String {
    const SHOWN: usize = 4;
    let names = paths.iter().rev().take(SHOWN).map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        format!("`{name}`")
    });
    let names: Vec<String> = names.collect();
    match paths.len().saturating_sub(SHOWN) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(folder: &Path, names: &[&str]) -> PathBuf {
        let checkpoints = folder.join("checkpoints");
        fs::create_dir_all(&checkpoints).unwrap();
        for name in names {
            fs::write(checkpoints.join(name), "x").unwrap();
        }
        checkpoints
    }

    #[test]
    fn a_run_and_its_folder_mean_the_checkpoint_for_the_use() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = run(
            folder.path(),
            &["last.ckpt", "best_model.ckpt", "last_good.ckpt"],
        );
        for path in [folder.path(), &*checkpoints] {
            let voice = checkpoint_of(path, Wanted::Voice).unwrap();
            assert_eq!(voice, checkpoints.join("best_model.ckpt"));
            let newest = checkpoint_of(path, Wanted::Newest).unwrap();
            assert_eq!(newest, checkpoints.join("last.ckpt"));
        }
        let file = checkpoints.join("last_good.ckpt");
        assert_eq!(checkpoint_of(&file, Wanted::Voice).unwrap(), file);
    }

    #[test]
    fn the_highest_number_stands_in_for_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["checkpoint_00000100.ckpt", "checkpoint_00000020.ckpt"];
        let checkpoints = run(folder.path(), &names);
        let found = checkpoint_of(folder.path(), Wanted::Voice).unwrap();
        assert_eq!(found, checkpoints.join(names[0]));
    }

    #[test]
    fn a_folder_without_checkpoints_says_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let words = |path: &Path| checkpoint_of(path, Wanted::Voice).unwrap_err().to_string();
        assert!(words(folder.path()).contains("no checkpoint in this folder"));
        run(&folder.path().join("my_voice"), &["last.ckpt"]);
        assert!(words(folder.path()).contains("`my_voice`"));
        fs::write(folder.path().join("tacotron2.pt"), "x").unwrap();
        let said = words(folder.path());
        assert!(
            said.contains("diktor import") && said.contains("tacotron2.ckpt"),
            "{said}"
        );
    }

    #[test]
    fn a_missing_file_names_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = run(folder.path(), &["best_model.ckpt"]);
        let said = checkpoint_of(&checkpoints.join("best.ckpt"), Wanted::Voice).unwrap_err();
        assert!(said.to_string().contains("`best_model.ckpt`"), "{said}");
    }
}
