//! The convolution as one node, the utterances of a batch shared among the threads.

use rayon::prelude::*;

use crate::ops::{
    fused::Kernel,
    matmul::{Into, Matrix, Threads, matmul},
};

/// Input channels whose weight gradient is one task.
const CHANNELS: usize = 128;

/// "Same" convolution of one batch.
#[derive(Debug, Clone)]
pub(super) struct ConvKernel {
    pub(super) batch: usize,
    pub(super) steps: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) kernel: usize,
}

/// Rows of one utterance that one tap connects: `rows` of them, from `input` on the one side and
/// `output` on the other.
struct Span {
    input: usize,
    output: usize,
    rows: usize,
}

impl Kernel<3> for ConvKernel {
    type Saved = ();

    fn forward(&self, [input, weight, bias]: [&[f32]; 3]) -> (Vec<usize>, Vec<f32>, ()) {
        let mut output = bias.repeat(self.batch * self.steps);
        let utterances = output.par_chunks_mut(self.steps * self.outputs);
        utterances
            .zip(input.par_chunks(self.steps * self.inputs))
            .for_each(|(output, input)| {
                for (tap, weight) in weight.chunks(self.inputs * self.outputs).enumerate() {
                    let Span {
                        input: from,
                        output: to,
                        rows,
                    } = self.span(tap);
                    let weight = Matrix::new(weight, self.inputs, self.outputs);
                    let input = Matrix::new(&input[from * self.inputs..], rows, self.inputs);
                    let output = &mut output[to * self.outputs..];
                    matmul(output, self.outputs, input, weight, Into::Add, Threads::One);
                }
            });
        (vec![self.batch, self.steps, self.outputs], output, ())
    }

    fn backward(
        &self,
        [input, weight, _]: [&[f32]; 3],
        (): &(),
        gradient: &[f32],
    ) -> [Vec<f32>; 3] {
        let mut d_bias = vec![0.0; self.outputs];
        for row in gradient.chunks(self.outputs) {
            for (sum, value) in d_bias.iter_mut().zip(row) {
                *sum += value;
            }
        }
        [
            self.d_input(weight, gradient),
            self.d_weight(input, gradient),
            d_bias,
        ]
    }
}

impl ConvKernel {
    fn d_input(&self, weight: &[f32], gradient: &[f32]) -> Vec<f32> {
        let mut d_input = vec![0.0; self.batch * self.steps * self.inputs];
        let utterances = d_input.par_chunks_mut(self.steps * self.inputs);
        utterances
            .zip(gradient.par_chunks(self.steps * self.outputs))
            .for_each(|(d, asked)| {
                for (tap, weight) in weight.chunks(self.inputs * self.outputs).enumerate() {
                    let Span {
                        input: from,
                        output: to,
                        rows,
                    } = self.span(tap);
                    let weight = Matrix::new(weight, self.inputs, self.outputs).transposed();
                    let asked = Matrix::new(&asked[to * self.outputs..], rows, self.outputs);
                    let d = &mut d[from * self.inputs..];
                    matmul(d, self.inputs, asked, weight, Into::Add, Threads::One);
                }
            });
        d_input
    }

    /// Each task adds up one tap and some input channels, over the utterances in their order.
    fn d_weight(&self, input: &[f32], gradient: &[f32]) -> Vec<f32> {
        let mut d_weight = vec![0.0; self.kernel * self.inputs * self.outputs];
        let mut tasks: Vec<(usize, usize, &mut [f32])> = Vec::new();
        for (tap, d_weight) in d_weight.chunks_mut(self.inputs * self.outputs).enumerate() {
            let parts = d_weight.chunks_mut(CHANNELS * self.outputs).enumerate();
            tasks.extend(parts.map(|(part, d_weight)| (tap, part * CHANNELS, d_weight)));
        }
        tasks.into_par_iter().for_each(|(tap, first, d_weight)| {
            let Span {
                input: from,
                output: to,
                rows,
            } = self.span(tap);
            let channels = d_weight.len() / self.outputs;
            let utterances = input.chunks(self.steps * self.inputs);
            for (input, asked) in utterances.zip(gradient.chunks(self.steps * self.outputs)) {
                let asked = Matrix::new(&asked[to * self.outputs..], rows, self.outputs);
                let input = input.get(from * self.inputs + first..).unwrap_or_default();
                let input = Matrix::strided(input, rows, channels, self.inputs).transposed();
                matmul(
                    d_weight,
                    self.outputs,
                    input,
                    asked,
                    Into::Add,
                    Threads::One,
                );
            }
        });
        d_weight
    }

    /// The rows that `tap` connects; none where the sequence is shorter than the tap's reach.
    fn span(&self, tap: usize) -> Span {
        let half = self.kernel / 2;
        let (before, after) = (half.saturating_sub(tap), tap.saturating_sub(half));
        let rows = self.steps.saturating_sub(before + after);
        if rows == 0 {
            return Span {
                input: 0,
                output: 0,
                rows,
            };
        }
        Span {
            input: after,
            output: before,
            rows,
        }
    }
}
