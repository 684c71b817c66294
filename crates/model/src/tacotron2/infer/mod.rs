//! Free-running synthesis: each frame is predicted from the frames predicted before it.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData},
};
use diktor_audio::Mel;

use super::{Forward, Mode, PrenetDropout, Style, Tacotron2, state::values};
use crate::{
    alignment::Alignment,
    noise::Noise,
    ops::{self, decoder::Memory},
};
use composed::Composed;
use fused::Fused;

/// Frames of dwelling on the last symbol after which an utterance has run away: half a second at
/// a hop of 256 samples and 22 050 Hz.
const SATURATED_FRAMES: usize = 43;
/// Frames that any text may take, and frames that each symbol adds: three times slow speech.
const CAP_BASE_FRAMES: usize = 120;
const CAP_FRAMES_PER_SYMBOL: usize = 24;

/// How to synthesise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InferOptions {
    /// Probability of the gate above which an utterance ends.
    pub gate_threshold: f64,
    /// Decoder steps after which an utterance ends in any case.
    pub max_decoder_steps: usize,
    /// Dropout of the pre-net.
    pub prenet_dropout: PrenetDropout,
    /// What ends an utterance.
    pub stop: StopRule,
    /// Whether attention keeps to the neighbourhood of where it was: from two symbols back to five
    /// on. It can then neither skip nor start over, and what it once lost it cannot find again.
    pub windowed: bool,
}

impl Default for InferOptions {
    fn default() -> Self {
        Self {
            gate_threshold: 0.5,
            max_decoder_steps: 1500,
            prenet_dropout: PrenetDropout::Seeded(1234),
            stop: StopRule::Guarded,
            windowed: false,
        }
    }
}

/// What ends an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopRule {
    /// The gate alone, as in the reference implementation.
    Gate,
    /// The gate, but not before half as many frames as symbols; besides, the attention dwelling
    /// on the last symbol for half a second, and a cap from the length of the text.
    Guarded,
}

/// What ended an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The gate fired.
    Gate,
    /// The attention stayed on the last symbol.
    AlignmentSaturated,
    /// The text is too short for so many frames.
    LengthCap,
    /// `max_decoder_steps` were made.
    MaxSteps,
}

/// One synthesised utterance.
#[derive(Debug, Clone)]
pub struct Inference {
    /// Log-mel after the post-net, `[F, M]`.
    pub mel: Mel,
    /// Attention weights, `[S, N]`.
    pub alignment: Alignment,
    /// Probability of the gate at each decoder step.
    pub gates: Vec<f32>,
    /// What ended it.
    pub stop: StopReason,
}

/// An utterance while it is being synthesised.
struct Track {
    symbols: usize,
    mel: Vec<f32>,
    weights: Vec<f32>,
    gates: Vec<f32>,
    dwell_frames: usize,
    stop: Option<StopReason>,
}

impl Tacotron2 {
    /// Speaks every text of the batch; each gives what it would give alone, in the style that its
    /// text suggests where the network has learnt to tell, else in none.
    ///
    /// # Panics
    /// If there is no text, a text is empty, an id is not in the symbol table, or `r` is zero or
    /// above `r_max`.
    pub fn infer(&self, texts: &[Vec<u32>], r: usize, options: &InferOptions) -> Vec<Inference> {
        let style = if self.tpse.is_some() {
            Style::Predicted
        } else {
            Style::Neutral
        };
        self.infer_styled(texts, r, options, &style)
    }

    /// As [`infer`](Self::infer), in the style that is asked for.
    ///
    /// # Panics
    /// As [`infer`](Self::infer), and if the network does not have what the style needs: tokens, so
    /// many of them, a predictor, the mel bins of the recording.
    pub fn infer_styled(
        &self,
        texts: &[Vec<u32>],
        r: usize,
        options: &InferOptions,
        style: &Style,
    ) -> Vec<Inference> {
        assert!(
            (1..=self.config.r_max).contains(&r),
            "r is {r}, r_max {}",
            self.config.r_max
        );
        let network = self.valid();
        let mode = Mode::Eval(options.prenet_dropout);
        let mut pass = Forward {
            config: &self.config,
            mode: &mode,
            batch_norm: Vec::new(),
        };
        let device = network.embedding.weight.val().device();
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        let embedded = network
            .embedding
            .forward(pad(texts, self.config.n_symbols, &device));
        let encoded = network.encoder.forward_apart(embedded, &lengths, &mut pass);
        let encoded = network.in_style(encoded, &lengths, style, &mut pass);
        let memory = Memory {
            windowed: options.windowed,
            ..network.decoder.memory(encoded, &lengths)
        };
        let weights = network.decoder.weights(&self.config);

        let tracks = if ops::fused::available(&device) {
            let mut decoder = Fused::new(&network, &memory, &weights, r);
            ops::fused::in_pool(|| {
                decode(&memory, r, options, &pass, |dropout, out| {
                    decoder.step(dropout, out)
                })
            })
        } else {
            let mut decoder = Composed::new(&network, &memory, weights, r, &pass);
            decode(&memory, r, options, &pass, |dropout, out| {
                decoder.step(dropout, out)
            })
        };
        tracks
            .into_iter()
            .map(|track| network.finish(track, &mut pass))
            .collect()
    }

    /// What attention shall read, for every text in the same style.
    fn in_style(
        &self,
        encoded: Tensor<3>,
        lengths: &[usize],
        style: &Style,
        pass: &mut Forward<'_>,
    ) -> Tensor<3> {
        let Some(gst) = &self.gst else {
            assert_eq!(*style, Style::Neutral, "the network has no style tokens");
            return encoded;
        };
        let ([batch, _, _], width) = (encoded.dims(), self.config.token_embedding_size);
        let device = encoded.device();
        let style = match style {
            Style::Neutral => Tensor::zeros([1, width], &device),
            Style::Token { index, scale } => gst.of_token(*index, *scale),
            Style::Reference(mel) => {
                let (frames, bins) = (mel.frames(), mel.bins());
                assert_eq!(
                    bins, self.config.n_mel_channels,
                    "mel bins of the recording"
                );
                let data = TensorData::new(mel.values().to_vec(), [1, frames, bins]);
                gst.of_recordings(Tensor::from_data(data, &device), &[frames], pass)
            }
            Style::Predicted => {
                let tpse = self.tpse.as_ref().expect("the network predicts styles");
                tpse.forward(encoded.clone(), lengths, pass)
            }
        };
        gst.condition(encoded, style.expand([batch, width]))
    }

    /// The post-net runs once, over the whole utterance.
    fn finish(&self, track: Track, pass: &mut Forward<'_>) -> Inference {
        let bins = self.config.n_mel_channels;
        let frames = track.mel.len() / bins;
        let device = self.embedding.weight.val().device();
        let mel = Tensor::from_data(TensorData::new(track.mel, [1, frames, bins]), &device);
        let mel = mel.clone() + self.postnet.forward(mel, pass);
        Inference {
            mel: Mel::new(bins, values(mel)),
            alignment: Alignment {
                steps: track.gates.len(),
                symbols: track.symbols,
                values: track.weights,
            },
            gates: track.gates,
            stop: track.stop.unwrap_or(StopReason::MaxSteps),
        }
    }
}

/// The recurrent part: runs until every utterance has ended.
fn decode(
    memory: &Memory,
    r: usize,
    options: &InferOptions,
    pass: &Forward<'_>,
    mut step: impl FnMut(Option<(Noise, f64)>, &mut Prediction),
) -> Vec<Track> {
    let mut tracks: Vec<Track> = memory.lengths.iter().map(|n| Track::new(*n)).collect();
    let mut prediction = Prediction::default();
    for number in 0..options.max_decoder_steps {
        let dropout = pass.prenet_dropout();
        step(
            dropout.map(|(noise, p)| {
                (
                    Noise {
                        step: number as u64,
                        ..noise
                    },
                    p,
                )
            }),
            &mut prediction,
        );
        let mels = prediction.mel.chunks(prediction.mel.len() / tracks.len());
        let attended = prediction
            .weights
            .chunks(prediction.weights.len() / tracks.len());
        let rows = mels.zip(attended).zip(&prediction.gate);
        for (track, ((mel, attended), gate)) in tracks.iter_mut().zip(rows) {
            if track.stop.is_none() {
                track.push(mel, *gate, attended, r, options);
            }
        }
        if tracks.iter().all(|track| track.stop.is_some()) {
            break;
        }
    }
    tracks
}

/// What one step gives, a row for each utterance.
#[derive(Debug, Default)]
struct Prediction {
    /// `[B, r M]`
    mel: Vec<f32>,
    /// Probability of the gate, `[B]`.
    gate: Vec<f32>,
    /// Attention weights, `[B, N]`.
    weights: Vec<f32>,
}

impl Track {
    fn new(symbols: usize) -> Self {
        Self {
            symbols,
            mel: Vec::new(),
            weights: Vec::new(),
            gates: Vec::new(),
            dwell_frames: 0,
            stop: None,
        }
    }

    /// Appends one step, then decides whether it was the last.
    fn push(&mut self, mel: &[f32], gate: f32, attended: &[f32], r: usize, options: &InferOptions) {
        let attended = &attended[..self.symbols];
        self.mel.extend(mel);
        self.gates.push(gate);
        self.weights.extend(attended);
        let last = attended[self.symbols - 1];
        let dwells = attended.iter().all(|weight| *weight <= last);
        self.dwell_frames = if dwells { self.dwell_frames + r } else { 0 };

        let frames = self.gates.len() * r;
        let fired = f64::from(gate) > options.gate_threshold;
        self.stop = match options.stop {
            StopRule::Gate => fired.then_some(StopReason::Gate),
            StopRule::Guarded if fired && 2 * frames >= self.symbols => Some(StopReason::Gate),
            StopRule::Guarded if self.dwell_frames > SATURATED_FRAMES => {
                Some(StopReason::AlignmentSaturated)
            }
            StopRule::Guarded => (frames >= CAP_BASE_FRAMES + CAP_FRAMES_PER_SYMBOL * self.symbols)
                .then_some(StopReason::LengthCap),
        };
    }
}

/// Symbol ids `[B, N]`, padded with 0.
fn pad(texts: &[Vec<u32>], table: usize, device: &Device) -> Tensor<2, Int> {
    let width = texts.iter().map(Vec::len).max().expect("at least one text");
    let mut ids = vec![0_i32; texts.len() * width];
    for (row, text) in ids.chunks_mut(width).zip(texts) {
        assert!(!text.is_empty(), "an empty text cannot be spoken");
        for (slot, id) in row.iter_mut().zip(text) {
            assert!(
                (*id as usize) < table,
                "symbol id {id} is outside the table of {table}"
            );
            *slot = *id as i32;
        }
    }
    Tensor::from_data(TensorData::new(ids, [texts.len(), width]), device)
}
