//! Writing weight files that other tools open.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{Cursor, Write},
    path::Path,
};

use zip::{CompressionMethod, ZipWriter, result::ZipResult, write::SimpleFileOptions};

use super::{error::WeightsError, pickle::Pickle};
use crate::NamedTensor;

/// What NVIDIA's checkpoints say besides the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Provenance {
    /// Optimiser steps made.
    pub iteration: u64,
    /// Learning rate at that time.
    pub learning_rate: f64,
}

/// The tensors as a safetensors file with a metadata map; the same input gives the same bytes.
///
/// # Errors
/// If a tensor's values and shape disagree, or a name is given twice.
pub fn encode_safetensors(
    tensors: &[NamedTensor],
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, WeightsError> {
    check(tensors)?;
    let mut header = header(tensors, metadata).map_err(encode)?.into_bytes();
    // The format wants the values to start on a multiple of eight bytes.
    header.resize(header.len().next_multiple_of(8), b' ');
    let values: usize = tensors.iter().map(|tensor| tensor.values.len() * 4).sum();
    let mut bytes = Vec::with_capacity(8 + header.len() + values);
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    tensors
        .iter()
        .for_each(|tensor| bytes.extend(little_endian(&tensor.values)));
    Ok(bytes)
}

/// The JSON in front of a safetensors file, in the order given. The `safetensors` crate would write
/// the metadata in the random order of a hash map, and equal checkpoints would differ.
fn header(
    tensors: &[NamedTensor],
    metadata: &BTreeMap<String, String>,
) -> serde_json::Result<String> {
    let mut json = format!("{{\"__metadata__\":{}", serde_json::to_string(metadata)?);
    let mut start = 0;
    for tensor in tensors {
        let end = start + tensor.values.len() * 4;
        json.push_str(&format!(
            ",{}:{{\"dtype\":\"F32\",\"shape\":{:?},\"data_offsets\":[{start},{end}]}}",
            serde_json::to_string(&tensor.name)?,
            tensor.shape
        ));
        start = end;
    }
    json.push('}');
    Ok(json)
}

/// The tensors as a PyTorch file such as NVIDIA's trainer saves: `iteration`, `state_dict` and
/// `learning_rate`.
///
/// `torch.load(path, weights_only=True)` opens it. Batch norms get a `num_batches_tracked` of 0, so
/// that `load_state_dict` finds every name it looks for.
///
/// # Errors
/// If a tensor's values and shape disagree, or a name is given twice.
pub fn encode_nvidia(
    tensors: &[NamedTensor],
    provenance: Provenance,
) -> Result<Vec<u8>, WeightsError> {
    check(tensors)?;
    archive(tensors, provenance).map_err(encode)
}

/// Writes [`encode_safetensors`] to a file, whole or not at all.
///
/// # Errors
/// As [`encode_safetensors`], and if the file cannot be written.
pub fn write_safetensors(
    path: &Path,
    tensors: &[NamedTensor],
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    replace(path, &encode_safetensors(tensors, metadata)?)
}

/// Writes [`encode_nvidia`] to a file, whole or not at all.
///
/// # Errors
/// As [`encode_nvidia`], and if the file cannot be written.
pub fn write_nvidia(
    path: &Path,
    tensors: &[NamedTensor],
    provenance: Provenance,
) -> Result<(), WeightsError> {
    replace(path, &encode_nvidia(tensors, provenance)?)
}

fn encode(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> WeightsError {
    WeightsError::Encode {
        source: source.into(),
    }
}

fn check(tensors: &[NamedTensor]) -> Result<(), WeightsError> {
    let mut names = BTreeSet::new();
    if let Some(tensor) = tensors.iter().find(|tensor| !names.insert(&tensor.name)) {
        return Err(WeightsError::Repeated {
            name: tensor.name.clone(),
        });
    }
    let wrong =
        |tensor: &&NamedTensor| tensor.values.len() != tensor.shape.iter().product::<usize>();
    match tensors.iter().find(wrong) {
        Some(NamedTensor {
            name,
            shape,
            values,
        }) => Err(WeightsError::Values {
            name: name.clone(),
            values: values.len(),
            shape: shape.clone(),
        }),
        None => Ok(()),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<(), WeightsError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = Path::new(&temporary);
    let written = File::create(temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(temporary, path));
    written.map_err(|source| WeightsError::Io {
        path: path.to_owned(),
        source,
    })
}

fn little_endian(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// One entry of the state dict: an `f32` tensor, or a batch norm's counter.
enum Entry<'a> {
    Tensor(&'a NamedTensor),
    Counter(String),
}

fn archive(tensors: &[NamedTensor], provenance: Provenance) -> ZipResult<Vec<u8>> {
    let entries = entries(tensors);
    // Fixed time and no compression, as PyTorch writes; aligned so that it can map the storages.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .with_alignment(64);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, bytes: &[u8]| -> ZipResult<()> {
        archive.start_file(
            format!("archive/{name}"),
            options.large_file(u32::try_from(bytes.len()).is_err()),
        )?;
        Ok(archive.write_all(bytes)?)
    };
    add("data.pkl", &pickle(&entries, provenance))?;
    add("byteorder", b"little")?;
    for (key, entry) in entries.iter().enumerate() {
        let bytes = match entry {
            Entry::Tensor(tensor) => little_endian(&tensor.values),
            Entry::Counter(_) => 0i64.to_le_bytes().to_vec(),
        };
        add(&format!("data/{key}"), &bytes)?;
    }
    add("version", b"3\n")?;
    Ok(archive.finish()?.into_inner())
}

fn entries(tensors: &[NamedTensor]) -> Vec<Entry<'_>> {
    let mut entries = Vec::with_capacity(tensors.len());
    for tensor in tensors {
        entries.push(Entry::Tensor(tensor));
        if let Some(layer) = tensor.name.strip_suffix(".running_var") {
            entries.push(Entry::Counter(format!("{layer}.num_batches_tracked")));
        }
    }
    entries
}

fn pickle(entries: &[Entry<'_>], provenance: Provenance) -> Vec<u8> {
    let mut pickle = Pickle::new();
    pickle.empty_dict();
    pickle.mark();
    pickle.string("iteration");
    pickle.integer(provenance.iteration);
    pickle.string("state_dict");
    pickle.empty_ordered_dict();
    pickle.mark();
    for (key, entry) in entries.iter().enumerate() {
        let key = key.to_string();
        match entry {
            Entry::Tensor(tensor) => {
                pickle.string(&tensor.name);
                pickle.tensor("FloatStorage", &key, &tensor.shape);
            }
            Entry::Counter(name) => {
                pickle.string(name);
                pickle.tensor("LongStorage", &key, &[]);
            }
        }
    }
    pickle.set_items();
    pickle.string("learning_rate");
    pickle.float(provenance.learning_rate);
    pickle.set_items();
    pickle.finish()
}
