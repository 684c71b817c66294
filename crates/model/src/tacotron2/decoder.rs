//! Memory to mel: pre-net, recurrent core, projections.

use burn::{
    module::{Module, Param},
    tensor::Tensor,
};

use super::{Forward, Mode, Tacotron2Config, head::TextualHead, prenet::Prenet};
use crate::{
    batch::{Batch, length_mask},
    layers::{Gain, Init, Linear, LstmCell},
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

/// Location-sensitive attention.
///
/// # Source
/// Chorowski et al. (arXiv:1506.07503), section 2.2.
#[derive(Module, Debug)]
pub(crate) struct Attention {
    pub(crate) query: Linear,
    pub(crate) memory: Linear,
    pub(crate) energy: Linear,
    /// `[k, 2, filters]`; channel 0 reads the previous weights, channel 1 their running sum.
    pub(crate) location_conv: Param<Tensor<3>>,
    pub(crate) location_dense: Linear,
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

    /// Decodes every step from the true frames before it; of each group of `r` frames the pre-net
    /// reads the last.
    pub(super) fn teacher_forced(
        &self,
        encoded: Tensor<3>,
        batch: &Batch,
        r: usize,
        pass: &Forward<'_>,
    ) -> Decoded {
        let [size, frames, mels] = batch.mels.dims();
        let steps = frames / r;
        // Time first, as the recurrence reads it.
        let read = batch.inputs.as_ref().unwrap_or(&batch.mels);
        let groups = read
            .clone()
            .reshape([size, steps, r * mels])
            .swap_dims(0, 1);
        let go = Tensor::zeros([1, size, mels], &groups.device());
        let last = groups.narrow(2, (r - 1) * mels, mels);
        let before = Tensor::cat(vec![go, last], 0).narrow(0, 0, steps);

        let prenet = self.prenet.forward(before, pass.prenet_dropout());
        let [_, _, units] = prenet.dims();
        let gates = self.attention_gates(prenet.reshape([steps * size, units]));
        let [_, width] = gates.dims();
        let gates = gates.reshape([steps, size, width]);

        let memory = self.memory(encoded, &batch.text_lengths);
        let weights = self.weights(pass.config);
        let dropout = match pass.mode {
            Mode::Train(noise) => Some(HiddenDropout {
                noise: *noise,
                attention: pass.config.p_attention_dropout,
                decoder: pass.config.p_decoder_dropout,
            }),
            Mode::Eval(_) => None,
        };
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
            projected: self.attention.memory.forward(encoded.clone()),
            encoded,
            lengths: lengths.to_vec(),
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
            query: self.attention.query.weight.val(),
            location: self.attention.location(),
            energy: self.attention.energy.weight.val().squeeze_dim(1),
            decoder_input: self.decoder_rnn.weight_ih.val(),
            decoder_hidden: self.decoder_rnn.weight_hh.val(),
            decoder_bias: self.decoder_rnn.bias(),
            dtype: config.weight_dtype,
        }
    }
}

impl Attention {
    fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let linear =
            |name, input, output, gain| Linear::new(&init.of(name), input, output, gain, false);
        let channels = config.attention_dim;
        let (filters, kernel) = (
            config.attention_location_n_filters,
            config.attention_location_kernel_size,
        );
        Self {
            query: linear("query", config.attention_rnn_dim, channels, Gain::Tanh),
            memory: linear("memory", config.memory_channels(), channels, Gain::Tanh),
            energy: linear("energy", channels, 1, Gain::Linear),
            location_conv: init.of("location_conv").xavier(
                [kernel, 2, filters],
                2 * kernel,
                filters * kernel,
                Gain::Linear,
            ),
            location_dense: linear("location_dense", filters, channels, Gain::Tanh),
        }
    }

    /// Convolution and dense layer as one convolution `[D, 2, k]`: both are linear, and nothing
    /// stands between them.
    fn location(&self) -> Tensor<3> {
        let conv = self.location_conv.val();
        let [kernel, inputs, filters] = conv.dims();
        let dense = self.location_dense.weight.val();
        let [_, channels] = dense.dims();
        conv.reshape([kernel * inputs, filters])
            .matmul(dense)
            .reshape([kernel, inputs, channels])
            .permute([2, 1, 0])
    }
}
