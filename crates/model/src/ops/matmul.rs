//! Matrix products on plain slices.

use gemm::Parallelism;

/// A matrix that borrows its numbers, with any strides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

/// What a product does with the numbers already in its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    /// They are replaced.
    Overwrite,
    /// The product is added to them.
    Add,
}

impl<'a> Matrix<'a> {
    /// Row-major `[rows, cols]` at the start of `data`.
    ///
    /// # Panics
    /// If `data` is too short.
    pub(crate) fn new(data: &'a [f32], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols)
    }

    /// Rows of `cols` numbers that begin `row_stride` apart.
    ///
    /// # Panics
    /// If `data` is too short.
    pub(crate) fn strided(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        let needed = if rows == 0 {
            0
        } else {
            (rows - 1) * row_stride + cols
        };
        assert!(
            data.len() >= needed,
            "{} numbers for {rows} x {cols}",
            data.len()
        );
        Self {
            data,
            rows,
            cols,
            row_stride,
            col_stride: 1,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.cols
    }

    /// `rows` rows from row `first` on.
    ///
    /// # Panics
    /// If there are not so many.
    pub(crate) fn rows_from(self, first: usize, rows: usize) -> Self {
        assert!(
            first + rows <= self.rows,
            "{first} + {rows} of {}",
            self.rows
        );
        Self {
            data: &self.data[first * self.row_stride..],
            rows,
            ..self
        }
    }

    /// Copies `width` columns from `first` on into rows of `out` that begin `stride` apart.
    pub(crate) fn copy_columns(&self, first: usize, width: usize, out: &mut [f32], stride: usize) {
        for (row, out) in out.chunks_mut(stride).take(self.rows).enumerate() {
            let start = row * self.row_stride + first * self.col_stride;
            for (column, out) in out.iter_mut().take(width).enumerate() {
                *out = self.data[start + column * self.col_stride];
            }
        }
    }

    /// The same numbers, read the other way.
    pub(crate) fn transposed(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
            ..self
        }
    }
}

/// `out = left * right`, or `out += left * right`; the rows of `out` begin `stride` apart.
///
/// # Panics
/// If the shapes disagree or `out` is too short.
pub(crate) fn matmul(
    out: &mut [f32],
    stride: usize,
    left: Matrix<'_>,
    right: Matrix<'_>,
    into: Into,
    threads: Threads,
) {
    assert_eq!(left.cols, right.rows, "inner dimensions");
    let (rows, cols) = (left.rows, right.cols);
    if rows == 0 || cols == 0 {
        return;
    }
    assert!(
        stride >= cols && out.len() >= (rows - 1) * stride + cols,
        "destination"
    );
    let add = into == Into::Add;
    // SAFETY: `Matrix` guarantees that every element its strides reach lies inside its slice, the
    // assertion above guarantees the same of `out`, and `out` is borrowed exclusively.
    #[expect(unsafe_code, reason = "gemm takes pointers and strides")]
    unsafe {
        gemm::gemm(
            rows,
            cols,
            left.cols,
            out.as_mut_ptr(),
            1,
            stride as isize,
            add,
            left.data.as_ptr(),
            left.col_stride as isize,
            left.row_stride as isize,
            right.data.as_ptr(),
            right.col_stride as isize,
            right.row_stride as isize,
            f32::from(add),
            1.0,
            false,
            false,
            false,
            threads.parallelism(rows * cols * left.cols),
        );
    }
}

/// On how many threads a product runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    /// This one.
    One,
    /// All of the pool, if there is enough to do.
    All,
}

/// Multiplications from which on sharing a product is worth waking another thread.
const WORTH_SHARING: usize = 1 << 21;

impl Threads {
    /// Whether a product of so many multiplications is shared.
    pub(super) fn share(self, multiplications: usize) -> bool {
        self == Self::All && multiplications >= WORTH_SHARING
    }

    fn parallelism(self, multiplications: usize) -> Parallelism {
        if self.share(multiplications) {
            Parallelism::Rayon(0)
        } else {
            Parallelism::None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_with_any_strides_equal_the_definition() {
        let left: Vec<f32> = (0..6).map(|x| x as f32).collect();
        let right: Vec<f32> = (0..12).map(|x| x as f32 * 0.5).collect();
        // [2, 3] * [3, 4], the right one stored transposed.
        let mut out = vec![1.0; 2 * 5];
        let (a, b) = (
            Matrix::new(&left, 2, 3),
            Matrix::new(&right, 4, 3).transposed(),
        );
        matmul(&mut out, 5, a, b, Into::Add, Threads::One);
        for i in 0..2 {
            for j in 0..4 {
                let sum: f32 = (0..3).map(|k| left[i * 3 + k] * right[j * 3 + k]).sum();
                assert_eq!(out[i * 5 + j], 1.0 + sum);
            }
            assert_eq!(out[i * 5 + 4], 1.0, "the gap between rows is left alone");
        }
    }

    #[test]
    #[should_panic(expected = "inner dimensions")]
    fn shapes_must_agree() {
        let data = [0.0; 6];
        let (a, b) = (Matrix::new(&data, 2, 3), Matrix::new(&data, 2, 3));
        matmul(&mut [0.0; 6], 3, a, b, Into::Overwrite, Threads::One);
    }
}
