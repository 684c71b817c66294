//! The inner loop of products of few rows.

use pulp::{Arch, Simd, WithSimd};

/// Columns of half a panel: one vector of the widest kind.
pub(crate) const HALF: usize = 16;
/// Columns that one call multiplies: two halves.
pub(crate) const PANEL: usize = 2 * HALF;
/// Rows that one call multiplies at most.
pub(crate) const TALLEST: usize = 16;

/// `out[r, c] = sum over k of input[k, r] * panel[k, c]`, for one panel and a few rows.
pub(crate) struct Product<'a, W> {
    /// Number `k` of a half stands `k * panel_step` words from its beginning, the second half
    /// `panel_half` words from the first.
    pub(crate) panel: &'a [W],
    pub(crate) panel_step: usize,
    pub(crate) panel_half: usize,
    /// Number `k, r` stands at `k * step + r * row_step`.
    pub(crate) input: &'a [f32],
    pub(crate) step: usize,
    pub(crate) row_step: usize,
    /// Numbers that are summed.
    pub(crate) inner: usize,
    /// Rows of a half, `out_step` numbers apart, the second half `out_half` behind the first.
    pub(crate) out: &'a mut [f32],
    pub(crate) out_step: usize,
    pub(crate) out_half: usize,
    /// Whether the sums are added to what `out` holds.
    pub(crate) add: bool,
}

impl<W: Weight> Product<'_, W> {
    /// Multiplies 1, 2, 4 or 8 rows that lie side by side, or 8 that do not.
    ///
    /// `STREAM` says that the panel comes from memory and is worth asking for in advance.
    ///
    /// # Panics
    /// If a slice is too short, or there is no such number of rows.
    pub(crate) fn run<const STREAM: bool>(self, rows: usize) {
        self.check(rows);
        let arch = Arch::new();
        match (rows, self.row_step) {
            (1, _) => arch.dispatch(Wide::<W, 1, STREAM, true>(self)),
            (2, 1) => arch.dispatch(Wide::<W, 2, STREAM, true>(self)),
            (4, 1) => arch.dispatch(Wide::<W, 4, STREAM, true>(self)),
            (8, 1) => arch.dispatch(Wide::<W, 8, STREAM, true>(self)),
            (8, _) => arch.dispatch(Wide::<W, 8, STREAM, false>(self)),
            (rows, step) => panic!("no product of {rows} rows {step} apart"),
        }
    }

    /// Everything that the loops reach lies inside the slices.
    fn check(&self, rows: usize) {
        let last = self.inner.saturating_sub(1);
        let panel = W::SECOND * self.panel_half + last * self.panel_step + HALF;
        assert!(self.inner == 0 || self.panel.len() >= panel, "panel");
        let input = last * self.step + (rows - 1) * self.row_step + 1;
        assert!(self.inner == 0 || self.input.len() >= input, "input");
        let out = self.out_half + (rows - 1) * self.out_step + HALF;
        assert!(self.out.len() >= out, "output");
    }

    /// Number `k, r` of the input; `SIDE` says that the rows lie side by side.
    #[inline(always)]
    fn input<const SIDE: bool>(&self, k: usize, r: usize) -> f32 {
        let row_step = if SIDE { 1 } else { self.row_step };
        // SAFETY: `check` has compared the length with the largest `k` and `r`.
        #[expect(
            unsafe_code,
            reason = "a check for each multiplication would halve the speed"
        )]
        unsafe {
            *self.input.get_unchecked(k * self.step + r * row_step)
        }
    }

    /// Words `k` of half `half`.
    #[inline(always)]
    fn weights(&self, k: usize, half: usize) -> &[W] {
        // SAFETY: `check` has compared the length with the largest `k` and `half`.
        #[expect(unsafe_code, reason = "as above")]
        unsafe {
            let first = half * self.panel_half + k * self.panel_step;
            self.panel.get_unchecked(first..first + HALF)
        }
    }

    /// Row `r` of half `half` of the output.
    #[inline(always)]
    fn out<S: Simd>(&mut self, r: usize, half: usize) -> &mut [S::f32s] {
        let first = half * self.out_half + r * self.out_step;
        S::as_mut_simd_f32s(&mut self.out[first..][..HALF]).0
    }
}

impl Product<'_, f32> {
    /// Multiplies sixteen rows that lie side by side.
    ///
    /// # Panics
    /// If a slice is too short.
    pub(crate) fn run_tall<const STREAM: bool>(self) {
        self.check(TALLEST);
        Arch::new().dispatch(Tall::<STREAM>(self));
    }
}

/// A stored word of weights.
pub(crate) trait Weight: Copy + Sync {
    /// 1 if the second half has words of its own.
    const SECOND: usize;

    /// Vector `v` of both halves of row `k`.
    fn pair<S: Simd>(simd: S, product: &Product<'_, Self>, k: usize, v: usize) -> [S::f32s; 2];
}

impl Weight for f32 {
    const SECOND: usize = 1;

    #[inline(always)]
    fn pair<S: Simd>(_: S, product: &Product<'_, Self>, k: usize, v: usize) -> [S::f32s; 2] {
        [0, 1].map(|half| S::as_simd_f32s(product.weights(k, half)).0[v])
    }
}

/// Two weights in a word, rounded to bfloat16: column `c` of the first half in the lower part of
/// word `c`, of the second half in the upper one.
impl Weight for u32 {
    const SECOND: usize = 0;

    #[inline(always)]
    fn pair<S: Simd>(simd: S, product: &Product<'_, Self>, k: usize, v: usize) -> [S::f32s; 2] {
        let word = S::as_simd_u32s(product.weights(k, 0)).0[v];
        let low = simd.wrapping_dyn_shl_u32s(word, simd.splat_u32s(16));
        let high = simd.and_u32s(word, simd.splat_u32s(0xffff_0000));
        [
            simd.transmute_f32s_u32s(low),
            simd.transmute_f32s_u32s(high),
        ]
    }
}

/// `R` rows by one vector of each half at a time: what is bound by memory.
struct Wide<'a, W, const R: usize, const STREAM: bool, const SIDE: bool>(Product<'a, W>);

impl<W: Weight, const R: usize, const STREAM: bool, const SIDE: bool> WithSimd
    for Wide<'_, W, R, STREAM, SIDE>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut product = self.0;
        for v in 0..HALF / S::F32_LANES {
            let mut sums = [[simd.splat_f32s(0.0); 2]; R];
            if product.add {
                for (r, sums) in sums.iter_mut().enumerate() {
                    *sums = [0, 1].map(|half| product.out::<S>(r, half)[v]);
                }
            }
            for k in 0..product.inner {
                if STREAM {
                    for half in 0..=W::SECOND {
                        prefetch(product.weights(k, half));
                    }
                }
                let weights = W::pair(simd, &product, k, v);
                for (r, sums) in sums.iter_mut().enumerate() {
                    let x = simd.splat_f32s(product.input::<SIDE>(k, r));
                    sums[0] = simd.mul_add_e_f32s(x, weights[0], sums[0]);
                    sums[1] = simd.mul_add_e_f32s(x, weights[1], sums[1]);
                }
            }
            for (r, sums) in sums.into_iter().enumerate() {
                for (half, sum) in sums.into_iter().enumerate() {
                    product.out::<S>(r, half)[v] = sum;
                }
            }
        }
    }
}

/// Sixteen rows by one vector at a time: what is bound by arithmetic.
struct Tall<'a, const STREAM: bool>(Product<'a, f32>);

impl<const STREAM: bool> WithSimd for Tall<'_, STREAM> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut product = self.0;
        for (half, v) in (0..2).flat_map(|half| (0..HALF / S::F32_LANES).map(move |v| (half, v))) {
            let mut sums = [simd.splat_f32s(0.0); TALLEST];
            if product.add {
                for (r, sum) in sums.iter_mut().enumerate() {
                    *sum = product.out::<S>(r, half)[v];
                }
            }
            for k in 0..product.inner {
                let words = product.weights(k, half);
                if STREAM {
                    prefetch(words);
                }
                let weights = S::as_simd_f32s(words).0[v];
                for (r, sum) in sums.iter_mut().enumerate() {
                    let x = simd.splat_f32s(product.input::<true>(k, r));
                    *sum = simd.mul_add_e_f32s(x, weights, *sum);
                }
            }
            for (r, sum) in sums.into_iter().enumerate() {
                product.out::<S>(r, half)[v] = sum;
            }
        }
    }
}

/// Asks for what is needed some hundred nanoseconds after these words: the processor's own
/// prefetching stops at every page. A row of words is one line of the cache.
#[inline(always)]
fn prefetch<W>(words: &[W]) {
    /// Bytes ahead; measured: 4 KiB does as well, 1 KiB and 32 KiB are slower.
    const AHEAD: usize = 8192;
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = words.as_ptr().cast::<i8>().wrapping_add(AHEAD);
        // SAFETY: a prefetch reads nothing and cannot fault, whatever the address.
        #[expect(unsafe_code, reason = "the prefetch takes a raw address")]
        unsafe {
            _mm_prefetch(address, _MM_HINT_T0);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = words;
}
