//! The golden of the variants' layers, for unit tests; `fixtures/gen/tacotron2_variants.py` made it.

use burn::tensor::{Device, Tensor, TensorData};
use safetensors::SafeTensors;

use crate::NamedTensor;

pub(crate) struct Golden {
    bytes: Vec<u8>,
    pub(crate) facts: serde_json::Value,
}

impl Golden {
    pub(crate) fn variants() -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../fixtures/tacotron2/variants.safetensors"
        );
        let bytes = std::fs::read(path).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let facts = &metadata.metadata().as_ref().unwrap()["golden"];
        Self {
            facts: serde_json::from_str(facts).unwrap(),
            bytes,
        }
    }

    pub(crate) fn numbers<T: serde::de::DeserializeOwned>(&self, pointer: &str) -> T {
        serde_json::from_value(self.facts.pointer(pointer).unwrap().clone()).unwrap()
    }

    pub(crate) fn get(&self, name: &str) -> NamedTensor {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = file
            .tensor(name)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let values = view.data().chunks_exact(4);
        NamedTensor {
            name: name.to_owned(),
            shape: view.shape().to_vec(),
            values: values
                .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
                .collect(),
        }
    }

    pub(crate) fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let NamedTensor { shape, values, .. } = self.get(name);
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    /// Tensors whose names begin with `prefix`, which is taken off.
    pub(crate) fn under(&self, prefix: &str) -> Vec<NamedTensor> {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let names = file.names();
        let names = names.iter().filter_map(|name| {
            let short = name.strip_prefix(prefix)?;
            Some((name, short))
        });
        names
            .map(|(name, short)| NamedTensor {
                name: short.to_owned(),
                ..self.get(name)
            })
            .collect()
    }
}
