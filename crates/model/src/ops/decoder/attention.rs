//! What the types of attention compute with.

use burn::tensor::Tensor;

use super::fused::{Moves, Rule};

/// Longest move of dynamic convolution's prior in one step, plus one for staying.
pub(crate) const PRIOR_LENGTH: usize = 11;
/// Where a synthesis that keeps to a window may look: this far back from the strongest symbol of
/// the step before (inclusive), and this far on (exclusive).
pub(super) const WINDOW: (usize, usize) = (2, 6);
/// Keeps forward attention from losing every symbol at once.
pub(super) const FORWARD_FLOOR: f64 = 1e-8;
/// Below this chance the prior of dynamic convolution forbids no further.
pub(super) const PRIOR_FLOOR: f64 = 1e-6;
/// Chance of moving on where no agent has spoken.
pub(super) const EVEN_CHANCE: f64 = 0.5;

/// Weights of the attention, in the layouts of its products.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of it in each pass over a network"
)]
#[derive(Debug, Clone)]
pub(crate) enum AttentionWeights {
    /// Energies from query, symbol and location.
    Content(ContentWeights),
    /// Energies from filters over the previous weights.
    Dynamic(DynamicWeights),
}

/// Of attention that compares with what the symbols are.
#[derive(Debug, Clone)]
pub(crate) struct ContentWeights {
    /// Query projection, `[H_a, D]`.
    pub(crate) query: Tensor<2>,
    /// Location convolution and dense layer in one, `[D, 2, k]`; channel 0 reads the previous
    /// weights, channel 1 the running sum of what the energies gave.
    pub(crate) location: Tensor<3>,
    /// Energy vector, `[D]`.
    pub(crate) energy: Tensor<1>,
    /// From energies to weights that sum to one.
    pub(crate) normalisation: Normalisation,
    /// How far attention may go in one step.
    pub(crate) motion: Motion,
}

/// From energies to weights that sum to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Normalisation {
    /// Exponentials.
    Softmax,
    /// Sigmoids, which let several symbols share attention.
    ///
    /// # Source
    /// Chorowski et al. (arXiv:1506.07503), section 2.3, "smoothing".
    Sigmoid,
}

/// How far attention may go in one step.
///
/// # Source
/// Zhang et al. (arXiv:1807.06736), sections 3.1 and 3.2.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of it in each pass over a network"
)]
#[derive(Debug, Clone)]
pub(crate) enum Motion {
    /// Anywhere.
    Free,
    /// One symbol on, or nowhere, with equal chance.
    Forward,
    /// One symbol on, or nowhere, as an agent says.
    Agent(TransitionAgent),
}

/// Says after each step how likely the next one moves on.
#[derive(Debug, Clone)]
pub(crate) struct TransitionAgent {
    /// Context rows, then query rows, `[E + H_a, 1]`.
    pub(crate) weight: Tensor<2>,
    /// `[1]`
    pub(crate) bias: Tensor<1>,
}

/// Of dynamic convolution attention.
///
/// # Source
/// Battenberg et al. (arXiv:1910.10288), equations 8 and 9.
#[derive(Debug, Clone)]
pub(crate) struct DynamicWeights {
    /// First layer of what chooses the filters, `[H_a, D]`.
    pub(crate) query: Tensor<2>,
    /// Its bias, `[D]`.
    pub(crate) query_bias: Tensor<1>,
    /// Second layer, `[D, f * k]`.
    pub(crate) key: Tensor<2>,
    /// Static filters and their dense layer in one, `[D, 1, k]`.
    pub(crate) fixed: Tensor<3>,
    /// Dense layer of the chosen filters, `[f, D]`.
    pub(crate) dynamic: Tensor<2>,
    /// Bias of the energies' argument, `[D]`.
    pub(crate) bias: Tensor<1>,
    /// Energy vector, `[D]`.
    pub(crate) energy: Tensor<1>,
    /// Chance of each move, the longest first, `[PRIOR_LENGTH]`.
    pub(crate) prior: Tensor<1>,
}

impl AttentionWeights {
    /// Whether attention stands on the first symbol before the first step, or nowhere.
    pub(super) fn starts_on_first_symbol(&self) -> bool {
        match self {
            Self::Content(weights) => !matches!(weights.motion, Motion::Free),
            Self::Dynamic(_) => true,
        }
    }

    /// The weights as the fused form takes them.
    pub(super) fn parts(&self, windowed: bool) -> Parts {
        let (query, location, energy, further) = match self {
            Self::Content(weights) => (
                &weights.query,
                &weights.location,
                &weights.energy,
                weights.agent(),
            ),
            Self::Dynamic(weights) => (
                &weights.query,
                &weights.fixed,
                &weights.energy,
                weights.further(),
            ),
        };
        Parts {
            query: query.clone(),
            location: location.clone(),
            energy: energy.clone(),
            further,
            rule: self.rule(windowed),
        }
    }

    fn rule(&self, windowed: bool) -> Rule {
        let (normalisation, moves) = match self {
            Self::Content(weights) => (
                weights.normalisation,
                match weights.motion {
                    Motion::Free => Moves::Free,
                    Motion::Forward => Moves::Forward,
                    Motion::Agent(_) => Moves::Agent,
                },
            ),
            Self::Dynamic(_) => (Normalisation::Softmax, Moves::Free),
        };
        Rule {
            normalisation,
            moves,
            windowed,
            dynamic: matches!(self, Self::Dynamic(_)),
        }
    }
}

/// Weights of the attention as the fused form takes them.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    /// `[H_a, D]`
    pub(super) query: Tensor<2>,
    /// `[D, 2, k]`, or `[D, 1, k]` of dynamic convolution.
    pub(super) location: Tensor<3>,
    /// `[D]`
    pub(super) energy: Tensor<1>,
    /// What only some types have, one after another.
    pub(super) further: Tensor<1>,
    pub(super) rule: Rule,
}

impl ContentWeights {
    /// Weights and bias of the agent, `[E + H_a + 1]`; one idle number where there is none.
    fn agent(&self) -> Tensor<1> {
        match &self.motion {
            Motion::Agent(agent) => {
                let weight: Tensor<1> = agent.weight.clone().squeeze_dim(1);
                Tensor::cat(vec![weight, agent.bias.clone()], 0)
            }
            Motion::Free | Motion::Forward => Tensor::zeros([1], &self.energy.device()),
        }
    }
}

impl DynamicWeights {
    /// Bias of the query, key, dense layer, bias, prior.
    fn further(&self) -> Tensor<1> {
        let flat = |matrix: &Tensor<2>| -> Tensor<1> { matrix.clone().flatten(0, 1) };
        Tensor::cat(
            vec![
                self.query_bias.clone(),
                flat(&self.key),
                flat(&self.dynamic),
                self.bias.clone(),
                self.prior.clone(),
            ],
            0,
        )
    }
}
