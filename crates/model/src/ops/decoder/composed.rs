//! The recurrent core made of plain Burn operations.

use burn::tensor::{
    Bool, Tensor, activation::softmax, assert_shape, module::conv1d, ops::ConvOptions,
};

use super::{DecoderSequence, DecoderWeights, HiddenDropout, Memory};
use crate::{
    batch::padding,
    ops::lstm::{LstmState, cell},
};

/// Energy of padded symbols: its exponential is zero in f32 whatever the other energies are.
const MASKED_ENERGY: f64 = -1e9;

/// Everything one step hands to the next.
#[derive(Debug, Clone)]
pub(crate) struct DecoderState {
    attention: LstmState,
    decoder: LstmState,
    weights: Tensor<2>,
    cumulative: Tensor<2>,
    context: Tensor<2>,
    padded: Tensor<2, Bool>,
}

impl DecoderState {
    /// All zeros, as before the first frame.
    pub(crate) fn zeros(memory: &Memory, weights: &DecoderWeights) -> Self {
        let [batch, symbols, channels] = memory.encoded.dims();
        let [attention, _] = weights.attention_hidden.dims();
        let [decoder, _] = weights.decoder_hidden.dims();
        let device = memory.encoded.device();
        Self {
            attention: LstmState::zeros(batch, attention, &memory.encoded),
            decoder: LstmState::zeros(batch, decoder, &memory.encoded),
            weights: Tensor::zeros([batch, symbols], &device),
            cumulative: Tensor::zeros([batch, symbols], &device),
            context: Tensor::zeros([batch, channels], &device),
            padded: padding(&memory.lengths, symbols, &device),
        }
    }

    /// Attention weights of the last step, `[B, N]`.
    pub(crate) fn weights(&self) -> Tensor<2> {
        self.weights.clone()
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
    let mut state = DecoderState::zeros(memory, weights);
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

    let attended = attend(
        attention.hidden.clone(),
        memory,
        weights,
        [state.weights, state.cumulative.clone()],
        &state.padded,
    );
    let context = attended
        .clone()
        .unsqueeze_dim::<3>(1)
        .matmul(memory.encoded.clone())
        .squeeze_dim(1);

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
        cumulative: state.cumulative + attended.clone(),
        weights: attended,
        context,
        padded: state.padded,
    }
}

/// Attention weights `[B, N]` from the query `[B, H_a]` and the weights before (previous, sum).
fn attend(
    query: Tensor<2>,
    memory: &Memory,
    weights: &DecoderWeights,
    before: [Tensor<2>; 2],
    padded: &Tensor<2, Bool>,
) -> Tensor<2> {
    let [batch, symbols, channels] = memory.projected.dims();
    assert_shape!(weights.energy, [channels]);
    let [_, _, kernel] = weights.location.dims();
    let same = ConvOptions::new([1], [kernel / 2], [1], 1);
    let location = conv1d(
        Tensor::stack(before.to_vec(), 1),
        weights.location.clone(),
        None,
        same,
    )
    .swap_dims(1, 2);
    let query = query.matmul(weights.query.clone()).unsqueeze_dim::<3>(1);
    let hidden = (location + query + memory.projected.clone()).tanh();
    let energies = hidden
        .reshape([batch * symbols, channels])
        .matmul(weights.energy.clone().unsqueeze_dim(1))
        .reshape([batch, symbols]);
    softmax(energies.mask_fill(padded.clone(), MASKED_ENERGY), 1)
}
