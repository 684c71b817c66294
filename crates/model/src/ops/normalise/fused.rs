//! Batch norm, activation and dropout as one node: three passes forwards, two backwards.

use rayon::prelude::*;

use super::{Activation, EPSILON};
use crate::ops::{
    dropout::Dropout,
    fused::{Kernel, Values},
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

/// What the backward pass needs besides the output; the mask is drawn again, the normalised input
/// computed again.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    pub(super) mean: Vec<f32>,
    /// Biased.
    pub(super) variance: Vec<f32>,
    input: Values,
    weight: Values,
}

impl Kernel<3> for NormaliseKernel {
    type Saved = Saved;

    const KEEPS_OUTPUT: bool = true;

    fn forward(&self, [input, weight, bias]: [Values; 3]) -> (Vec<usize>, Vec<f32>, Saved) {
        let channels = self.shape[2];
        let rows = (input.len() / channels) as f32;
        let over_rows = |mut sums: Vec<f32>| {
            sums.iter_mut().for_each(|sum| *sum /= rows);
            sums
        };
        let mean = over_rows(sums(&input, channels, |x, _, sum| *sum += x, &[]));
        let spread = |x: f32, mean: f32, sum: &mut f32| *sum += (x - mean) * (x - mean);
        let variance = over_rows(sums(&input, channels, spread, &mean));
        let (scale, shift) = (scales(&variance, &weight), &*bias);
        let mut output = vec![0.0; input.len()];
        let blocks = output.par_chunks_mut(BLOCK * channels).enumerate();
        blocks
            .zip(input.par_chunks(BLOCK * channels))
            .for_each(|((block, out), input)| {
                vectorised(|| {
                    for (out, input) in out.chunks_mut(channels).zip(input.chunks(channels)) {
                        for c in 0..channels {
                            out[c] = (input[c] - mean[c]) * scale[c] + shift[c];
                        }
                    }
                    match self.activation {
                        Activation::Relu => out.iter_mut().for_each(|x| *x = x.max(0.0)),
                        Activation::Tanh => out.iter_mut().for_each(|x| *x = tanh(*x)),
                        Activation::Linear => (),
                    }
                    self.drop(block, out);
                });
            });
        let saved = Saved {
            mean,
            variance,
            input,
            weight,
        };
        (self.shape.to_vec(), output, saved)
    }

    fn backward(&self, saved: Saved, output: &[f32], gradient: Values) -> [Vec<f32>; 3] {
        let channels = self.shape[2];
        let rows = (output.len() / channels) as f32;
        let deviation = scales(&saved.variance, &vec![1.0; channels]);
        let mut d_normal = gradient.into_vec();
        let [d_bias, d_weight] = self.through_activation(&saved, output, &deviation, &mut d_normal);
        let scale = scales(&saved.variance, &saved.weight);
        let (mean, blocks) = (&saved.mean, d_normal.par_chunks_mut(BLOCK * channels));
        blocks
            .zip(saved.input.par_chunks(BLOCK * channels))
            .for_each(|(d, input)| {
                vectorised(|| {
                    for (d, input) in d.chunks_mut(channels).zip(input.chunks(channels)) {
                        for c in 0..channels {
                            let normal = (input[c] - mean[c]) * deviation[c];
                            d[c] = scale[c] * (d[c] - (d_bias[c] + normal * d_weight[c]) / rows);
                        }
                    }
                });
            });
        [d_normal, d_weight, d_bias]
    }
}

impl NormaliseKernel {
    /// Multiplies a block of rows by its part of the mask of the layer.
    #[inline(always)]
    fn drop(&self, block: usize, values: &mut [f32]) {
        if let Some(dropout) = &self.dropout {
            let first = block * BLOCK * self.shape[2];
            dropout.draw().apply(first, values);
        }
    }

    /// From the gradient of the output to that of the scaled numbers; gives its sum over rows, and
    /// its sum times the normalised input.
    fn through_activation(
        &self,
        saved: &Saved,
        output: &[f32],
        deviation: &[f32],
        d: &mut [f32],
    ) -> [Vec<f32>; 2] {
        let channels = self.shape[2];
        // What was kept was divided by this; what was dropped has no gradient.
        let kept = self
            .dropout
            .as_ref()
            .map_or(1.0, |dropout| 1.0 - dropout.p as f32);
        let blocks = d.par_chunks_mut(BLOCK * channels).enumerate();
        let parts: Vec<[Vec<f32>; 2]> = blocks
            .zip(output.par_chunks(BLOCK * channels))
            .zip(saved.input.par_chunks(BLOCK * channels))
            .map(|(((block, d), output), input)| {
                let mut sums = [vec![0.0; channels], vec![0.0; channels]];
                vectorised(|| {
                    self.drop(block, d);
                    let pairs = d.iter_mut().zip(output);
                    match self.activation {
                        Activation::Relu => {
                            pairs.for_each(|(d, y)| *d = if *y > 0.0 { *d } else { 0.0 });
                        }
                        Activation::Tanh => pairs.for_each(|(d, y)| {
                            let activated = y * kept;
                            *d *= 1.0 - activated * activated;
                        }),
                        Activation::Linear => (),
                    }
                    let [sum, with_input] = &mut sums;
                    for (d, input) in d.chunks(channels).zip(input.chunks(channels)) {
                        for c in 0..channels {
                            sum[c] += d[c];
                            with_input[c] += d[c] * (input[c] - saved.mean[c]) * deviation[c];
                        }
                    }
                });
                sums
            })
            .collect();
        let (sums, with_input) = parts.into_iter().map(|[a, b]| (a, b)).unzip();
        [total(sums, channels), total(with_input, channels)]
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
