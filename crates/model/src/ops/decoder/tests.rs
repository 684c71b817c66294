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

/// Every attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Smoothed,
    Forward,
    Agent,
    SmoothedAgent,
    Dynamic,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Plain,
        Self::Smoothed,
        Self::Forward,
        Self::Agent,
        Self::SmoothedAgent,
        Self::Dynamic,
    ];

    fn normalisation(self) -> Normalisation {
        match self {
            Self::Smoothed | Self::SmoothedAgent => Normalisation::Sigmoid,
            _ => Normalisation::Softmax,
        }
    }

    fn rule(self) -> Rule {
        Rule {
            normalisation: self.normalisation(),
            moves: match self {
                Self::Plain | Self::Smoothed | Self::Dynamic => Moves::Free,
                Self::Forward => Moves::Forward,
                Self::Agent | Self::SmoothedAgent => Moves::Agent,
            },
            windowed: false,
            dynamic: self == Self::Dynamic,
        }
    }
}

/// Chances of moves that rise from the longest to none, so that a turned prior is noticed.
fn prior() -> Tensor<1> {
    let sum = (PRIOR_LENGTH * (PRIOR_LENGTH + 1) / 2) as f32;
    let chances: Vec<f32> = (1..=PRIOR_LENGTH).map(|k| k as f32 / sum).collect();
    Tensor::from_data(TensorData::new(chances, [PRIOR_LENGTH]), &device())
}

/// Which tensor is moved, and how far, along a random direction.
struct Moved<'a> {
    name: &'a str,
    by: f32,
}

const STILL: Moved<'static> = Moved { name: "", by: 0.0 };

impl Moved<'_> {
    /// A random tensor, always the same for the same name, unless it is the one that is moved.
    fn tensor<const D: usize>(&self, name: &str, shape: [usize; D], bound: f64) -> Tensor<D> {
        let mut values = floats(random(name, shape, bound));
        if name == self.name {
            let direction = NOISE.stream("direction").uniform(1.0, values.len());
            let pairs = values.iter_mut().zip(direction);
            pairs.for_each(|(value, along)| *value += self.by * along);
        }
        Tensor::from_data(TensorData::new(values, shape), &device()).require_grad()
    }
}

/// Every weight an attention can have.
struct Looking {
    content: ContentWeights,
    agent: TransitionAgent,
    dynamic: DynamicWeights,
}

impl Looking {
    fn random(case: &Case, kind: Kind, moved: &Moved<'_>) -> Self {
        let (a, d, k) = (case.attention, case.channels, case.kernel);
        let (query, energy) = (
            moved.tensor("query", [a, d], 0.5),
            moved.tensor("energy", [d], (6.0 / (d + 1) as f64).sqrt()),
        );
        let agent = TransitionAgent {
            weight: moved.tensor("agent", [case.memory + a, 1], 0.5),
            bias: moved.tensor("agent_bias", [1], 0.5),
        };
        let content = ContentWeights {
            query: query.clone(),
            location: moved.tensor("location", [d, 2, k], 0.5),
            energy: energy.clone(),
            normalisation: kind.normalisation(),
            motion: match kind.rule().moves {
                Moves::Free => Motion::Free,
                Moves::Forward => Motion::Forward,
                Moves::Agent => Motion::Agent(agent.clone()),
            },
        };
        let dynamic = DynamicWeights {
            query,
            query_bias: moved.tensor("query_bias", [d], 0.5),
            key: moved.tensor("key", [d, 3 * k], 0.5),
            fixed: moved.tensor("fixed", [d, 1, k], 0.5),
            dynamic: moved.tensor("dynamic", [3, d], 0.5),
            bias: moved.tensor("bias", [d], 0.5),
            energy,
            prior: prior(),
        };
        Self {
            content,
            agent,
            dynamic,
        }
    }

    /// Gradients of the weights this attention has.
    fn gradients(&self, kind: Kind, grads: &Gradients) -> Vec<(&'static str, Vec<f32>)> {
        macro_rules! grad {
            ($tensor:expr) => {
                floats($tensor.grad(grads).unwrap())
            };
        }
        let (content, dynamic, agent) = (&self.content, &self.dynamic, &self.agent);
        let mut found = vec![
            ("d query", grad!(content.query)),
            ("d energy", grad!(content.energy)),
        ];
        if kind == Kind::Dynamic {
            found.extend([
                ("d query_bias", grad!(dynamic.query_bias)),
                ("d key", grad!(dynamic.key)),
                ("d fixed", grad!(dynamic.fixed)),
                ("d dynamic", grad!(dynamic.dynamic)),
                ("d bias", grad!(dynamic.bias)),
            ]);
        } else {
            found.push(("d location", grad!(content.location)));
        }
        // What the agent says after the last step is never read, so after one step it has none.
        if let Some(gradient) = agent.weight.grad(grads) {
            found.push(("d agent", floats(gradient)));
            found.push(("d agent_bias", grad!(agent.bias)));
        }
        found
    }
}

/// Outputs and gradients of one form, named.
fn run(
    case: &Case,
    kind: Kind,
    moved: &Moved<'_>,
    form: impl Fn(Tensor<3>, &Memory, &DecoderWeights, Option<HiddenDropout>) -> DecoderSequence,
) -> Vec<(&'static str, Vec<f32>)> {
    let batch = case.lengths.len();
    let (e, a, h, d) = (case.memory, case.attention, case.decoder, case.channels);
    let gates = moved.tensor("gates", [case.steps, batch, 4 * a], 1.0);
    let projected = moved.tensor("projected", [batch, case.symbols, d], 1.0);
    let memory = Memory {
        encoded: moved.tensor("encoded", [batch, case.symbols, e], 1.0),
        projected: (kind != Kind::Dynamic).then_some(projected),
        lengths: case.lengths.to_vec(),
        windowed: false,
    };
    let looking = Looking::random(case, kind, moved);
    let weights = DecoderWeights {
        attention_context: moved.tensor("attention_context", [e, 4 * a], 1.0 / (a as f64).sqrt()),
        attention_hidden: moved.tensor("attention_hidden", [a, 4 * a], 1.0 / (a as f64).sqrt()),
        attention: if kind == Kind::Dynamic {
            AttentionWeights::Dynamic(looking.dynamic.clone())
        } else {
            AttentionWeights::Content(looking.content.clone())
        },
        decoder_input: moved.tensor("decoder_input", [a + e, 4 * h], 1.0 / (h as f64).sqrt()),
        decoder_hidden: moved.tensor("decoder_hidden", [h, 4 * h], 1.0 / (h as f64).sqrt()),
        decoder_bias: moved.tensor("decoder_bias", [4 * h], 0.5),
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
        ("d attention_context", grad!(weights.attention_context)),
        ("d attention_hidden", grad!(weights.attention_hidden)),
        ("d decoder_input", grad!(weights.decoder_input)),
        ("d decoder_hidden", grad!(weights.decoder_hidden)),
        ("d decoder_bias", grad!(weights.decoder_bias)),
    ];
    if let Some(projected) = &memory.projected {
        found.push(("d projected", grad!(projected)));
    }
    found.extend(looking.gradients(kind, &grads));
    found
}

#[test]
fn fused_outputs_and_gradients_equal_the_composed_ones() {
    for (number, case) in CASES.iter().enumerate() {
        for kind in Kind::ALL {
            let tolerance = match (kind, case.symbols) {
                // One symbol has all the attention whatever its energy: what leads there has a
                // gradient of zero, and both forms give rounding.
                (Kind::Smoothed | Kind::Agent | Kind::SmoothedAgent, 1) => 1e-3,
                _ => 1e-5,
            };
            let expected = run(case, kind, &STILL, composed::teacher_forced);
            let found = run(case, kind, &STILL, fused);
            for ((name, found), (_, expected)) in found.into_iter().zip(expected) {
                let what = format!("case {number}, {kind:?}: {name}");
                assert_close(&what, &found, &expected, tolerance);
            }
        }
    }
}

#[test]
fn what_lies_in_the_padding_changes_nothing() {
    for kind in Kind::ALL {
        check_padding(kind);
    }
}

fn check_padding(kind: Kind) {
    let case = &CASES[0];
    let plain = run(case, kind, &STILL, fused);
    let noisy = run(case, kind, &STILL, |gates, memory, weights, dropout| {
        let [batch, symbols, _] = memory.encoded.dims();
        let noise = crate::batch::length_mask(&memory.lengths, symbols, &device()) * -7.0 + 7.0;
        let noise = noise.reshape([batch, symbols, 1]);
        let memory = Memory {
            encoded: memory.encoded.clone() + noise.clone(),
            projected: memory.projected.clone().map(|projected| projected + noise),
            ..memory.clone()
        };
        fused(gates, &memory, weights, dropout)
    });
    for ((name, plain), (_, noisy)) in plain.iter().zip(&noisy) {
        assert_eq!(plain, noisy, "{name}");
    }
}

#[test]
fn gradients_equal_finite_differences() {
    // The prior of dynamic convolution is not learnt: a difference along it would see what no
    // gradient says.
    let learnt = |kind: &Kind| *kind != Kind::Dynamic;
    for kind in Kind::ALL.into_iter().filter(learnt) {
        check_differences(kind);
    }
}

fn check_differences(kind: Kind) {
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
        rule: kind.rule(),
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

#[test]
fn every_attention_has_the_gradients_of_finite_differences() {
    const STEP: f32 = 5e-3;
    let case = Case {
        steps: 5,
        symbols: 4,
        lengths: &[4, 2],
        memory: 3,
        attention: 4,
        decoder: 5,
        channels: 3,
        kernel: 3,
        dropout: false,
    };
    for kind in Kind::ALL {
        let found = |moved: &Moved| run(&case, kind, moved, composed::teacher_forced);
        let still = found(&STILL);
        for (gradient_of, gradient) in still.iter().filter(|(name, _)| name.starts_with("d ")) {
            let name = &gradient_of[2..];
            let at = |by| asked(&found(&Moved { name, by }));
            let numeric = (at(STEP) - at(-STEP)) / (2.0 * f64::from(STEP));
            let direction = NOISE.stream("direction").uniform(1.0, gradient.len());
            let analytic = product(gradient, &direction);
            // Rounding of f32 outputs over the step, and the curvature along it.
            let tolerance = 2e-2 * product(gradient, gradient).sqrt().max(1e-2);
            assert!(
                (numeric - analytic).abs() < tolerance,
                "{kind:?}, {name}: {numeric} and {analytic}"
            );
        }
    }
}

/// What is asked of output and weights, the first two of what [`run`] gives.
fn asked(found: &[(&'static str, Vec<f32>)]) -> f64 {
    let of = |index: usize, bound: f64| {
        let (name, values) = &found[index];
        let asked = NOISE.stream(&format!("asked.{name}"));
        product(values, &asked.uniform(bound, values.len()))
    };
    of(0, 1.0) + of(1, 3.0)
}

fn product(left: &[f32], right: &[f32]) -> f64 {
    let pairs = left.iter().zip(right);
    pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}
