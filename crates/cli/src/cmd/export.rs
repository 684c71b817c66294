//! `diktor export`: the weights of a voice for other programs.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use diktor_model::weights::{Provenance, write_nvidia, write_safetensors};
use diktor_train::checkpoint::Checkpoint;
use serde::Serialize;

use crate::{
    answer::Form,
    cli,
    exit::{Ending, usage},
};

#[derive(Debug, Serialize)]
struct Exported {
    output: PathBuf,
    tensors: usize,
    parameters_and_buffers: usize,
}

/// Writes the weights under NVIDIA's names.
///
/// # Errors
/// When the checkpoint cannot be read, or the output not be written.
pub(crate) fn run(arguments: cli::Export, form: Form) -> anyhow::Result<Ending> {
    let output = arguments.output;
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
    let checkpoint = Checkpoint::read(&arguments.checkpoint)?;
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
