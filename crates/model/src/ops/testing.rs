//! What the tests of every fused operation share.

use burn::tensor::{DType, Device, Tensor, TensorData};

use super::fused::{Kernel, Values};
use crate::noise::Noise;

pub(crate) const NOISE: Noise = Noise { seed: 5, step: 9 };

pub(crate) fn device() -> Device {
    Device::flex().autodiff()
}

/// The same numbers for the same name.
pub(crate) fn random<const D: usize>(name: &str, shape: [usize; D], bound: f64) -> Tensor<D> {
    let values = NOISE.stream(name).uniform(bound, shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), &device()).require_grad()
}

pub(crate) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_dtype(DType::F32).try_into_vec().unwrap()
}

/// Largest error, relative to the largest expected value.
pub(crate) fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3_f32, |m, x| m.max(x.abs()));
    let error = found
        .iter()
        .zip(expected)
        .fold(0.0_f32, |m, (x, y)| m.max((x - y).abs()));
    assert!(error / scale < tolerance, "{what}: {:.1e}", error / scale);
}

/// Compares the backward pass of a kernel with central differences, along one random direction for
/// each input.
pub(crate) fn check_gradients<const N: usize, K: Kernel<N>>(kernel: &K, inputs: [Vec<f32>; N]) {
    const STEP: f32 = 5e-3;
    let values = |inputs: &[Vec<f32>; N]| inputs.clone().map(Values::from);
    let loss = |inputs: &[Vec<f32>; N]| -> f64 {
        let (_, output, _) = kernel.forward(values(inputs));
        let asked = NOISE.stream("asked").uniform(1.0, output.len());
        output
            .iter()
            .zip(&asked)
            .map(|(o, a)| f64::from(*o) * f64::from(*a))
            .sum()
    };
    let (_, output, saved) = kernel.forward(values(&inputs));
    let asked = NOISE.stream("asked").uniform(1.0, output.len());
    let kept = if K::KEEPS_OUTPUT { &*output } else { &[] };
    let gradients = kernel.backward(saved, kept, asked.into());
    for (i, gradient) in gradients.iter().enumerate() {
        let direction = NOISE
            .stream(&format!("direction.{i}"))
            .uniform(1.0, gradient.len());
        let moved = |by: f32| {
            let mut inputs = inputs.clone();
            for (value, d) in inputs[i].iter_mut().zip(&direction) {
                *value += by * d;
            }
            loss(&inputs)
        };
        let numeric = (moved(STEP) - moved(-STEP)) / (2.0 * f64::from(STEP));
        let pairs = gradient.iter().zip(&direction);
        let analytic: f64 = pairs.map(|(g, d)| f64::from(*g) * f64::from(*d)).sum();
        let norm = gradient
            .iter()
            .map(|g| f64::from(*g).powi(2))
            .sum::<f64>()
            .sqrt();
        // Rounding of f32 outputs over the step, and the curvature along it.
        let tolerance = 2e-2 * norm.max(1e-2);
        assert!(
            (numeric - analytic).abs() < tolerance,
            "input {i}: {numeric} and {analytic}"
        );
    }
}
