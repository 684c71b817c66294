//! The affine map as one node: one product forwards, two backwards.

use rayon::prelude::*;

use crate::ops::{
    dropout::Dropout,
    fused::{Kernel, Values},
    matmul::{Into, Matrix, Threads, matmul},
    simd::vectorised,
};

/// Rows whose bias, or its gradient, is one task; fixed, so that sums do not depend on the number
/// of threads.
const BLOCK: usize = 256;

/// The map of one batch of rows.
#[derive(Debug, Clone)]
pub(super) struct LinearKernel {
    pub(super) rows: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    input: Values,
    weight: Values,
}

/// Without a bias.
impl Kernel<2> for LinearKernel {
    type Saved = Saved;

    fn forward(&self, [input, weight]: [Values; 2]) -> (Vec<usize>, Vec<f32>, Saved) {
        let mut output = vec![0.0; self.rows * self.outputs];
        self.product(&input, &weight, Into::Overwrite, &mut output);
        let saved = Saved { input, weight };
        (vec![self.rows, self.outputs], output, saved)
    }

    fn backward(&self, saved: Saved, _: &[f32], gradient: Values) -> [Vec<f32>; 2] {
        [
            self.d_input(&saved.weight, &gradient),
            self.d_weight(&saved.input, &gradient),
        ]
    }
}

/// With a bias.
impl Kernel<3> for LinearKernel {
    type Saved = Saved;

    fn forward(&self, [input, weight, bias]: [Values; 3]) -> (Vec<usize>, Vec<f32>, Saved) {
        let mut output = vec![0.0; self.rows * self.outputs];
        let blocks = output.par_chunks_mut(BLOCK * self.outputs);
        blocks.for_each(|rows| {
            for row in rows.chunks_mut(self.outputs) {
                row.copy_from_slice(&bias);
            }
        });
        self.product(&input, &weight, Into::Add, &mut output);
        let saved = Saved { input, weight };
        (vec![self.rows, self.outputs], output, saved)
    }

    fn backward(&self, saved: Saved, _: &[f32], gradient: Values) -> [Vec<f32>; 3] {
        [
            self.d_input(&saved.weight, &gradient),
            self.d_weight(&saved.input, &gradient),
            sum_rows(&gradient, self.outputs),
        ]
    }
}

/// Without a bias, rectified and dropped.
#[derive(Debug, Clone)]
pub(super) struct RectifiedKernel {
    pub(super) product: LinearKernel,
    pub(super) dropout: Option<Dropout>,
}

impl Kernel<2> for RectifiedKernel {
    type Saved = Saved;

    const KEEPS_OUTPUT: bool = true;

    fn forward(&self, inputs: [Values; 2]) -> (Vec<usize>, Vec<f32>, Saved) {
        let (shape, mut output, saved) = self.product.forward(inputs);
        let draw = self.dropout.as_ref().map(Dropout::draw);
        let size = BLOCK * self.product.outputs;
        let blocks = output.par_chunks_mut(size).enumerate();
        blocks.for_each(|(block, values)| {
            vectorised(|| {
                values.iter_mut().for_each(|x| *x = x.max(0.0));
                if let Some(draw) = draw {
                    draw.apply(block * size, values);
                }
            });
        });
        (shape, output, saved)
    }

    fn backward(&self, saved: Saved, output: &[f32], gradient: Values) -> [Vec<f32>; 2] {
        // What was rectified or dropped is zero, and has no gradient.
        let kept = self.dropout.as_ref().map_or(1.0, Dropout::scale);
        let size = BLOCK * self.product.outputs;
        let mut gradient = gradient.into_vec();
        let blocks = gradient.par_chunks_mut(size).zip(output.par_chunks(size));
        blocks.for_each(|(gradient, output)| {
            vectorised(|| {
                for (d, y) in gradient.iter_mut().zip(output) {
                    *d = if *y > 0.0 { *d * kept } else { 0.0 };
                }
            });
        });
        self.product.backward(saved, &[], gradient.into())
    }
}

impl LinearKernel {
    fn product(&self, input: &[f32], weight: &[f32], into: Into, output: &mut [f32]) {
        let input = Matrix::new(input, self.rows, self.inputs);
        let weight = Matrix::new(weight, self.inputs, self.outputs);
        matmul(output, self.outputs, input, weight, into, Threads::All);
    }

    fn d_input(&self, weight: &[f32], gradient: &[f32]) -> Vec<f32> {
        let gradient = Matrix::new(gradient, self.rows, self.outputs);
        let weight = Matrix::new(weight, self.inputs, self.outputs).transposed();
        let mut out = vec![0.0; self.rows * self.inputs];
        matmul(
            &mut out,
            self.inputs,
            gradient,
            weight,
            Into::Overwrite,
            Threads::All,
        );
        out
    }

    fn d_weight(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        let input = Matrix::new(input, self.rows, self.inputs).transposed();
        let gradient = Matrix::new(gradient, self.rows, self.outputs);
        let mut out = vec![0.0; self.inputs * self.outputs];
        matmul(
            &mut out,
            self.outputs,
            input,
            gradient,
            Into::Overwrite,
            Threads::All,
        );
        out
    }
}

/// Sum over rows, for every column, shared among the threads.
pub(crate) fn sum_rows(values: &[f32], columns: usize) -> Vec<f32> {
    let blocks = values.par_chunks(BLOCK * columns);
    let parts: Vec<Vec<f32>> = blocks.map(|rows| sum(rows.chunks(columns))).collect();
    sum(parts.iter().map(Vec::as_slice))
}

fn sum<'a>(mut rows: impl Iterator<Item = &'a [f32]>) -> Vec<f32> {
    let mut sum = rows.next().unwrap_or_default().to_vec();
    vectorised(|| {
        for row in rows {
            for (sum, value) in sum.iter_mut().zip(row) {
                *sum += value;
            }
        }
    });
    sum
}
