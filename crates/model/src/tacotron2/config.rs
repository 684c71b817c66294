//! Dimensions of the network, under their hyper-parameter names.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{AttentionType, GstMode, Tacotron2};
use crate::{error::ModelError, ops::rows::WeightDtype};

/// Dimensions and dropout rates; the default is NVIDIA's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tacotron2Config {
    /// Size of the symbol table.
    pub n_symbols: usize,
    /// Channels of a symbol's vector; equal to `encoder_embedding_dim`.
    pub symbols_embedding_dim: usize,
    /// Taps of the encoder's convolutions, odd.
    pub encoder_kernel_size: usize,
    /// Convolutions of the encoder.
    pub encoder_n_convolutions: usize,
    /// Channels of the encoder, even.
    pub encoder_embedding_dim: usize,
    /// Mel bins.
    pub n_mel_channels: usize,
    /// Frames that one decoder step can produce at most.
    pub r_max: usize,
    /// Units of the decoder LSTM.
    pub decoder_rnn_dim: usize,
    /// Units of each pre-net layer.
    pub prenet_dim: usize,
    /// Units of the attention LSTM.
    pub attention_rnn_dim: usize,
    /// Channels in which energies are computed.
    pub attention_dim: usize,
    /// Filters of the location convolution.
    pub attention_location_n_filters: usize,
    /// Taps of the location convolution, odd.
    pub attention_location_kernel_size: usize,
    /// How attention finds its place in the text.
    pub attention_type: AttentionType,
    /// Whether energies become weights by sigmoids instead of exponentials.
    pub use_attention_smoothing: bool,
    /// Channels of the post-net.
    pub postnet_embedding_dim: usize,
    /// Taps of the post-net's convolutions, odd.
    pub postnet_kernel_size: usize,
    /// Convolutions of the post-net, at least two.
    pub postnet_n_convolutions: usize,
    /// Dropout of the attention LSTM's hidden state.
    pub p_attention_dropout: f64,
    /// Dropout of the decoder LSTM's hidden state.
    pub p_decoder_dropout: f64,
    /// Dropout of the pre-net, on in synthesis too.
    pub prenet_dropout: f64,
    /// Dropout after each convolution of the encoder.
    pub encoder_dropout: f64,
    /// Dropout after each convolution of the post-net.
    pub postnet_dropout: f64,
    /// Whether outputs beyond an utterance's end are masked.
    pub mask_padding: bool,
    /// Whether the decoder has the head that a recogniser listens to.
    pub use_mmi: bool,
    /// Units of that head and of the recogniser.
    pub mmi_dim: usize,
    /// Dropout of that head and of the recogniser.
    pub mmi_dropout: f64,
    /// Ids of the symbols that are heard, in the order of the recogniser's classes; where there is
    /// none there is no recogniser, which nothing but training needs.
    pub mmi_symbols: Vec<u32>,
    /// Whether a second decoder, of training alone, keeps the attention of the first consistent.
    pub use_ddc_loss: bool,
    /// Frames per step of the second decoder.
    pub ddc_reduction_factor: usize,
    /// Whether the network has style tokens.
    pub use_gst: bool,
    /// How a style meets the encoded text.
    pub gst_mode: GstMode,
    /// Style tokens.
    pub token_num: usize,
    /// Heads of the attention to them.
    pub num_heads: usize,
    /// Channels of a style, a multiple of `num_heads` and even.
    pub token_embedding_size: usize,
    /// Filters of the reference encoder's convolutions.
    pub ref_enc_filters: Vec<usize>,
    /// Units of the reference encoder.
    pub ref_enc_gru_size: usize,
    /// Whether a style is predicted from the text.
    pub use_tps_gst: bool,
    /// Whether affine maps and convolutions begin by Xavier's rule, or by their inputs alone; no dimension.
    pub xavier_init: bool,
    /// How the recurrent weights are stored while a pass reads them; no dimension, and of no
    /// effect outside the CPU's fused kernels.
    pub weight_dtype: WeightDtype,
}

impl Default for Tacotron2Config {
    fn default() -> Self {
        Self {
            n_symbols: 148,
            symbols_embedding_dim: 512,
            encoder_kernel_size: 5,
            encoder_n_convolutions: 3,
            encoder_embedding_dim: 512,
            n_mel_channels: 80,
            r_max: 1,
            decoder_rnn_dim: 1024,
            prenet_dim: 256,
            attention_rnn_dim: 1024,
            attention_dim: 128,
            attention_location_n_filters: 32,
            attention_location_kernel_size: 31,
            attention_type: AttentionType::Location,
            use_attention_smoothing: false,
            postnet_embedding_dim: 512,
            postnet_kernel_size: 5,
            postnet_n_convolutions: 5,
            p_attention_dropout: 0.1,
            p_decoder_dropout: 0.1,
            prenet_dropout: 0.5,
            encoder_dropout: 0.5,
            postnet_dropout: 0.5,
            mask_padding: true,
            use_mmi: false,
            mmi_dim: 1024,
            mmi_dropout: 0.5,
            mmi_symbols: Vec::new(),
            use_ddc_loss: false,
            ddc_reduction_factor: 6,
            use_gst: false,
            gst_mode: GstMode::Concat,
            token_num: 10,
            num_heads: 4,
            token_embedding_size: 256,
            ref_enc_filters: vec![32, 32, 64, 64, 128, 128],
            ref_enc_gru_size: 128,
            use_tps_gst: false,
            xavier_init: true,
            weight_dtype: WeightDtype::F32,
        }
    }
}

impl Tacotron2Config {
    /// A freshly initialised network; the same seed gives the same weights.
    ///
    /// # Panics
    /// If the configuration was not [validated](Self::validate).
    pub fn init(&self, device: &Device, seed: u64) -> Tacotron2 {
        Tacotron2::new(self, device, seed)
    }

    /// The same network without what only training needs.
    #[must_use]
    pub fn speaking(self) -> Self {
        Self {
            mmi_symbols: Vec::new(),
            use_ddc_loss: false,
            ..self
        }
    }

    /// Channels of what attention reads.
    pub fn memory_channels(&self) -> usize {
        let style = match self.gst_mode {
            GstMode::Concat if self.use_gst => self.token_embedding_size,
            GstMode::Concat | GstMode::Add => 0,
        };
        self.encoder_embedding_dim + style
    }

    /// # Errors
    /// Names the first dimension or rate that no network can have.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.check_sizes()?;
        self.check_shapes()?;
        self.check_style()?;
        self.check_rates()
    }

    fn check_sizes(&self) -> Result<(), ModelError> {
        // Far above any real network, low enough that a hostile file cannot exhaust memory.
        const LARGEST: usize = 1 << 16;
        let sizes = [
            ("n_symbols", self.n_symbols),
            ("symbols_embedding_dim", self.symbols_embedding_dim),
            ("encoder_kernel_size", self.encoder_kernel_size),
            ("encoder_n_convolutions", self.encoder_n_convolutions),
            ("encoder_embedding_dim", self.encoder_embedding_dim),
            ("n_mel_channels", self.n_mel_channels),
            ("r_max", self.r_max),
            ("decoder_rnn_dim", self.decoder_rnn_dim),
            ("prenet_dim", self.prenet_dim),
            ("attention_rnn_dim", self.attention_rnn_dim),
            ("attention_dim", self.attention_dim),
            (
                "attention_location_n_filters",
                self.attention_location_n_filters,
            ),
            (
                "attention_location_kernel_size",
                self.attention_location_kernel_size,
            ),
            ("postnet_embedding_dim", self.postnet_embedding_dim),
            ("postnet_kernel_size", self.postnet_kernel_size),
            ("postnet_n_convolutions", self.postnet_n_convolutions),
            ("mmi_dim", self.mmi_dim),
            ("ddc_reduction_factor", self.ddc_reduction_factor),
            ("token_num", self.token_num),
            ("num_heads", self.num_heads),
            ("token_embedding_size", self.token_embedding_size),
            ("ref_enc_gru_size", self.ref_enc_gru_size),
        ];
        let filters = self.ref_enc_filters.iter();
        let filters = filters.map(|filters| ("ref_enc_filters", *filters));
        match sizes
            .into_iter()
            .chain(filters)
            .find(|(_, size)| !(1..=LARGEST).contains(size))
        {
            Some((name, size)) => Err(dimension(name, size, "expected 1..=65536")),
            None => Ok(()),
        }
    }

    fn check_shapes(&self) -> Result<(), ModelError> {
        let kernels = [
            ("encoder_kernel_size", self.encoder_kernel_size),
            (
                "attention_location_kernel_size",
                self.attention_location_kernel_size,
            ),
            ("postnet_kernel_size", self.postnet_kernel_size),
        ];
        if let Some((name, size)) = kernels.into_iter().find(|(_, size)| size.is_multiple_of(2)) {
            return Err(dimension(name, size, "expected an odd number of taps"));
        }
        if !self.encoder_embedding_dim.is_multiple_of(2) {
            let (name, size) = ("encoder_embedding_dim", self.encoder_embedding_dim);
            return Err(dimension(
                name,
                size,
                "expected an even number, half for each direction",
            ));
        }
        if self.symbols_embedding_dim != self.encoder_embedding_dim {
            let (name, size) = ("symbols_embedding_dim", self.symbols_embedding_dim);
            return Err(dimension(
                name,
                size,
                "expected the value of `encoder_embedding_dim`",
            ));
        }
        if self.postnet_n_convolutions < 2 {
            let (name, size) = ("postnet_n_convolutions", self.postnet_n_convolutions);
            return Err(dimension(name, size, "expected at least 2"));
        }
        if self.attention_type == AttentionType::Dca && self.use_attention_smoothing {
            let (name, value) = ("use_attention_smoothing", true);
            return Err(dimension(
                name,
                value,
                "expected `false` with dynamic convolution, whose prior only a softmax can weigh",
            ));
        }
        Ok(())
    }

    fn check_style(&self) -> Result<(), ModelError> {
        let (name, size) = ("token_embedding_size", self.token_embedding_size);
        if self.use_gst && !size.is_multiple_of(self.num_heads) {
            return Err(dimension(name, size, "expected a multiple of `num_heads`"));
        }
        if self.use_tps_gst && !size.is_multiple_of(2) {
            return Err(dimension(
                name,
                size,
                "expected an even number, half for each direction of the style predictor",
            ));
        }
        if self.use_gst && self.ref_enc_filters.is_empty() {
            return Err(dimension("ref_enc_filters", "[]", "expected at least one"));
        }
        if self.use_tps_gst && !self.use_gst {
            return Err(dimension(
                "use_tps_gst",
                true,
                "expected `use_gst` too: there is no style to predict without style tokens",
            ));
        }
        Ok(())
    }

    fn check_rates(&self) -> Result<(), ModelError> {
        let rates = [
            ("p_attention_dropout", self.p_attention_dropout),
            ("p_decoder_dropout", self.p_decoder_dropout),
            ("prenet_dropout", self.prenet_dropout),
            ("encoder_dropout", self.encoder_dropout),
            ("postnet_dropout", self.postnet_dropout),
            ("mmi_dropout", self.mmi_dropout),
        ];
        match rates
            .into_iter()
            .find(|(_, rate)| !(0.0..1.0).contains(rate))
        {
            Some((name, rate)) => Err(dimension(name, rate, "expected 0 <= p < 1")),
            None => Ok(()),
        }
    }
}

fn dimension(name: &'static str, value: impl ToString, expected: &'static str) -> ModelError {
    ModelError::Dimension {
        name,
        value: value.to_string(),
        expected,
    }
}
