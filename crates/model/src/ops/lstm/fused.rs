//! One direction of an LSTM as one node: the sequence forwards, then backwards, then the weight
//! gradient as one product over all steps.

use super::Direction;
use crate::ops::{
    fused::Kernel,
    matmul::{Into, Matrix, Threads, matmul},
    simd::{LstmStep, lstm_backward, lstm_forward, vectorised},
};

/// The recurrence over one batch.
#[derive(Debug, Clone)]
pub(super) struct LstmKernel {
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) units: usize,
    pub(super) lengths: Vec<usize>,
    pub(super) direction: Direction,
}

/// What the backward pass needs, by position in the sequence.
#[derive(Debug, Clone)]
pub(super) struct Saved {
    /// `[N, B, 4H]`, activated.
    gates: Vec<f32>,
    /// `[N, B, H]`, before each step.
    hidden_before: Vec<f32>,
    cell_before: Vec<f32>,
    /// `[N, B, H]`, after each step.
    cell_after: Vec<f32>,
}

impl Kernel<2> for LstmKernel {
    type Saved = Saved;

    fn forward(&self, [gates, recurrent]: [&[f32]; 2]) -> (Vec<usize>, Vec<f32>, Saved) {
        let (row, width) = (self.batch * self.units, 4 * self.units);
        let mut saved = Saved {
            gates: gates.to_vec(),
            hidden_before: vec![0.0; self.steps * row],
            cell_before: vec![0.0; self.steps * row],
            cell_after: vec![0.0; self.steps * row],
        };
        let mut output = vec![0.0; self.steps * row];
        let recurrent = Matrix::new(recurrent, self.units, width);
        let (mut hidden, mut cell) = (vec![0.0; row], vec![0.0; row]);
        for n in self.direction.order(self.steps) {
            let here = n * row..(n + 1) * row;
            saved.hidden_before[here.clone()].copy_from_slice(&hidden);
            saved.cell_before[here.clone()].copy_from_slice(&cell);
            let gates = &mut saved.gates[n * 4 * row..(n + 1) * 4 * row];
            let before = Matrix::new(&hidden, self.batch, self.units);
            matmul(gates, width, before, recurrent, Into::Add, Threads::All);
            vectorised(|| {
                let rows = gates.chunks_mut(width).zip(cell.chunks_mut(self.units));
                for ((gates, cell), hidden) in rows.zip(hidden.chunks_mut(self.units)) {
                    lstm_forward(gates, cell, hidden);
                }
            });
            self.silence(n, &mut hidden);
            self.silence(n, &mut cell);
            saved.cell_after[here.clone()].copy_from_slice(&cell);
            output[here].copy_from_slice(&hidden);
        }
        (vec![self.steps, self.batch, self.units], output, saved)
    }

    fn backward(
        &self,
        [_, recurrent]: [&[f32]; 2],
        saved: &Saved,
        gradient: &[f32],
    ) -> [Vec<f32>; 2] {
        let (row, width) = (self.batch * self.units, 4 * self.units);
        let mut d_gates = vec![0.0; self.steps * 4 * row];
        let (mut d_hidden, mut d_cell) = (vec![0.0; row], vec![0.0; row]);
        let transposed = Matrix::new(recurrent, self.units, width).transposed();
        for n in self.direction.order(self.steps).rev() {
            for (d, asked) in d_hidden.iter_mut().zip(&gradient[n * row..]) {
                *d += asked;
            }
            self.silence(n, &mut d_hidden);
            self.silence(n, &mut d_cell);
            let d_gates = &mut d_gates[n * 4 * row..(n + 1) * 4 * row];
            vectorised(|| {
                let rows = d_hidden
                    .chunks(self.units)
                    .zip(d_cell.chunks_mut(self.units));
                let rows = rows.zip(d_gates.chunks_mut(width)).enumerate();
                for (b, ((d_hidden, d_cell), d_gates)) in rows {
                    let at = (n * self.batch + b) * self.units;
                    let step = LstmStep {
                        gates: &saved.gates[4 * at..4 * (at + self.units)],
                        before: &saved.cell_before[at..at + self.units],
                        after: &saved.cell_after[at..at + self.units],
                    };
                    lstm_backward(&step, d_hidden, d_cell, d_gates);
                }
            });
            let d_gates = Matrix::new(d_gates, self.batch, width);
            matmul(
                &mut d_hidden,
                self.units,
                d_gates,
                transposed,
                Into::Overwrite,
                Threads::All,
            );
        }
        let rows = self.steps * self.batch;
        let before = Matrix::new(&saved.hidden_before, rows, self.units).transposed();
        let mut d_recurrent = vec![0.0; self.units * width];
        let all = Matrix::new(&d_gates, rows, width);
        matmul(
            &mut d_recurrent,
            width,
            before,
            all,
            Into::Overwrite,
            Threads::All,
        );
        [d_gates, d_recurrent]
    }
}

impl LstmKernel {
    /// Zeroes the rows `[B, H]` of utterances that do not reach position `n`.
    fn silence(&self, n: usize, rows: &mut [f32]) {
        for (row, length) in rows.chunks_mut(self.units).zip(&self.lengths) {
            if n >= *length {
                row.fill(0.0);
            }
        }
    }
}
