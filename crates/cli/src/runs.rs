//! Run directories: a name for a new one, and which one a person means.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use diktor_track::EVENTS_FILE;
use strsim::jaro_winkler;

use crate::{exit::usage, logging::SAID};

/// Where runs are written and looked for when nothing is said.
pub(crate) const OUTPUT: &str = "output";
/// Folders inside folders that runs are looked for in: `output/experiment/voice`.
const DEEPEST: usize = 3;
/// A copy that `recover` made is no run of its own.
const BACKUP: &str = ".before-recovery-";
/// Names less alike than this are not offered.
const LIKENESS: f64 = 0.7;

/// The first of `output/NAME`, `output/NAME-2`, ... that is not there, or is empty.
pub(crate) fn free(name: &str) -> PathBuf {
    free_in(Path::new(OUTPUT), name)
}

/// The same in another folder.
pub(crate) fn free_in(folder: &Path, name: &str) -> PathBuf {
    let numbered = |number: u32| match number {
        1 => folder.join(name),
        _ => folder.join(format!("{name}-{number}")),
    };
    let free = (1..).map(numbered).find(|folder| is_free(folder));
    free.expect("some number is free")
}

fn is_free(folder: &Path) -> bool {
    // A link that leads nowhere is taken too.
    if folder.symlink_metadata().is_err() {
        return true;
    }
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}

/// The run that a person names, or the newest of `output/` if they name none.
///
/// A folder of runs means the newest of them, a file or folder inside a run means that run, and a bare name the run
/// of that name in `output/`; which one was taken is told.
///
/// # Errors
/// When there is none; exit code 2.
pub(crate) fn named(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    named_in(Path::new(OUTPUT), named)
}

fn named_in(output: &Path, named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let Some(path) = named else {
        let newest = newest(output).ok_or_else(|| {
            usage(format!(
                "which run?\nhint: there is none in `{}`; name the folder that `diktor train -o` wrote",
                output.display()
            ))
        })?;
        tell("the newest run", &newest);
        return Ok(newest);
    };
    if is_run(path) {
        return Ok(path.to_owned());
    }
    if !path.exists() {
        let in_output = output.join(path);
        if is_run(&in_output) {
            tell("the run of that name", &in_output);
            return Ok(in_output);
        }
        return Err(usage(format!(
            "`{}`: no run here, there is no such folder\nhint: {}",
            path.display(),
            nearest(output, path)
        )));
    }
    if let Some(around) = around(path) {
        tell("the run that this belongs to", &around);
        return Ok(around);
    }
    if let Some(newest) = newest(path) {
        tell("the newest run in this folder", &newest);
        return Ok(newest);
    }
    Err(usage(format!(
        "`{}`: no run here, `{EVENTS_FILE}` is missing\nhint: {}",
        path.display(),
        nearest(output, path)
    )))
}

/// Every run that is meant: a folder of runs means all of them, nothing the newest.
///
/// # Errors
/// As [`named`].
pub(crate) fn all_named(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if paths.is_empty() {
        return Ok(vec![named(None)?]);
    }
    let mut found = Vec::new();
    for path in paths {
        let mut inside = if is_run(path) {
            vec![path.clone()]
        } else {
            all_in(path)
        };
        if inside.is_empty() {
            inside.push(named(Some(path))?);
        }
        inside.sort();
        found.append(&mut inside);
    }
    Ok(found)
}

/// Says which run was taken.
fn tell(what: &str, run: &Path) {
    tracing::info!(target: SAID, "taking {what}, `{}`", run.display());
}

/// The run whose record was written last, in a folder, in those inside it, or the folder itself.
pub(crate) fn newest(folder: &Path) -> Option<PathBuf> {
    let all = all_in(folder);
    all.into_iter().max_by_key(|run| written(run))
}

/// When something of the run was last recorded.
fn written(run: &Path) -> (SystemTime, PathBuf) {
    let events = fs::metadata(run.join(EVENTS_FILE)).and_then(|file| file.modified());
    // Of two with the same time the later name: `voice-2` came after `voice`.
    (events.unwrap_or(SystemTime::UNIX_EPOCH), run.to_owned())
}

/// Every run in a folder, and the folder itself if it is one.
fn all_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let is_run = is_run(&folder);
        if is_run {
            found.push(folder.clone());
        }
        // `-o output` makes the folder of all runs a run too.
        if depth == DEEPEST || (is_run && depth > 0) {
            continue;
        }
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && !name.to_string_lossy().contains(BACKUP) {
                folders.push((entry.path(), depth + 1));
            }
        }
    }
    found
}

/// Whether a training wrote this folder.
pub(crate) fn is_run(folder: &Path) -> bool {
    folder.join(EVENTS_FILE).is_file()
}

/// The run that a path lies in.
fn around(path: &Path) -> Option<PathBuf> {
    let full = fs::canonicalize(path).ok()?;
    let depth = 1 + full.ancestors().skip(1).take(DEEPEST).position(is_run)?;
    let named = path.ancestors().nth(depth);
    // As it was typed, where that says it.
    match named.filter(|named| !named.as_os_str().is_empty()) {
        Some(named) => Some(named.to_owned()),
        None => full.ancestors().nth(depth).map(Path::to_owned),
    }
}

/// The run that looks most like a path, in words.
fn nearest(output: &Path, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut runs = all_in(output);
    runs.extend(beside.map(all_in).unwrap_or_default());
    let likeness = |run: &PathBuf| {
        let own = run.file_name().unwrap_or_default().to_string_lossy();
        jaro_winkler(&own, &name)
    };
    let best = runs
        .iter()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|run| likeness(run) >= LIKENESS);
    match (best, newest(output)) {
        (Some(run), _) => format!("did you mean `{}`?", run.display()),
        (None, Some(run)) => format!("the newest run is `{}`", run.display()),
        (None, None) => "name the folder that `diktor train -o` wrote".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A run in `folder`, recorded so many seconds after the first.
    fn run(folder: &Path, name: &str, second: u64) -> PathBuf {
        let run = folder.join(name);
        fs::create_dir_all(run.join("checkpoints")).unwrap();
        let events = run.join(EVENTS_FILE);
        fs::write(&events, "").unwrap();
        let when = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + second);
        let file = fs::File::options().write(true).open(&events).unwrap();
        file.set_modified(when).unwrap();
        run
    }

    #[test]
    fn a_name_is_free_while_nothing_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path();
        assert_eq!(free_in(output, "voice"), output.join("voice"));
        fs::create_dir(output.join("voice")).unwrap();
        assert_eq!(
            free_in(output, "voice"),
            output.join("voice"),
            "still empty"
        );
        run(output, "voice", 0);
        run(output, "voice-2", 1);
        assert_eq!(free_in(output, "voice"), output.join("voice-3"));
    }

    #[test]
    fn no_name_means_the_run_that_was_written_last() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path();
        assert!(
            named_in(output, None)
                .unwrap_err()
                .to_string()
                .contains("which run?")
        );
        run(output, "voice", 5);
        let newest = run(&output.join("experiment"), "other", 9);
        run(output, "zebra", 1);
        run(output, "voice.before-recovery-1", 99);
        assert_eq!(named_in(output, None).unwrap(), newest);
    }

    #[test]
    fn a_folder_a_file_inside_and_a_bare_name_mean_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output");
        let voice = run(&output, "voice", 5);
        let other = run(&output, "other", 9);
        let taken = |path: &Path| named_in(&output, Some(path)).unwrap();
        assert_eq!(taken(&voice), voice);
        assert_eq!(taken(&output), other);
        assert_eq!(taken(&voice.join("checkpoints")), voice);
        assert_eq!(taken(&voice.join(EVENTS_FILE)), voice);
        assert_eq!(taken(Path::new("voice")), voice);
    }

    #[test]
    fn a_wrong_path_is_answered_with_the_nearest_run() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("output");
        run(&output, "my_voice", 5);
        let said = |path: &str| {
            let error = named_in(&output, Some(Path::new(path))).unwrap_err();
            error.to_string()
        };
        let error = said("output/my_vioce");
        assert!(
            error.contains("no run here") && error.contains("did you mean"),
            "{error}"
        );
        assert!(said("zzz").contains("the newest run is"));
        fs::create_dir(folder.path().join("empty")).unwrap();
        let empty = folder.path().join("empty");
        let error = named_in(&output, Some(&empty)).unwrap_err().to_string();
        assert!(error.contains("`events.jsonl` is missing"), "{error}");
    }
}
