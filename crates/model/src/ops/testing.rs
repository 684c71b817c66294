//! What the tests of every fused operation share.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::noise::Noise;

pub(super) const NOISE: Noise = Noise { seed: 5, step: 9 };

pub(super) fn device() -> Device {
    Device::flex().autodiff()
}

/// The same numbers for the same name.
pub(super) fn random<const D: usize>(name: &str, shape: [usize; D], bound: f64) -> Tensor<D> {
    let values = NOISE.stream(name).uniform(bound, shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), &device()).require_grad()
}

pub(super) fn floats<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_dtype(DType::F32).try_into_vec().unwrap()
}

/// Largest error, relative to the largest expected value.
pub(super) fn assert_close(what: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1e-3_f32, |m, x| m.max(x.abs()));
    let error = found
        .iter()
        .zip(expected)
        .fold(0.0_f32, |m, (x, y)| m.max((x - y).abs()));
    assert!(error / scale < tolerance, "{what}: {:.1e}", error / scale);
}
