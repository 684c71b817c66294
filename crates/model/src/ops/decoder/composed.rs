//! The recurrent core made of plain Burn operations.

mod attention;

use burn::tensor::Tensor;

use attention::Focus;

use super::{DecoderSequence, DecoderWeights, HiddenDropout, Memory};
use crate::{
    batch::padding,
    ops::lstm::{LstmState, cell},
};

/// Everything one step hands to the next.
#[derive(Debug, Clone)]
pub(crate) struct DecoderState {
    attention: LstmState,
    decoder: LstmState,
    focus: Focus,
    context: Tensor<2>,
}

impl DecoderState {
    /// As before the first frame.
    pub(crate) fn start(memory: &Memory, weights: &DecoderWeights) -> Self {
        let [batch, symbols, channels] = memory.encoded.dims();
        let [attention, _] = weights.attention_hidden.dims();
        let [decoder, _] = weights.decoder_hidden.dims();
        let device = memory.encoded.device();
        Self {
            attention: LstmState::zeros(batch, attention, &memory.encoded),
            decoder: LstmState::zeros(batch, decoder, &memory.encoded),
            focus: Focus::start(
                padding(&memory.lengths, symbols, &device),
                &weights.attention,
            ),
            context: Tensor::zeros([batch, channels], &device),
        }
    }

    /// Attention weights of the last step, `[B, N]`.
    pub(crate) fn weights(&self) -> Tensor<2> {
        self.focus.weights.clone()
    }

    /// Decoder hidden state and context of the last step, `[B, H_d + E]`.
    pub(crate) fn output(&self) -> Tensor<2> {
        Tensor::cat(vec![self.decoder.hidden.clone(), self.context.clone()], 1)
    }
}

/// The whole sequence; see [`teacher_forced`](super::teacher_forced).
pub(super) fn teacher_forced(
    gates: Tensor<3>,
    memory: &Memory,
    weights: &DecoderWeights,
    dropout: Option<HiddenDropout>,
) -> DecoderSequence {
    let [steps, batch, width] = gates.dims();
    let [decoder, _] = weights.decoder_hidden.dims();
    let device = gates.device();
    let masks = dropout.map(|dropout| {
        (
            dropout.attention().mask([steps, batch, width / 4], &device),
            dropout.decoder().mask([steps, batch, decoder], &device),
        )
    });
    let mut state = DecoderState::start(memory, weights);
    let (mut outputs, mut attended) = (Vec::new(), Vec::new());
    for s in 0..steps {
        let gates = gates.clone().narrow(0, s, 1).reshape([batch, width]);
        let masks = masks.as_ref().map(|(attention, decoder)| {
            let at = |mask: &Tensor<3>| mask.clone().narrow(0, s, 1).squeeze_dim(0);
            (at(attention), at(decoder))
        });
        state = step(gates, memory, weights, state, masks);
        outputs.push(state.output());
        attended.push(state.weights());
    }
    DecoderSequence {
        output: Tensor::stack(outputs, 0),
        weights: Tensor::stack(attended, 0),
    }
}

/// One decoder step; `gates` is `[B, 4 H_a]`, the masks are `[B, H_a]` and `[B, H_d]`.
pub(crate) fn step(
    gates: Tensor<2>,
    memory: &Memory,
    weights: &DecoderWeights,
    state: DecoderState,
    masks: Option<(Tensor<2>, Tensor<2>)>,
) -> DecoderState {
    let recurrent = state.context.matmul(weights.attention_context.clone())
        + state
            .attention
            .hidden
            .matmul(weights.attention_hidden.clone());
    let mut attention = cell(gates + recurrent, state.attention.cell);
    if let Some((mask, _)) = &masks {
        attention.hidden = attention.hidden * mask.clone();
    }

    let (focus, context) = state
        .focus
        .look(&attention.hidden, memory, &weights.attention);

    let input = Tensor::cat(vec![attention.hidden.clone(), context.clone()], 1);
    let gates = input.matmul(weights.decoder_input.clone())
        + state.decoder.hidden.matmul(weights.decoder_hidden.clone())
        + weights.decoder_bias.clone().unsqueeze();
    let mut decoder = cell(gates, state.decoder.cell);
    if let Some((_, mask)) = masks {
        decoder.hidden = decoder.hidden * mask;
    }

    DecoderState {
        attention,
        decoder,
        focus,
        context,
    }
}
