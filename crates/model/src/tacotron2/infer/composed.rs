//! Decoder steps made of plain Burn operations, on any backend.

use burn::tensor::{Tensor, activation::sigmoid};

use super::{Prediction, values};
use crate::{
    noise::Noise,
    ops::decoder::{DecoderState, DecoderWeights, Memory, step},
    tacotron2::{Forward, Tacotron2},
};

/// The decoder between two steps.
pub(super) struct Composed<'a> {
    network: &'a Tacotron2,
    pass: &'a Forward<'a>,
    memory: &'a Memory,
    weights: DecoderWeights,
    state: DecoderState,
    frame: Tensor<2>,
    r: usize,
}

impl<'a> Composed<'a> {
    pub(super) fn new(
        network: &'a Tacotron2,
        memory: &'a Memory,
        weights: DecoderWeights,
        r: usize,
        pass: &'a Forward<'a>,
    ) -> Self {
        let frame = [memory.lengths.len(), network.config.n_mel_channels];
        Self {
            network,
            pass,
            memory,
            state: DecoderState::start(memory, &weights),
            weights,
            frame: Tensor::zeros(frame, &memory.encoded.device()),
            r,
        }
    }

    pub(super) fn step(&mut self, dropout: Option<(Noise, f64)>, prediction: &mut Prediction) {
        let decoder = &self.network.decoder;
        let prenet = decoder.prenet.forward_frame(self.frame.clone(), dropout);
        let gates = decoder.attention_gates(prenet);
        self.state = step(gates, self.memory, &self.weights, self.state.clone(), None);
        let output = self.state.output();
        let bins = self.network.config.n_mel_channels;
        let head = decoder.textual.as_ref();
        let textual = head.map(|head| head.textual(output.clone(), self.pass));
        let (audible, gated) = decoder.heard(output, textual, self.pass);
        let mel = decoder
            .projection
            .forward(audible)
            .narrow(1, 0, self.r * bins);
        self.frame = mel.clone().narrow(1, (self.r - 1) * bins, bins);
        prediction.mel = values(mel);
        prediction.gate = values(sigmoid(decoder.gate.forward(gated)));
        prediction.weights = values(self.state.weights());
    }
}
