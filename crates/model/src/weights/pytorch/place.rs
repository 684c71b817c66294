//! Where in a file the weights are.

use std::{collections::HashMap, path::Path};

use pytorch_reader::{PickleValue, Tensor};

use super::{
    super::{error::WeightsError, file::WeightNote, names, scan::WholeModule},
    check_all_tensors,
};

/// Where people's checkpoints keep the weights, in order of preference.
const USUAL: [&str; 2] = ["state_dict", "model_state_dict"];
/// Where else they are found.
const OTHERS: [&str; 10] = [
    "model",
    "net",
    "network",
    "module",
    "weights",
    "params",
    "state",
    "tacotron2",
    "generator",
    "model_state",
];
/// What a tensor is called among values that are read.
const TENSOR: &str = "torch.Tensor";

/// Where the weights are.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Under this key, or at the top.
    pub(super) key: Option<String>,
    /// Whether they lie in dicts in dicts, as in a module that was pickled whole.
    is_deep: bool,
}

impl Place {
    pub(super) fn of(
        path: &Path,
        top: &HashMap<String, PickleValue>,
        module: Option<&WholeModule>,
    ) -> Result<Self, WeightsError> {
        let at = |key: &str, is_deep| Self {
            key: Some(key.to_owned()),
            is_deep,
        };
        let is_dict = |key: &&&str| matches!(top.get(**key), Some(PickleValue::Dict(_)));
        if let Some(key) = USUAL.iter().find(is_dict) {
            return Ok(at(key, false));
        }
        if top.values().any(is_tensor) {
            return Ok(Self {
                key: None,
                is_deep: false,
            });
        }
        if let Some(module) = module {
            return Ok(Self {
                key: module.key.clone(),
                is_deep: true,
            });
        }
        let holds = |key: &str| top.get(key).is_some_and(holds_tensors);
        if let Some(key) = OTHERS.into_iter().find(|key| holds(key)) {
            return Ok(at(key, false));
        }
        let mut holding: Vec<&String> = top.keys().filter(|key| holds(key)).collect();
        holding.sort();
        match holding[..] {
            [] => Ok(Self {
                key: None,
                is_deep: false,
            }),
            [key] => Ok(at(key, false)),
            _ => {
                let keys: Vec<String> = holding.iter().map(|key| format!("`{key}`")).collect();
                Err(WeightsError::SeveralPlaces {
                    path: path.to_owned(),
                    keys: keys.join(", "),
                })
            }
        }
    }

    /// Of all tensors below the place, those that are weights.
    pub(super) fn narrowed(
        &self,
        path: &Path,
        top: &HashMap<String, PickleValue>,
        mut tensors: HashMap<String, Tensor>,
    ) -> Result<HashMap<String, Tensor>, WeightsError> {
        if !self.is_deep {
            match self.key.as_ref().and_then(|key| top.get(key)) {
                Some(PickleValue::Dict(weights)) => check_all_tensors(path, weights, &tensors)?,
                // A bare state dict has no dots in its Python structure: deeper tensors belong to something else.
                _ => tensors.retain(|name, _| top.contains_key(name)),
            }
        }
        tensors.retain(|name, _| !names::is_counter(name));
        Ok(tensors)
    }

    /// What the owner of the file should know about the place.
    pub(super) fn note(&self, module: Option<&WholeModule>) -> Option<WeightNote> {
        match (module, &self.key) {
            (Some(module), _) if self.is_deep => {
                Some(WeightNote::WholeModule(module.class.to_string()))
            }
            (_, Some(key)) if !USUAL.contains(&&**key) => Some(WeightNote::Place(key.clone())),
            _ => None,
        }
    }
}

fn is_tensor(value: &PickleValue) -> bool {
    matches!(value, PickleValue::Unsupported(class) if class == TENSOR)
}

fn holds_tensors(value: &PickleValue) -> bool {
    matches!(value, PickleValue::Dict(items) if items.values().any(is_tensor))
}
