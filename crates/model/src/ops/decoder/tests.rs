//! The fused recurrent core equals the composed one: outputs and every gradient. The composed one
//! has the gradients of finite differences, whatever the attention.

use burn::tensor::Tensor;

use burn::tensor::{Gradients, TensorData};

use super::{
    AttentionKernel, AttentionWeights, ContentWeights, DecoderSequence, DecoderWeights, Dims,
    DynamicWeights, HiddenDropout, Memory, Motion, Normalisation, PRIOR_LENGTH, TransitionAgent,
    composed, fused,
    fused::{Moves, Rule},
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

/// Every attention that has a fused form.
const FUSED: [(Normalisation, Moves); 5] = [
    (Normalisation::Softmax, Moves::Free),
    (Normalisation::Sigmoid, Moves::Free),
    (Normalisation::Softmax, Moves::Forward),
    (Normalisation::Softmax, Moves::Agent),
    (Normalisation::Sigmoid, Moves::Agent),
];

/// Outputs and gradients of one form, named.
fn run(
    case: &Case,
    (normalisation, moves): (Normalisation, Moves),
    form: impl Fn(Tensor<3>, &Memory, &DecoderWeights, Option<HiddenDropout>) -> DecoderSequence,
) -> Vec<(&'static str, Vec<f32>)> {
    let batch = case.lengths.len();
    let (e, a, h, d) = (case.memory, case.attention, case.decoder, case.channels);
    let gates = random("gates", [case.steps, batch, 4 * a], 1.0);
    let memory = Memory {
        encoded: random("encoded", [batch, case.symbols, e], 1.0),
        projected: Some(random("projected", [batch, case.symbols, d], 1.0)),
        lengths: case.lengths.to_vec(),
        windowed: false,
    };
    let agent = TransitionAgent {
        weight: random("agent", [e + a, 1], 0.5),
        bias: random("agent_bias", [1], 0.5),
    };
    let attention = ContentWeights {
        query: random("query", [a, d], 0.5),
        location: random("location", [d, 2, case.kernel], 0.5),
        energy: random("energy", [d], (6.0 / (d + 1) as f64).sqrt()),
        normalisation,
        motion: match moves {
            Moves::Free => Motion::Free,
            Moves::Forward => Motion::Forward,
            Moves::Agent => Motion::Agent(agent.clone()),
        },
    };
    let weights = DecoderWeights {
        attention_context: random("attention_context", [e, 4 * a], 1.0 / (a as f64).sqrt()),
        attention_hidden: random("attention_hidden", [a, 4 * a], 1.0 / (a as f64).sqrt()),
        attention: AttentionWeights::Content(attention.clone()),
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
    let mut found = vec![
        ("output", floats(sequence.output)),
        ("weights", floats(sequence.weights)),
        ("d gates", grad!(gates)),
        ("d encoded", grad!(memory.encoded)),
        ("d projected", grad!(memory.projected())),
        ("d attention_context", grad!(weights.attention_context)),
        ("d attention_hidden", grad!(weights.attention_hidden)),
        ("d query", grad!(attention.query)),
        ("d location", grad!(attention.location)),
        ("d energy", grad!(attention.energy)),
        ("d decoder_input", grad!(weights.decoder_input)),
        ("d decoder_hidden", grad!(weights.decoder_hidden)),
        ("d decoder_bias", grad!(weights.decoder_bias)),
    ];
    // What the agent says after the only step is never read.
    if moves == Moves::Agent && case.steps > 1 {
        found.push(("d agent", grad!(agent.weight)));
        found.push(("d agent_bias", grad!(agent.bias)));
    }
    found
}

fn fused_form(
    gates: Tensor<3>,
    memory: &Memory,
    weights: &DecoderWeights,
    dropout: Option<HiddenDropout>,
) -> DecoderSequence {
    let attention = weights.attention.content().unwrap();
    fused(gates, memory, weights, attention, dropout)
}

#[test]
fn fused_outputs_and_gradients_equal_the_composed_ones() {
    for (number, case) in CASES.iter().enumerate() {
        for kind in FUSED {
            let expected = run(case, kind, composed::teacher_forced);
            let found = run(case, kind, fused_form);
            for ((name, found), (_, expected)) in found.into_iter().zip(expected) {
                let what = format!("case {number}, {kind:?}: {name}");
                assert_close(&what, &found, &expected, 1e-5);
            }
        }
    }
}

#[test]
fn what_lies_in_the_padding_changes_nothing() {
    for kind in FUSED {
        check_padding(kind);
    }
}

fn check_padding(kind: (Normalisation, Moves)) {
    let case = &CASES[0];
    let plain = run(case, kind, fused_form);
    let noisy = run(case, kind, |gates, memory, weights, dropout| {
        let [batch, symbols, _] = memory.encoded.dims();
        let noise = crate::batch::length_mask(&memory.lengths, symbols, &device()) * -7.0 + 7.0;
        let noise = noise.reshape([batch, symbols, 1]);
        let memory = Memory {
            encoded: memory.encoded.clone() + noise.clone(),
            projected: Some(memory.projected() + noise),
            ..memory.clone()
        };
        fused_form(gates, &memory, weights, dropout)
    });
    for ((name, plain), (_, noisy)) in plain.iter().zip(&noisy) {
        assert_eq!(plain, noisy, "{name}");
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for moves in [Moves::Free, Moves::Forward, Moves::Agent] {
        check_differences(moves);
    }
}

fn check_differences(moves: Moves) {
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
        rule: Rule {
            normalisation: Normalisation::Softmax,
            moves,
            windowed: false,
        },
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
            numbers("agent", e + a + 1),
        ],
    );
}

/// Every attention but the plain one.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Smoothed,
    Forward,
    Agent,
    Dynamic,
}

/// Random tensors by name, one of them moved along a random direction.
struct Moved {
    name: &'static str,
    by: f32,
}

impl Moved {
    fn tensor<const D: usize>(&self, name: &str, shape: [usize; D], bound: f64) -> Tensor<D> {
        let len = shape.iter().product();
        let mut values = NOISE.stream(name).uniform(bound, len);
        if name == self.name {
            let direction = NOISE.stream("direction").uniform(1.0, len);
            values
                .iter_mut()
                .zip(direction)
                .for_each(|(value, d)| *value += self.by * d);
        }
        Tensor::from_data(TensorData::new(values, shape), &device()).require_grad()
    }

    /// The gradient of `tensor` along the direction, and the length of the gradient.
    fn slope<const D: usize>(&self, tensor: &Tensor<D>, grads: &Gradients) -> [f64; 2] {
        let gradient = floats(tensor.grad(grads).unwrap());
        let direction = NOISE.stream("direction").uniform(1.0, gradient.len());
        let pairs = gradient.iter().zip(&direction);
        let along = pairs.map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
        let length: f64 = gradient.iter().map(|g| f64::from(*g).powi(2)).sum();
        [along, length.sqrt()]
    }
}

/// What is asked of five steps over two utterances, and its slope in the tensor of that name.
fn asked_of(kind: Kind, moved: &Moved) -> (f64, [f64; 2]) {
    let (steps, batch, n, e, a, h, d, k, f) = (5, 2, 4, 3, 4, 5, 3, 3, 2);
    let gates = moved.tensor("gates", [steps, batch, 4 * a], 0.7);
    let encoded = moved.tensor("encoded", [batch, n, e], 0.7);
    let projected = moved.tensor("projected", [batch, n, d], 0.7);
    let query = moved.tensor("query", [a, d], 0.7);
    let energy = moved.tensor("energy", [d], 0.7);
    let location = moved.tensor("location", [d, 2, k], 0.7);
    let (agent, leaning) = (
        moved.tensor("agent", [e + a, 1], 0.7),
        moved.tensor("agent_bias", [1], 0.7),
    );
    let (query_bias, key) = (
        moved.tensor("query_bias", [d], 0.7),
        moved.tensor("key", [d, f * k], 0.7),
    );
    let (fixed, dynamic, bias) = (
        moved.tensor("fixed", [d, 1, k], 0.7),
        moved.tensor("dynamic", [f, d], 0.7),
        moved.tensor("bias", [d], 0.7),
    );
    let content = |normalisation, motion| {
        AttentionWeights::Content(ContentWeights {
            query: query.clone(),
            location: location.clone(),
            energy: energy.clone(),
            normalisation,
            motion,
        })
    };
    let attention = match kind {
        Kind::Smoothed => content(Normalisation::Sigmoid, Motion::Free),
        Kind::Forward => content(Normalisation::Softmax, Motion::Forward),
        Kind::Agent => {
            let (weight, bias) = (agent.clone(), leaning.clone());
            content(
                Normalisation::Softmax,
                Motion::Agent(TransitionAgent { weight, bias }),
            )
        }
        Kind::Dynamic => AttentionWeights::Dynamic(DynamicWeights {
            query: query.clone(),
            query_bias: query_bias.clone(),
            key: key.clone(),
            fixed: fixed.clone(),
            dynamic: dynamic.clone(),
            bias: bias.clone(),
            energy: energy.clone(),
            // Even chances keep the floor of the prior away, where a difference has no meaning.
            prior: Tensor::ones([PRIOR_LENGTH], &device()) / PRIOR_LENGTH as f64,
        }),
    };
    let weights = DecoderWeights {
        attention_context: random("attention_context", [e, 4 * a], 0.7),
        attention_hidden: random("attention_hidden", [a, 4 * a], 0.7),
        attention,
        decoder_input: random("decoder_input", [a + e, 4 * h], 0.7),
        decoder_hidden: random("decoder_hidden", [h, 4 * h], 0.7),
        decoder_bias: random("decoder_bias", [4 * h], 0.7),
        dtype: WeightDtype::F32,
    };
    let memory = Memory {
        encoded: encoded.clone(),
        projected: (!matches!(kind, Kind::Dynamic)).then_some(projected.clone()),
        lengths: vec![4, 2],
        windowed: false,
    };
    let sequence = composed::teacher_forced(gates.clone(), &memory, &weights, None);
    let asked = random("asked.output", sequence.output.dims(), 1.0).detach();
    let asked_weights = random("asked.weights", sequence.weights.dims(), 3.0).detach();
    let sum = |found: &Tensor<3>, asked: &Tensor<3>| -> f64 {
        let pairs = floats(found.clone()).into_iter().zip(floats(asked.clone()));
        pairs.map(|(x, y)| f64::from(x) * f64::from(y)).sum()
    };
    let value = sum(&sequence.output, &asked) + sum(&sequence.weights, &asked_weights);
    let grads =
        ((sequence.output * asked).sum() + (sequence.weights * asked_weights).sum()).backward();
    let slope = match moved.name {
        "gates" => moved.slope(&gates, &grads),
        "encoded" => moved.slope(&encoded, &grads),
        "projected" => moved.slope(&projected, &grads),
        "query" => moved.slope(&query, &grads),
        "energy" => moved.slope(&energy, &grads),
        "location" => moved.slope(&location, &grads),
        "agent" => moved.slope(&agent, &grads),
        "agent_bias" => moved.slope(&leaning, &grads),
        "query_bias" => moved.slope(&query_bias, &grads),
        "key" => moved.slope(&key, &grads),
        "fixed" => moved.slope(&fixed, &grads),
        "dynamic" => moved.slope(&dynamic, &grads),
        _ => moved.slope(&bias, &grads),
    };
    (value, slope)
}

#[test]
fn every_attention_has_the_gradients_of_finite_differences() {
    const STEP: f32 = 5e-3;
    let content = [
        "gates",
        "encoded",
        "projected",
        "query",
        "energy",
        "location",
    ];
    let agent = [&content[..], &["agent", "agent_bias"]].concat();
    let dynamic = [
        "gates",
        "encoded",
        "query",
        "energy",
        "query_bias",
        "key",
        "fixed",
        "dynamic",
        "bias",
    ];
    for (kind, names) in [
        (Kind::Smoothed, &content[..]),
        (Kind::Forward, &content[..]),
        (Kind::Agent, &agent[..]),
        (Kind::Dynamic, &dynamic[..]),
    ] {
        for &name in names {
            let at = |by| asked_of(kind, &Moved { name, by });
            let (_, [analytic, length]) = at(0.0);
            let numeric = (at(STEP).0 - at(-STEP).0) / (2.0 * f64::from(STEP));
            // Rounding of f32 outputs over the step, and the curvature along it.
            let tolerance = 2e-2 * length.max(1e-2);
            assert!(
                (numeric - analytic).abs() < tolerance,
                "{kind:?}, {name}: {numeric} and {analytic}"
            );
        }
    }
}
