//! The convolution as one node.

use crate::ops::{
    fused::Kernel,
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

/// Rows that one tap connects: `rows` of them, from `input` on the one side and `output` on the
/// other.
struct Span {
    input: usize,
    output: usize,
    rows: usize,
}

impl Kernel<3> for ConvKernel {
    type Saved = ();

    fn forward(&self, [input, weight, bias]: [&[f32]; 3]) -> (Vec<usize>, Vec<f32>, ()) {
        let mut output = bias.repeat(self.batch * self.steps);
        for (tap, weight) in weight.chunks(self.inputs * self.outputs).enumerate() {
            let weight = Matrix::new(weight, self.inputs, self.outputs);
            for Span {
                input: from,
                output: to,
                rows,
            } in self.spans(tap)
            {
                let input = Matrix::new(&input[from * self.inputs..], rows, self.inputs);
                let output = &mut output[to * self.outputs..];
                matmul(output, self.outputs, input, weight, Into::Add, Threads::All);
            }
        }
        (vec![self.batch, self.steps, self.outputs], output, ())
    }

    fn backward(
        &self,
        [input, weight, _]: [&[f32]; 3],
        (): &(),
        gradient: &[f32],
    ) -> [Vec<f32>; 3] {
        let mut d_input = vec![0.0; input.len()];
        let mut d_weight = vec![0.0; weight.len()];
        let size = self.inputs * self.outputs;
        for (tap, (weight, d_weight)) in weight
            .chunks(size)
            .zip(d_weight.chunks_mut(size))
            .enumerate()
        {
            let weight = Matrix::new(weight, self.inputs, self.outputs).transposed();
            for Span {
                input: from,
                output: to,
                rows,
            } in self.spans(tap)
            {
                let asked = Matrix::new(&gradient[to * self.outputs..], rows, self.outputs);
                let d_input = &mut d_input[from * self.inputs..];
                matmul(d_input, self.inputs, asked, weight, Into::Add, Threads::All);
                let input = Matrix::new(&input[from * self.inputs..], rows, self.inputs);
                let input = input.transposed();
                matmul(
                    d_weight,
                    self.outputs,
                    input,
                    asked,
                    Into::Add,
                    Threads::All,
                );
            }
        }
        let mut d_bias = vec![0.0; self.outputs];
        for row in gradient.chunks(self.outputs) {
            for (sum, value) in d_bias.iter_mut().zip(row) {
                *sum += value;
            }
        }
        [d_input, d_weight, d_bias]
    }
}

impl ConvKernel {
    /// The rows that `tap` connects, one span for each utterance; none where the sequence is
    /// shorter than the tap's reach.
    fn spans(&self, tap: usize) -> impl Iterator<Item = Span> {
        let (steps, half) = (self.steps, self.kernel / 2);
        let (before, after) = (half.saturating_sub(tap), tap.saturating_sub(half));
        let rows = steps.saturating_sub(before + after);
        (0..self.batch)
            .filter(move |_| rows > 0)
            .map(move |b| Span {
                input: b * steps + after,
                output: b * steps + before,
                rows,
            })
    }
}
