//! The split of a run, in its folder: what has judged it once judges it for good.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use diktor_corpus::{SplitRecord, write_filelist};

use super::Dataset;
use crate::{TrainError, checkpoint::write_atomic};

/// Folder of a run with what it is trained on.
const FOLDER: &str = "dataset";
/// The ids of both parts.
const RECORD: &str = "split.json";
/// The parts as lists of recordings and texts.
const LISTS: [&str; 2] = ["train.csv", "val.csv"];

/// The split that the run in `run_dir` was begun with; `None` if it has left none.
///
/// A run of an older program left the two lists alone: there a recording is known by its file's name.
pub fn split_of_run(run_dir: &Path) -> Option<SplitRecord> {
    let folder = run_dir.join(FOLDER);
    let record = folder.join(RECORD);
    match fs::read(&record) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(record) => return Some(record),
            Err(error) => {
                tracing::warn!(
                    "`{}`: {error}; the lists beside it are used",
                    record.display()
                );
            }
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!("`{}`: {error}", record.display()),
    }
    let [train, validation] = LISTS.map(|list| listed(&folder.join(list)));
    let record = SplitRecord {
        train: train?,
        validation: validation?,
    };
    (!record.validation.is_empty()).then_some(record)
}

/// The names of the recordings of a list, without folder and ending.
fn listed(list: &Path) -> Option<BTreeSet<String>> {
    let text = fs::read_to_string(list).ok()?;
    let name = |line: &str| {
        let recording = PathBuf::from(line.split('|').next()?);
        Some(recording.file_stem()?.to_string_lossy().into_owned())
    };
    Some(text.lines().filter_map(name).collect())
}

/// Writes the split into the folder of the run.
pub(crate) fn keep_split(run_dir: &Path, dataset: &Dataset) -> Result<(), TrainError> {
    let folder = run_dir.join(FOLDER);
    fs::create_dir_all(&folder).map_err(TrainError::io(&folder))?;
    let path = folder.join(RECORD);
    let record = serde_json::to_vec_pretty(&dataset.record).map_err(io::Error::from);
    record
        .and_then(|record| write_atomic(&path, |out| out.write_all(&record)))
        .map_err(TrainError::io(&path))?;
    let parts = [&dataset.split.train, &dataset.split.validation];
    for (list, part) in LISTS.iter().zip(parts) {
        write_filelist(&folder.join(list), part)?;
    }
    Ok(())
}
