//! A checkpoint judged as a run judges itself, without training.

use std::sync::Arc;

use burn::tensor::Device;
use diktor_corpus::global_mean_mel;

use crate::{
    Checkpoint, Dataset, Hparams, Knobs, TrainError,
    task::{Depth, Tacotron2Task, Task as _, Validation, ValidationSet},
};

/// A full validation of a checkpoint, with the knobs the run had there.
///
/// Data, hyper-parameters and device of the run give the metrics that the run found at that step.
///
/// # Errors
/// If there is nothing to validate on, or the checkpoint is of another network or alphabet.
pub fn validate(
    checkpoint: &Checkpoint,
    hparams: &Hparams,
    dataset: Dataset,
    device: &Device,
) -> Result<Validation, TrainError> {
    let (state, symbols) = (&checkpoint.state, dataset.frontend.symbols);
    if symbols != state.symbols {
        return Err(TrainError::Mismatch {
            what: "the table of symbols".to_owned(),
            found: format!("of {} symbols", state.symbols.len()),
            expected: format!("that of `text_cleaners`, of {}", symbols.len()),
        });
    }
    if dataset.validation.is_empty() {
        return Err(TrainError::NoExamples { part: "validation" });
    }
    let mean_mel = global_mean_mel(&dataset.train).unwrap_or_default();
    let judged = ValidationSet::new(Arc::new(dataset.validation), hparams, mean_mel).listening(
        &dataset.train,
        &symbols,
        hparams.seed,
    );
    let mut task = Tacotron2Task::new(hparams, &symbols, &device.clone().autodiff(), judged)?;
    task.restore(checkpoint)?;
    let training = state.training.as_ref();
    let knobs = training.map_or_else(|| Knobs::from_hparams(hparams), |one| one.knobs.clone());
    Ok(task.validate(Depth::Full, &knobs))
}
