//! Products of few rows with a large weight matrix: the recurrent products of small batches.
//!
//! Such a product is bound by memory, not by arithmetic. The weights are packed once into panels
//! that are then read from start to end, once for up to eight rows. Threads share the panels, so
//! that every output is computed by one thread in one order, whatever their number.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::matmul::Matrix;

/// Columns of a panel: two vectors of the widest kind.
const PANEL: usize = 32;
/// Rows that share one pass over a panel: with two vectors each they fill half the registers.
const GROUP: usize = 8;
/// Panels that a thread takes at least, so that sharing them costs little.
const SHARE: usize = 8;

/// A weight matrix `[inner, columns]`, laid out for few rows.
#[derive(Debug, Clone)]
pub(crate) struct Panels {
    /// `[columns / PANEL, inner, PANEL]`, the last panel filled up with zeros.
    data: Vec<f32>,
    inner: usize,
    columns: usize,
}

/// Working memory of the products with one matrix.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffers {
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Panels {
    /// Packs a matrix with any strides.
    pub(crate) fn pack(matrix: Matrix<'_>) -> Self {
        let (inner, columns) = (matrix.rows(), matrix.columns());
        let mut data = vec![0.0; columns.div_ceil(PANEL) * inner * PANEL];
        data.par_chunks_mut(inner * PANEL)
            .enumerate()
            .for_each(|(panel, data)| {
                let first = panel * PANEL;
                let width = PANEL.min(columns - first);
                matrix.copy_columns(first, width, data, PANEL);
            });
        Self {
            data,
            inner,
            columns,
        }
    }

    /// `out += input * self`, for `input` of rows `[inner]` and `out` of rows `[columns]`.
    ///
    /// # Panics
    /// If the rows of `input` and `out` do not agree.
    pub(crate) fn add_product(&self, input: &[f32], out: &mut [f32], buffers: &mut Buffers) {
        let rows = input.len() / self.inner;
        assert_eq!(input.len(), rows * self.inner, "input rows");
        assert_eq!(out.len(), rows * self.columns, "output rows");
        let height = height(rows);
        let groups = rows.div_ceil(height);
        interleave(input, self.inner, height, &mut buffers.input);
        let (input, size) = (&buffers.input, groups * height * PANEL);
        buffers
            .output
            .resize(self.columns.div_ceil(PANEL) * size, 0.0);
        let panels = self.data.par_chunks(self.inner * PANEL);
        let work = buffers
            .output
            .par_chunks_mut(size)
            .zip(panels)
            .with_min_len(SHARE);
        work.for_each(|(out, panel)| {
            let outs = out.chunks_mut(height * PANEL);
            for (out, input) in outs.zip(input.chunks(self.inner * height)) {
                multiply(height, Product { panel, input, out });
            }
        });
        for (panel, rows) in buffers.output.chunks(size).enumerate() {
            let first = panel * PANEL;
            let width = PANEL.min(self.columns - first);
            for (out, row) in out.chunks_mut(self.columns).zip(rows.chunks(PANEL)) {
                for (out, value) in out[first..first + width].iter_mut().zip(row) {
                    *out += value;
                }
            }
        }
    }
}

/// Rows of one pass: a power of two up to [`GROUP`].
fn height(rows: usize) -> usize {
    rows.next_power_of_two().min(GROUP)
}

/// Groups of `height` rows, turned so that the numbers of one column lie side by side.
fn interleave(input: &[f32], inner: usize, height: usize, out: &mut Vec<f32>) {
    let rows = input.len() / inner;
    out.clear();
    out.resize(rows.div_ceil(height) * height * inner, 0.0);
    for (r, row) in input.chunks(inner).enumerate() {
        let group = &mut out[r / height * height * inner..];
        for (k, value) in row.iter().enumerate() {
            group[k * height + r % height] = *value;
        }
    }
}

/// `out = input * panel` for one group of rows.
struct Product<'a> {
    /// `[inner, PANEL]`
    panel: &'a [f32],
    /// `[inner, R]`
    input: &'a [f32],
    /// `[R, PANEL]`
    out: &'a mut [f32],
}

fn multiply(height: usize, product: Product<'_>) {
    let arch = Arch::new();
    match height {
        1 => arch.dispatch(Rows::<1>(product)),
        2 => arch.dispatch(Rows::<2>(product)),
        4 => arch.dispatch(Rows::<4>(product)),
        _ => arch.dispatch(Rows::<GROUP>(product)),
    }
}

/// A product of exactly `R` rows.
struct Rows<'a, const R: usize>(Product<'a>);

impl<const R: usize> WithSimd for Rows<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { panel, input, out } = self.0;
        let vectors = PANEL / S::F32_LANES;
        let (panel, _) = S::as_simd_f32s(panel);
        let (out, _) = S::as_mut_simd_f32s(out);
        for first in (0..vectors).step_by(2) {
            let mut sums = [[simd.splat_f32s(0.0); 2]; R];
            for (weights, input) in panel.chunks_exact(vectors).zip(input.chunks_exact(R)) {
                prefetch(weights.as_ptr().cast());
                let weights = [weights[first], weights[first + 1]];
                for r in 0..R {
                    let x = simd.splat_f32s(input[r]);
                    sums[r][0] = simd.mul_add_e_f32s(x, weights[0], sums[r][0]);
                    sums[r][1] = simd.mul_add_e_f32s(x, weights[1], sums[r][1]);
                }
            }
            for (r, [left, right]) in sums.into_iter().enumerate() {
                out[r * vectors + first] = left;
                out[r * vectors + first + 1] = right;
            }
        }
    }
}

/// Asks for the part of the stream that is needed some hundred nanoseconds later; the processor's
/// own prefetching stops at every page.
#[inline(always)]
fn prefetch(row: *const i8) {
    /// Bytes ahead; measured, with little difference from 4 to 16 KiB.
    const AHEAD: usize = 8192;
    /// Bytes of a cache line.
    const LINE: usize = 64;
    #[cfg(target_arch = "x86_64")]
    for line in 0..PANEL * size_of::<f32>() / LINE {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = row.wrapping_add(AHEAD + line * LINE);
        // SAFETY: a prefetch reads nothing and cannot fault, whatever the address.
        #[expect(unsafe_code, reason = "the prefetch takes a raw address")]
        unsafe {
            _mm_prefetch(address, _MM_HINT_T0);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = row;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{
        matmul::{Into, Threads, matmul},
        testing::{NOISE, assert_close},
    };

    #[test]
    fn products_equal_those_of_gemm_whatever_the_sizes() {
        for (rows, inner, columns) in [
            (1, 1, 1),
            (3, 7, 33),
            (8, 64, 32),
            (9, 100, 65),
            (16, 33, 31),
            (21, 5, 320),
        ] {
            let input = NOISE.stream("input").uniform(1.0, rows * inner);
            let weight = NOISE.stream("weight").uniform(1.0, inner * columns);
            let start = NOISE.stream("start").uniform(1.0, rows * columns);
            let mut expected = start.clone();
            let (a, b) = (
                Matrix::new(&input, rows, inner),
                Matrix::new(&weight, inner, columns),
            );
            matmul(&mut expected, columns, a, b, Into::Add, Threads::One);
            let mut found = start.clone();
            Panels::pack(b).add_product(&input, &mut found, &mut Buffers::default());
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
            let mut again = start;
            Panels::pack(turned).add_product(&input, &mut again, &mut Buffers::default());
            assert_eq!(again, found);
        }
    }
}
