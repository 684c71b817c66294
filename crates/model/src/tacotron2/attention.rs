//! The layers with which the decoder looks at the text, one set for each family of attention.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor, TensorData},
};
use serde::{Deserialize, Serialize};

use super::Tacotron2Config;
use crate::{
    layers::{Gain, Init, Linear},
    ops::decoder::{
        AttentionWeights, ContentWeights, DynamicWeights, Motion, Normalisation, PRIOR_LENGTH,
        TransitionAgent,
    },
};

/// Filters of dynamic convolution attention, static and dynamic alike.
///
/// # Source
/// Battenberg et al. (arXiv:1910.10288), section 4.1.
pub(crate) const DYNAMIC_FILTERS: usize = 8;
/// Symbols that one of these filters sees.
pub(crate) const DYNAMIC_KERNEL: usize = 21;
/// Parameters of the beta-binomial prior: on average one symbol per decoder step.
const PRIOR_ALPHA: f64 = 0.1;
const PRIOR_BETA: f64 = 0.9;

/// How attention finds its place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionType {
    /// Location-sensitive: what a symbol is, and where attention was before (arXiv:1506.07503).
    #[default]
    Location,
    /// Forward: attention stays or moves one symbol on, with equal chance (arXiv:1807.06736).
    Forward,
    /// Forward, with an agent that learns how likely a move is.
    ForwardTa,
    /// Dynamic convolution: only where attention was before, and a prior that moves on
    /// (arXiv:1910.10288).
    Dca,
}

impl AttentionType {
    /// All of them, as they are written.
    pub const NAMES: &'static [&'static str] = &["location", "forward", "forward_ta", "dca"];

    /// As it is written in a configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Location => "location",
            Self::Forward => "forward",
            Self::ForwardTa => "forward_ta",
            Self::Dca => "dca",
        }
    }

    /// The one that is written so.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Location, Self::Forward, Self::ForwardTa, Self::Dca]
            .into_iter()
            .find(|one| one.name() == name)
    }
}

/// The layers of attention.
#[derive(Module, Debug)]
pub(crate) enum Attention {
    /// Of every type that compares with what the symbols are.
    Content(ContentAttention),
    /// Of dynamic convolution attention.
    Dynamic(DynamicAttention),
}

/// Energies from query, symbol and location.
///
/// # Source
/// Chorowski et al. (arXiv:1506.07503), section 2.2.
#[derive(Module, Debug)]
pub(crate) struct ContentAttention {
    pub(crate) query: Linear,
    pub(crate) memory: Linear,
    pub(crate) energy: Linear,
    /// `[k, 2, filters]`; channel 0 reads the previous weights, channel 1 their running sum.
    pub(crate) location_conv: Param<Tensor<3>>,
    pub(crate) location_dense: Linear,
    /// Only with a transition agent.
    pub(crate) transition: Option<Linear>,
}

/// Energies from filters over the previous weights, some of which the query chooses.
///
/// # Source
/// Battenberg et al. (arXiv:1910.10288), section 3.2.
#[derive(Module, Debug)]
pub(crate) struct DynamicAttention {
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    /// `[k, 1, filters]`
    pub(crate) static_conv: Param<Tensor<3>>,
    pub(crate) static_dense: Linear,
    pub(crate) dynamic_dense: Linear,
    pub(crate) energy: Linear,
}

impl Attention {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        match config.attention_type {
            AttentionType::Dca => Self::Dynamic(DynamicAttention::new(init, config)),
            _ => Self::Content(ContentAttention::new(init, config)),
        }
    }

    /// The encoded text as energies read it, `[B, N, D]`; dynamic convolution reads none of it.
    pub(super) fn project(&self, encoded: Tensor<3>) -> Option<Tensor<3>> {
        match self {
            Self::Content(layers) => Some(layers.memory.forward(encoded)),
            Self::Dynamic(_) => None,
        }
    }

    /// The weights as the recurrent core uses them.
    pub(super) fn weights(&self, config: &Tacotron2Config) -> AttentionWeights {
        match self {
            Self::Content(layers) => AttentionWeights::Content(layers.weights(config)),
            Self::Dynamic(layers) => AttentionWeights::Dynamic(layers.weights()),
        }
    }
}

impl ContentAttention {
    fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let linear =
            |name, input, output, gain| Linear::new(&init.of(name), input, output, gain, false);
        let (channels, memory) = (config.attention_dim, config.memory_channels());
        let (filters, kernel) = (
            config.attention_location_n_filters,
            config.attention_location_kernel_size,
        );
        Self {
            query: linear("query", config.attention_rnn_dim, channels, Gain::Tanh),
            memory: linear("memory", memory, channels, Gain::Tanh),
            energy: linear("energy", channels, 1, Gain::Linear),
            location_conv: init.of("location_conv").weight(
                [kernel, 2, filters],
                2 * kernel,
                filters * kernel,
                Gain::Linear,
            ),
            location_dense: linear("location_dense", filters, channels, Gain::Tanh),
            transition: (config.attention_type == AttentionType::ForwardTa).then(|| {
                let input = memory + config.attention_rnn_dim;
                Linear::new(&init.of("transition"), input, 1, Gain::Linear, true)
            }),
        }
    }

    fn weights(&self, config: &Tacotron2Config) -> ContentWeights {
        let motion = match (config.attention_type, &self.transition) {
            (AttentionType::Location | AttentionType::Dca, _) => Motion::Free,
            (_, None) => Motion::Forward,
            (_, Some(agent)) => Motion::Agent(TransitionAgent {
                weight: agent.weight.val(),
                bias: bias(agent),
            }),
        };
        ContentWeights {
            query: self.query.weight.val(),
            location: filtered(&self.location_conv, &self.location_dense),
            energy: self.energy.weight.val().squeeze_dim(1),
            normalisation: if config.use_attention_smoothing {
                Normalisation::Sigmoid
            } else {
                Normalisation::Softmax
            },
            motion,
        }
    }
}

impl DynamicAttention {
    fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let linear = |name, input, output, gain, bias| {
            Linear::new(&init.of(name), input, output, gain, bias)
        };
        let (channels, filters, kernel) = (config.attention_dim, DYNAMIC_FILTERS, DYNAMIC_KERNEL);
        Self {
            query: linear(
                "query",
                config.attention_rnn_dim,
                channels,
                Gain::Tanh,
                true,
            ),
            key: linear("key", channels, filters * kernel, Gain::Linear, false),
            static_conv: init.of("static_conv").weight(
                [kernel, 1, filters],
                kernel,
                filters * kernel,
                Gain::Linear,
            ),
            static_dense: linear("static_dense", filters, channels, Gain::Tanh, false),
            dynamic_dense: linear("dynamic_dense", filters, channels, Gain::Tanh, true),
            energy: linear("energy", channels, 1, Gain::Linear, false),
        }
    }

    fn weights(&self) -> DynamicWeights {
        DynamicWeights {
            query: self.query.weight.val(),
            query_bias: bias(&self.query),
            key: self.key.weight.val(),
            fixed: filtered(&self.static_conv, &self.static_dense),
            dynamic: self.dynamic_dense.weight.val(),
            bias: bias(&self.dynamic_dense),
            energy: self.energy.weight.val().squeeze_dim(1),
            prior: prior(&self.key.weight.val().device()),
        }
    }
}

/// Convolution and dense layer as one convolution `[D, in, k]`: both are linear, and nothing
/// stands between them.
fn filtered(conv: &Param<Tensor<3>>, dense: &Linear) -> Tensor<3> {
    let conv = conv.val();
    let [kernel, inputs, filters] = conv.dims();
    let dense = dense.weight.val();
    let [_, channels] = dense.dims();
    conv.reshape([kernel * inputs, filters])
        .matmul(dense)
        .reshape([kernel, inputs, channels])
        .permute([2, 1, 0])
}

fn bias(layer: &Linear) -> Tensor<1> {
    layer
        .bias
        .as_ref()
        .expect("this layer is built with a bias")
        .val()
}

/// The prior as a convolution reads it: the chance of moving on by 10, 9, .., 0 symbols.
fn prior(device: &Device) -> Tensor<1> {
    let mut chances = beta_binomial();
    chances.reverse();
    let chances: Vec<f32> = chances.into_iter().map(|chance| chance as f32).collect();
    Tensor::from_data(TensorData::new(chances, [PRIOR_LENGTH]), device)
}

/// Chance of each number of successes in `PRIOR_LENGTH - 1` trials, by the ratio of neighbours.
fn beta_binomial() -> Vec<f64> {
    let trials = (PRIOR_LENGTH - 1) as f64;
    let ratio =
        |k: f64| (trials - k) / (k + 1.0) * (k + PRIOR_ALPHA) / (trials - k - 1.0 + PRIOR_BETA);
    let mut chances = vec![1.0];
    for k in 0..PRIOR_LENGTH - 1 {
        chances.push(chances[k] * ratio(k as f64));
    }
    let sum: f64 = chances.iter().sum();
    chances.into_iter().map(|chance| chance / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_is_scipys_beta_binomial() {
        // scipy.stats.betabinom.pmf(range(11), 10, 0.1, 0.9), scipy 1.17.1.
        let expected = [
            0.7400228969414537,
            0.07474978756984377,
            0.041574320052890655,
            0.029470404088125034,
            0.023170571330156247,
            0.0193219001600625,
            0.01675879095515625,
            0.014978553088124976,
            0.013751861240390621,
            0.013028079069843724,
            0.013172835503953106,
        ];
        for (found, expected) in beta_binomial().into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
        }
    }

    #[test]
    fn the_prior_moves_one_symbol_per_step() {
        let mean: f64 = beta_binomial()
            .iter()
            .enumerate()
            .map(|(moved, chance)| moved as f64 * chance)
            .sum();
        assert!((mean - 1.0).abs() < 1e-12, "{mean}");
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for name in AttentionType::NAMES {
            assert_eq!(AttentionType::from_name(name).unwrap().name(), *name);
        }
        assert_eq!(AttentionType::from_name("content"), None);
    }
}
