//! The convolution as one node: one matrix product over the whole batch for each pass.
//!
//! In `[T, C]` the window that an output reads is contiguous, so the windows of a padded sequence
//! are a matrix whose rows overlap: it is read in place, without im2col.

use rayon::prelude::*;

use crate::ops::{
    fused::{Kernel, Values},
    linear::sum_rows,
    matmul::{Into, Matrix, Threads, matmul},
};

/// "Same" convolution of one batch.
#[derive(Debug, Clone)]
pub(super) struct ConvKernel {
    pub(super) batch: usize,
    pub(super) steps: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) kernel: usize,
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    input: Values,
    weight: Values,
}

impl Kernel<3> for ConvKernel {
    type Saved = Saved;

    fn forward(&self, [input, weight, bias]: [Values; 3]) -> (Vec<usize>, Vec<f32>, Saved) {
        let mut output = self.convolve(&input, self.inputs, &weight, self.outputs);
        output.par_chunks_mut(self.outputs).for_each(|row| {
            for (value, bias) in row.iter_mut().zip(&*bias) {
                *value += bias;
            }
        });
        let shape = vec![self.batch, self.steps, self.outputs];
        (shape, output, Saved { input, weight })
    }

    fn backward(&self, saved: Saved, _: &[f32], gradient: Values) -> [Vec<f32>; 3] {
        let Saved { input, weight } = saved;
        // Every input is read by the windows around it: the same convolution, seen from there.
        let d_input = self.convolve(&gradient, self.outputs, &self.turned(&weight), self.inputs);
        let d_weight = self.d_weight(&input, &gradient);
        [d_input, d_weight, sum_rows(&gradient, self.outputs)]
    }
}

impl ConvKernel {
    /// Rows of a window on either side of its middle.
    fn half(&self) -> usize {
        self.kernel / 2
    }

    /// Windows of the whole batch: those of each utterance, and between two utterances those whose
    /// middle lies in the padding.
    fn windows(&self) -> usize {
        self.batch * (self.steps + self.half()) - self.half()
    }

    /// `[half + B (T + half), C]`: zeros before each utterance and after the last.
    fn padded(&self, rows: &[f32], channels: usize) -> Vec<f32> {
        let (utterance, gap) = (self.steps * channels, self.half() * channels);
        let mut padded = vec![0.0; gap + self.batch * (utterance + gap)];
        let places = padded[gap..].par_chunks_mut(utterance + gap);
        places
            .zip(rows.par_chunks(utterance))
            .for_each(|(place, rows)| place[..utterance].copy_from_slice(rows));
        padded
    }

    /// `[B, T, to]` from `[B, T, from]` and `[k, from, to]`.
    fn convolve(&self, rows: &[f32], from: usize, weight: &[f32], to: usize) -> Vec<f32> {
        let padded = self.padded(rows, from);
        let windows = Matrix::strided(&padded, self.windows(), self.kernel * from, from);
        let weight = Matrix::new(weight, self.kernel * from, to);
        let mut output = vec![0.0; self.windows() * to];
        matmul(
            &mut output,
            to,
            windows,
            weight,
            Into::Overwrite,
            Threads::All,
        );
        let (utterance, gap) = (self.steps * to, self.half() * to);
        for b in 1..self.batch {
            let first = b * (utterance + gap);
            output.copy_within(first..first + utterance, b * utterance);
        }
        output.truncate(self.batch * utterance);
        output
    }

    /// `[k, out, in]`: taps from the last to the first, each transposed.
    fn turned(&self, weight: &[f32]) -> Vec<f32> {
        let tap = self.inputs * self.outputs;
        let mut turned = vec![0.0; weight.len()];
        let taps = turned.par_chunks_mut(tap).rev();
        taps.zip(weight.par_chunks(tap)).for_each(|(out, tap)| {
            let matrix = Matrix::new(tap, self.inputs, self.outputs).transposed();
            matrix.copy_columns(0, self.inputs, out, self.inputs);
        });
        turned
    }

    /// Windows times gradients, over every frame of the batch; those of the gaps meet zeros.
    fn d_weight(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        let columns = self.kernel * self.inputs;
        let padded = self.padded(input, self.inputs);
        let windows = Matrix::strided(&padded, self.windows(), columns, self.inputs);
        let asked = self.padded(gradient, self.outputs);
        let asked = &asked[self.half() * self.outputs..];
        let asked = Matrix::new(asked, self.windows(), self.outputs);
        let mut d_weight = vec![0.0; columns * self.outputs];
        matmul(
            &mut d_weight,
            self.outputs,
            windows.transposed(),
            asked,
            Into::Overwrite,
            Threads::All,
        );
        d_weight
    }
}
