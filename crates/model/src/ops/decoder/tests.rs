//! The fused recurrent core equals the composed one: outputs and every gradient.

use burn::tensor::Tensor;

use super::{
    AttentionKernel, DecoderSequence, DecoderWeights, Dims, HiddenDropout, Memory, composed, fused,
};
use crate::ops::rows::WeightDtype;
use crate::ops::testing::{NOISE, assert_close, check_gradients, device, floats, random};

struct Case {
    steps: usize,
    symbols: usize,
    lengths: &'static [usize],
    memory: usize,
    attention: usize,
    decoder: usize,
    channels: usize,
    kernel: usize,
    dropout: bool,
}

/// Odd sizes: one frame, one symbol, lengths that are no multiple of anything, more utterances than
/// one pass of a product takes.
const CASES: [Case; 5] = [
    Case {
        steps: 4,
        symbols: 5,
        lengths: &[5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 5, 4, 3, 2, 1, 5, 4, 3, 2],
        memory: 3,
        attention: 18,
        decoder: 33,
        channels: 4,
        kernel: 33,
        dropout: true,
    },
    Case {
        steps: 7,
        symbols: 9,
        lengths: &[9, 4, 1],
        memory: 6,
        attention: 5,
        decoder: 8,
        channels: 3,
        kernel: 5,
        dropout: true,
    },
    Case {
        steps: 1,
        symbols: 3,
        lengths: &[3],
        memory: 4,
        attention: 4,
        decoder: 4,
        channels: 2,
        kernel: 7,
        dropout: false,
    },
    Case {
        steps: 13,
        symbols: 1,
        lengths: &[1, 1],
        memory: 17,
        attention: 19,
        decoder: 3,
        channels: 18,
        kernel: 1,
        dropout: true,
    },
    Case {
        steps: 33,
        symbols: 41,
        lengths: &[17, 41, 3, 40, 16],
        memory: 32,
        attention: 48,
        decoder: 40,
        channels: 33,
        kernel: 31,
        dropout: true,
    },
];

/// Outputs and gradients of one form, named.
fn run(
    case: &Case,
    form: impl Fn(Tensor<3>, &Memory, &DecoderWeights, Option<HiddenDropout>) -> DecoderSequence,
) -> Vec<(&'static str, Vec<f32>)> {
    let batch = case.lengths.len();
    let (e, a, h, d) = (case.memory, case.attention, case.decoder, case.channels);
    let gates = random("gates", [case.steps, batch, 4 * a], 1.0);
    let memory = Memory {
        encoded: random("encoded", [batch, case.symbols, e], 1.0),
        projected: random("projected", [batch, case.symbols, d], 1.0),
        lengths: case.lengths.to_vec(),
    };
    let weights = DecoderWeights {
        attention_context: random("attention_context", [e, 4 * a], 1.0 / (a as f64).sqrt()),
        attention_hidden: random("attention_hidden", [a, 4 * a], 1.0 / (a as f64).sqrt()),
        query: random("query", [a, d], 0.5),
        location: random("location", [d, 2, case.kernel], 0.5),
        energy: random("energy", [d], (6.0 / (d + 1) as f64).sqrt()),
        decoder_input: random("decoder_input", [a + e, 4 * h], 1.0 / (h as f64).sqrt()),
        decoder_hidden: random("decoder_hidden", [h, 4 * h], 1.0 / (h as f64).sqrt()),
        decoder_bias: random("decoder_bias", [4 * h], 0.5),
        dtype: WeightDtype::F32,
    };
    let dropout = case.dropout.then_some(HiddenDropout {
        noise: NOISE,
        attention: 0.3,
        decoder: 0.2,
    });
    let sequence = form(gates.clone(), &memory, &weights, dropout);
    let asked = random("asked.output", sequence.output.dims(), 1.0).detach();
    let asked_weights = random("asked.weights", sequence.weights.dims(), 3.0).detach();
    let loss =
        (sequence.output.clone() * asked).sum() + (sequence.weights.clone() * asked_weights).sum();
    let grads = loss.backward();
    macro_rules! grad {
        ($tensor:expr) => {
            floats($tensor.grad(&grads).unwrap())
        };
    }
    vec![
        ("output", floats(sequence.output)),
        ("weights", floats(sequence.weights)),
        ("d gates", grad!(gates)),
        ("d encoded", grad!(memory.encoded)),
        ("d projected", grad!(memory.projected)),
        ("d attention_context", grad!(weights.attention_context)),
        ("d attention_hidden", grad!(weights.attention_hidden)),
        ("d query", grad!(weights.query)),
        ("d location", grad!(weights.location)),
        ("d energy", grad!(weights.energy)),
        ("d decoder_input", grad!(weights.decoder_input)),
        ("d decoder_hidden", grad!(weights.decoder_hidden)),
        ("d decoder_bias", grad!(weights.decoder_bias)),
    ]
}

#[test]
fn fused_outputs_and_gradients_equal_the_composed_ones() {
    for (number, case) in CASES.iter().enumerate() {
        let expected = run(case, composed::teacher_forced);
        for ((name, found), (_, expected)) in run(case, fused).into_iter().zip(expected) {
            assert_close(&format!("case {number}: {name}"), &found, &expected, 1e-5);
        }
    }
}

#[test]
fn what_lies_in_the_padding_changes_nothing() {
    let case = &CASES[0];
    let plain = run(case, fused);
    let noisy = run(case, |gates, memory, weights, dropout| {
        let [batch, symbols, _] = memory.encoded.dims();
        let noise = crate::batch::length_mask(&memory.lengths, symbols, &device()) * -7.0 + 7.0;
        let noise = noise.reshape([batch, symbols, 1]);
        let memory = Memory {
            encoded: memory.encoded.clone() + noise.clone(),
            projected: memory.projected.clone() + noise,
            lengths: memory.lengths.clone(),
        };
        fused(gates, &memory, weights, dropout)
    });
    for ((name, plain), (_, noisy)) in plain.iter().zip(&noisy) {
        assert_eq!(plain, noisy, "{name}");
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let (steps, batch, symbols, e, a, d, k) = (5, 2, 4, 3, 4, 3, 3);
    let dims = Dims {
        steps,
        batch,
        symbols,
        memory: e,
        attention: a,
        channels: d,
        kernel: k,
    };
    let dropout = HiddenDropout {
        noise: NOISE,
        attention: 0.3,
        decoder: 0.2,
    };
    let kernel = AttentionKernel {
        dims,
        lengths: vec![4, 2],
        dropout: Some(dropout.attention()),
        dtype: WeightDtype::F32,
    };
    let numbers = |name, len| NOISE.stream(name).uniform(0.7, len);
    check_gradients(
        &kernel,
        [
            numbers("gates", steps * batch * 4 * a),
            numbers("encoded", batch * symbols * e),
            numbers("projected", batch * symbols * d),
            numbers("attention_context", e * 4 * a),
            numbers("attention_hidden", a * 4 * a),
            numbers("query", a * d),
            numbers("location", d * 2 * k),
            numbers("energy", d),
        ],
    );
}
