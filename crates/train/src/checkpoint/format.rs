//! The bytes of a checkpoint.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
    path::Path,
};

use diktor_model::{
    NamedTensor,
    weights::{CHECKPOINT_FORMAT, is_checkpoint},
};
use safetensors::{Dtype, SafeTensors, tensor::Metadata};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Checkpoint, CheckpointError, ForeignKind, STATE_VERSION, State};
use crate::{Hparams, Knobs};

const OPTIMIZER: &str = "optimizer.";

/// One tensor as the header of a safetensors file describes it.
#[derive(Serialize)]
struct Entry<'a> {
    dtype: &'static str,
    shape: &'a [usize],
    data_offsets: [usize; 2],
}

/// Name to place: sorted, so that the same tensors give the same bytes.
type Index<'a> = BTreeMap<String, Entry<'a>>;

/// A header and the tensors to stream behind it: a large network is never copied to be written.
pub(super) struct Encoded<'a> {
    header: Vec<u8>,
    tensors: Vec<&'a NamedTensor>,
}

impl<'a> Encoded<'a> {
    pub(super) fn new(checkpoint: &'a Checkpoint) -> Result<Self, CheckpointError> {
        let tensors: Vec<&NamedTensor> = checkpoint
            .weights
            .iter()
            .chain(&checkpoint.optimizer)
            .collect();
        for tensor in &tensors {
            refuse_non_finite(tensor)?;
        }
        let state = serde_json::to_string(&checkpoint.state)?;
        let index = index(checkpoint);
        let mut hash = hash_of_header(&state, &index)?;
        for tensor in &tensors {
            write_values(tensor, &mut HashWriter(&mut hash)).expect("hashing cannot fail");
        }
        let metadata = BTreeMap::from([
            ("format", CHECKPOINT_FORMAT.to_owned()),
            ("sha256", hex(&hash.finalize())),
            ("state", state),
        ]);
        Ok(Self {
            header: header(&metadata, &index)?,
            tensors,
        })
    }

    pub(super) fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&(self.header.len() as u64).to_le_bytes())?;
        out.write_all(&self.header)?;
        self.tensors
            .iter()
            .try_for_each(|tensor| write_values(tensor, out))
    }
}

/// Reads a whole file; `path` is for the sentences.
pub(super) fn decode(bytes: &[u8], path: &Path) -> Result<Checkpoint, CheckpointError> {
    let damaged = |what: String| CheckpointError::Damaged {
        path: path.to_owned(),
        what,
    };
    let foreign = |kind| CheckpointError::Foreign {
        path: path.to_owned(),
        kind,
    };
    if is_pytorch(bytes) {
        return Err(foreign(ForeignKind::PyTorch));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
    let (header_len, metadata) =
        SafeTensors::read_metadata(bytes).map_err(|error| damaged(error.to_string()))?;
    let texts = metadata.metadata().as_ref();
    let texts = texts
        .filter(|texts| is_checkpoint(texts))
        .ok_or_else(|| foreign(ForeignKind::Safetensors))?;
    let text = |name: &str| {
        texts
            .get(name)
            .ok_or_else(|| damaged(format!("`{name}` is missing from the metadata")))
    };
    let (state, expected) = (text("state")?, text("sha256")?);
    let mut hash = hash_of_header(state, &index_of_file(&metadata))?;
    hash.update(&bytes[8 + header_len..]);
    if hex(&hash.finalize()) != *expected {
        return Err(damaged("its checksum does not hold".to_owned()));
    }
    let state = parse_state(state, path)?;
    state.check().map_err(|what| CheckpointError::Absurd {
        path: path.to_owned(),
        what,
    })?;
    let (mut weights, mut optimizer) = (Vec::new(), Vec::new());
    for name in metadata.offset_keys() {
        let tensor = tensor(&file, name).map_err(damaged)?;
        match tensor.name.strip_prefix(OPTIMIZER) {
            Some(short) => {
                let name = short.to_owned();
                optimizer.push(NamedTensor { name, ..tensor });
            }
            None => weights.push(tensor),
        }
    }
    Ok(Checkpoint {
        state,
        weights,
        optimizer,
    })
}

/// A tensor of a checkpoint; the error says what is wrong with it.
fn tensor(file: &SafeTensors<'_>, name: String) -> Result<NamedTensor, String> {
    let view = file.tensor(&name).map_err(|error| error.to_string())?;
    if view.dtype() != Dtype::F32 {
        return Err(format!("tensor `{name}` is not of type F32"));
    }
    let values = view
        .data()
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    Ok(NamedTensor {
        shape: view.shape().to_vec(),
        name,
        values,
    })
}

/// Whether a file begins as `torch.save` begins one: a ZIP archive, a pickle, or a TAR archive.
fn is_pytorch(bytes: &[u8]) -> bool {
    let is_pickle = matches!(bytes, [0x80, 2..=5, opcode, ..] if *opcode != 0);
    bytes.starts_with(b"PK\x03\x04") || is_pickle || bytes.get(257..262) == Some(b"ustar")
}

/// Looks at the version before the rest, so that a newer file is called newer and not damaged.
fn parse_state(text: &str, path: &Path) -> Result<State, CheckpointError> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let damaged = |error: serde_json::Error| CheckpointError::Damaged {
        path: path.to_owned(),
        what: format!("its state is not understood: {error}"),
    };
    let Version { version: found } = serde_json::from_str(text).map_err(damaged)?;
    if found > STATE_VERSION {
        return Err(CheckpointError::Version {
            path: path.to_owned(),
            found,
            supported: STATE_VERSION,
        });
    }
    let mut state: serde_json::Value = serde_json::from_str(text).map_err(damaged)?;
    complete_knobs(&mut state).map_err(damaged)?;
    serde_json::from_value(state).map_err(damaged)
}

/// Gives knobs that the program did not have when the checkpoint was written the values of its hyper-parameters.
fn complete_knobs(state: &mut serde_json::Value) -> serde_json::Result<()> {
    let hparams = Hparams::deserialize(&state["hparams"])?;
    let Some(knobs) = state
        .pointer_mut("/training/knobs")
        .and_then(serde_json::Value::as_object_mut)
    else {
        return Ok(());
    };
    if let serde_json::Value::Object(defaults) =
        serde_json::to_value(Knobs::from_hparams(&hparams))?
    {
        for (name, value) in defaults {
            knobs.entry(name).or_insert(value);
        }
    }
    Ok(())
}

fn index(checkpoint: &Checkpoint) -> Index<'_> {
    let mut end = 0;
    let weights = checkpoint
        .weights
        .iter()
        .map(|tensor| (tensor.name.clone(), tensor));
    let optimizer = checkpoint
        .optimizer
        .iter()
        .map(|tensor| (format!("{OPTIMIZER}{}", tensor.name), tensor));
    weights
        .chain(optimizer)
        .map(|(name, tensor)| {
            let begin = end;
            end += 4 * tensor.values.len();
            let entry = Entry {
                dtype: "F32",
                shape: &tensor.shape,
                data_offsets: [begin, end],
            };
            (name, entry)
        })
        .collect()
}

fn index_of_file(metadata: &Metadata) -> Index<'_> {
    let tensors: HashMap<_, _> = metadata.tensors();
    tensors
        .into_iter()
        .map(|(name, info)| {
            let dtype = if info.dtype == Dtype::F32 {
                "F32"
            } else {
                "other"
            };
            let entry = Entry {
                dtype,
                shape: &info.shape,
                data_offsets: [info.data_offsets.0, info.data_offsets.1],
            };
            (name, entry)
        })
        .collect()
}

fn hash_of_header(state: &str, index: &Index<'_>) -> Result<Sha256, CheckpointError> {
    let mut hash = Sha256::new();
    hash.update(state.as_bytes());
    hash.update([0]);
    hash.update(serde_json::to_vec(index)?);
    Ok(hash)
}

/// `{"__metadata__":{...},"tensor":{...},...}`, padded with spaces to a multiple of eight as safetensors wants it.
fn header(
    metadata: &BTreeMap<&str, String>,
    index: &Index<'_>,
) -> Result<Vec<u8>, CheckpointError> {
    #[derive(Serialize)]
    struct Header<'a, 'b> {
        __metadata__: &'a BTreeMap<&'a str, String>,
        #[serde(flatten)]
        index: &'a Index<'b>,
    }
    let mut bytes = serde_json::to_vec(&Header {
        __metadata__: metadata,
        index,
    })?;
    bytes.resize(bytes.len().next_multiple_of(8), b' ');
    Ok(bytes)
}

fn refuse_non_finite(tensor: &NamedTensor) -> Result<(), CheckpointError> {
    match tensor.values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(CheckpointError::NonFinite {
            tensor: tensor.name.clone(),
            index,
            value: tensor.values[index],
        }),
    }
}

/// Values as little-endian bytes, a block at a time.
fn write_values(tensor: &NamedTensor, out: &mut dyn Write) -> io::Result<()> {
    let mut block = Vec::with_capacity(4 * 4096);
    for values in tensor.values.chunks(4096) {
        block.clear();
        block.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        out.write_all(&block)?;
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knob_that_an_older_checkpoint_lacks_is_that_of_its_hyper_parameters() {
        let mut state = serde_json::json!({
            "hparams": {"batch_size": 7, "n_frames_per_step": 2},
            "training": {"knobs": {"n_frames_per_step": 1}},
        });
        complete_knobs(&mut state).unwrap();
        let knobs: Knobs = serde_json::from_value(state["training"]["knobs"].take()).unwrap();
        assert_eq!((knobs.batch_size, knobs.n_frames_per_step), (7, 1));

        let mut imported = serde_json::json!({"hparams": {}, "training": null});
        let before = imported.clone();
        complete_knobs(&mut imported).unwrap();
        assert_eq!(imported, before);
    }
}
