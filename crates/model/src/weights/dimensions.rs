//! What network a set of tensors belongs to.

use std::collections::BTreeMap;

use super::error::WeightsError;
use crate::{
    AttentionType, GstMode, NamedTensor, Tacotron2Config,
    tacotron2::{DYNAMIC_FILTERS, DYNAMIC_KERNEL},
};

/// Dimensions of a Tacotron 2 under their hyper-parameter names, as its tensors tell them.
///
/// # Source
/// Names and shapes: NVIDIA/tacotron2, `model.py`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the hyper-parameters of the same names"
)]
pub struct Dimensions {
    pub n_symbols: usize,
    pub symbols_embedding_dim: usize,
    pub encoder_kernel_size: usize,
    pub encoder_n_convolutions: usize,
    pub encoder_embedding_dim: usize,
    pub n_mel_channels: usize,
    pub n_frames_per_step: usize,
    pub decoder_rnn_dim: usize,
    pub prenet_dim: usize,
    pub attention_rnn_dim: usize,
    pub attention_dim: usize,
    pub attention_location_n_filters: usize,
    pub attention_location_kernel_size: usize,
    /// Forward attention without an agent has the tensors of `location`, which then stands here.
    pub attention_type: AttentionType,
    pub postnet_embedding_dim: usize,
    pub postnet_kernel_size: usize,
    pub postnet_n_convolutions: usize,
    /// Where the decoder has the head that a recogniser listens to.
    pub mmi_dim: Option<usize>,
    /// Where the network has style tokens.
    pub style: Option<StyleDimensions>,
}

/// Dimensions of style tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the fields are the hyper-parameters of the same names"
)]
pub struct StyleDimensions {
    pub gst_mode: GstMode,
    pub token_num: usize,
    pub num_heads: usize,
    pub token_embedding_size: usize,
    pub ref_enc_filters: Vec<usize>,
    pub ref_enc_gru_size: usize,
    pub use_tps_gst: bool,
}

const EMBEDDING: &str = "embedding.weight";
const ENCODER_CONV: &str = "encoder.convolutions.0.0.conv.weight";
const PRENET: &str = "decoder.prenet.layers.0.linear_layer.weight";
const ATTENTION_RNN: &str = "decoder.attention_rnn.weight_hh";
const DECODER_RNN: &str = "decoder.decoder_rnn.weight_hh";
const QUERY: &str = "decoder.attention_layer.query_layer.linear_layer.weight";
const LOCATION_CONV: &str = "decoder.attention_layer.location_layer.location_conv.conv.weight";
const STATIC_CONV: &str = "decoder.attention_layer.static_filter_conv.conv.weight";
const AGENT: &str = "decoder.attention_layer.ta.linear_layer.weight";
const PROJECTION: &str = "decoder.linear_projection.linear_layer.weight";
const TEXTUAL: &str = "decoder.linear_projection.0.linear_layer.weight";
const TEXTUAL_PROJECTION: &str = "decoder.mel_layer.3.linear_layer.weight";
const TOKENS: &str = "gst.stl.embed";
const STYLE_QUERY: &str = "gst.stl.attention.W_query.weight";
const STYLE_PROJECTION: &str = "gst_proj.linear_layer.weight";
const STYLE_PREDICTOR: &str = "tpse_gst.inp.0.weight";
const POSTNET_CONV: &str = "postnet.convolutions.0.0.conv.weight";

impl Dimensions {
    /// Reads the dimensions off NVIDIA-named tensors.
    ///
    /// Looks only at the tensors that decide; whether all the others agree is
    /// [`ImportReport::compare`](super::ImportReport::compare)'s question, asked of
    /// [`tensors`](Self::tensors).
    ///
    /// # Errors
    /// Names the first deciding tensor that is missing or has an impossible shape.
    pub fn infer(tensors: &[NamedTensor]) -> Result<Self, WeightsError> {
        let shapes = Shapes(
            tensors
                .iter()
                .map(|tensor| (&*tensor.name, &*tensor.shape))
                .collect(),
        );
        let [n_symbols, symbols_embedding_dim] = shapes.get(EMBEDDING, "[symbols, channels]")?;
        let [encoder_embedding_dim, _, encoder_kernel_size] =
            shapes.get(ENCODER_CONV, "[out, in, taps]")?;
        let [postnet_embedding_dim, n_mel_channels, postnet_kernel_size] =
            shapes.get(POSTNET_CONV, "[channels, mel bins, taps]")?;
        let [prenet_dim, prenet_inputs] = shapes.get(PRENET, "[units, mel bins]")?;
        let [_, attention_rnn_dim] = shapes.get(ATTENTION_RNN, "[4 x units, units]")?;
        let [_, decoder_rnn_dim] = shapes.get(DECODER_RNN, "[4 x units, units]")?;
        let [attention_dim, _] = shapes.get(QUERY, "[channels, attention units]")?;
        let attention_type = shapes.attention_type();
        let [attention_location_n_filters, attention_location_kernel_size] =
            shapes.location(attention_type)?;
        let mmi_dim = match shapes.has(TEXTUAL) {
            true => Some(shapes.get::<2>(TEXTUAL, "[units, channels]")?[0]),
            false => None,
        };
        let projection = mmi_dim.map_or(PROJECTION, |_| TEXTUAL_PROJECTION);
        let [projected, _] = shapes.get(projection, "[mel bins x frames per step, channels]")?;
        if !projected.is_multiple_of(n_mel_channels) {
            return Err(shapes.wrong(
                projection,
                format!("a multiple of {n_mel_channels} mel bins in front"),
            ));
        }
        if prenet_inputs != n_mel_channels {
            return Err(shapes.wrong(
                PRENET,
                format!("a pre-net that reads one frame of {n_mel_channels} mel bins (ours reads the last of a step)"),
            ));
        }
        Ok(Self {
            n_symbols,
            symbols_embedding_dim,
            encoder_kernel_size,
            encoder_n_convolutions: shapes.layers("encoder"),
            encoder_embedding_dim,
            n_mel_channels,
            n_frames_per_step: projected / n_mel_channels,
            decoder_rnn_dim,
            prenet_dim,
            attention_rnn_dim,
            attention_dim,
            attention_location_n_filters,
            attention_location_kernel_size,
            attention_type,
            postnet_embedding_dim,
            postnet_kernel_size,
            postnet_n_convolutions: shapes.layers("postnet"),
            mmi_dim,
            style: shapes.style()?,
        })
    }

    /// Channels of what attention reads.
    fn memory(&self) -> usize {
        let beside = self
            .style
            .as_ref()
            .filter(|style| style.gst_mode == GstMode::Concat);
        self.encoder_embedding_dim + beside.map_or(0, |style| style.token_embedding_size)
    }

    /// Name and shape of every tensor that such a network needs to speak, trained ones and batch
    /// norms' running statistics, in the order in which NVIDIA's code registers them.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let encoder = self.encoder_embedding_dim;
        let mut list = List::default();
        list.add(EMBEDDING, &[self.n_symbols, self.symbols_embedding_dim]);
        for i in 0..self.encoder_n_convolutions {
            list.convolution("encoder", i, [encoder, encoder, self.encoder_kernel_size]);
        }
        list.lstm("encoder.lstm", "_l0", encoder, encoder / 2);
        list.lstm("encoder.lstm", "_l0_reverse", encoder, encoder / 2);
        self.decoder(&mut list);
        if let Some(style) = &self.style {
            style.list(self, &mut list);
        }
        for i in 0..self.postnet_n_convolutions {
            let inner = self.postnet_embedding_dim;
            let inputs = if i == 0 { self.n_mel_channels } else { inner };
            let last = i + 1 == self.postnet_n_convolutions;
            let outputs = if last { self.n_mel_channels } else { inner };
            list.convolution("postnet", i, [outputs, inputs, self.postnet_kernel_size]);
        }
        list.0
    }

    fn decoder(&self, list: &mut List) {
        let (memory, attention) = (self.memory(), self.attention_rnn_dim);
        list.linear(
            "decoder.prenet.layers.0",
            self.prenet_dim,
            self.n_mel_channels,
        );
        list.linear("decoder.prenet.layers.1", self.prenet_dim, self.prenet_dim);
        list.lstm(
            "decoder.attention_rnn",
            "",
            self.prenet_dim + memory,
            attention,
        );
        if self.attention_type == AttentionType::Dca {
            self.dynamic_attention(list);
        } else {
            self.content_attention(list);
        }
        list.lstm(
            "decoder.decoder_rnn",
            "",
            attention + memory,
            self.decoder_rnn_dim,
        );
        let (state, mels) = (
            self.decoder_rnn_dim + memory,
            self.n_mel_channels * self.n_frames_per_step,
        );
        match self.mmi_dim {
            None => {
                list.affine("decoder.linear_projection", mels, state);
                list.affine("decoder.gate_layer", 1, state);
            }
            Some(units) => {
                list.affine("decoder.linear_projection.0", units, state);
                list.affine("decoder.mel_layer.0", units, units);
                list.affine("decoder.mel_layer.3", mels, units);
                list.affine("decoder.gate_layer", 1, units);
            }
        }
    }
}

impl Dimensions {
    fn content_attention(&self, list: &mut List) {
        let (energy, filters) = (self.attention_dim, self.attention_location_n_filters);
        let (memory, attention) = (self.memory(), self.attention_rnn_dim);
        list.linear("decoder.attention_layer.query_layer", energy, attention);
        list.linear("decoder.attention_layer.memory_layer", energy, memory);
        list.linear("decoder.attention_layer.v", 1, energy);
        list.add(
            LOCATION_CONV,
            &[filters, 2, self.attention_location_kernel_size],
        );
        list.linear(
            "decoder.attention_layer.location_layer.location_dense",
            energy,
            filters,
        );
        if self.attention_type == AttentionType::ForwardTa {
            list.affine("decoder.attention_layer.ta", 1, memory + attention);
        }
    }

    fn dynamic_attention(&self, list: &mut List) {
        let layer = |name: &str| format!("decoder.attention_layer.{name}");
        let energy = self.attention_dim;
        list.affine(&layer("query_layer"), energy, self.attention_rnn_dim);
        list.linear(
            &layer("key_layer"),
            DYNAMIC_FILTERS * DYNAMIC_KERNEL,
            energy,
        );
        list.add(STATIC_CONV, &[DYNAMIC_FILTERS, 1, DYNAMIC_KERNEL]);
        list.linear(&layer("static_filter_layer"), energy, DYNAMIC_FILTERS);
        list.affine(&layer("dynamic_filter_layer"), energy, DYNAMIC_FILTERS);
        list.linear(&layer("v"), 1, energy);
    }
}

impl StyleDimensions {
    fn list(&self, network: &Dimensions, list: &mut List) {
        let (mut inputs, mut width) = (1, network.n_mel_channels);
        for (i, filters) in self.ref_enc_filters.iter().enumerate() {
            let layer = format!("gst.encoder.convs.{i}");
            list.add(&format!("{layer}.weight"), &[*filters, inputs, 3, 3]);
            list.add(&format!("{layer}.bias"), &[*filters]);
            list.norm(&format!("gst.encoder.bns.{i}"), *filters);
            (inputs, width) = (*filters, width.div_ceil(2));
        }
        let units = self.ref_enc_gru_size;
        list.recurrent("gst.encoder.gru", "_l0", inputs * width, units, 3);
        let (channels, each) = (
            self.token_embedding_size,
            self.token_embedding_size / self.num_heads,
        );
        list.add(TOKENS, &[self.token_num, each]);
        for (layer, inputs) in [("query", units), ("key", each), ("value", each)] {
            let name = format!("gst.stl.attention.W_{layer}.weight");
            list.add(&name, &[channels, inputs]);
        }
        if self.gst_mode == GstMode::Add {
            list.add(STYLE_PROJECTION, &[network.encoder_embedding_dim, channels]);
        }
        if self.use_tps_gst {
            list.add(
                STYLE_PREDICTOR,
                &[channels, network.encoder_embedding_dim, 3],
            );
            list.norm("tpse_gst.inp.1", channels);
            for suffix in ["_l0", "_l0_reverse"] {
                list.recurrent("tpse_gst.gru", suffix, channels, channels / 2, 3);
            }
            list.add("tpse_gst.linear.weight", &[channels, channels]);
            list.add("tpse_gst.linear.bias", &[channels]);
        }
    }
}

struct Shapes<'a>(BTreeMap<&'a str, &'a [usize]>);

impl Shapes<'_> {
    /// The shape of a tensor, of the right rank and without zeros.
    fn get<const D: usize>(&self, name: &str, expected: &str) -> Result<[usize; D], WeightsError> {
        let shape = *self.0.get(name).ok_or_else(|| WeightsError::Missing {
            name: name.to_owned(),
        })?;
        let sized = <[usize; D]>::try_from(shape)
            .ok()
            .filter(|shape| !shape.contains(&0));
        sized.ok_or_else(|| self.wrong(name, expected.to_owned()))
    }

    fn wrong(&self, name: &str, expected: String) -> WeightsError {
        let found = self
            .0
            .get(name)
            .map(|shape| shape.to_vec())
            .unwrap_or_default();
        WeightsError::Shape {
            name: name.to_owned(),
            found,
            expected,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn attention_type(&self) -> AttentionType {
        if self.has(STATIC_CONV) {
            AttentionType::Dca
        } else if self.has(AGENT) {
            AttentionType::ForwardTa
        } else {
            AttentionType::Location
        }
    }

    /// Filters of the location layer and their taps.
    fn location(&self, attention_type: AttentionType) -> Result<[usize; 2], WeightsError> {
        if attention_type == AttentionType::Dca {
            // It has no such layer, and its own filters have one size.
            let idle = Tacotron2Config::default();
            return Ok([
                idle.attention_location_n_filters,
                idle.attention_location_kernel_size,
            ]);
        }
        let [filters, _, taps] = self.get(LOCATION_CONV, "[filters, 2, taps]")?;
        Ok([filters, taps])
    }

    /// How many convolutions follow one another from number 0.
    fn layers(&self, part: &str) -> usize {
        let has = |i: &usize| self.has(&format!("{part}.convolutions.{i}.0.conv.weight"));
        (0..).take_while(has).count()
    }

    fn style(&self) -> Result<Option<StyleDimensions>, WeightsError> {
        if !self.has(TOKENS) {
            return Ok(None);
        }
        let [token_num, each] = self.get(TOKENS, "[tokens, channels of a head]")?;
        let [token_embedding_size, ref_enc_gru_size] =
            self.get(STYLE_QUERY, "[style channels, reference units]")?;
        if !token_embedding_size.is_multiple_of(each) {
            let expected = format!("a multiple of {each} channels of a head in front");
            return Err(self.wrong(STYLE_QUERY, expected));
        }
        let convolution = |i: usize| format!("gst.encoder.convs.{i}.weight");
        let ref_enc_filters = (0..)
            .map(convolution)
            .take_while(|name| self.has(name))
            .map(|name| Ok(self.get::<4>(&name, "[out, in, 3, 3]")?[0]))
            .collect::<Result<Vec<usize>, WeightsError>>()?;
        if ref_enc_filters.is_empty() {
            return Err(WeightsError::Missing {
                name: convolution(0),
            });
        }
        Ok(Some(StyleDimensions {
            gst_mode: if self.has(STYLE_PROJECTION) {
                GstMode::Add
            } else {
                GstMode::Concat
            },
            token_num,
            num_heads: token_embedding_size / each,
            token_embedding_size,
            ref_enc_filters,
            ref_enc_gru_size,
            use_tps_gst: self.has(STYLE_PREDICTOR),
        }))
    }
}

#[derive(Default)]
struct List(Vec<(String, Vec<usize>)>);

impl List {
    fn add(&mut self, name: &str, shape: &[usize]) {
        self.0.push((name.to_owned(), shape.to_vec()));
    }

    fn linear(&mut self, layer: &str, outputs: usize, inputs: usize) {
        self.add(&format!("{layer}.linear_layer.weight"), &[outputs, inputs]);
    }

    /// A linear layer with a bias.
    fn affine(&mut self, layer: &str, outputs: usize, inputs: usize) {
        self.linear(layer, outputs, inputs);
        self.add(&format!("{layer}.linear_layer.bias"), &[outputs]);
    }

    fn lstm(&mut self, layer: &str, suffix: &str, inputs: usize, units: usize) {
        self.recurrent(layer, suffix, inputs, units, 4);
    }

    fn recurrent(&mut self, layer: &str, suffix: &str, inputs: usize, units: usize, gates: usize) {
        let width = gates * units;
        self.add(&format!("{layer}.weight_ih{suffix}"), &[width, inputs]);
        self.add(&format!("{layer}.weight_hh{suffix}"), &[width, units]);
        self.add(&format!("{layer}.bias_ih{suffix}"), &[width]);
        self.add(&format!("{layer}.bias_hh{suffix}"), &[width]);
    }

    fn norm(&mut self, layer: &str, channels: usize) {
        for field in ["weight", "bias", "running_mean", "running_var"] {
            self.add(&format!("{layer}.{field}"), &[channels]);
        }
    }

    fn convolution(&mut self, part: &str, i: usize, shape: [usize; 3]) {
        let layer = format!("{part}.convolutions.{i}");
        self.add(&format!("{layer}.0.conv.weight"), &shape);
        self.add(&format!("{layer}.0.conv.bias"), &shape[..1]);
        self.norm(&format!("{layer}.1"), shape[0]);
    }
}
