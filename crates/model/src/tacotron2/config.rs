//! Dimensions of the network, under their hyper-parameter names.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{AttentionType, Tacotron2};
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

    /// # Errors
    /// Names the first dimension or rate that no network can have.
    pub fn validate(&self) -> Result<(), ModelError> {
        self.check_sizes()?;
        self.check_shapes()?;
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
        ];
        match sizes
            .into_iter()
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

    fn check_rates(&self) -> Result<(), ModelError> {
        let rates = [
            ("p_attention_dropout", self.p_attention_dropout),
            ("p_decoder_dropout", self.p_decoder_dropout),
            ("prenet_dropout", self.prenet_dropout),
            ("encoder_dropout", self.encoder_dropout),
            ("postnet_dropout", self.postnet_dropout),
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
