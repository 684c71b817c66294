//! Batch norm, activation and dropout as one node: three passes forwards, two backwards.

use rayon::prelude::*;

use super::{Activation, Dropout, EPSILON};
use crate::ops::{
    fused::Kernel,
    simd::{tanh, vectorised},
};

/// Rows that are summed together; fixed, so that sums do not depend on the number of threads.
const BLOCK: usize = 64;

/// One layer at one step.
#[derive(Debug, Clone)]
pub(super) struct NormaliseKernel {
    pub(super) shape: [usize; 3],
    pub(super) activation: Activation,
    pub(super) dropout: Option<Dropout>,
}

/// What the backward pass needs; the mask is drawn again, the normalised input computed again.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    pub(super) mean: Vec<f32>,
    /// Biased.
    pub(super) variance: Vec<f32>,
    /// After the activation, before the mask.
    activated: Vec<f32>,
}

impl Kernel<3> for NormaliseKernel {
    type Saved = Saved;

    fn forward(&self, [input, weight, bias]: [&[f32]; 3]) -> (Vec<usize>, Vec<f32>, Saved) {
        let channels = self.shape[2];
        let rows = (input.len() / channels) as f32;
        let over_rows = |mut sums: Vec<f32>| {
            sums.iter_mut().for_each(|sum| *sum /= rows);
            sums
        };
        let mean = over_rows(sums(input, channels, |x, _, sum| *sum += x, &[]));
        let spread = |x: f32, mean: f32, sum: &mut f32| *sum += (x - mean) * (x - mean);
        let variance = over_rows(sums(input, channels, spread, &mean));
        let scale = scales(&variance, weight);
        let mut activated = vec![0.0; input.len()];
        let blocks = activated.par_chunks_mut(BLOCK * channels);
        blocks
            .zip(input.par_chunks(BLOCK * channels))
            .for_each(|(out, input)| {
                vectorised(|| {
                    for (out, input) in out.chunks_mut(channels).zip(input.chunks(channels)) {
                        for c in 0..channels {
                            out[c] = (input[c] - mean[c]) * scale[c] + bias[c];
                        }
                    }
                    match self.activation {
                        Activation::Relu => out.iter_mut().for_each(|x| *x = x.max(0.0)),
                        Activation::Tanh => out.iter_mut().for_each(|x| *x = tanh(*x)),
                        Activation::Linear => (),
                    }
                });
            });
        let mut output = activated.clone();
        self.drop(&mut output);
        (
            self.shape.to_vec(),
            output,
            Saved {
                mean,
                variance,
                activated,
            },
        )
    }

    fn backward(
        &self,
        [input, weight, _]: [&[f32]; 3],
        saved: &Saved,
        gradient: &[f32],
    ) -> [Vec<f32>; 3] {
        let channels = self.shape[2];
        let rows = (input.len() / channels) as f32;
        let mut d_normal = gradient.to_vec();
        self.drop(&mut d_normal);
        let blocks = d_normal.par_chunks_mut(BLOCK * channels);
        blocks
            .zip(saved.activated.par_chunks(BLOCK * channels))
            .for_each(|(d, activated)| {
                let pairs = d.iter_mut().zip(activated);
                vectorised(|| match self.activation {
                    Activation::Relu => {
                        pairs.for_each(|(d, a)| *d = if *a > 0.0 { *d } else { 0.0 })
                    }
                    Activation::Tanh => pairs.for_each(|(d, a)| *d *= 1.0 - a * a),
                    Activation::Linear => (),
                });
            });
        let d_bias = sums(&d_normal, channels, |d, _, sum| *sum += d, &[]);
        let deviation = scales(&saved.variance, &vec![1.0; channels]);
        let d_weight = self.d_weight(input, saved, &deviation, &d_normal);
        let scale = scales(&saved.variance, weight);
        let blocks = d_normal.par_chunks_mut(BLOCK * channels);
        blocks
            .zip(input.par_chunks(BLOCK * channels))
            .for_each(|(d, input)| {
                vectorised(|| {
                    for (d, input) in d.chunks_mut(channels).zip(input.chunks(channels)) {
                        for c in 0..channels {
                            let normal = (input[c] - saved.mean[c]) * deviation[c];
                            d[c] = scale[c] * (d[c] - (d_bias[c] + normal * d_weight[c]) / rows);
                        }
                    }
                });
            });
        [d_normal, d_weight, d_bias]
    }
}

impl NormaliseKernel {
    /// Multiplies by the mask of the layer.
    fn drop(&self, values: &mut [f32]) {
        let Some(Dropout { noise, stream, p }) = &self.dropout else {
            return;
        };
        let stream = noise.stream(stream);
        const LENGTH: usize = 4096;
        values
            .par_chunks_mut(LENGTH)
            .enumerate()
            .for_each(|(chunk, values)| {
                let mut mask = [0.0; LENGTH];
                let mask = &mut mask[..values.len()];
                stream.dropout_mask(*p, chunk * LENGTH, mask);
                for (value, mask) in values.iter_mut().zip(mask) {
                    *value *= *mask;
                }
            });
    }

    /// Sum over rows of the gradient times the normalised input.
    fn d_weight(
        &self,
        input: &[f32],
        saved: &Saved,
        deviation: &[f32],
        d_normal: &[f32],
    ) -> Vec<f32> {
        let channels = self.shape[2];
        let blocks = input
            .par_chunks(BLOCK * channels)
            .zip(d_normal.par_chunks(BLOCK * channels));
        let parts: Vec<Vec<f32>> = blocks
            .map(|(input, d)| {
                let mut sum = vec![0.0; channels];
                vectorised(|| {
                    for (input, d) in input.chunks(channels).zip(d.chunks(channels)) {
                        for c in 0..channels {
                            sum[c] += d[c] * (input[c] - saved.mean[c]) * deviation[c];
                        }
                    }
                });
                sum
            })
            .collect();
        total(parts, channels)
    }
}

/// `weight / sqrt(variance + epsilon)` of every channel.
fn scales(variance: &[f32], weight: &[f32]) -> Vec<f32> {
    let pairs = variance.iter().zip(weight);
    pairs
        .map(|(v, w)| (f64::from(*w) / (f64::from(*v) + EPSILON).sqrt()) as f32)
        .collect()
}

/// Sum over rows, for every channel, of what `add` makes of a number and of its channel's
/// `aside` (zero where there is none).
fn sums(
    values: &[f32],
    channels: usize,
    add: impl Fn(f32, f32, &mut f32) + Sync,
    aside: &[f32],
) -> Vec<f32> {
    let none = vec![0.0; channels];
    let aside = if aside.is_empty() { &none } else { aside };
    let parts: Vec<Vec<f32>> = values
        .par_chunks(BLOCK * channels)
        .map(|rows| {
            let mut sum = vec![0.0; channels];
            vectorised(|| {
                for row in rows.chunks(channels) {
                    for c in 0..channels {
                        add(row[c], aside[c], &mut sum[c]);
                    }
                }
            });
            sum
        })
        .collect();
    total(parts, channels)
}

/// Sum of the blocks in their order.
fn total(parts: Vec<Vec<f32>>, channels: usize) -> Vec<f32> {
    let mut total = vec![0.0_f64; channels];
    for part in parts {
        for (total, value) in total.iter_mut().zip(part) {
            *total += f64::from(value);
        }
    }
    total.into_iter().map(|sum| sum as f32).collect()
}
