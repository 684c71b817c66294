//! Location-sensitive attention of one utterance at one step.

use super::Dims;
use crate::ops::{
    matmul::{Into, Matrix, Threads, matmul},
    simd::{softmax, tanh, vectorised},
};

/// What attention reads at one step, for one utterance.
pub(super) struct Scene<'a> {
    pub(super) dims: Dims,
    /// True symbols of the utterance.
    pub(super) length: usize,
    /// Location layer `[2k, D]`.
    pub(super) location: &'a [f32],
    /// Energy vector `[D]`.
    pub(super) energy: &'a [f32],
    /// Encoder output `[N, E]`.
    pub(super) encoded: &'a [f32],
    /// Its projection `[N, D]`.
    pub(super) projected: &'a [f32],
    /// Projected query `[D]`.
    pub(super) query: &'a [f32],
    /// Weights of the step before and their running sum, `[N]` each.
    pub(super) before: [&'a [f32]; 2],
}

/// Working memory of one utterance.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    /// Location windows `[N, 2k]`.
    window: Vec<f32>,
    /// Tanh of the energies' argument, `[N, D]`.
    hidden: Vec<f32>,
}

impl Scratch {
    pub(super) fn new(dims: &Dims) -> Self {
        Self {
            window: vec![0.0; dims.symbols * dims.window()],
            hidden: vec![0.0; dims.symbols * dims.channels],
        }
    }
}

impl Scene<'_> {
    /// Attention weights `[N]` (zero at padding) and context `[E]`.
    pub(super) fn attend(&self, scratch: &mut Scratch, weights: &mut [f32], context: &mut [f32]) {
        self.hidden(scratch);
        let (length, channels) = (self.length, self.dims.channels);
        weights[length..].fill(0.0);
        let hidden = scratch.hidden.chunks(channels);
        vectorised(|| {
            for (energy, hidden) in weights[..length].iter_mut().zip(hidden) {
                *energy = dot(hidden, self.energy);
            }
        });
        softmax(&mut weights[..length]);
        let rows = self.encoded.chunks(self.dims.memory);
        vectorised(|| {
            context.fill(0.0);
            for (weight, row) in weights[..length].iter().zip(rows) {
                add_scaled(context, *weight, row);
            }
        });
    }

    /// `tanh(query + projected + location)` of every true symbol, into the scratch.
    fn hidden(&self, scratch: &mut Scratch) {
        let Dims {
            kernel, channels, ..
        } = self.dims;
        let (length, columns) = (self.length, self.dims.window());
        for (n, window) in scratch.window.chunks_mut(columns).take(length).enumerate() {
            let (previous, sum) = window.split_at_mut(kernel);
            slide(self.before[0], n, length, previous);
            slide(self.before[1], n, length, sum);
        }
        let hidden = &mut scratch.hidden[..length * channels];
        let rows = hidden
            .chunks_mut(channels)
            .zip(self.projected.chunks(channels));
        vectorised(|| {
            for (hidden, projected) in rows {
                for ((h, p), q) in hidden.iter_mut().zip(projected).zip(self.query) {
                    *h = p + q;
                }
            }
        });
        let window = Matrix::new(&scratch.window, length, columns);
        let location = Matrix::new(self.location, columns, channels);
        matmul(hidden, channels, window, location, Into::Add, Threads::One);
        vectorised(|| hidden.iter_mut().for_each(|h| *h = tanh(*h)));
    }
}

/// Gradients that one utterance gathers over all steps.
#[derive(Debug, Clone)]
pub(super) struct Gathered {
    /// `[N, D]`
    pub(super) projected: Vec<f32>,
    /// `[2k, D]`
    pub(super) location: Vec<f32>,
    /// `[D]`
    pub(super) energy: Vec<f32>,
    /// Of the weights of the step before, through the location layer, `[N]`.
    pub(super) previous: Vec<f32>,
    /// Of their running sum, over all later steps, `[N]`.
    pub(super) cumulative: Vec<f32>,
    scratch: Scratch,
    window: Vec<f32>,
    weights: Vec<f32>,
}

impl Gathered {
    pub(super) fn new(dims: &Dims) -> Self {
        Self {
            projected: vec![0.0; dims.symbols * dims.channels],
            location: vec![0.0; dims.window() * dims.channels],
            energy: vec![0.0; dims.channels],
            previous: vec![0.0; dims.symbols],
            cumulative: vec![0.0; dims.symbols],
            scratch: Scratch::new(dims),
            window: vec![0.0; dims.symbols * dims.window()],
            weights: vec![0.0; dims.symbols],
        }
    }

    /// Backward of [`Scene::attend`].
    ///
    /// `d_weights` is what the output asks of the weights, `d_context` the whole gradient of the
    /// context; the gradient of the query is written to `d_query`.
    pub(super) fn attend_backward(
        &mut self,
        scene: &Scene<'_>,
        weights: &[f32],
        d_weights: &[f32],
        d_context: &[f32],
        d_query: &mut [f32],
    ) {
        scene.hidden(&mut self.scratch);
        self.energies(scene, weights, d_weights, d_context);
        self.through_tanh(scene, d_query);
        self.through_location(scene);
    }

    /// Gradient of the energies, through softmax and context, into `self.weights`.
    fn energies(
        &mut self,
        scene: &Scene<'_>,
        weights: &[f32],
        d_weights: &[f32],
        d_context: &[f32],
    ) {
        let length = scene.length;
        let rows = scene.encoded.chunks(scene.dims.memory);
        vectorised(|| {
            for (n, row) in rows.take(length).enumerate() {
                let later = self.previous[n] + self.cumulative[n];
                self.weights[n] = d_weights[n] + later + dot(d_context, row);
            }
        });
        let mean = dot(&weights[..length], &self.weights[..length]);
        for (d_energy, weight) in self.weights[..length].iter_mut().zip(weights) {
            *d_energy = weight * (*d_energy - mean);
        }
    }

    /// From the energies to the argument of the tanh, which overwrites it in the scratch.
    fn through_tanh(&mut self, scene: &Scene<'_>, d_query: &mut [f32]) {
        let channels = scene.dims.channels;
        let hidden = self.scratch.hidden.chunks_mut(channels);
        let rows = hidden
            .zip(self.projected.chunks_mut(channels))
            .zip(&self.weights);
        let d_vector = &mut self.energy[..channels];
        let (vector, d_query) = (&scene.energy[..channels], &mut d_query[..channels]);
        vectorised(|| {
            d_query.fill(0.0);
            for ((hidden, d_projected), d_energy) in rows.take(scene.length) {
                for d in 0..channels {
                    let h = hidden[d];
                    d_vector[d] += d_energy * h;
                    let through = d_energy * vector[d] * (1.0 - h * h);
                    hidden[d] = through;
                    d_projected[d] += through;
                    d_query[d] += through;
                }
            }
        });
    }

    /// Through the location layer to the weights before.
    fn through_location(&mut self, scene: &Scene<'_>) {
        let Dims {
            kernel, channels, ..
        } = scene.dims;
        let (length, columns) = (scene.length, scene.dims.window());
        let hidden = Matrix::new(&self.scratch.hidden, length, channels);
        let window = Matrix::new(&self.scratch.window, length, columns);
        matmul(
            &mut self.location,
            channels,
            window.transposed(),
            hidden,
            Into::Add,
            Threads::One,
        );
        let location = Matrix::new(scene.location, columns, channels).transposed();
        matmul(
            &mut self.window,
            columns,
            hidden,
            location,
            Into::Overwrite,
            Threads::One,
        );
        self.previous.fill(0.0);
        for (n, window) in self.window.chunks(columns).take(length).enumerate() {
            let (previous, sum) = window.split_at(kernel);
            slide_back(&mut self.previous, n, length, previous);
            slide_back(&mut self.cumulative, n, length, sum);
        }
    }
}

/// The part of `row` centred on `n`, zero beyond both ends.
fn slide(row: &[f32], n: usize, length: usize, window: &mut [f32]) {
    let half = window.len() / 2;
    let first = n.saturating_sub(half);
    let last = (n + half + 1).min(length);
    let offset = first + half - n;
    window[..offset].fill(0.0);
    window[offset..offset + last - first].copy_from_slice(&row[first..last]);
    window[offset + last - first..].fill(0.0);
}

/// Adds the gradient of a window back to its row.
fn slide_back(row: &mut [f32], n: usize, length: usize, window: &[f32]) {
    let half = window.len() / 2;
    let first = n.saturating_sub(half);
    let last = (n + half + 1).min(length);
    let window = &window[first + half - n..];
    for (value, gradient) in row[first..last].iter_mut().zip(window) {
        *value += gradient;
    }
}

/// Scalar product in sixteen partial sums, so that it can be vectorised.
#[inline(always)]
fn dot(left: &[f32], right: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (left, right) = (
        &left[..right.len().min(left.len())],
        &right[..right.len().min(left.len())],
    );
    let (a, b) = (left.chunks_exact(LANES), right.chunks_exact(LANES));
    let tail: f32 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f32>() + tail
}

#[inline(always)]
fn add_scaled(out: &mut [f32], scale: f32, row: &[f32]) {
    for (o, x) in out.iter_mut().zip(row) {
        *o += scale * x;
    }
}
