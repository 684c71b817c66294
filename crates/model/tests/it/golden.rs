//! Reads the goldens that `fixtures/gen/tacotron2_torchaudio.py` made.

use std::path::PathBuf;

use burn::tensor::{Device, TensorData};
use diktor_audio::Mel;
use diktor_model::{Batch, NamedTensor, Sample, Tacotron2, Tacotron2Config};
use safetensors::SafeTensors;
use serde_json::Value;

pub(crate) struct Golden {
    bytes: Vec<u8>,
    pub(crate) facts: Value,
}

impl Golden {
    pub(crate) fn read(name: &str) -> Self {
        let path = fixtures().join(format!("{name}.safetensors"));
        let bytes = std::fs::read(&path).unwrap();
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let facts = &metadata.metadata().as_ref().unwrap()["golden"];
        Self {
            facts: serde_json::from_str(facts).unwrap(),
            bytes,
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        SafeTensors::deserialize(&self.bytes)
            .unwrap()
            .tensor(name)
            .is_ok()
    }

    /// Shape and raw little-endian bytes.
    fn raw(&self, name: &str) -> (Vec<usize>, Vec<u8>) {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let view = file
            .tensor(name)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        (view.shape().to_vec(), view.data().to_vec())
    }

    pub(crate) fn floats(&self, name: &str) -> Vec<f32> {
        let (_, bytes) = self.raw(name);
        bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect()
    }

    pub(crate) fn integers(&self, name: &str) -> Vec<usize> {
        let (shape, bytes) = self.raw(name);
        let width = bytes.len() / shape.iter().product::<usize>();
        let integer = |b: &[u8]| {
            b.iter()
                .rev()
                .fold(0_usize, |n, byte| n << 8 | usize::from(*byte))
        };
        bytes.chunks_exact(width).map(integer).collect()
    }

    pub(crate) fn weights(&self) -> Vec<NamedTensor> {
        let file = SafeTensors::deserialize(&self.bytes).unwrap();
        let names = file
            .names()
            .into_iter()
            .filter_map(|name| name.strip_prefix("weights/"));
        names
            .filter(|name| !name.ends_with("num_batches_tracked"))
            .map(|name| {
                let full = format!("weights/{name}");
                let shape = self.raw(&full).0;
                NamedTensor {
                    name: name.to_owned(),
                    shape,
                    values: self.floats(&full),
                }
            })
            .collect()
    }

    pub(crate) fn r(&self) -> usize {
        self.facts["dims"]["n_frames_per_step"].as_u64().unwrap() as usize
    }

    /// The network of the golden, every dropout off.
    pub(crate) fn network(&self, device: &Device, mask_padding: bool) -> Tacotron2 {
        let mut dims = self.facts["dims"].clone();
        let r = dims
            .as_object_mut()
            .unwrap()
            .remove("n_frames_per_step")
            .unwrap();
        dims["r_max"] = r;
        if let Some(attention) = self.facts["attention"].as_object() {
            dims.as_object_mut().unwrap().extend(attention.clone());
        }
        let config = Tacotron2Config {
            p_attention_dropout: 0.0,
            p_decoder_dropout: 0.0,
            prenet_dropout: 0.0,
            encoder_dropout: 0.0,
            postnet_dropout: 0.0,
            mask_padding,
            ..serde_json::from_value(dims).unwrap()
        };
        config.validate().unwrap();
        config.init(device, 1).load_state(&self.weights()).unwrap()
    }

    pub(crate) fn texts(&self) -> Vec<Vec<u32>> {
        let lengths = self.integers("inputs/text_lengths");
        let width = lengths.iter().max().unwrap();
        let tokens = self.integers("inputs/tokens");
        let rows = tokens.chunks(*width).zip(&lengths);
        rows.map(|(row, n)| row[..*n].iter().map(|id| *id as u32).collect())
            .collect()
    }

    /// The batch of the golden, whose target carries noise in the padding as well.
    pub(crate) fn batch(&self, device: &Device) -> Batch {
        let (shape, _) = self.raw("inputs/mel");
        let lengths = self.integers("inputs/mel_lengths");
        let mels = self.floats("inputs/mel");
        let texts = self.texts();
        let mel = |b: usize| {
            let start = b * shape[1] * shape[2];
            Mel::new(
                shape[2],
                mels[start..start + lengths[b] * shape[2]].to_vec(),
            )
        };
        let cut: Vec<Mel> = (0..shape[0]).map(mel).collect();
        let samples: Vec<Sample<'_>> = (0..shape[0])
            .map(|b| Sample {
                id: "golden",
                symbols: &texts[b],
                mel: &cut[b],
            })
            .collect();
        let batch = Batch::collate(&samples, self.r(), device);
        let shape: [usize; 3] = shape.try_into().unwrap();
        assert_eq!(
            batch.mels.dims(),
            shape,
            "the golden is padded as a batch is"
        );
        Batch {
            mels: burn::tensor::Tensor::from_data(TensorData::new(mels, shape), device),
            ..batch
        }
    }
}

pub(crate) fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/tacotron2")
}

/// Largest error, relative to the largest reference value of the tensor.
pub(crate) fn relative_error(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len(), "lengths differ");
    let scale = expected
        .iter()
        .fold(0.0_f64, |m, x| m.max(f64::from(x.abs())));
    let pairs = found.iter().zip(expected);
    let error = pairs.fold(0.0_f64, |m, (a, b)| {
        m.max((f64::from(*a) - f64::from(*b)).abs())
    });
    error / scale.max(1e-6)
}
