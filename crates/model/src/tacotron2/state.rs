//! The network as named tensors, in NVIDIA's names and layouts.

use std::collections::HashMap;

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId},
    tensor::{DType, Gradients, Tensor, TensorData},
};

use super::Tacotron2;
use crate::error::ModelError;

/// One tensor of a network, as files hold it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// NVIDIA's name, `decoder.attention_rnn.weight_ih`.
    pub name: String,
    /// Shape in NVIDIA's layout.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: Vec<f32>,
}

impl Tacotron2 {
    /// Every parameter and buffer under NVIDIA's name and in its layout; the order is always the
    /// same.
    pub fn state(&self) -> Vec<NamedTensor> {
        self.read().tensors
    }

    fn read(&self) -> Reader {
        let mut reader = Reader {
            textual: self.config.use_mmi,
            ..Reader::default()
        };
        self.visit(&mut reader);
        reader
    }

    /// Name and shape of every parameter and buffer, in the order of [`state`](Self::state).
    pub fn layout(&self) -> Vec<(String, Vec<usize>)> {
        self.state()
            .into_iter()
            .map(|tensor| (tensor.name, tensor.shape))
            .collect()
    }

    /// Replaces every parameter and buffer.
    ///
    /// # Errors
    /// Names the first tensor that is missing, has another shape or holds a non-finite value; the
    /// network is then given up, so keep a clone where that matters.
    pub fn load_state(self, tensors: &[NamedTensor]) -> Result<Self, ModelError> {
        let tensors = tensors
            .iter()
            .map(|tensor| (&*tensor.name, tensor))
            .collect();
        let mut writer = Writer {
            path: Vec::new(),
            textual: self.config.use_mmi,
            tensors,
            error: None,
        };
        let network = self.map(&mut writer);
        match writer.error {
            Some(error) => Err(error),
            None => Ok(network),
        }
    }

    /// Gradients of every trained parameter that has one, under NVIDIA's name and in its layout.
    pub fn gradients(&self, gradients: &Gradients) -> Vec<NamedTensor> {
        let mut reader = GradientReader {
            path: Vec::new(),
            textual: self.config.use_mmi,
            gradients,
            tensors: Vec::new(),
        };
        self.visit(&mut reader);
        reader.tensors
    }

    /// Trainable numbers.
    pub fn parameter_count(&self) -> usize {
        let reader = self.read();
        reader
            .tensors
            .iter()
            .zip(&reader.trained)
            .filter(|(_, t)| **t)
            .map(|(t, _)| t.values.len())
            .sum()
    }

    /// Identity and NVIDIA's name of every trained parameter, in the order of
    /// [`state`](Self::state).
    pub fn parameter_names(&self) -> Vec<(ParamId, String)> {
        let reader = self.read();
        let named = reader
            .ids
            .into_iter()
            .zip(reader.tensors)
            .zip(reader.trained);
        named
            .filter(|(_, trained)| *trained)
            .map(|((id, tensor), _)| (id, tensor.name))
            .collect()
    }
}

/// How a tensor of ours is turned into NVIDIA's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Same,
    /// `[in, out]` here, `[out, in]` there.
    Transposed,
    /// `[k, in, out]` here, `[out, in, k]` there.
    Reversed,
}

impl Layout {
    fn apply<const D: usize>(self, tensor: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Same => tensor,
            Self::Transposed => tensor.swap_dims(0, 1),
            Self::Reversed => tensor.swap_dims(0, 2),
        }
    }
}

/// Field path of a tensor → NVIDIA's name and layout; `textual` where the decoder has the head that
/// a recogniser listens to.
fn named(path: &[String], textual: bool) -> (String, Layout) {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match path[..] {
        ["gst" | "tpse" | "mi", ..] | ["decoder", "textual", ..] => of_variant(&path),
        // The head's layers are numbered with the rectifiers and dropouts between them.
        ["decoder", "projection", field] if textual => (
            format!("decoder.mel_layer.3.linear_layer.{field}"),
            linear(field),
        ),
        ["coarse", ref rest @ ..] => {
            let path: Vec<&str> = std::iter::once("decoder")
                .chain(rest.iter().copied())
                .collect();
            let (name, layout) = nvidia(&path);
            (format!("coarse_{name}"), layout)
        }
        _ => nvidia(&path),
    }
}

/// The layers that NVIDIA's network does not have: those of bfs18/tacotron2 and of its descendants
/// with style tokens.
fn of_variant(path: &[&str]) -> (String, Layout) {
    match *path {
        ["decoder", "textual", layer, field] => {
            let layer = if layer == "hidden" {
                "linear_projection"
            } else {
                "mel_layer"
            };
            (
                format!("decoder.{layer}.0.linear_layer.{field}"),
                linear(field),
            )
        }
        ["mi", layer, field] => {
            let layer = if layer == "hidden" {
                "proj.0"
            } else {
                "ctc_proj"
            };
            (format!("mi.{layer}.linear_layer.{field}"), linear(field))
        }
        ["gst", "encoder", "layers", i, "norm", field] => {
            (format!("gst.encoder.bns.{i}.{field}"), Layout::Same)
        }
        ["gst", "encoder", "layers", i, field] => {
            (format!("gst.encoder.convs.{i}.{field}"), Layout::Same)
        }
        ["gst", "encoder", "gru", field] => (format!("gst.encoder.gru.{field}_l0"), linear(field)),
        ["gst", "tokens", "embedding"] => ("gst.stl.embed".into(), Layout::Same),
        ["gst", "tokens", layer, "weight"] => (
            format!("gst.stl.attention.W_{layer}.weight"),
            Layout::Transposed,
        ),
        ["gst", "projection", field] => (format!("gst_proj.linear_layer.{field}"), linear(field)),
        ["tpse", "convolution"] => ("tpse_gst.inp.0.weight".into(), Layout::Reversed),
        ["tpse", "norm", field] => (format!("tpse_gst.inp.1.{field}"), Layout::Same),
        ["tpse", "gru", direction, field] => {
            let suffix = if direction == "reverse" {
                "_reverse"
            } else {
                ""
            };
            (format!("tpse_gst.gru.{field}_l0{suffix}"), linear(field))
        }
        ["tpse", "linear", field] => (format!("tpse_gst.linear.{field}"), linear(field)),
        _ => unreachable!("every tensor of the variants has its name above: {path:?}"),
    }
}

/// Field path of a tensor of NVIDIA's network → its name and layout.
fn nvidia(path: &[&str]) -> (String, Layout) {
    match *path {
        ["embedding", "weight"] => ("embedding.weight".into(), Layout::Same),
        [part, "convolutions", i, "conv", "weight"] => (
            format!("{part}.convolutions.{i}.0.conv.weight"),
            Layout::Reversed,
        ),
        [part, "convolutions", i, "conv", field] => (
            format!("{part}.convolutions.{i}.0.conv.{field}"),
            Layout::Same,
        ),
        [part, "convolutions", i, "norm", field] => {
            (format!("{part}.convolutions.{i}.1.{field}"), Layout::Same)
        }
        ["encoder", "lstm", direction, field] => {
            let suffix = if direction == "reverse" {
                "_reverse"
            } else {
                ""
            };
            (format!("encoder.lstm.{field}_l0{suffix}"), linear(field))
        }
        ["decoder", "prenet", "layers", i, "weight"] => (
            format!("decoder.prenet.layers.{i}.linear_layer.weight"),
            Layout::Transposed,
        ),
        ["decoder", "attention", _, ref layer @ ..] => attention(layer),
        ["decoder", rnn @ ("attention_rnn" | "decoder_rnn"), field] => {
            (format!("decoder.{rnn}.{field}"), linear(field))
        }
        ["decoder", layer, field] => {
            let layer = if layer == "gate" {
                "gate_layer"
            } else {
                "linear_projection"
            };
            let layout = if field == "weight" {
                Layout::Transposed
            } else {
                Layout::Same
            };
            (format!("decoder.{layer}.linear_layer.{field}"), layout)
        }
        _ => unreachable!("every tensor of the network has its name above: {path:?}"),
    }
}

/// Layers of attention that NVIDIA's lacks have the names of the papers' implementations.
fn attention(layer: &[&str]) -> (String, Layout) {
    let (name, layout) = match *layer {
        ["location_conv"] => ("location_layer.location_conv.conv.weight", Layout::Reversed),
        ["static_conv"] => ("static_filter_conv.conv.weight", Layout::Reversed),
        [layer, field] => {
            let layer = match layer {
                "energy" => "v",
                "query" => "query_layer",
                "memory" => "memory_layer",
                "location_dense" => "location_layer.location_dense",
                "transition" => "ta",
                "key" => "key_layer",
                "static_dense" => "static_filter_layer",
                _ => "dynamic_filter_layer",
            };
            return (
                format!("decoder.attention_layer.{layer}.linear_layer.{field}"),
                linear(field),
            );
        }
        _ => unreachable!("attention has layers and fields: {layer:?}"),
    };
    (format!("decoder.attention_layer.{name}"), layout)
}

fn linear(field: &str) -> Layout {
    if field.starts_with("weight") {
        Layout::Transposed
    } else {
        Layout::Same
    }
}

/// Collects the tensors of a network.
#[derive(Default)]
struct Reader {
    path: Vec<String>,
    textual: bool,
    ids: Vec<ParamId>,
    tensors: Vec<NamedTensor>,
    trained: Vec<bool>,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let (name, layout) = named(&self.path, self.textual);
        let tensor = layout.apply(param.val().inner());
        self.ids.push(param.id);
        self.trained.push(!name.contains("running_"));
        self.tensors.push(NamedTensor {
            name,
            shape: tensor.dims().to_vec(),
            values: values(tensor),
        });
    }
}

/// Collects the gradients of a network.
struct GradientReader<'a> {
    path: Vec<String>,
    textual: bool,
    gradients: &'a Gradients,
    tensors: Vec<NamedTensor>,
}

impl ModuleVisitor for GradientReader<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = param.val().grad(self.gradients) else {
            return;
        };
        let (name, layout) = named(&self.path, self.textual);
        let gradient = layout.apply(gradient);
        let shape = gradient.dims().to_vec();
        self.tensors.push(NamedTensor {
            name,
            shape,
            values: values(gradient),
        });
    }
}

/// Fills a network from named tensors; keeps the first error.
struct Writer<'a> {
    path: Vec<String>,
    textual: bool,
    tensors: HashMap<&'a str, &'a NamedTensor>,
    error: Option<ModelError>,
}

impl Writer<'_> {
    fn data(&self, name: String, expected: Vec<usize>) -> Result<TensorData, ModelError> {
        let Some(tensor) = self.tensors.get(&*name) else {
            return Err(ModelError::Missing { name });
        };
        if tensor.shape != expected || tensor.values.len() != expected.iter().product::<usize>() {
            return Err(ModelError::Shape {
                name,
                expected,
                found: tensor.shape.clone(),
            });
        }
        match tensor.values.iter().position(|value| !value.is_finite()) {
            Some(index) => Err(ModelError::NonFinite { name, index }),
            None => Ok(TensorData::new(tensor.values.clone(), tensor.shape.clone())),
        }
    }
}

impl ModuleMapper for Writer<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (name, layout) = named(&self.path, self.textual);
        let expected = layout.apply(param.val()).dims().to_vec();
        let data = match self.data(name, expected) {
            Ok(data) => data,
            Err(error) => {
                self.error.get_or_insert(error);
                return param;
            }
        };
        param.map(|old| {
            // The copy makes the rows contiguous in our layout.
            let tensor = layout.apply(Tensor::<D>::from_data(data, &old.device()));
            let tensor = Tensor::from_data(tensor.into_data(), &old.device());
            if old.is_require_grad() {
                tensor.require_grad()
            } else {
                tensor
            }
        })
    }
}

/// Row-major values of a tensor.
pub(super) fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .into_data_dtype(DType::F32)
        .try_into_vec()
        .expect("a float tensor converts to f32 values")
}
