//! `--log-directory`: TensorBoard's files and a log of the run, outside its directory.
//!
//! `tb` of the run directory becomes a link to the folder, so that whoever looks there finds the files, and a run that
//! goes on writes where it wrote before.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_track::{Console, ConsoleStyle, NamedSink, TENSORBOARD_FOLDER, report::ReportLocale};
use diktor_train::{Opener, TrainError};

use crate::{
    exit::{sentence, usage},
    runs,
};

/// What the console says, in a file.
const LOG_FILE: &str = "train.log";
/// Seconds between two lines of progress in it.
const PROGRESS_EVERY_S: f64 = 60.0;

/// What makes the folder that `--log-directory` asks for when the run begins, or finds that of the run, and gives
/// the sink of its log.
///
/// # Errors
/// When the run writes elsewhere already; exit code 2.
pub(super) fn opener(
    asked: Option<&Path>,
    run_dir: &Path,
    locale: ReportLocale,
) -> anyhow::Result<Opener> {
    let link = run_dir.join(TENSORBOARD_FOLDER);
    if let Some(asked) = asked {
        let asked = std::path::absolute(asked).with_context(|| unwritable(asked))?;
        refuse_elsewhere(&asked, linked(&link).as_deref(), &link)?;
    }
    let (asked, run_dir) = (asked.map(Path::to_owned), run_dir.to_owned());
    Ok(Box::new(move || {
        sinks(asked.as_deref(), &run_dir, locale).map_err(|error| TrainError::Io {
            path: asked.unwrap_or(link),
            source: io::Error::other(sentence(&error)),
        })
    }))
}

/// Refuses to move the files of a run that writes elsewhere.
fn refuse_elsewhere(asked: &Path, there: Option<&Path>, link: &Path) -> anyhow::Result<()> {
    if there.is_some_and(|there| there.starts_with(asked)) || link.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(usage(format!(
        "the run writes its TensorBoard files to `{}` already\nhint: leave out `--log-directory`, or begin a new run",
        link.display()
    )))
}

/// Makes the folder, or finds it, and gives the sink of its log.
fn sinks(
    asked: Option<&Path>,
    run_dir: &Path,
    locale: ReportLocale,
) -> anyhow::Result<Vec<NamedSink>> {
    let link = run_dir.join(TENSORBOARD_FOLDER);
    let folder = match (asked, linked(&link)) {
        (None, None) => return Ok(Vec::new()),
        (None, Some(folder)) if folder.is_dir() => folder,
        (None, Some(folder)) => {
            let folder = folder.display();
            tracing::warn!(
                "`{folder}` is not there; TensorBoard's files go to `{}`",
                link.display()
            );
            fs::remove_file(&link).with_context(|| unwritable(&link))?;
            return Ok(Vec::new());
        }
        (Some(asked), there) => settle(asked, there, run_dir, &link)?,
    };
    let path = folder.join(LOG_FILE);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let file = file.with_context(|| unwritable(&path))?;
    let style = ConsoleStyle::Plain {
        every_s: PROGRESS_EVERY_S,
    };
    let log = Console::with_output(style, locale, Box::new(file));
    Ok(vec![(LOG_FILE, Box::new(log))])
}

/// Where the link leads.
fn linked(link: &Path) -> Option<PathBuf> {
    fs::read_link(link).ok()
}

/// The folder of this run in the folder that is asked for; one run never writes into that of another.
fn settle(
    asked: &Path,
    there: Option<PathBuf>,
    run_dir: &Path,
    link: &Path,
) -> anyhow::Result<PathBuf> {
    let asked = std::path::absolute(asked).with_context(|| unwritable(asked))?;
    if let Some(there) = there.filter(|there| there.starts_with(&asked)) {
        fs::create_dir_all(&there).with_context(|| unwritable(&there))?;
        return Ok(there);
    }
    refuse_elsewhere(&asked, None, link)?;
    let name = name_of(run_dir).to_string_lossy().into_owned();
    let folder = runs::free_in(&asked, &name);
    fs::create_dir_all(&folder).with_context(|| unwritable(&folder))?;
    fs::create_dir_all(run_dir).with_context(|| unwritable(run_dir))?;
    make_link(&folder, link).with_context(|| unwritable(link))?;
    Ok(folder)
}

/// The name of the run: `.` has none of its own.
fn name_of(run_dir: &Path) -> OsString {
    let full = std::path::absolute(run_dir).unwrap_or_else(|_| run_dir.to_owned());
    let name = full.file_name().map(ToOwned::to_owned);
    name.unwrap_or_else(|| "run".into())
}

#[cfg(unix)]
fn make_link(folder: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(folder, link)
}

#[cfg(windows)]
fn make_link(folder: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_dir(folder, link)
}

fn unwritable(path: &Path) -> String {
    format!("`{}` cannot be written", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the log of a run goes.
    fn log_of(run_dir: &Path) -> PathBuf {
        linked(&run_dir.join(TENSORBOARD_FOLDER))
            .unwrap()
            .join(LOG_FILE)
    }

    fn opened(asked: Option<&Path>, run_dir: &Path) -> anyhow::Result<Vec<NamedSink>> {
        sinks(asked, run_dir, ReportLocale::En)
    }

    #[test]
    fn each_run_has_a_folder_of_its_own_and_keeps_it() {
        let home = tempfile::tempdir().unwrap();
        let logs = home.path().join("logs");
        let (first, second) = (home.path().join("a/voice"), home.path().join("b/voice"));
        assert_eq!(opened(Some(&logs), &first).unwrap().len(), 1);
        assert_eq!(opened(Some(&logs), &second).unwrap().len(), 1);
        assert_eq!(log_of(&first), logs.join("voice").join(LOG_FILE));
        assert_eq!(log_of(&second), logs.join("voice-2").join(LOG_FILE));
        // Going on, with and without saying it again.
        assert_eq!(opened(None, &first).unwrap().len(), 1);
        assert_eq!(opened(Some(&logs), &first).unwrap().len(), 1);
        assert_eq!(log_of(&first), logs.join("voice").join(LOG_FILE));
    }

    #[test]
    fn a_run_that_writes_elsewhere_is_not_moved() {
        let home = tempfile::tempdir().unwrap();
        let run = home.path().join("voice");
        fs::create_dir_all(run.join(TENSORBOARD_FOLDER)).unwrap();
        let error = opened(Some(&home.path().join("logs")), &run).err().unwrap();
        assert!(error.to_string().contains("already"), "{error}");
        assert!(!home.path().join("logs").exists());
    }

    #[test]
    fn a_run_whose_log_folder_has_gone_writes_at_home() {
        let home = tempfile::tempdir().unwrap();
        let (logs, run) = (home.path().join("logs"), home.path().join("voice"));
        opened(Some(&logs), &run).unwrap();
        fs::remove_dir_all(&logs).unwrap();
        assert!(opened(None, &run).unwrap().is_empty());
        assert!(!run.join(TENSORBOARD_FOLDER).exists());
    }
}
