//! What can go wrong with a weight file, by cause.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why a weight file could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The operating system refused.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// File concerned.
        path: PathBuf,
        /// Its reason.
        #[source]
        source: std::io::Error,
    },
    /// Neither PyTorch nor safetensors.
    #[error(
        "`{}`: neither a PyTorch file (zip or legacy) nor safetensors\nhint: check that the download is complete and is not a web page",
        path.display()
    )]
    UnknownFormat {
        /// File concerned.
        path: PathBuf,
    },
    /// A PyTorch file that contradicts itself or is cut off.
    #[error("`{}`: damaged PyTorch file: {source}\nhint: copy or download it again", path.display())]
    PyTorch {
        /// File concerned.
        path: PathBuf,
        /// What the parser met.
        #[source]
        source: Box<pytorch_reader::PytorchError>,
    },
    /// A safetensors file that contradicts itself or is cut off.
    #[error("`{}`: damaged safetensors file: {source}\nhint: copy or download it again", path.display())]
    Safetensors {
        /// File concerned.
        path: PathBuf,
        /// What the parser met.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// A pickle that would run a program in a reader that executes pickles.
    #[error(
        "`{}`: an attack: whoever loads it with `torch.load` or `pickle.load` runs `{callable}`; refused, nothing was executed\nhint: do not open it in Python; get the checkpoint from where it was made",
        path.display()
    )]
    Hostile {
        /// File concerned.
        path: PathBuf,
        /// Function that the file names.
        callable: String,
    },
    /// A module pickled with its code's name, whose tensors are not to be had without that code.
    #[error(
        "`{}`: a whole module, `{class}`{}, and no `state_dict()`; it needs the code it was made with\nhint: where that code is, run `import torch; m = torch.load(\"{}\", map_location=\"cpu\", weights_only=False){}; torch.save(m.state_dict(), \"{}\")`, then import that",
        path.display(), under(.key), shown(path), indexed(.key), saved(path)
    )]
    WholeModule {
        /// File concerned.
        path: PathBuf,
        /// Class of the module.
        class: String,
        /// Where it is in the file; at the top where there is none.
        key: Option<String>,
    },
    /// A program of TorchScript.
    #[error(
        "`{}`: a TorchScript program, and no `state_dict()`\nhint: run `import torch; torch.save(torch.jit.load(\"{}\", map_location=\"cpu\").state_dict(), \"{}\")`, then import that",
        path.display(), shown(path), saved(path)
    )]
    Script {
        /// File concerned.
        path: PathBuf,
    },
    /// Tensors written by Python's `pickle` and not by PyTorch.
    #[error(
        "`{}`: tensors written by `pickle.dump`, each a pickle of its own\nhint: run `import torch, pickle; torch.save(pickle.load(open(\"{}\", \"rb\")), \"{}\")`, then import that",
        path.display(), shown(path), saved(path)
    )]
    PlainPickle {
        /// File concerned.
        path: PathBuf,
    },
    /// Weights in several places, none of which is the usual one.
    #[error(
        "`{}`: weights under {keys}: which are meant is not known\nhint: save the right ones alone, under `state_dict`",
        path.display()
    )]
    SeveralPlaces {
        /// File concerned.
        path: PathBuf,
        /// The keys.
        keys: String,
    },
    /// A checkpoint of Diktor, which is more than weights and has a checksum to be looked at.
    #[error("`{}`: a checkpoint of Diktor, and not bare weights", path.display())]
    Checkpoint {
        /// File concerned.
        path: PathBuf,
    },
    /// Something other than a tensor among the weights.
    #[error("`{}`: `{name}` is a `{class}`, expected a tensor", path.display())]
    NotATensor {
        /// File concerned.
        path: PathBuf,
        /// Key of the entry.
        name: String,
        /// Its Python type.
        class: String,
    },
    /// A file without weights in a place we know.
    #[error(
        "`{}`: no tensors under `state_dict`, `model_state_dict` or at the top; found {found}\nhint: save `model.state_dict()`",
        path.display()
    )]
    NoTensors {
        /// File concerned.
        path: PathBuf,
        /// Keys that are there.
        found: String,
    },
    /// A file that declares far more than it holds.
    #[error("`{}`: `{what}` would take {bytes} bytes, more than a file of {file_bytes} bytes can hold", path.display())]
    TooLarge {
        /// File concerned.
        path: PathBuf,
        /// Part of the file.
        what: String,
        /// Declared size.
        bytes: u64,
        /// Size of the file.
        file_bytes: u64,
    },
    /// An element type that is no number of ours.
    #[error("`{}`: tensor `{name}` has element type `{dtype}`, expected floating point or integer", path.display())]
    ElementType {
        /// File concerned.
        path: PathBuf,
        /// Name of the tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// Two tensors that mean the same one.
    #[error("`{}`: two tensors are named `{name}` once prefixes and torchaudio's names are resolved", path.display())]
    Duplicate {
        /// File concerned.
        path: PathBuf,
        /// The common name.
        name: String,
    },
    /// A tensor without which the dimensions of the network are unknown.
    #[error("tensor `{name}` is missing\nhint: this is not a Tacotron 2, or only a part of one")]
    Missing {
        /// Name of the tensor.
        name: String,
    },
    /// A tensor whose shape no Tacotron 2 has.
    #[error("tensor `{name}` has shape {found:?}, expected {expected}")]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it must be.
        expected: String,
    },
    /// Values and shape of a tensor to be written disagree.
    #[error("tensor `{name}` has {values} values, its shape {shape:?} means {}", shape.iter().product::<usize>())]
    Values {
        /// Name of the tensor.
        name: String,
        /// Number of its values.
        values: usize,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// Two tensors to be written under one name.
    #[error("two tensors are named `{name}`")]
    Repeated {
        /// The common name.
        name: String,
    },
    /// The file could not be composed.
    #[error("weights could not be encoded: {source}")]
    Encode {
        /// Reason of the encoder.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

fn under(key: &Option<String>) -> String {
    key.as_ref()
        .map_or_else(String::new, |key| format!(" under `{key}`"))
}

fn indexed(key: &Option<String>) -> String {
    key.as_ref()
        .map_or_else(String::new, |key| format!("[{key:?}]"))
}

/// A path as a Python string holds it.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Where the line of the hint saves the weights.
fn saved(path: &Path) -> String {
    shown(&path.with_extension("state_dict.pt"))
}
