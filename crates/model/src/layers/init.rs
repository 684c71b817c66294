//! Seeded initialisation, one stream per tensor.

use burn::{
    module::{Param, ParamId},
    tensor::{Device, Tensor, TensorData},
};

use crate::noise::Noise;

/// Draws initial weights: the same seed and path give the same numbers, whatever else is built.
#[derive(Debug, Clone)]
pub(crate) struct Init<'a> {
    noise: Noise,
    rule: Rule,
    path: String,
    device: &'a Device,
}

/// How wide the weights of affine maps and convolutions are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// By both sides, and by what follows.
    Xavier,
    /// By the inputs alone: what PyTorch does when nobody asks, Kaiming-uniform with `a = sqrt(5)`.
    FanIn,
}

/// Gain of Xavier's bound for the non-linearity that follows.
///
/// # Source
/// Glorot and Bengio 2010; the values are those of `torch.nn.init.calculate_gain`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Gain {
    /// Nothing or a sigmoid follows: 1.
    Linear,
    /// A hyperbolic tangent follows: 5/3.
    Tanh,
    /// A rectifier follows: square root of 2.
    Relu,
}

impl Gain {
    fn value(self) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Tanh => 5.0 / 3.0,
            Self::Relu => std::f64::consts::SQRT_2,
        }
    }
}

impl<'a> Init<'a> {
    pub(crate) fn new(seed: u64, rule: Rule, device: &'a Device) -> Self {
        Self {
            noise: Noise { seed, step: 0 },
            rule,
            path: String::from("init"),
            device,
        }
    }

    /// The same source for the part of the network called `name`.
    pub(crate) fn of(&self, name: &str) -> Self {
        Self {
            path: format!("{}.{name}", self.path),
            ..self.clone()
        }
    }

    pub(crate) fn uniform<const D: usize>(
        &self,
        shape: [usize; D],
        bound: f64,
    ) -> Param<Tensor<D>> {
        let values = self
            .noise
            .stream(&self.path)
            .uniform(bound, shape.iter().product());
        self.param(TensorData::new(values, shape))
    }

    /// Uniform within `gain * sqrt(6 / (fan_in + fan_out))` by Xavier's rule, within `1 / sqrt(fan_in)` by
    /// the other.
    pub(crate) fn weight<const D: usize>(
        &self,
        shape: [usize; D],
        fan_in: usize,
        fan_out: usize,
        gain: Gain,
    ) -> Param<Tensor<D>> {
        let bound = match self.rule {
            Rule::Xavier => gain.value() * (6.0 / (fan_in + fan_out) as f64).sqrt(),
            Rule::FanIn => 1.0 / (fan_in as f64).sqrt(),
        };
        self.uniform(shape, bound)
    }

    /// Normal with mean 0, of two uniform numbers each (Box and Muller).
    pub(crate) fn normal<const D: usize>(
        &self,
        shape: [usize; D],
        deviation: f64,
    ) -> Param<Tensor<D>> {
        let unit = |name: &str| {
            let stream = self.noise.stream(&format!("{}.{name}", self.path));
            stream.uniform(0.5, shape.iter().product())
        };
        let values = unit("radius").into_iter().zip(unit("angle"));
        let values = values.map(|(radius, angle)| {
            // In (0, 1]: the logarithm of zero is no radius.
            let radius = (-2.0 * (0.5 - f64::from(radius)).max(1e-12).ln()).sqrt();
            (deviation * radius * (std::f64::consts::TAU * f64::from(angle)).cos()) as f32
        });
        self.param(TensorData::new(values.collect::<Vec<f32>>(), shape))
    }

    pub(crate) fn constant(&self, len: usize, value: f32) -> Param<Tensor<1>> {
        self.param(TensorData::new(vec![value; len], [len]))
    }

    /// A tensor that belongs to the state of the network but takes no gradient.
    pub(crate) fn buffer(&self, len: usize, value: f32) -> Param<Tensor<1>> {
        self.constant(len, value).set_require_grad(false)
    }

    fn param<const D: usize>(&self, data: TensorData) -> Param<Tensor<D>> {
        let tensor = Tensor::from_data(data, self.device);
        let tensor = if self.device.is_autodiff() {
            tensor.require_grad()
        } else {
            tensor
        };
        Param::initialized(ParamId::new(), tensor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::testing::device;

    #[test]
    fn weights_fill_the_bound_of_their_rule() {
        let (fan_in, fan_out) = (50, 150);
        let device = device();
        let check = |rule, gain, bound: f64| {
            let init = Init::new(7, rule, &device);
            let weight = init
                .of("weight")
                .weight([fan_in, fan_out], fan_in, fan_out, gain);
            let values: Vec<f32> = weight.val().into_data().try_to_vec().unwrap();
            let most = values
                .iter()
                .fold(0.0, |most: f32, value| most.max(value.abs()));
            let share = f64::from(most) / bound;
            assert!(
                (0.99..=1.000_001).contains(&share),
                "{rule:?}, {gain:?}: {share}"
            );
        };
        // Xavier: sqrt(6 / 200) = 0.1732; Kaiming-uniform with a = sqrt(5): sqrt(6 / (6 * 50)) = 0.1414.
        check(Rule::Xavier, Gain::Linear, 0.173_205_08);
        check(Rule::Xavier, Gain::Tanh, 0.288_675_13);
        check(Rule::Xavier, Gain::Relu, 0.244_948_97);
        for gain in [Gain::Linear, Gain::Tanh, Gain::Relu] {
            check(Rule::FanIn, gain, 0.141_421_36);
        }
    }
}
