//! One direction of an LSTM as one node: the sequence forwards, then backwards, then the weight
//! gradient as one product over all steps.

use super::{
    Direction,
    step::{Backward, Forward, Lane, Rows},
};
use crate::ops::{
    dropout::Dropout,
    fused::{Kernel, Values},
    matmul::{Into, Matrix, Threads, matmul},
    rows::{Panels, Stripes, WeightDtype},
};

/// The recurrence over one batch.
#[derive(Debug, Clone)]
pub(super) struct LstmKernel {
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) units: usize,
    pub(super) lengths: Vec<usize>,
    pub(super) direction: Direction,
    pub(super) dropout: Option<Dropout>,
    pub(super) dtype: WeightDtype,
}

/// What the backward pass needs.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// `[N, B, 4H]` by position, activated.
    gates: Vec<f32>,
    /// `[N + 1, B, H]` in the order of reading: cells before each step.
    cells: Vec<f32>,
    recurrent: Values,
}

impl Kernel<2> for LstmKernel {
    type Saved = Saved;

    const KEEPS_OUTPUT: bool = true;

    fn forward(&self, [gates, recurrent]: [Values; 2]) -> (Vec<usize>, Vec<f32>, Saved) {
        let row = self.batch * self.units;
        let matrix = Matrix::new(&recurrent, self.units, 4 * self.units);
        let mut gates = gates.into_vec();
        let mut cells = vec![0.0; (self.steps + 1) * row];
        let mut output = vec![0.0; self.steps * row];
        let mut input = Stripes::zeros(self.units, self.batch, self.dtype);
        let weights = Panels::pack_gates(&[matrix], input.height(), self.dtype);
        let mut next = input.clone();
        for (turn, n) in self.direction.order(self.steps).enumerate() {
            let (before, after) = cells[turn * row..(turn + 2) * row].split_at_mut(row);
            let step = Forward {
                weights: &weights,
                input: &input,
                gates: &mut gates[n * 4 * row..(n + 1) * 4 * row],
                before,
                after,
                hidden: &mut output[n * row..(n + 1) * row],
                stride: self.units,
                turned: next.columns_from(0),
            };
            step.run(self.finish(n));
            std::mem::swap(&mut input, &mut next);
        }
        let saved = Saved {
            gates,
            cells,
            recurrent,
        };
        (vec![self.steps, self.batch, self.units], output, saved)
    }

    fn backward(&self, saved: Saved, output: &[f32], gradient: Values) -> [Vec<f32>; 2] {
        let (row, width) = (self.batch * self.units, 4 * self.units);
        let Saved {
            mut gates,
            cells,
            recurrent,
        } = saved;
        let matrix = Matrix::new(&recurrent, self.units, width);
        let mut turned = Stripes::zeros(width, self.batch, self.dtype);
        let weights = Panels::pack(&[matrix.transposed()], turned.height(), self.dtype);
        let (mut later, mut d_cell) = (vec![0.0; row], vec![0.0; row]);
        let order: Vec<usize> = self.direction.order(self.steps).collect();
        for (turn, &n) in order.iter().enumerate().rev() {
            let rows = |data| Rows {
                data,
                stride: self.units,
            };
            let step = Backward {
                units: self.units,
                gates: &mut gates[n * 4 * row..(n + 1) * 4 * row],
                cells: [&cells[turn * row..], &cells[(turn + 1) * row..]],
                asked: &[rows(&gradient[n * row..]), rows(&later)],
                d_cell: &mut d_cell,
                turned: &mut turned,
            };
            step.run(self.finish(n));
            weights.multiply(&turned, 0, &mut later, self.units);
        }
        let d_recurrent = self.d_recurrent(output, &gates);
        [gates, d_recurrent]
    }
}

impl LstmKernel {
    /// Dropout of the hidden state at position `n`, and silence beyond the end of an utterance:
    /// both multiply, so they are their own backward pass.
    fn finish(&self, n: usize) -> impl Fn(usize, usize, &mut Lane, &mut Lane) + Sync {
        let draw = self.dropout.as_ref().map(Dropout::draw);
        move |b, unit, hidden, cell| {
            if let Some(draw) = draw {
                let width = hidden.len().min(self.units - unit);
                let first = (n * self.batch + b) * self.units + unit;
                draw.apply(first, &mut hidden[..width]);
            }
            if n >= self.lengths[b] {
                hidden.fill(0.0);
                cell.fill(0.0);
            }
        }
    }

    /// Hidden states before each step times gradients of its gates: one product over all steps.
    fn d_recurrent(&self, output: &[f32], d_gates: &[f32]) -> Vec<f32> {
        let (row, width) = (self.batch * self.units, 4 * self.units);
        let rows = (self.steps - 1) * self.batch;
        let (before, after) = match self.direction {
            Direction::Forward => (output, &d_gates[4 * row..]),
            Direction::Reverse => (&output[row..], d_gates),
        };
        let mut d_recurrent = vec![0.0; self.units * width];
        matmul(
            &mut d_recurrent,
            width,
            Matrix::new(before, rows, self.units).transposed(),
            Matrix::new(after, rows, width),
            Into::Overwrite,
            Threads::All,
        );
        d_recurrent
    }
}
