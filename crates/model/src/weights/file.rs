//! A weight file, whatever its format.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::File,
    io::Read,
    path::Path,
};

use super::{error::WeightsError, names, pytorch, safetensors};
use crate::NamedTensor;

/// The weights of a file and what it says about them.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightFile {
    /// Tensors under NVIDIA's names, sorted by name; batch norms' `num_batches_tracked` are left
    /// out.
    pub tensors: Vec<NamedTensor>,
    /// What the file says besides.
    pub metadata: WeightMetadata,
}

/// What a weight file says besides the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightMetadata {
    /// Format, told from the content.
    pub format: WeightFormat,
    /// Optimiser steps made: `iteration` of NVIDIA's files, `global_step` or `step` of others.
    pub iteration: Option<u64>,
    /// Learning rate at that time.
    pub learning_rate: Option<f64>,
    /// Epochs made.
    pub epoch: Option<u64>,
    /// The metadata map of a safetensors file; of a PyTorch file its other top-level texts and
    /// numbers.
    pub entries: BTreeMap<String, String>,
    /// What had to be done to find the weights, and what was left out.
    pub notes: Vec<WeightNote>,
}

/// Something about the way a file was read that its owner should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WeightNote {
    /// The names of the network's tensors began with this.
    Prefix(String),
    /// The weights were under this key, which is not the usual one.
    Place(String),
    /// A module of this class was pickled whole; its parameters and buffers were read as data.
    WholeModule(String),
    /// Objects of these classes are in the file and stay unread.
    Foreign(Vec<String>),
}

impl fmt::Display for WeightNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => {
                write!(
                    f,
                    "the names of the tensors begin with `{prefix}`, which is left out"
                )
            }
            Self::Place(key) => write!(f, "the weights are under `{key}`"),
            Self::WholeModule(class) => write!(
                f,
                "the file holds a whole module, `{class}`: its parameters and buffers are read as data"
            ),
            Self::Foreign(classes) => {
                let names: Vec<String> = classes.iter().map(|name| format!("`{name}`")).collect();
                write!(
                    f,
                    "objects that are no weights stay unread: {}",
                    names.join(", ")
                )
            }
        }
    }
}

/// Format of a weight file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightFormat {
    /// `torch.save` since 1.6.
    PyTorchZip,
    /// `torch.save` before 1.6, or a bare pickle.
    PyTorchLegacy,
    /// safetensors.
    Safetensors,
}

/// A tensor as a format's reader found it, before its values are read and its name is resolved.
pub(super) struct Raw {
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f32>,
}

/// Reads the weights of a PyTorch or safetensors file.
///
/// # Errors
/// If the file cannot be read, is damaged, holds no tensors where weights are kept, or wants to run
/// something. No file makes this execute anything or take memory beyond a small multiple of the
/// file's size.
pub fn read_weights(path: &Path) -> Result<WeightFile, WeightsError> {
    let io = |source| WeightsError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(io)?;
    let mut head = Vec::new();
    file.take(300).read_to_end(&mut head).map_err(io)?;
    let (raw, mut metadata) = if safetensors::is_safetensors(&head) {
        safetensors::read(path)?
    } else {
        pytorch::read(path, &head)?
    };
    let bare: Vec<String> = raw.iter().map(|raw| names::bare(&raw.name)).collect();
    let prefix = names::prefix(&bare);
    if let Some(told) = left_out(&raw, &prefix) {
        metadata.notes.insert(0, WeightNote::Prefix(told));
    }
    Ok(WeightFile {
        tensors: resolve(path, raw, &prefix)?,
        metadata,
    })
}

/// What stands before the names in the file, as it stands there. Tensors of something else may have nothing there, and
/// come in any order.
fn left_out(raw: &[Raw], prefix: &str) -> Option<String> {
    let told = raw.iter().filter_map(|raw| {
        let bare = names::bare(&raw.name);
        let before = raw.name.strip_suffix(bare.strip_prefix(prefix)?)?;
        (!before.is_empty()).then(|| before.to_owned())
    });
    told.min()
}

/// Names resolved to NVIDIA's, sorted.
fn resolve(path: &Path, raw: Vec<Raw>, prefix: &str) -> Result<Vec<NamedTensor>, WeightsError> {
    let mut seen = BTreeSet::new();
    let mut tensors = Vec::with_capacity(raw.len());
    for Raw {
        name,
        shape,
        values,
    } in raw
    {
        let name = names::bare(&name);
        let name = names::nvidia_name(name.strip_prefix(prefix).unwrap_or(&name));
        if !seen.insert(name.clone()) {
            return Err(WeightsError::Duplicate {
                path: path.to_owned(),
                name,
            });
        }
        tensors.push(NamedTensor {
            name,
            shape,
            values,
        });
    }
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tensors)
}

/// What all tensors together may take as `f32`: 16 times the file (one byte per value makes four,
/// shared storages some more), and a little for tiny files.
pub(super) const fn allowance(file_bytes: u64) -> u64 {
    file_bytes.saturating_mul(16).saturating_add(1 << 16)
}
