//! Reading what `torch.save` wrote, under this module's bounds.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::BufReader,
    path::Path,
};

use pytorch_reader::{DType, PickleValue, PytorchReader, Tensor};
use zip::ZipArchive;

use super::{
    element::Element,
    error::WeightsError,
    file::{Raw, WeightFormat, WeightMetadata, allowance},
    names,
};

/// An attribute that `Module.state_dict()` hangs on its dict: versions of modules, no weights.
const MODULE_VERSIONS: &str = "_metadata";

/// Where people's checkpoints keep the weights, in order of preference.
const WEIGHT_KEYS: [&str; 2] = ["state_dict", "model_state_dict"];

/// Python modules whose functions run programs or reach files: a checkpoint that names one is an
/// attack.
const HOSTILE_MODULES: [&str; 17] = [
    "os",
    "posix",
    "nt",
    "subprocess",
    "pty",
    "commands",
    "sys",
    "socket",
    "shutil",
    "runpy",
    "importlib",
    "code",
    "codeop",
    "ctypes",
    "webbrowser",
    "multiprocessing",
    "asyncio",
];

/// The same among Python's built-in functions.
const HOSTILE_BUILTINS: [&str; 8] = [
    "eval",
    "exec",
    "execfile",
    "compile",
    "open",
    "__import__",
    "apply",
    "breakpoint",
];

pub(super) fn read(path: &Path, head: &[u8]) -> Result<(Vec<Raw>, WeightMetadata), WeightsError> {
    let format = format(path, head)?;
    let file_bytes = File::open(path)
        .and_then(|file| file.metadata())
        .map_err(|source| WeightsError::Io {
            path: path.to_owned(),
            source,
        })?
        .len();
    if format == WeightFormat::PyTorchZip {
        check_archive(path, file_bytes)?;
    }
    let damaged = |source| damaged(path, source);
    let root = PytorchReader::read_pickle_data(path, None).map_err(damaged)?;
    if let Some(callable) = hostile(&root) {
        return Err(WeightsError::Hostile {
            path: path.to_owned(),
            callable,
        });
    }
    let empty = HashMap::new();
    let top = if let PickleValue::Dict(top) = &root {
        top
    } else {
        &empty
    };
    let (key, weights) = match WEIGHT_KEYS
        .iter()
        .find_map(|key| Some((*key, top.get(*key)?)))
    {
        Some((key, PickleValue::Dict(weights))) => (Some(key), weights),
        _ => (None, top),
    };
    let tensors = match key {
        Some(key) => PytorchReader::with_top_level_key(path, key),
        None => PytorchReader::new(path),
    };
    let mut tensors = tensors.map_err(damaged)?.into_tensors();
    if key.is_some() {
        check_all_tensors(path, weights, &tensors)?;
    } else {
        // A bare state dict has no dots in its Python structure: deeper tensors belong to something
        // else.
        tensors.retain(|name, _| top.is_empty() || top.contains_key(name));
    }
    tensors.retain(|name, _| !names::is_counter(name));
    if tensors.is_empty() {
        return Err(WeightsError::NoTensors {
            path: path.to_owned(),
            found: keys(top),
        });
    }
    Ok((values(path, tensors, file_bytes)?, metadata(format, top)))
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

/// Refuses an archive whose compressed entries would unfold to more than the file can honestly
/// hold. `torch.save` compresses nothing.
fn check_archive(path: &Path, file_bytes: u64) -> Result<(), WeightsError> {
    let io = |source| WeightsError::Io {
        path: path.to_owned(),
        source,
    };
    let zip = |source: zip::result::ZipError| damaged(path, source.into());
    let mut archive =
        ZipArchive::new(BufReader::new(File::open(path).map_err(io)?)).map_err(zip)?;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(zip)?;
        if entry.size() > file_bytes.saturating_mul(4).saturating_add(1 << 16) {
            let what = entry.name().map_err(zip)?.into_owned();
            return Err(WeightsError::TooLarge {
                path: path.to_owned(),
                what,
                bytes: entry.size(),
                file_bytes,
            });
        }
    }
    Ok(())
}

/// The first function anywhere in a pickle that no checkpoint has a use for.
fn hostile(value: &PickleValue) -> Option<String> {
    match value {
        PickleValue::List(items) => items.iter().find_map(hostile),
        PickleValue::Dict(items) => items.values().find_map(hostile),
        PickleValue::Unsupported(class) => {
            let (module, name) = class.rsplit_once('.')?;
            let root = module.split('.').next()?;
            let builtin =
                matches!(root, "builtins" | "__builtin__") && HOSTILE_BUILTINS.contains(&name);
            (builtin || HOSTILE_MODULES.contains(&root)).then(|| class.clone())
        }
        _ => None,
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
