//! The tensors of a network that is described.

use super::{Dimensions, StyleDimensions};
use crate::{AttentionType, Tacotron2Config};

impl Dimensions {
    /// The dimensions that such a network has.
    pub fn of(config: &Tacotron2Config) -> Self {
        let style = || StyleDimensions {
            gst_mode: config.gst_mode,
            token_num: config.token_num,
            num_heads: config.num_heads,
            token_embedding_size: config.token_embedding_size,
            ref_enc_filters: config.ref_enc_filters.clone(),
            ref_enc_gru_size: config.ref_enc_gru_size,
            use_tps_gst: config.use_tps_gst,
        };
        Self {
            n_symbols: config.n_symbols,
            symbols_embedding_dim: config.symbols_embedding_dim,
            encoder_kernel_size: config.encoder_kernel_size,
            encoder_n_convolutions: config.encoder_n_convolutions,
            encoder_embedding_dim: config.encoder_embedding_dim,
            n_mel_channels: config.n_mel_channels,
            n_frames_per_step: config.r_max,
            decoder_rnn_dim: config.decoder_rnn_dim,
            prenet_dim: config.prenet_dim,
            attention_rnn_dim: config.attention_rnn_dim,
            attention_dim: config.attention_dim,
            attention_location_n_filters: config.attention_location_n_filters,
            attention_location_kernel_size: config.attention_location_kernel_size,
            attention_type: match config.attention_type {
                AttentionType::Forward => AttentionType::Location,
                other => other,
            },
            postnet_embedding_dim: config.postnet_embedding_dim,
            postnet_kernel_size: config.postnet_kernel_size,
            postnet_n_convolutions: config.postnet_n_convolutions,
            mmi_dim: config.use_mmi.then_some(config.mmi_dim),
            style: config.use_gst.then(style),
        }
    }
}
