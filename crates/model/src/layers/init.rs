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
    path: String,
    device: &'a Device,
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
    pub(crate) fn new(seed: u64, device: &'a Device) -> Self {
        Self {
            noise: Noise { seed, step: 0 },
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

    /// Xavier-uniform: bound `gain * sqrt(6 / (fan_in + fan_out))`.
    pub(crate) fn xavier<const D: usize>(
        &self,
        shape: [usize; D],
        fan_in: usize,
        fan_out: usize,
        gain: Gain,
    ) -> Param<Tensor<D>> {
        self.uniform(
            shape,
            gain.value() * (6.0 / (fan_in + fan_out) as f64).sqrt(),
        )
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
