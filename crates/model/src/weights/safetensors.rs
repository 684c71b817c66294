//! Reading safetensors.

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

use safetensors::{Dtype, SafeTensors};

use super::{
    element::Element,
    error::WeightsError,
    file::{Raw, WeightFormat, WeightMetadata},
    names,
};

/// Whether a file that starts with `head` is safetensors: a little-endian length, then a JSON
/// object.
pub(super) fn is_safetensors(head: &[u8]) -> bool {
    // The format's own limit on its JSON header.
    const LARGEST_HEADER: u64 = 100_000_000;
    let length = head
        .first_chunk::<8>()
        .map(|length| u64::from_le_bytes(*length));
    length.is_some_and(|length| length <= LARGEST_HEADER) && head.get(8) == Some(&b'{')
}

/// The `format` that a checkpoint of Diktor says it has.
pub const CHECKPOINT_FORMAT: &str = "diktor-checkpoint";

/// Whether the metadata of a safetensors file are those of a checkpoint of Diktor, whole or damaged.
#[expect(
    clippy::implicit_hasher,
    reason = "it is what the safetensors crate gives"
)]
pub fn is_checkpoint(metadata: &HashMap<String, String>) -> bool {
    let says_so = metadata
        .get("format")
        .is_some_and(|format| format == CHECKPOINT_FORMAT);
    says_so || (metadata.contains_key("state") && metadata.contains_key("sha256"))
}

pub(super) fn read(path: &Path) -> Result<(Vec<Raw>, WeightMetadata), WeightsError> {
    let damaged = |source| WeightsError::Safetensors {
        path: path.to_owned(),
        source,
    };
    let bytes = fs::read(path).map_err(|source| WeightsError::Io {
        path: path.to_owned(),
        source,
    })?;
    let (_, header) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
    if header.metadata().as_ref().is_some_and(is_checkpoint) {
        return Err(WeightsError::Checkpoint {
            path: path.to_owned(),
        });
    }
    let file = SafeTensors::deserialize(&bytes).map_err(damaged)?;
    let mut raw = Vec::with_capacity(file.len());
    for (name, view) in file.iter().filter(|(name, _)| !names::is_counter(name)) {
        let element = element(view.dtype()).ok_or_else(|| WeightsError::ElementType {
            path: path.to_owned(),
            name: name.to_owned(),
            dtype: format!("{:?}", view.dtype()),
        })?;
        let values = element.decode(view.data());
        raw.push(Raw {
            name: name.to_owned(),
            shape: view.shape().to_vec(),
            values,
        });
    }
    if raw.is_empty() {
        return Err(WeightsError::NoTensors {
            path: path.to_owned(),
            found: "nothing".to_owned(),
        });
    }
    let entries = header
        .metadata()
        .iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Ok((raw, metadata(entries)))
}

fn metadata(entries: BTreeMap<String, String>) -> WeightMetadata {
    WeightMetadata {
        format: WeightFormat::Safetensors,
        iteration: entries
            .get("iteration")
            .and_then(|value| value.parse().ok()),
        learning_rate: entries
            .get("learning_rate")
            .and_then(|value| value.parse().ok()),
        epoch: entries.get("epoch").and_then(|value| value.parse().ok()),
        entries,
        notes: Vec::new(),
    }
}

fn element(dtype: Dtype) -> Option<Element> {
    Some(match dtype {
        Dtype::F64 => Element::F64,
        Dtype::F32 => Element::F32,
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::I64 => Element::I64,
        Dtype::I32 => Element::I32,
        Dtype::I16 => Element::I16,
        Dtype::I8 => Element::I8,
        Dtype::U64 => Element::U64,
        Dtype::U32 => Element::U32,
        Dtype::U16 => Element::U16,
        Dtype::U8 | Dtype::BOOL => Element::U8,
        _ => return None,
    })
}
