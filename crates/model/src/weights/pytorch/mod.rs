//! Reading what `torch.save` wrote, under this module's bounds.

mod archive;
mod place;

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    path::Path,
};

use pytorch_reader::{DType, PickleValue, PytorchReader, Tensor};

use self::place::Place;
use super::{
    element::Element,
    error::WeightsError,
    file::{Raw, WeightFormat, WeightMetadata, WeightNote, allowance},
    scan::Scan,
};

/// An attribute that `Module.state_dict()` hangs on its dict: versions of modules, no weights.
const MODULE_VERSIONS: &str = "_metadata";

pub(super) fn read(path: &Path, head: &[u8]) -> Result<(Vec<Raw>, WeightMetadata), WeightsError> {
    let file_bytes = File::open(path)
        .and_then(|file| file.metadata())
        .map_err(|source| WeightsError::Io {
            path: path.to_owned(),
            source,
        })?
        .len();
    let pickles = archive::pickles(path, head, file_bytes)?;
    let mut scan = Scan::default();
    pickles.enter(&mut scan);
    if let Some(callable) = scan.hostile() {
        return Err(WeightsError::Hostile {
            path: path.to_owned(),
            callable: callable.to_string(),
        });
    }
    let format = format(path, head)?;
    if pickles.is_script {
        return Err(WeightsError::Script {
            path: path.to_owned(),
        });
    }
    let unreadable = |source| not_read(path, &scan, source);
    let root = PytorchReader::read_pickle_data(path, None).map_err(unreadable)?;
    let empty = HashMap::new();
    let top = if let PickleValue::Dict(top) = &root {
        top
    } else {
        &empty
    };
    let place = Place::of(path, top, scan.module.as_ref())?;
    let tensors = match &place.key {
        Some(key) => PytorchReader::with_top_level_key(path, key),
        None => PytorchReader::new(path),
    };
    let tensors = tensors.map_err(unreadable)?.into_tensors();
    let tensors = place.narrowed(path, top, tensors)?;
    if tensors.is_empty() {
        return Err(nothing(path, &scan, top));
    }
    let mut metadata = metadata(format, top);
    metadata.notes.extend(place.note(scan.module.as_ref()));
    let foreign: Vec<String> = scan.foreign().map(ToString::to_string).collect();
    if !foreign.is_empty() && scan.module.is_none() {
        metadata.notes.push(WeightNote::Foreign(foreign));
    }
    Ok((values(path, tensors, file_bytes)?, metadata))
}

/// A reader that gave up: over an object that is no tensor, or over damage.
fn not_read(path: &Path, scan: &Scan<'_>, source: pytorch_reader::PytorchError) -> WeightsError {
    let is_unsupported = matches!(
        &source,
        pytorch_reader::PytorchError::Pickle(pytorch_reader::PickleError::UnsupportedType(_))
    );
    match &scan.module {
        Some(module) if is_unsupported => WeightsError::WholeModule {
            path: path.to_owned(),
            class: module.class.to_string(),
            key: module.key.clone(),
        },
        _ => damaged(path, source),
    }
}

/// A file in whose usual places there is no tensor.
fn nothing(path: &Path, scan: &Scan<'_>, top: &HashMap<String, PickleValue>) -> WeightsError {
    let path = path.to_owned();
    match &scan.module {
        Some(module) => WeightsError::WholeModule {
            path,
            class: module.class.to_string(),
            key: module.key.clone(),
        },
        None if scan.has_nested_storages() => WeightsError::PlainPickle { path },
        None => WeightsError::NoTensors {
            path,
            found: keys(top),
        },
    }
}

fn damaged(path: &Path, source: pytorch_reader::PytorchError) -> WeightsError {
    WeightsError::PyTorch {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

fn format(path: &Path, head: &[u8]) -> Result<WeightFormat, WeightsError> {
    match head {
        [b'P', b'K', 3 | 5, 4 | 6, ..] => Ok(WeightFormat::PyTorchZip),
        // Pickle protocols 2 to 5: the legacy format and bare pickles both open with one.
        [0x80, 2..=5, ..] => Ok(WeightFormat::PyTorchLegacy),
        _ if head.get(257..262) == Some(b"ustar") => Ok(WeightFormat::PyTorchLegacy),
        _ => Err(WeightsError::UnknownFormat {
            path: path.to_owned(),
        }),
    }
}

/// A state dict holds tensors and nothing else; whatever became no tensor is something we do not
/// understand.
fn check_all_tensors(
    path: &Path,
    weights: &HashMap<String, PickleValue>,
    tensors: &HashMap<String, Tensor>,
) -> Result<(), WeightsError> {
    let foreign = weights
        .iter()
        .filter(|(name, _)| !tensors.contains_key(*name) && *name != MODULE_VERSIONS)
        .min_by_key(|(name, _)| *name);
    let Some((name, value)) = foreign else {
        return Ok(());
    };
    let class = match value {
        PickleValue::Unsupported(class) => class.clone(),
        PickleValue::None => "None".to_owned(),
        PickleValue::Bool(_) => "bool".to_owned(),
        PickleValue::Int(_) => "int".to_owned(),
        PickleValue::Float(_) => "float".to_owned(),
        PickleValue::String(_) => "str".to_owned(),
        PickleValue::List(_) => "list".to_owned(),
        PickleValue::Dict(_) => "dict".to_owned(),
        PickleValue::Bytes(_) => "bytes".to_owned(),
    };
    Err(WeightsError::NotATensor {
        path: path.to_owned(),
        name: name.clone(),
        class,
    })
}

/// Reads the values, having checked first that together they are no larger than the file allows.
fn values(
    path: &Path,
    tensors: HashMap<String, Tensor>,
    file_bytes: u64,
) -> Result<Vec<Raw>, WeightsError> {
    let bytes = tensors.values().fold(0u64, |sum, tensor| {
        sum.saturating_add(tensor.num_elements() as u64 * 4)
    });
    if bytes > allowance(file_bytes) {
        let what = "all tensors".to_owned();
        return Err(WeightsError::TooLarge {
            path: path.to_owned(),
            what,
            bytes,
            file_bytes,
        });
    }
    let read = |(name, tensor): (String, Tensor)| {
        let bytes = tensor
            .read()
            .map_err(|source| damaged(path, source.into()))?;
        let values = element(tensor.dtype()).decode(&bytes);
        Ok(Raw {
            name,
            shape: tensor.shape().to_vec(),
            values,
        })
    };
    tensors.into_iter().map(read).collect()
}

fn element(dtype: DType) -> Element {
    match dtype {
        DType::F64 => Element::F64,
        DType::F32 => Element::F32,
        DType::F16 => Element::F16,
        DType::BF16 => Element::Bf16,
        DType::I64 => Element::I64,
        DType::I32 => Element::I32,
        DType::I16 => Element::I16,
        DType::I8 => Element::I8,
        DType::U64 => Element::U64,
        DType::U32 => Element::U32,
        DType::U16 => Element::U16,
        DType::U8 | DType::Bool => Element::U8,
    }
}

fn metadata(format: WeightFormat, top: &HashMap<String, PickleValue>) -> WeightMetadata {
    let integer = |key| match top.get(key) {
        Some(PickleValue::Int(value)) => u64::try_from(*value).ok(),
        _ => None,
    };
    let text = |value: &PickleValue| match value {
        PickleValue::Int(value) => Some(value.to_string()),
        PickleValue::Float(value) => Some(value.to_string()),
        PickleValue::Bool(value) => Some(value.to_string()),
        PickleValue::String(value) => Some(value.clone()),
        _ => None,
    };
    let entries: BTreeMap<String, String> = top
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), text(value)?)))
        .collect();
    WeightMetadata {
        format,
        iteration: integer("iteration")
            .or_else(|| integer("global_step"))
            .or_else(|| integer("step")),
        learning_rate: match top.get("learning_rate") {
            Some(PickleValue::Float(value)) => Some(*value),
            _ => None,
        },
        epoch: integer("epoch"),
        entries,
        notes: Vec::new(),
    }
}

fn keys(top: &HashMap<String, PickleValue>) -> String {
    const SHOWN: usize = 8;
    if top.is_empty() {
        return "no dictionary".to_owned();
    }
    let mut keys: Vec<String> = top.keys().map(|key| format!("`{key}`")).collect();
    keys.sort();
    let more = keys.len().saturating_sub(SHOWN);
    keys.truncate(SHOWN);
    let list = keys.join(", ");
    if more > 0 {
        format!("{list} and {more} more")
    } else {
        list
    }
}
