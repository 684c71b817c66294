//! Tacotron 2, exactly as NVIDIA's, with a reduction factor and other types of attention.
//!
//! # Source
//! Shen et al., Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions
//! (arXiv:1712.05884); dimensions and initialisation of NVIDIA/tacotron2. With `r > 1` the
//! projection has `r_max` frames, of which the first `r` are used, and the pre-net reads the last
//! frame of a group, so that `r` may shrink during training without new weights.

mod attention;
mod coarse;
mod config;
mod convolution;
mod decoder;
mod encoder;
mod head;
mod infer;
mod postnet;
mod prenet;
mod recogniser;
mod state;
mod style;
#[cfg(test)]
mod variants_tests;

use burn::{
    module::Module,
    tensor::{Bool, Device, Tensor},
};

pub use attention::AttentionType;
pub(crate) use attention::{DYNAMIC_FILTERS, DYNAMIC_KERNEL};
pub use coarse::Coarse;
pub use config::Tacotron2Config;
pub use infer::{InferOptions, Inference, StopReason, StopRule};
pub use recogniser::Recognition;
pub use state::NamedTensor;
pub use style::{GstMode, Style, StylePrediction};

use crate::{
    alignment::Alignment,
    batch::{Batch, padding},
    layers::{Embedding, Init, Rule},
    noise::Noise,
    ops::normalise::BatchStatistics,
};
use decoder::Decoder;
use encoder::Encoder;
use postnet::Postnet;
use recogniser::Recogniser;
use style::{Gst, StylePredictor};

/// Logit of the gate beyond an utterance's end: a certain stop.
const PADDED_GATE: f64 = 1e3;

/// The network.
#[derive(Module, Debug)]
pub struct Tacotron2 {
    embedding: Embedding,
    encoder: Encoder,
    decoder: Decoder,
    postnet: Postnet,
    gst: Option<Gst>,
    tpse: Option<StylePredictor>,
    mi: Option<Recogniser>,
    coarse: Option<Decoder>,
    #[module(skip)]
    config: Tacotron2Config,
}

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Mode {
    /// Learning: every dropout on, batch statistics.
    Train(Noise),
    /// Learning in which each frame the decoder reads is the true one only with some probability,
    /// else the one the network says after the true frames.
    ///
    /// # Source
    /// Bengio et al., Scheduled Sampling (arXiv:1506.03099), in the parallel form of Duckworth et
    /// al. (arXiv:1906.04331) with one pass: a step costs one more decoder pass without gradients.
    Sample {
        /// Randomness of the step.
        noise: Noise,
        /// Probability of the true frame.
        forced: f64,
    },
    /// Judging: only the pre-net's dropout, running statistics.
    Eval(PrenetDropout),
}

/// Dropout of the pre-net outside training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrenetDropout {
    /// Off: the output depends on nothing but the weights and the input.
    Off,
    /// On, as the network was trained; the same seed gives the same output.
    Seeded(u64),
}

/// What a teacher-forced pass gives.
#[derive(Debug, Clone)]
pub struct Output {
    /// Mel before the post-net, `[B, F, M]`.
    pub mel: Tensor<3>,
    /// Mel after the post-net, `[B, F, M]`.
    pub mel_post: Tensor<3>,
    /// Stop logits, `[B, S]`.
    pub gate: Tensor<2>,
    /// Attention weights, `[B, S, N]`.
    pub alignments: Tensor<3>,
    /// What the recogniser made of it; in training with a recogniser.
    pub recognised: Option<Recognition>,
    /// What the coarse decoder made of it; in training with double decoder consistency.
    pub coarse: Option<Coarse>,
    /// What style the text suggests; in training with predicted styles.
    pub style: Option<StylePrediction>,
    /// Statistics of this batch, for [`Tacotron2::absorb`]; empty outside training.
    pub batch_norm: BatchNormUpdates,
}

/// What one batch says of the running statistics of every batch norm, in the order of the layers.
#[derive(Debug, Clone, Default)]
pub struct BatchNormUpdates(Vec<BatchStatistics>);

/// One pass through the network: how it behaves and what it leaves behind.
struct Forward<'a> {
    config: &'a Tacotron2Config,
    mode: &'a Mode,
    batch_norm: Vec<BatchStatistics>,
}

impl Tacotron2 {
    fn new(config: &Tacotron2Config, device: &Device, seed: u64) -> Self {
        let rule = match config.xavier_init {
            true => Rule::Xavier,
            false => Rule::FanIn,
        };
        let init = Init::new(seed, rule, device);
        let (symbols, channels) = (config.n_symbols, config.symbols_embedding_dim);
        Self {
            embedding: Embedding::new(&init.of("embedding"), symbols, channels),
            encoder: Encoder::new(&init.of("encoder"), config),
            decoder: Decoder::new(&init.of("decoder"), config),
            postnet: Postnet::new(&init.of("postnet"), config),
            gst: config.use_gst.then(|| Gst::new(&init.of("gst"), config)),
            tpse: config
                .use_tps_gst
                .then(|| StylePredictor::new(&init.of("tpse"), config)),
            mi: (config.use_mmi && !config.mmi_symbols.is_empty())
                .then(|| Recogniser::new(&init.of("mi"), config)),
            coarse: config
                .use_ddc_loss
                .then(|| Decoder::new(&init.of("coarse"), &coarse::config(config))),
            config: config.clone(),
        }
    }

    /// Dimensions of this network.
    pub fn config(&self) -> &Tacotron2Config {
        &self.config
    }

    /// Predicts every frame from the true frames before it, `r` at a time.
    ///
    /// # Panics
    /// If `r` is zero or above `r_max`, or the padded frames of the batch are no multiple of `r`.
    pub fn forward(&self, batch: &Batch, r: usize, mode: &Mode) -> Output {
        assert!(
            (1..=self.config.r_max).contains(&r),
            "r is {r}, r_max {}",
            self.config.r_max
        );
        assert_eq!(
            batch.frames() % r,
            0,
            "frames of the batch are no multiple of r = {r}"
        );
        let mut pass = Forward {
            config: &self.config,
            mode,
            batch_norm: Vec::new(),
        };
        let embedded = self.embedding.forward(batch.symbols.clone());
        let encoded = self
            .encoder
            .forward(embedded, &batch.text_lengths, &mut pass);
        let (memory, style) = self.styled(encoded, batch, &mut pass);
        let decoded = self.decoder.teacher_forced(memory.clone(), batch, r, &pass);
        let learns = pass.noise().is_some();
        let coarse = self.coarse.as_ref().filter(|_| learns);
        let coarse = coarse.map(|decoder| coarse::decode(decoder, memory, batch, r, &pass));
        let recogniser = self.mi.as_ref().filter(|_| learns).zip(decoded.textual);
        let recognised = recogniser.map(|(mi, textual)| mi.listen(textual, batch, r, &pass));
        let mel_post = decoded.mel.clone() + self.postnet.forward(decoded.mel.clone(), &mut pass);
        let output = Output {
            mel: decoded.mel,
            mel_post,
            gate: decoded.gate,
            alignments: decoded.alignments,
            recognised,
            coarse,
            style,
            batch_norm: BatchNormUpdates(pass.batch_norm),
        };
        if self.config.mask_padding {
            mask(output, batch, r)
        } else {
            output
        }
    }

    /// Moves the running statistics towards those of an accepted training step.
    pub fn absorb(mut self, updates: BatchNormUpdates) -> Self {
        let encoder = self.encoder.convolutions.iter_mut();
        let reference = self.gst.iter_mut().flat_map(|gst| &mut gst.encoder.layers);
        let predictor = self.tpse.iter_mut().map(|tpse| &mut tpse.norm);
        let postnet = self.postnet.convolutions.iter_mut();
        let norms = encoder
            .map(|block| &mut block.norm)
            .chain(reference.map(|layer| &mut layer.norm))
            .chain(predictor)
            .chain(postnet.map(|block| &mut block.norm));
        for (norm, statistics) in norms.zip(updates.0) {
            norm.absorb(statistics);
        }
        self
    }

    /// What attention reads: the encoded text in the style of each recording.
    fn styled(
        &self,
        encoded: Tensor<3>,
        batch: &Batch,
        pass: &mut Forward<'_>,
    ) -> (Tensor<3>, Option<StylePrediction>) {
        let Some(gst) = &self.gst else {
            return (encoded, None);
        };
        let style = gst.of_recordings(batch.mels.clone(), &batch.mel_lengths, pass);
        let learns = pass.noise().is_some();
        let prediction = self.tpse.as_ref().filter(|_| learns).map(|tpse| {
            let predicted = tpse.forward(encoded.clone(), &batch.text_lengths, pass);
            let target = style.clone().detach();
            StylePrediction { predicted, target }
        });
        (gst.condition(encoded, style), prediction)
    }
}

impl Forward<'_> {
    /// Randomness of learning; none where the network is only judged.
    fn noise(&self) -> Option<Noise> {
        match *self.mode {
            Mode::Train(noise) | Mode::Sample { noise, .. } => Some(noise),
            Mode::Eval(_) => None,
        }
    }

    fn prenet_dropout(&self) -> Option<(Noise, f64)> {
        let noise = match *self.mode {
            Mode::Train(noise) | Mode::Sample { noise, .. } => noise,
            Mode::Eval(PrenetDropout::Seeded(seed)) => Noise { seed, step: 0 },
            Mode::Eval(PrenetDropout::Off) => return None,
        };
        (self.config.prenet_dropout > 0.0).then_some((noise, self.config.prenet_dropout))
    }
}

/// Beyond an utterance's end the mel is zero and the gate is certain.
fn mask(output: Output, batch: &Batch, r: usize) -> Output {
    let [size, frames, mels] = output.mel.dims();
    let device = output.mel.device();
    let beyond: Tensor<3, Bool> = padding(&batch.mel_lengths, frames, &device)
        .unsqueeze_dim::<3>(2)
        .expand([size, frames, mels]);
    let stopped = padding(&batch.steps(r), frames / r, &device);
    Output {
        mel: output.mel.mask_fill(beyond.clone(), 0.0),
        mel_post: output.mel_post.mask_fill(beyond, 0.0),
        gate: output.gate.mask_fill(stopped, PADDED_GATE),
        ..output
    }
}

/// The attention matrix of every utterance of a batch, without padding.
pub fn alignments_of(output: &Output, batch: &Batch, r: usize) -> Vec<Alignment> {
    let [_, steps, symbols] = output.alignments.dims();
    let values = state::values(output.alignments.clone().inner());
    let lengths = batch.steps(r).into_iter().zip(&batch.text_lengths);
    lengths
        .zip(values.chunks(steps * symbols))
        .map(|((s, n), matrix)| Alignment {
            steps: s,
            symbols: *n,
            values: matrix
                .chunks(symbols)
                .take(s)
                .flat_map(|row| &row[..*n])
                .copied()
                .collect(),
        })
        .collect()
}
