//! `diktor export`: the weights of a voice, or the record of runs, for other programs.

mod mlflow_db;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use diktor_model::weights::{Provenance, write_nvidia, write_safetensors};
use diktor_train::checkpoint::Checkpoint;
use serde::Serialize;

use crate::{
    answer::Form,
    checkpoint::{Wanted, checkpoint_of, refused},
    cli::{self, ExportRecord},
    exit::{Ending, usage},
};

#[derive(Debug, Serialize)]
struct Exported {
    output: PathBuf,
    tensors: usize,
    parameters_and_buffers: usize,
}

/// Writes what is asked for.
///
/// # Errors
/// When what is to be exported cannot be read, or the output not be written.
pub(crate) fn run(arguments: cli::Export, form: Form) -> anyhow::Result<Ending> {
    match (arguments.record, arguments.checkpoint, arguments.output) {
        (Some(ExportRecord::MlflowDb(arguments)), ..) => mlflow_db::run(&arguments, form),
        (None, Some(checkpoint), Some(output)) => weights(&checkpoint, output, form),
        (None, ..) => Err(usage("nothing to export")),
    }
}

/// Writes the weights under NVIDIA's names.
fn weights(checkpoint: &Path, output: PathBuf, form: Form) -> anyhow::Result<Ending> {
    let ending = output
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if !["safetensors", "pt", "pth"].contains(&ending) {
        return Err(usage(format!(
            "`{}`: no format is called `{ending}`\nhint: end the name with `.safetensors` or `.pt`",
            output.display()
        )));
    }
    let path = checkpoint_of(checkpoint, Wanted::Voice)?;
    let checkpoint = Checkpoint::read(&path).map_err(refused)?;
    let (mut tensors, state) = (checkpoint.weights, &checkpoint.state);
    // The coarse decoder is for training alone.
    tensors.retain(|tensor| !tensor.name.starts_with("coarse_decoder."));
    if ending == "safetensors" {
        let metadata = BTreeMap::from([
            ("iteration".to_owned(), state.step.to_string()),
            ("hparams".to_owned(), serde_json::to_string(&state.hparams)?),
            ("symbols".to_owned(), serde_json::to_string(&state.symbols)?),
        ]);
        write_safetensors(&output, &tensors, &metadata)?;
    } else {
        let learning_rate = state
            .training
            .as_ref()
            .map(|training| training.knobs.learning_rate);
        let learning_rate = learning_rate.unwrap_or(state.hparams.learning_rate);
        write_nvidia(
            &output,
            &tensors,
            Provenance {
                iteration: state.step,
                learning_rate,
            },
        )?;
    }
    form.print(&Exported {
        output,
        tensors: tensors.len(),
        parameters_and_buffers: tensors.iter().map(|tensor| tensor.values.len()).sum(),
    })?;
    Ok(Ending::Done)
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} tensors, {} values",
            self.output.display(),
            self.tensors,
            self.parameters_and_buffers
        )
    }
}
