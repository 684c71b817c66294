//! Products of few rows with a large weight matrix: the recurrent products.
//!
//! With few rows such a product is bound by memory, not by arithmetic. The weights are packed once
//! into panels that are then read from start to end, once for up to sixteen rows. Threads share
//! the panels, so that every output is computed by one thread in one order, whatever their number.

mod kernel;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub(crate) use kernel::{HALF, PANEL, Product, TALLEST};

use super::{
    bands::{Layout, bands},
    matmul::{Matrix, Threads},
};

/// Columns that one thread multiplies at a time.
pub(crate) const SPAN: usize = 8 * HALF;
/// Rows of weights that are gone through for all columns of a span, so that what they are
/// multiplied with stays in the first cache.
const BLOCK: usize = 128;

/// How the weights of large products are stored while they are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightDtype {
    /// As they are trained.
    #[default]
    F32,
    /// Rounded to bfloat16; what is trained stays f32.
    Bf16,
}

/// A weight matrix `[inner, columns]`, laid out for few rows.
#[derive(Debug, Clone)]
pub(crate) struct Panels {
    data: Storage,
    inner: usize,
    columns: usize,
    /// Halves of panels that hold columns.
    halves: usize,
    tall: bool,
}

/// `[spans, blocks, panels, BLOCK, PANEL]`, zeros where there is no column. For products of sixteen
/// rows the halves of a panel stand one after the other, else row by row.
#[derive(Debug, Clone)]
enum Storage {
    F32(Vec<f32>),
    /// Two weights in a word.
    Bf16(Vec<u32>),
}

/// Rows of a product, turned so that the numbers of one column lie side by side:
/// `[inner, rows]`, the rows filled up to whole groups with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Stripes {
    data: Vec<f32>,
    height: usize,
    rows: usize,
}

/// The rows of [`Stripes`] that one pass over a panel multiplies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<'a> {
    data: &'a [f32],
    height: usize,
    rows: usize,
}

/// Rows of one pass over a panel: a power of two.
fn height(rows: usize, dtype: WeightDtype) -> usize {
    // Two vectors come out of one word of bf16: more rows would not fit in the registers.
    let tall = dtype == WeightDtype::F32 && rows > TALLEST / 2;
    // Of a last group that is hardly filled, half is saved.
    let wasteful = (1..=TALLEST / 2).contains(&(rows % TALLEST));
    if tall && !wasteful {
        TALLEST
    } else {
        rows.next_power_of_two().min(TALLEST / 2)
    }
}

impl Stripes {
    /// Zeros, for the products of `rows` rows with weights of this kind.
    pub(crate) fn zeros(inner: usize, rows: usize, dtype: WeightDtype) -> Self {
        let height = height(rows, dtype);
        let rows = rows.next_multiple_of(height);
        Self {
            data: vec![0.0; inner * rows],
            height,
            rows,
        }
    }

    /// Rows, those that fill up the last group included.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The numbers of the columns from `first` on.
    pub(crate) fn columns_from(&mut self, first: usize) -> &mut [f32] {
        &mut self.data[first * self.rows..]
    }

    /// Writes `width` columns of each row, given row after row `stride` apart, from `first` on.
    pub(crate) fn write(&mut self, first: usize, width: usize, rows: &[f32], stride: usize) {
        let padded = self.rows;
        let out = &mut self.data[first * padded..(first + width) * padded];
        for (r, row) in rows.chunks(stride).enumerate() {
            for (column, value) in out.chunks_mut(padded).zip(&row[..width]) {
                column[r] = *value;
            }
        }
    }

    /// The groups of rows, seen from column `first` on.
    pub(crate) fn groups(&self, first: usize) -> impl Iterator<Item = Group<'_>> {
        let data = &self.data[first * self.rows..];
        (0..self.rows / self.height).map(move |group| Group {
            data: &data[group * self.height..],
            height: self.height,
            rows: self.rows,
        })
    }

    /// Rows of one group.
    pub(crate) fn height(&self) -> usize {
        self.height
    }
}

impl Panels {
    /// Packs matrices with any strides, one below the other, for products with groups of `height`
    /// rows.
    pub(crate) fn pack(parts: &[Matrix<'_>], height: usize, dtype: WeightDtype) -> Self {
        let columns = parts[0].columns();
        let starts = (0..columns).step_by(HALF);
        let halves = starts.map(|first| (first, HALF.min(columns - first)));
        Self::pack_halves(parts, height, dtype, &halves.collect::<Vec<_>>())
    }

    /// Packs the gates of an LSTM, `[inner, 4H]`, so that the four gates of sixteen units are
    /// neighbours: input, forget, candidate, output.
    pub(crate) fn pack_gates(parts: &[Matrix<'_>], height: usize, dtype: WeightDtype) -> Self {
        let units = parts[0].columns() / 4;
        let starts = (0..units).step_by(HALF);
        let halves = starts
            .flat_map(|unit| (0..4).map(move |gate| (gate * units + unit, HALF.min(units - unit))));
        Self::pack_halves(parts, height, dtype, &halves.collect::<Vec<_>>())
    }

    /// `halves` says for each half of a panel at which column it begins and how many there are.
    fn pack_halves(
        parts: &[Matrix<'_>],
        height: usize,
        dtype: WeightDtype,
        halves: &[(usize, usize)],
    ) -> Self {
        let inner: usize = parts.iter().map(Matrix::rows).sum();
        let tall = height == TALLEST;
        let spans = halves.len().div_ceil(SPAN / HALF);
        let work = halves.par_chunks(SPAN / HALF);
        let data = match dtype {
            WeightDtype::F32 => {
                let mut data = vec![0.0; spans * inner * SPAN];
                work.zip(data.par_chunks_mut(inner * SPAN))
                    .for_each(|(halves, span)| fill(parts, halves, tall, span));
                Storage::F32(data)
            }
            WeightDtype::Bf16 => {
                let mut data = vec![0; spans * inner * SPAN / 2];
                work.zip(data.par_chunks_mut(inner * SPAN / 2))
                    .for_each(|(halves, span)| {
                        let mut plain = vec![0.0; inner * SPAN];
                        fill(parts, halves, tall, &mut plain);
                        for (words, row) in span.chunks_mut(HALF).zip(plain.chunks(PANEL)) {
                            let (low, high) = row.split_at(HALF);
                            for ((word, low), high) in words.iter_mut().zip(low).zip(high) {
                                *word = bf16(*low) >> 16 | bf16(*high);
                            }
                        }
                    });
                Storage::Bf16(data)
            }
        };
        Self {
            data,
            inner,
            columns: parts[0].columns(),
            halves: halves.len(),
            tall,
        }
    }

    /// Least number of neighbouring spans that one thread takes.
    pub(crate) fn share(&self, rows: usize) -> usize {
        if Threads::All.share(rows * self.inner * self.columns) {
            1
        } else {
            usize::MAX
        }
    }

    /// `[halves of the span, rows of the group, HALF]`: the product with one span.
    pub(crate) fn product(&self, span: usize, group: Group<'_>, out: &mut [f32]) {
        match &self.data {
            Storage::F32(data) if self.tall => {
                let run = |product: Product<'_, f32>| product.run_tall::<true>();
                self.run(data, span, group, out, run);
            }
            Storage::F32(data) => {
                let run = |product: Product<'_, f32>| product.run::<true>(group.height);
                self.run(data, span, group, out, run);
            }
            Storage::Bf16(data) => {
                let run = |product: Product<'_, u32>| product.run::<true>(group.height);
                self.run(data, span, group, out, run);
            }
        }
    }

    fn run<W: kernel::Weight>(
        &self,
        data: &[W],
        span: usize,
        group: Group<'_>,
        out: &mut [f32],
        run: impl Fn(Product<'_, W>),
    ) {
        // Words of one row of a panel.
        let words = HALF * (1 + W::SECOND);
        let panels = SPAN / PANEL;
        let data = &data[span * self.inner * panels * words..];
        let needed = (self.halves - span * (SPAN / HALF)).div_ceil(2);
        for start in (0..self.inner).step_by(BLOCK) {
            let rows = BLOCK.min(self.inner - start);
            let block = data[start * panels * words..].chunks(rows * words);
            let outs = out.chunks_mut(2 * group.height * HALF);
            for (panel, out) in block.zip(outs).take(needed.min(panels)) {
                run(Product {
                    panel,
                    panel_step: if self.tall { HALF } else { words },
                    panel_half: if self.tall { rows * HALF } else { HALF },
                    input: &group.data[start * group.rows..],
                    step: group.rows,
                    row_step: 1,
                    inner: rows,
                    out,
                    out_step: HALF,
                    out_half: group.height * HALF,
                    add: start > 0,
                });
            }
        }
    }

    /// The product with rows seen from column `first` of the stripes on, into the first columns of
    /// the rows of `out`, which begin `stride` apart.
    ///
    /// # Panics
    /// If a row of `out` is too short for the columns.
    pub(crate) fn multiply(&self, stripes: &Stripes, first: usize, out: &mut [f32], stride: usize) {
        let layout = Layout {
            stride,
            columns: self.columns,
            width: SPAN,
        };
        let rows = (out.len() + stride - self.columns) / stride;
        let height = stripes.height();
        bands(out, layout)
            .enumerate()
            .with_min_len(self.share(rows))
            .for_each(|(span, mut band)| {
                let mut sums = [0.0; TALLEST * SPAN];
                for (number, group) in stripes.groups(first).enumerate() {
                    self.product(span, group, &mut sums);
                    for row in number * height..((number + 1) * height).min(rows) {
                        let halves = band.row(row).chunks_mut(HALF).enumerate();
                        for (half, out) in halves {
                            let first = (half * height + row % height) * HALF;
                            out.copy_from_slice(&sums[first..first + out.len()]);
                        }
                    }
                }
            });
    }
}

/// Fills one span from the matrices, one below the other.
fn fill(parts: &[Matrix<'_>], halves: &[(usize, usize)], tall: bool, span: &mut [f32]) {
    let inner: usize = parts.iter().map(Matrix::rows).sum();
    let mut top = 0;
    for part in parts {
        let rows = top..top + part.rows();
        for start in (0..inner).step_by(BLOCK) {
            let block = BLOCK.min(inner - start);
            let here = rows.start.max(start)..rows.end.min(start + block);
            if here.is_empty() {
                continue;
            }
            let piece = part.rows_from(here.start - top, here.len());
            let (step, second) = if tall {
                (HALF, block * HALF)
            } else {
                (PANEL, HALF)
            };
            for (half, &(first, width)) in halves.iter().enumerate() {
                let panel = start * SPAN + half / 2 * block * PANEL + half % 2 * second;
                let out = &mut span[panel + (here.start - start) * step..];
                piece.copy_columns(first, width, out, step);
            }
        }
        top = rows.end;
    }
}

/// The nearest bfloat16, ties to even, in the upper half of the word; the lower half is zero.
fn bf16(value: f32) -> u32 {
    let bits = value.to_bits();
    if value.is_nan() {
        return 0x7fc0_0000;
    }
    bits.wrapping_add(0x7fff + (bits >> 16 & 1)) & 0xffff_0000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{
        matmul::{Into, matmul},
        testing::{NOISE, assert_close},
    };

    fn product(input: &[f32], rows: usize, weight: Matrix<'_>, dtype: WeightDtype) -> Vec<f32> {
        let (inner, columns) = (weight.rows(), weight.columns());
        let mut stripes = Stripes::zeros(inner, rows, dtype);
        stripes.write(0, inner, input, inner);
        let mut out = vec![0.0; rows * columns];
        Panels::pack(&[weight], stripes.height(), dtype).multiply(&stripes, 0, &mut out, columns);
        out
    }

    #[test]
    fn products_equal_those_of_gemm_whatever_the_sizes() {
        for (rows, inner, columns) in [
            (1, 1, 1),
            (3, 7, 33),
            (8, 64, 32),
            (9, 100, 65),
            (16, 33, 31),
            (21, 5, 320),
            (40, 70, 33),
            (16, 300, 150),
        ] {
            let input = NOISE.stream("input").uniform(1.0, rows * inner);
            let weight = NOISE.stream("weight").uniform(1.0, inner * columns);
            let mut expected = vec![0.0; rows * columns];
            let (a, b) = (
                Matrix::new(&input, rows, inner),
                Matrix::new(&weight, inner, columns),
            );
            matmul(&mut expected, columns, a, b, Into::Overwrite, Threads::One);
            let found = product(&input, rows, b, WeightDtype::F32);
            assert_close(
                &format!("{rows}x{inner}x{columns}"),
                &found,
                &expected,
                1e-5,
            );

            // The same weights, stored the other way round.
            let turned: Vec<f32> = (0..columns * inner)
                .map(|i| weight[i % inner * columns + i / inner])
                .collect();
            let turned = Matrix::new(&turned, columns, inner).transposed();
            assert_eq!(product(&input, rows, turned, WeightDtype::F32), found);
        }
    }

    #[test]
    fn bf16_weights_give_the_product_of_the_rounded_weights() {
        let (rows, inner, columns) = (5, 67, 70);
        let input = NOISE.stream("input").uniform(1.0, rows * inner);
        let weight = NOISE.stream("weight").uniform(1.0, inner * columns);
        let rounded: Vec<f32> = weight.iter().map(|w| f32::from_bits(bf16(*w))).collect();
        let product = |weight: &[f32], dtype| {
            product(&input, rows, Matrix::new(weight, inner, columns), dtype)
        };
        assert_eq!(
            product(&weight, WeightDtype::Bf16),
            product(&rounded, WeightDtype::F32)
        );
        // Eight bits of mantissa, the leading one not stored.
        let worst = weight
            .iter()
            .zip(&rounded)
            .map(|(w, r)| ((w - r) / w).abs());
        assert!(worst.fold(0.0, f32::max) <= 1.0 / 256.0);
    }

    #[test]
    fn bf16_rounds_ties_to_even_and_keeps_what_is_not_a_number() {
        let round = |bits: u32| bf16(f32::from_bits(bits));
        assert_eq!(round(0x3f80_8000), 0x3f80_0000);
        assert_eq!(round(0x3f81_8000), 0x3f82_0000);
        assert_eq!(round(0x3f80_8001), 0x3f81_0000);
        assert!(f32::from_bits(bf16(f32::NAN)).is_nan());
        assert_eq!(f32::from_bits(bf16(f32::INFINITY)), f32::INFINITY);
    }
}
