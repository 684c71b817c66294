//! The typed configurations of the other crates, made of hyper-parameters in this one place.

use std::path::{Path, PathBuf};

use diktor_audio::MelConfig;
use diktor_corpus::FeatureConfig;
use diktor_model::{LossConfig, Tacotron2Config};

use super::table::Hparams;

impl Hparams {
    /// The network, for a table of `n_symbols` symbols.
    #[must_use]
    pub fn tacotron2(&self, n_symbols: usize) -> Tacotron2Config {
        Tacotron2Config {
            n_symbols,
            symbols_embedding_dim: self.symbols_embedding_dim,
            encoder_kernel_size: self.encoder_kernel_size,
            encoder_n_convolutions: self.encoder_n_convolutions,
            encoder_embedding_dim: self.encoder_embedding_dim,
            n_mel_channels: self.n_mel_channels,
            r_max: self.r_max,
            decoder_rnn_dim: self.decoder_rnn_dim,
            prenet_dim: self.prenet_dim,
            attention_rnn_dim: self.attention_rnn_dim,
            attention_dim: self.attention_dim,
            attention_location_n_filters: self.attention_location_n_filters,
            attention_location_kernel_size: self.attention_location_kernel_size,
            attention_type: self.attention_type,
            use_attention_smoothing: self.use_attention_smoothing,
            postnet_embedding_dim: self.postnet_embedding_dim,
            postnet_kernel_size: self.postnet_kernel_size,
            postnet_n_convolutions: self.postnet_n_convolutions,
            p_attention_dropout: self.p_attention_dropout,
            p_decoder_dropout: self.p_decoder_dropout,
            prenet_dropout: self.prenet_dropout,
            encoder_dropout: self.encoder_dropout,
            postnet_dropout: self.postnet_dropout,
            mask_padding: self.mask_padding,
            use_mmi: self.use_mmi,
            mmi_dim: self.mmi_dim,
            mmi_dropout: self.mmi_dropout,
            // Which symbols sound is known to the table alone.
            mmi_symbols: Vec::new(),
            use_ddc_loss: self.use_ddc_loss,
            ddc_reduction_factor: self.ddc_reduction_factor,
            use_gst: self.use_gst,
            gst_mode: self.gst_mode,
            token_num: self.token_num,
            num_heads: self.num_heads,
            token_embedding_size: self.token_embedding_size,
            ref_enc_filters: self.ref_enc_filters.clone(),
            ref_enc_gru_size: self.ref_enc_gru_size,
            use_tps_gst: self.use_tps_gst,
            xavier_init: self.xavier_init,
            weight_dtype: self.weight_dtype,
        }
    }

    /// Takes the sizes of a network: weights that were trained elsewhere keep theirs.
    pub fn adopt(&mut self, network: &Tacotron2Config) {
        self.symbols_embedding_dim = network.symbols_embedding_dim;
        self.encoder_kernel_size = network.encoder_kernel_size;
        self.encoder_n_convolutions = network.encoder_n_convolutions;
        self.encoder_embedding_dim = network.encoder_embedding_dim;
        self.n_mel_channels = network.n_mel_channels;
        self.r_max = network.r_max;
        self.n_frames_per_step = self.n_frames_per_step.min(network.r_max);
        self.decoder_rnn_dim = network.decoder_rnn_dim;
        self.prenet_dim = network.prenet_dim;
        self.attention_rnn_dim = network.attention_rnn_dim;
        self.attention_dim = network.attention_dim;
        self.attention_location_n_filters = network.attention_location_n_filters;
        self.attention_location_kernel_size = network.attention_location_kernel_size;
        self.attention_type = network.attention_type;
        self.postnet_embedding_dim = network.postnet_embedding_dim;
        self.postnet_kernel_size = network.postnet_kernel_size;
        self.postnet_n_convolutions = network.postnet_n_convolutions;
        self.use_mmi = network.use_mmi;
        self.mmi_dim = network.mmi_dim;
        self.use_gst = network.use_gst;
        self.gst_mode = network.gst_mode;
        self.token_num = network.token_num;
        self.num_heads = network.num_heads;
        self.token_embedding_size = network.token_embedding_size;
        self.ref_enc_filters = network.ref_enc_filters.clone();
        self.ref_enc_gru_size = network.ref_enc_gru_size;
        self.use_tps_gst = network.use_tps_gst;
    }

    /// The mel spectrogram.
    #[must_use]
    pub fn mel(&self) -> MelConfig {
        MelConfig {
            sampling_rate: self.sampling_rate,
            filter_length: self.filter_length,
            hop_length: self.hop_length,
            win_length: self.win_length,
            n_mel_channels: self.n_mel_channels,
            mel_fmin: self.mel_fmin,
            mel_fmax: self.mel_fmax,
            mel_mode: self.mel_mode,
        }
    }

    /// How recordings become examples; rates other than `sampling_rate` are refused unless
    /// `resample`.
    #[must_use]
    pub fn features(&self, resample: bool) -> FeatureConfig {
        FeatureConfig {
            trim: self.trim_silence.then(diktor_audio::TrimConfig::default),
            resample,
            min_mel_frames: self.min_mel_frames,
            max_mel_frames: self.max_mel_frames,
            max_text_len: self.max_text_len,
            cache_dir: self.cache_dir(),
            threads: 0,
        }
    }

    /// The losses as they stand at the first step.
    #[must_use]
    pub fn loss(&self) -> LossConfig {
        LossConfig {
            gate_loss_weight: self.gate_loss_weight,
            gate_pos_weight: self.gate_pos_weight,
            guide_loss_weight: if self.use_guided_attn {
                self.guide_loss_initial_weight
            } else {
                0.0
            },
            guide_sigma: self.guide_sigma,
            entropy_loss_weight: self.entropy_loss_weight,
            mi_weight: self.mmi_weight,
            ddc_loss_weight: self.ddc_loss_weight,
            emb_loss_weight: self.emb_loss_weight,
            loss_masking: self.loss_masking,
        }
    }

    /// Steps between two debug reports; 0 when none are written.
    #[must_use]
    pub fn debug_interval(&self) -> u64 {
        if self.debug_reporting {
            self.debug_report_interval
        } else {
            0
        }
    }

    /// Where computed mel spectrograms are kept, if anywhere.
    #[must_use]
    pub fn cache_dir(&self) -> Option<PathBuf> {
        Some(Path::new(&self.mel_cache_dir))
            .filter(|path| !path.as_os_str().is_empty())
            .map(Path::to_owned)
    }
}
