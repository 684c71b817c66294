//! Every type of attention, one step of it.

use burn::tensor::{
    Bool, Int, Tensor, activation::sigmoid, activation::softmax, assert_shape, module::conv1d,
    ops::ConvOptions,
};

use super::super::{
    Memory,
    attention::{
        AttentionWeights, ContentWeights, DynamicWeights, EVEN_CHANCE, FORWARD_FLOOR, Motion,
        Normalisation, PRIOR_FLOOR, PRIOR_LENGTH, TransitionAgent, WINDOW,
    },
};

/// Energy of symbols out of sight: its exponential is zero in f32 whatever the other energies are.
const MASKED_ENERGY: f64 = -1e9;

/// Where attention stands between two steps.
#[derive(Debug, Clone)]
pub(super) struct Focus {
    /// Weights of the step before, `[B, N]`.
    pub(super) weights: Tensor<2>,
    /// Running sum of what the energies gave, `[B, N]`.
    cumulative: Tensor<2>,
    /// Chance that the coming step moves on, `[B, 1]`.
    advance: Tensor<2>,
    /// True at padding, `[B, N]`.
    padded: Tensor<2, Bool>,
}

impl Focus {
    /// As before the first step.
    pub(super) fn start(padded: Tensor<2, Bool>, weights: &AttentionWeights) -> Self {
        let ([batch, symbols], device) = (padded.dims(), padded.device());
        let nowhere = Tensor::zeros([batch, symbols], &device);
        let first = Tensor::ones([batch, 1], &device);
        Self {
            weights: if weights.starts_on_first_symbol() {
                nowhere
                    .clone()
                    .slice_assign([0..batch, 0..1], first.clone())
            } else {
                nowhere.clone()
            },
            cumulative: nowhere,
            advance: first * EVEN_CHANCE,
            padded,
        }
    }

    /// Looks with the query `[B, H_a]`; returns the context `[B, E]` as well.
    pub(super) fn look(
        self,
        query: &Tensor<2>,
        memory: &Memory,
        weights: &AttentionWeights,
    ) -> (Self, Tensor<2>) {
        let hidden = self.out_of_sight(memory);
        let (attended, given) = match weights {
            AttentionWeights::Content(weights) => {
                let energies = content_energies(query, memory, weights, &self);
                let given = normalised(energies, hidden, weights.normalisation);
                (self.moved(given.clone(), &weights.motion), given)
            }
            AttentionWeights::Dynamic(weights) => {
                let energies = dynamic_energies(query, weights, &self.weights);
                let given = normalised(energies, hidden, Normalisation::Softmax);
                (given.clone(), given)
            }
        };
        let context = attended
            .clone()
            .unsqueeze_dim::<3>(1)
            .matmul(memory.encoded.clone())
            .squeeze_dim(1);
        let advance = match weights {
            AttentionWeights::Content(ContentWeights {
                motion: Motion::Agent(agent),
                ..
            }) => agent.advance(&context, query),
            _ => self.advance,
        };
        let focus = Self {
            weights: attended,
            cumulative: self.cumulative + given,
            advance,
            padded: self.padded,
        };
        (focus, context)
    }

    /// The symbols that may not be attended to: padding, and what lies outside the window.
    fn out_of_sight(&self, memory: &Memory) -> Tensor<2, Bool> {
        if !memory.windowed {
            return self.padded.clone();
        }
        let ([batch, symbols], device) = (self.weights.dims(), self.weights.device());
        let (back, on) = WINDOW;
        let strongest = self.weights.clone().argmax(1).expand([batch, symbols]);
        let places = Tensor::<1, Int>::arange(0..symbols as i64, &device)
            .unsqueeze::<2>()
            .expand([batch, symbols]);
        let away = places - strongest;
        let behind = away.clone().lower_scalar(-(back as i64));
        let beyond = away.greater_equal_scalar(on as i64);
        self.padded.clone().bool_or(behind).bool_or(beyond)
    }

    /// The weights after a step of at most one symbol, from what the energies gave.
    fn moved(&self, given: Tensor<2>, motion: &Motion) -> Tensor<2> {
        if matches!(motion, Motion::Free) {
            return given;
        }
        let [batch, symbols] = given.dims();
        let stayed = self.weights.clone();
        let start = Tensor::zeros([batch, 1], &given.device());
        let shifted = Tensor::cat(vec![start, stayed.clone()], 1).narrow(1, 0, symbols);
        let on = self.advance.clone();
        let reached = stayed * (on.clone() * -1.0 + 1.0) + shifted * on + FORWARD_FLOOR;
        let reached = reached * given;
        reached.clone() / reached.sum_dim(1)
    }
}

impl TransitionAgent {
    fn advance(&self, context: &Tensor<2>, query: &Tensor<2>) -> Tensor<2> {
        let input = Tensor::cat(vec![context.clone(), query.clone()], 1);
        sigmoid(input.matmul(self.weight.clone()) + self.bias.clone().unsqueeze())
    }
}

/// `v . tanh(W q + memory + location)`, `[B, N]`.
fn content_energies(
    query: &Tensor<2>,
    memory: &Memory,
    weights: &ContentWeights,
    focus: &Focus,
) -> Tensor<2> {
    let projected = memory.projected();
    let [_, _, channels] = projected.dims();
    assert_shape!(weights.energy, [channels]);
    let before = vec![focus.weights.clone(), focus.cumulative.clone()];
    let location = filter(Tensor::stack(before, 1), weights.location.clone());
    let query = query
        .clone()
        .matmul(weights.query.clone())
        .unsqueeze_dim::<3>(1);
    energies(location + query + projected, &weights.energy)
}

/// `v . tanh(static filters + dynamic filters + b) + ln prior`, `[B, N]`.
fn dynamic_energies(query: &Tensor<2>, weights: &DynamicWeights, before: &Tensor<2>) -> Tensor<2> {
    let [batch, _] = before.dims();
    let [filters, channels] = weights.dynamic.dims();
    let [_, _, kernel] = weights.fixed.dims();
    let chosen = (query.clone().matmul(weights.query.clone())
        + weights.query_bias.clone().unsqueeze())
    .tanh()
    .matmul(weights.key.clone())
    .reshape([batch, filters, kernel]);
    let dense = weights.dynamic.clone().swap_dims(0, 1).unsqueeze::<3>();
    // One convolution for both kinds of filters, another one for each utterance.
    let fixed = weights.fixed.clone().reshape([1, channels, kernel]);
    let filters = fixed + dense.expand([batch, channels, filters]).matmul(chosen);
    let through = windows(before, kernel / 2, kernel / 2).matmul(filters.swap_dims(1, 2));
    let bias = weights.bias.clone().unsqueeze::<3>();
    energies(through + bias, &weights.energy) + log_prior(before, &weights.prior)
}

/// `ln max(P * a, floor)` with the causal prior `P`, `[B, N]`.
fn log_prior(before: &Tensor<2>, prior: &Tensor<1>) -> Tensor<2> {
    let [batch, symbols] = before.dims();
    windows(before, PRIOR_LENGTH - 1, 0)
        .reshape([batch * symbols, PRIOR_LENGTH])
        .matmul(prior.clone().unsqueeze_dim(1))
        .reshape([batch, symbols])
        .clamp_min(PRIOR_FLOOR)
        .log()
}

/// The neighbourhood of every symbol, zero beyond both ends: `[B, N, behind + 1 + ahead]`.
fn windows(row: &Tensor<2>, behind: usize, ahead: usize) -> Tensor<3> {
    let ([batch, symbols], device) = (row.dims(), row.device());
    let zeros = |width| Tensor::zeros([batch, width], &device);
    let padded = Tensor::cat(vec![zeros(behind), row.clone(), zeros(ahead)], 1);
    let shifted = (0..=behind + ahead)
        .map(|tap| padded.clone().narrow(1, tap, symbols))
        .collect();
    Tensor::stack(shifted, 2)
}

/// A convolution that keeps the length: `[B, in, N]` through `[D, in, k]` to `[B, N, D]`.
fn filter(rows: Tensor<3>, kernel: Tensor<3>) -> Tensor<3> {
    let [_, _, taps] = kernel.dims();
    let same = ConvOptions::new([1], [taps / 2], [1], 1);
    conv1d(rows, kernel, None, same).swap_dims(1, 2)
}

fn energies(argument: Tensor<3>, energy: &Tensor<1>) -> Tensor<2> {
    let [batch, symbols, channels] = argument.dims();
    argument
        .tanh()
        .reshape([batch * symbols, channels])
        .matmul(energy.clone().unsqueeze_dim(1))
        .reshape([batch, symbols])
}

/// Weights that sum to one, zero where `hidden`.
fn normalised(
    energies: Tensor<2>,
    hidden: Tensor<2, Bool>,
    normalisation: Normalisation,
) -> Tensor<2> {
    let energies = energies.mask_fill(hidden, MASKED_ENERGY);
    match normalisation {
        Normalisation::Softmax => softmax(energies, 1),
        Normalisation::Sigmoid => {
            let shares = sigmoid(energies);
            shares.clone() / shares.sum_dim(1)
        }
    }
}
