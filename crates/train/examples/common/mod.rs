//! What the tables share: a run in a folder of its own that tells nobody but its sinks.

use std::{error::Error, path::Path};

use burn::tensor::Device;
use diktor_track::NamedSink;
use diktor_train::{ConsoleStyle, Dataset, Hparams, Resume, TrainSpec, data::DatasetOptions};

/// A fresh run on a folder of recordings.
pub(crate) fn quiet_run(
    corpus: &Path,
    run_dir: &Path,
    hparams: Hparams,
    sinks: Vec<NamedSink>,
) -> Result<TrainSpec, Box<dyn Error>> {
    let options = DatasetOptions::default();
    Ok(TrainSpec {
        dataset: Dataset::from_folder(corpus, &hparams, &options, &|_, _| ())?,
        hparams,
        run_dir: run_dir.to_path_buf(),
        resume: Resume::Fresh,
        warm_start: None,
        go_on_from: None,
        beside: Vec::new(),
        opener: None,
        device: Device::flex(),
        console: ConsoleStyle::Quiet,
        sinks,
    })
}
