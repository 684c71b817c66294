//! One step of an LSTM for a whole batch, sixteen units at a time.
//!
//! The thread that computes the gates of some units moves their cells on at once, so that a step
//! forwards brings the threads together once, and a step backwards twice.

use rayon::prelude::*;

use crate::ops::{
    bands::{Band, Layout, bands},
    rows::{HALF, Panels, SPAN, Stripes, TALLEST},
    simd::{lstm_backward, lstm_forward, vectorised},
};

/// Units that are computed together: half a panel of each gate.
pub(crate) const UNITS: usize = HALF;
/// Units of a span.
const SPAN_UNITS: usize = SPAN / 4;

/// Numbers of some units.
pub(crate) type Lane = [f32; UNITS];

/// What a step forwards reads and writes, for `B` rows and `H` units.
pub(crate) struct Forward<'a> {
    /// Weights packed by [`Panels::pack_gates`].
    pub(crate) weights: &'a Panels,
    /// What the weights are multiplied with.
    pub(crate) input: &'a Stripes,
    /// `[B, 4H]`: what does not depend on the recurrence; leaves activated.
    pub(crate) gates: &'a mut [f32],
    /// Cells before the step, `[B, H]`.
    pub(crate) before: &'a [f32],
    /// Cells after the step, `[B, H]`.
    pub(crate) after: &'a mut [f32],
    /// Rows of hidden states, `stride` apart.
    pub(crate) hidden: &'a mut [f32],
    pub(crate) stride: usize,
    /// The hidden states again, `[H, rows]`, turned for the next product.
    pub(crate) turned: &'a mut [f32],
}

impl Forward<'_> {
    /// Makes the step; `finish` may change hidden state and cell of a row's units from a given
    /// one on.
    pub(crate) fn run(self, finish: impl Fn(usize, usize, &mut Lane, &mut Lane) + Sync) {
        let Self {
            weights,
            input,
            gates,
            before,
            after,
            hidden,
            stride,
            turned,
        } = self;
        let batch = hidden.len().div_ceil(stride);
        let units = gates.len() / batch / 4;
        let layout = |stride| Layout {
            stride,
            columns: units,
            width: SPAN_UNITS,
        };
        let padded = input.rows();
        bands(gates, layout(units))
            .zip(bands(after, layout(units)))
            .zip(bands(hidden, layout(stride)))
            .zip(turned[..units * padded].par_chunks_mut(SPAN_UNITS * padded))
            .with_min_len(weights.share(batch))
            .enumerate()
            .for_each(|(block, (((gates, after), hidden), turned))| {
                let block = Block {
                    first: block * SPAN_UNITS,
                    before: &before[block * SPAN_UNITS..],
                    units,
                    gates,
                    after,
                    hidden,
                    turned,
                };
                block.run(weights, input, batch, &finish);
            });
    }
}

/// Some units of one step.
struct Block<'a> {
    first: usize,
    /// Cells from the first of these units on, rows `units` apart.
    before: &'a [f32],
    units: usize,
    /// Row `4 b + gate`.
    gates: Band<'a>,
    after: Band<'a>,
    hidden: Band<'a>,
    turned: &'a mut [f32],
}

impl Block<'_> {
    fn run(
        mut self,
        weights: &Panels,
        input: &Stripes,
        batch: usize,
        finish: &impl Fn(usize, usize, &mut Lane, &mut Lane),
    ) {
        let height = input.height();
        let mut sums = [0.0; TALLEST * SPAN];
        for (index, group) in input.groups(0).enumerate() {
            weights.product(self.first / SPAN_UNITS, group, &mut sums);
            let rows = index * height..((index + 1) * height).min(batch);
            vectorised(|| {
                for (r, b) in rows.enumerate() {
                    for unit in (0..self.after.width()).step_by(UNITS) {
                        let gates = [0, 1, 2, 3].map(|gate| {
                            let half = unit / UNITS * 4 + gate;
                            lane(&sums[(half * height + r) * HALF..][..HALF])
                        });
                        self.row(b, unit, gates, finish);
                    }
                }
            });
        }
    }

    /// Row `b` of the units from `unit` of this block on.
    #[inline(always)]
    fn row(
        &mut self,
        b: usize,
        unit: usize,
        mut gates: [Lane; 4],
        finish: &impl Fn(usize, usize, &mut Lane, &mut Lane),
    ) {
        let here = unit..(unit + UNITS).min(self.after.width());
        for (gate, sums) in gates.iter_mut().enumerate() {
            let apart = lane(&self.gates.row(4 * b + gate)[here.clone()]);
            for (sum, apart) in sums.iter_mut().zip(apart) {
                *sum += apart;
            }
        }
        let mut cell = lane(&self.before[b * self.units..][here.clone()]);
        let mut hidden = lstm_forward(&mut gates, &mut cell);
        finish(b, self.first + unit, &mut hidden, &mut cell);
        for (gate, values) in gates.iter().enumerate() {
            put(values, &mut self.gates.row(4 * b + gate)[here.clone()]);
        }
        put(&cell, &mut self.after.row(b)[here.clone()]);
        put(&hidden, &mut self.hidden.row(b)[here.clone()]);
        let padded = self.turned.len() / self.after.width();
        let columns = self.turned.chunks_mut(padded).skip(unit);
        for (column, value) in columns.zip(&hidden) {
            column[b] = *value;
        }
    }
}

/// Rows of numbers, `stride` apart.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) stride: usize,
}

/// What the cells of a step backwards read and write, for `B` rows and `H` units.
pub(crate) struct Backward<'a> {
    pub(crate) units: usize,
    /// `[B, 4H]`, activated; leaves as gradients of the pre-activations.
    pub(crate) gates: &'a mut [f32],
    /// Cells before and after the step, `[B, H]`.
    pub(crate) cells: [&'a [f32]; 2],
    /// Parts of the gradient of the hidden state.
    pub(crate) asked: &'a [Rows<'a>],
    /// `[B, H]`: of the cell after the step; leaves as that of the cell before.
    pub(crate) d_cell: &'a mut [f32],
    /// The gradients of the gates again, `[4H, rows]`, turned for the next product.
    pub(crate) turned: &'a mut Stripes,
}

/// Units whose cells are worth a thread of their own.
const SHARE: usize = 2048;

impl Backward<'_> {
    /// Goes through the cells; `start` may change the gradients of hidden state and cell first.
    pub(crate) fn run(self, start: impl Fn(usize, usize, &mut Lane, &mut Lane) + Sync) {
        let Self {
            units,
            gates,
            cells,
            asked,
            d_cell,
            turned,
        } = self;
        let batch = gates.len() / (4 * units);
        let padded = turned.rows();
        let layout = |columns, width| Layout {
            stride: columns,
            columns,
            width,
        };
        let turned = &mut turned.columns_from(0)[..4 * units * padded];
        bands(gates, layout(units, UNITS))
            .zip(bands(d_cell, layout(units, UNITS)))
            .zip(bands(turned, layout(units * padded, UNITS * padded)))
            .with_min_len(SHARE.div_ceil(UNITS * batch))
            .enumerate()
            .for_each(|(block, ((mut gates, mut d_cell), mut turned))| {
                let first = block * UNITS;
                vectorised(|| {
                    for b in 0..batch {
                        let width = d_cell.width();
                        let at = b * units + first;
                        let [before, after] = cells.map(|cells| lane(&cells[at..at + width]));
                        let mut d_hidden = [0.0; UNITS];
                        for rows in asked {
                            let part = lane(&rows.data[b * rows.stride + first..][..width]);
                            for (d, part) in d_hidden.iter_mut().zip(part) {
                                *d += part;
                            }
                        }
                        let mut d_after = lane(d_cell.row(b));
                        start(b, first, &mut d_hidden, &mut d_after);
                        let mut d_gates = [0, 1, 2, 3].map(|gate| lane(gates.row(4 * b + gate)));
                        lstm_backward(&mut d_gates, &before, &after, &d_hidden, &mut d_after);
                        put(&d_after, d_cell.row(b));
                        for (gate, d) in d_gates.iter().enumerate() {
                            put(d, gates.row(4 * b + gate));
                            let columns = turned.row(gate).chunks_mut(padded);
                            for (column, value) in columns.zip(d) {
                                column[b] = *value;
                            }
                        }
                    }
                });
            });
    }
}

/// A lane of up to sixteen numbers, zeros behind them.
#[inline(always)]
fn lane(numbers: &[f32]) -> Lane {
    if let Some(whole) = numbers.first_chunk() {
        return *whole;
    }
    let mut lane = [0.0; UNITS];
    lane[..numbers.len()].copy_from_slice(numbers);
    lane
}

/// Writes as much of a lane as there is room for.
#[inline(always)]
fn put(lane: &Lane, numbers: &mut [f32]) {
    if let Some(whole) = numbers.first_chunk_mut() {
        *whole = *lane;
    } else {
        numbers.copy_from_slice(&lane[..numbers.len()]);
    }
}
