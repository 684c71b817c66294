//! Memory to mel: pre-net, recurrent core, projections.

use burn::{
    module::Module,
    tensor::{Tensor, TensorData},
};

use super::{
    Forward, Mode, Tacotron2Config, attention::Attention, head::TextualHead, prenet::Prenet,
};
use crate::{
    batch::{Batch, length_mask},
    layers::{Gain, Init, Linear, LstmCell},
    noise::Noise,
    ops::{
        decoder::{self, DecoderWeights, HiddenDropout, Memory},
        linear::affine,
    },
};

/// # Source
/// Tacotron 2 (arXiv:1712.05884), section 2.2, "decoder".
#[derive(Module, Debug)]
pub(crate) struct Decoder {
    pub(crate) prenet: Prenet,
    pub(crate) attention_rnn: LstmCell,
    pub(crate) attention: Attention,
    pub(crate) decoder_rnn: LstmCell,
    pub(crate) textual: Option<TextualHead>,
    pub(crate) projection: Linear,
    pub(crate) gate: Linear,
}

/// What the decoder gives under teacher forcing.
pub(super) struct Decoded {
    /// `[B, F, M]`
    pub(super) mel: Tensor<3>,
    /// Stop logits, `[B, S]`.
    pub(super) gate: Tensor<2>,
    /// `[B, S, N]`
    pub(super) alignments: Tensor<3>,
    /// What a recogniser reads, `[S, B, U]`, zero at padding.
    pub(super) textual: Option<Tensor<3>>,
}

impl Decoder {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let memory = config.memory_channels();
        let (attention, decoder) = (config.attention_rnn_dim, config.decoder_rnn_dim);
        let mels = config.n_mel_channels * config.r_max;
        let cell = |name, input, units| LstmCell::new(&init.of(name), input, units);
        let textual = config
            .use_mmi
            .then(|| TextualHead::new(&init.of("textual"), decoder + memory, config));
        let projected = if config.use_mmi {
            config.mmi_dim
        } else {
            decoder + memory
        };
        let linear =
            |name, output| Linear::new(&init.of(name), projected, output, Gain::Linear, true);
        Self {
            prenet: Prenet::new(&init.of("prenet"), config),
            attention_rnn: cell("attention_rnn", config.prenet_dim + memory, attention),
            attention: Attention::new(&init.of("attention"), config),
            decoder_rnn: cell("decoder_rnn", attention + memory, decoder),
            textual,
            projection: linear("projection", mels),
            gate: linear("gate", 1),
        }
    }

    /// Decodes every step from the frames before it; of each group of `r` frames the pre-net reads
    /// the last.
    pub(super) fn teacher_forced(
        &self,
        encoded: Tensor<3>,
        batch: &Batch,
        r: usize,
        pass: &Forward<'_>,
    ) -> Decoded {
        let mut before = last_frames(batch.inputs.as_ref().unwrap_or(&batch.mels), r);
        if let Mode::Sample { noise, forced } = *pass.mode {
            // What the network says after the true frames, in a pass that leaves no graph.
            let network = self.valid();
            let said = network.decode(encoded.clone().inner(), before.clone().inner(), batch, pass);
            let said = last_frames(&said.mel, r);
            before = mixed(before, Tensor::from_inner(said), noise, forced);
        }
        self.decode(encoded, before, batch, pass)
    }

    /// Decodes every step from `before`, the frame before each of them, `[S, B, M]`.
    fn decode(
        &self,
        encoded: Tensor<3>,
        before: Tensor<3>,
        batch: &Batch,
        pass: &Forward<'_>,
    ) -> Decoded {
        let [size, frames, mels] = batch.mels.dims();
        let [steps, _, _] = before.dims();
        let r = frames / steps;
        let prenet = self.prenet.forward(before, pass.prenet_dropout());
        let [_, _, units] = prenet.dims();
        let gates = self.attention_gates(prenet.reshape([steps * size, units]));
        let [_, width] = gates.dims();
        let gates = gates.reshape([steps, size, width]);

        let memory = self.memory(encoded, &batch.text_lengths);
        let weights = self.weights(pass.config);
        let dropout = pass.noise().map(|noise| HiddenDropout {
            noise,
            attention: pass.config.p_attention_dropout,
            decoder: pass.config.p_decoder_dropout,
        });
        let sequence = decoder::teacher_forced(gates, &memory, &weights, dropout);
        let textual = self.textual.as_ref().map(|head| {
            let alive = length_mask(&batch.steps(r), steps, &sequence.output.device());
            let alive = alive.swap_dims(0, 1).unsqueeze_dim::<3>(2);
            head.textual(sequence.output.clone(), pass) * alive
        });
        let (audible, gated) = self.heard(sequence.output, textual.clone(), pass);
        let mel = self.projection.forward(audible).narrow(2, 0, r * mels);
        let gate: Tensor<2> = self.gate.forward(gated).squeeze_dim(2);
        Decoded {
            mel: mel.swap_dims(0, 1).reshape([size, frames, mels]),
            gate: gate.swap_dims(0, 1),
            alignments: sequence.weights.swap_dims(0, 1),
            textual,
        }
    }

    /// What the mel and what the gate are projected from.
    pub(super) fn heard<const D: usize>(
        &self,
        state: Tensor<D>,
        textual: Option<Tensor<D>>,
        pass: &Forward<'_>,
    ) -> (Tensor<D>, Tensor<D>) {
        match (&self.textual, textual) {
            (Some(head), Some(textual)) => (head.audible(textual.clone(), pass), textual),
            _ => (state.clone(), state),
        }
    }

    /// The pre-net's part of the attention LSTM's gates, bias included: `[.., 4 H_a]`.
    pub(super) fn attention_gates(&self, prenet: Tensor<2>) -> Tensor<2> {
        let [_, units] = prenet.dims();
        let weight = self.attention_rnn.weight_ih.val().narrow(0, 0, units);
        affine(prenet, weight, Some(self.attention_rnn.bias()))
    }

    pub(super) fn memory(&self, encoded: Tensor<3>, lengths: &[usize]) -> Memory {
        Memory {
            projected: self.attention.project(encoded.clone()),
            encoded,
            lengths: lengths.to_vec(),
            windowed: false,
        }
    }

    /// The weights of the recurrent core.
    pub(super) fn weights(&self, config: &Tacotron2Config) -> DecoderWeights {
        let memory_channels = config.memory_channels();
        let input = self.attention_rnn.weight_ih.val();
        let [rows, _] = input.dims();
        DecoderWeights {
            attention_context: input.narrow(0, rows - memory_channels, memory_channels),
            attention_hidden: self.attention_rnn.weight_hh.val(),
            attention: self.attention.weights(config),
            decoder_input: self.decoder_rnn.weight_ih.val(),
            decoder_hidden: self.decoder_rnn.weight_hh.val(),
            decoder_bias: self.decoder_rnn.bias(),
            dtype: config.weight_dtype,
        }
    }
}

/// Time first, as the recurrence reads it: a frame of zeros, then the last frame of every group of
/// `r` but the last group.
fn last_frames(mels: &Tensor<3>, r: usize) -> Tensor<3> {
    let [size, frames, bins] = mels.dims();
    let steps = frames / r;
    let groups = mels
        .clone()
        .reshape([size, steps, r * bins])
        .swap_dims(0, 1);
    let go = Tensor::zeros([1, size, bins], &groups.device());
    let last = groups.narrow(2, (r - 1) * bins, bins);
    Tensor::cat(vec![go, last], 0).narrow(0, 0, steps)
}

/// For every step and utterance the true frame with probability `forced`, else the one said.
fn mixed(truth: Tensor<3>, said: Tensor<3>, noise: Noise, forced: f64) -> Tensor<3> {
    let ([steps, size, bins], device) = (truth.dims(), truth.device());
    let mut kept = vec![0.0; steps * size];
    noise
        .stream("teacher_forcing")
        .dropout_mask(1.0 - forced, 0, &mut kept);
    let replaced = Tensor::<3>::from_data(TensorData::new(kept, [steps, size, 1]), &device)
        .equal_scalar(0.0)
        .expand([steps, size, bins]);
    truth.mask_where(replaced, said)
}
