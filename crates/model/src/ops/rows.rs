//! Products of few rows with a large weight matrix: the recurrent products of small batches.
//!
//! Such a product is bound by memory, not by arithmetic. The weights are packed once into panels
//! that are then read from start to end, once for up to eight rows. Threads share the panels, so
//! that every output is computed by one thread in one order, whatever their number.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::matmul::{Matrix, Threads};

/// Columns of a panel: two vectors of the widest kind.
const PANEL: usize = 32;
/// Rows that share one pass over a panel: with two vectors each they fill half the registers.
const GROUP: usize = 8;
/// Panels that a thread takes at least, so that sharing them costs little.
const SHARE: usize = 8;

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
}

/// `[columns / PANEL, inner, PANEL]`, the last panel filled up with zeros.
#[derive(Debug, Clone)]
enum Storage {
    F32(Vec<f32>),
    /// Two weights in a word: column `c` of a panel in the lower half of word `c`, column
    /// `c + PANEL / 2` in the upper one, so that a vector of words is two vectors of neighbours.
    Bf16(Vec<u32>),
}

/// Working memory of the products with one matrix.
#[derive(Debug, Clone, Default)]
pub(crate) struct Buffers {
    input: Vec<f32>,
    output: Vec<f32>,
}

impl Panels {
    /// Packs a matrix with any strides.
    pub(crate) fn pack(matrix: Matrix<'_>, dtype: WeightDtype) -> Self {
        let (inner, columns) = (matrix.rows(), matrix.columns());
        let panels = columns.div_ceil(PANEL);
        let fill = |panel: usize, out: &mut [f32]| {
            let first = panel * PANEL;
            matrix.copy_columns(first, PANEL.min(columns - first), out, PANEL);
        };
        let data = match dtype {
            WeightDtype::F32 => {
                let mut data = vec![0.0; panels * inner * PANEL];
                let work = data.par_chunks_mut(inner * PANEL).enumerate();
                work.for_each(|(panel, out)| fill(panel, out));
                Storage::F32(data)
            }
            WeightDtype::Bf16 => {
                let mut data = vec![0; panels * inner * PANEL / 2];
                let work = data.par_chunks_mut(inner * PANEL / 2).enumerate();
                work.for_each(|(panel, out)| {
                    let mut plain = vec![0.0; inner * PANEL];
                    fill(panel, &mut plain);
                    for (words, row) in out.chunks_mut(PANEL / 2).zip(plain.chunks(PANEL)) {
                        let (low, high) = row.split_at(PANEL / 2);
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
        let work = Work {
            height,
            inner: self.inner,
            input,
            size,
        };
        let least = if Threads::All.share(rows * self.inner * self.columns) {
            SHARE
        } else {
            self.columns.div_ceil(PANEL)
        };
        let outputs = &mut buffers.output;
        match &self.data {
            Storage::F32(data) => work.run(data, self.inner * PANEL, outputs, least),
            Storage::Bf16(data) => work.run(data, self.inner * PANEL / 2, outputs, least),
        }
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

/// A product in progress, whatever the storage of its weights.
struct Work<'a> {
    height: usize,
    inner: usize,
    /// Groups of rows, interleaved.
    input: &'a [f32],
    /// Numbers of output of one panel.
    size: usize,
}

impl Work<'_> {
    /// Every panel, `length` stored words each; a thread takes at least `least` of them.
    fn run<W: Weight>(&self, data: &[W], length: usize, outputs: &mut [f32], least: usize) {
        let panels = outputs
            .par_chunks_mut(self.size)
            .zip(data.par_chunks(length));
        panels.with_min_len(least).for_each(|(out, panel)| {
            let outs = out.chunks_mut(self.height * PANEL);
            for (out, input) in outs.zip(self.input.chunks(self.inner * self.height)) {
                multiply(self.height, Product { panel, input, out });
            }
        });
    }
}

/// `out = input * panel` for one group of rows.
struct Product<'a, W> {
    /// `[inner, PANEL]`
    panel: &'a [W],
    /// `[inner, R]`
    input: &'a [f32],
    /// `[R, PANEL]`
    out: &'a mut [f32],
}

fn multiply<W: Weight>(height: usize, product: Product<'_, W>) {
    let arch = Arch::new();
    match height {
        1 => arch.dispatch(Rows::<W, 1>(product)),
        2 => arch.dispatch(Rows::<W, 2>(product)),
        4 => arch.dispatch(Rows::<W, 4>(product)),
        _ => arch.dispatch(Rows::<W, GROUP>(product)),
    }
}

/// A stored word of weights.
trait Weight: Copy + Sync {
    /// Words of one row of a panel.
    const WORDS: usize;

    /// Vectors of a row of a panel.
    type Vectors<S: Simd>: Copy;

    /// A panel as vectors.
    fn vectors<S: Simd>(panel: &[Self]) -> &[Self::Vectors<S>];

    /// The pair of weight vectors number `pair` of a row, and where they belong in the output.
    fn pair<S: Simd>(simd: S, row: &[Self::Vectors<S>], pair: usize) -> [S::f32s; 2];

    /// Output vectors that pair number `pair` belongs to, of `vectors`.
    fn places(pair: usize, vectors: usize) -> [usize; 2];
}

impl Weight for f32 {
    const WORDS: usize = PANEL;

    type Vectors<S: Simd> = S::f32s;

    #[inline(always)]
    fn vectors<S: Simd>(panel: &[Self]) -> &[S::f32s] {
        S::as_simd_f32s(panel).0
    }

    #[inline(always)]
    fn pair<S: Simd>(_: S, row: &[S::f32s], pair: usize) -> [S::f32s; 2] {
        [row[2 * pair], row[2 * pair + 1]]
    }

    #[inline(always)]
    fn places(pair: usize, _: usize) -> [usize; 2] {
        [2 * pair, 2 * pair + 1]
    }
}

impl Weight for u32 {
    const WORDS: usize = PANEL / 2;

    type Vectors<S: Simd> = S::u32s;

    #[inline(always)]
    fn vectors<S: Simd>(panel: &[Self]) -> &[S::u32s] {
        S::as_simd_u32s(panel).0
    }

    #[inline(always)]
    fn pair<S: Simd>(simd: S, row: &[S::u32s], pair: usize) -> [S::f32s; 2] {
        let word = row[pair];
        let low = simd.wrapping_dyn_shl_u32s(word, simd.splat_u32s(16));
        let high = simd.and_u32s(word, simd.splat_u32s(0xffff_0000));
        [
            simd.transmute_f32s_u32s(low),
            simd.transmute_f32s_u32s(high),
        ]
    }

    #[inline(always)]
    fn places(pair: usize, vectors: usize) -> [usize; 2] {
        [pair, pair + vectors / 2]
    }
}

/// A product of exactly `R` rows.
struct Rows<'a, W, const R: usize>(Product<'a, W>);

impl<W: Weight, const R: usize> WithSimd for Rows<'_, W, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Product { panel, input, out } = self.0;
        let vectors = PANEL / S::F32_LANES;
        let stored = W::WORDS / S::F32_LANES;
        let panel = W::vectors::<S>(panel);
        let (out, _) = S::as_mut_simd_f32s(out);
        for pair in 0..vectors / 2 {
            let mut sums = [[simd.splat_f32s(0.0); 2]; R];
            for (row, input) in panel.chunks_exact(stored).zip(input.chunks_exact(R)) {
                prefetch(row.as_ptr().cast(), size_of_val(row));
                let weights = W::pair(simd, row, pair);
                for r in 0..R {
                    let x = simd.splat_f32s(input[r]);
                    sums[r][0] = simd.mul_add_e_f32s(x, weights[0], sums[r][0]);
                    sums[r][1] = simd.mul_add_e_f32s(x, weights[1], sums[r][1]);
                }
            }
            let places = W::places(pair, vectors);
            for (r, sums) in sums.into_iter().enumerate() {
                for (place, sum) in places.into_iter().zip(sums) {
                    out[r * vectors + place] = sum;
                }
            }
        }
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

/// Asks for the part of the stream that is needed some hundred nanoseconds later; the processor's
/// own prefetching stops at every page.
#[inline(always)]
fn prefetch(row: *const i8, bytes: usize) {
    /// Bytes ahead; measured: 4 KiB does as well, 1 KiB and 32 KiB are slower.
    const AHEAD: usize = 8192;
    /// Bytes of a cache line.
    const LINE: usize = 64;
    #[cfg(target_arch = "x86_64")]
    for offset in (0..bytes).step_by(LINE) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = row.wrapping_add(AHEAD + offset);
        // SAFETY: a prefetch reads nothing and cannot fault, whatever the address.
        #[expect(unsafe_code, reason = "the prefetch takes a raw address")]
        unsafe {
            _mm_prefetch(address, _MM_HINT_T0);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (row, bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{
        matmul::{Into, matmul},
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
            Panels::pack(b, WeightDtype::F32).add_product(
                &input,
                &mut found,
                &mut Buffers::default(),
            );
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
            Panels::pack(turned, WeightDtype::F32).add_product(
                &input,
                &mut again,
                &mut Buffers::default(),
            );
            assert_eq!(again, found);
        }
    }

    #[test]
    fn bf16_weights_give_the_product_of_the_rounded_weights() {
        let (rows, inner, columns) = (5, 67, 70);
        let input = NOISE.stream("input").uniform(1.0, rows * inner);
        let weight = NOISE.stream("weight").uniform(1.0, inner * columns);
        let rounded: Vec<f32> = weight.iter().map(|w| f32::from_bits(bf16(*w))).collect();
        let product = |weight: &[f32], dtype| {
            let mut out = vec![0.0; rows * columns];
            let panels = Panels::pack(Matrix::new(weight, inner, columns), dtype);
            panels.add_product(&input, &mut out, &mut Buffers::default());
            out
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
