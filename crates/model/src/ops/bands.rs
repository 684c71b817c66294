//! Bands of columns of a row-major matrix that different threads may write.

use std::{marker::PhantomData, slice};

use rayon::prelude::*;

/// Where the bands of a matrix lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Numbers from one row to the next.
    pub(crate) stride: usize,
    /// Columns that are shared out, the first of the row on.
    pub(crate) columns: usize,
    /// Columns of a band; the last one may be narrower.
    pub(crate) width: usize,
}

/// Some neighbouring columns of every row.
#[derive(Debug)]
pub(crate) struct Band<'a> {
    start: *mut f32,
    rows: usize,
    stride: usize,
    width: usize,
    matrix: PhantomData<&'a mut [f32]>,
}

// SAFETY: a band reaches only its own columns, which no other band of the matrix reaches.
#[expect(unsafe_code, reason = "the pointer stands for an exclusive borrow")]
unsafe impl Send for Band<'_> {}

/// The start of a matrix from which threads take their bands.
#[derive(Clone, Copy)]
struct Start(*mut f32);

// SAFETY: it is only read to make bands, which do not overlap.
#[expect(unsafe_code, reason = "the pointer is shared to be split")]
unsafe impl Send for Start {}
// SAFETY: as above.
#[expect(unsafe_code, reason = "the pointer is shared to be split")]
unsafe impl Sync for Start {}

impl Start {
    fn pointer(&self) -> *mut f32 {
        self.0
    }
}

/// Shares out the columns of `matrix`, left to right.
///
/// # Panics
/// If the columns do not fit in a row.
pub(crate) fn bands(
    matrix: &mut [f32],
    layout: Layout,
) -> impl IndexedParallelIterator<Item = Band<'_>> {
    let Layout {
        stride,
        columns,
        width,
    } = layout;
    assert!(columns <= stride && width > 0, "{layout:?}");
    // A last row that is cut short still counts if its columns are there.
    let rows = (matrix.len() + stride - columns) / stride;
    let start = Start(matrix.as_mut_ptr());
    (0..columns.div_ceil(width))
        .into_par_iter()
        .map(move |band| Band {
            start: start.pointer().wrapping_add(band * width),
            rows,
            stride,
            width: width.min(columns - band * width),
            matrix: PhantomData,
        })
}

impl Band<'_> {
    /// Columns of this band.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The part of a row that belongs to this band.
    ///
    /// # Panics
    /// If there is no such row.
    pub(crate) fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        // SAFETY: the row is inside the matrix, which is borrowed exclusively as long as the band
        // lives; the columns belong to this band alone, and `self` is borrowed exclusively.
        #[expect(unsafe_code, reason = "columns of a slice cannot be borrowed apart")]
        unsafe {
            slice::from_raw_parts_mut(self.start.add(row * self.stride), self.width)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_belongs_to_one_band() {
        for (rows, stride, columns, width) in [(3, 7, 7, 2), (4, 9, 5, 5), (1, 3, 2, 1)] {
            let mut matrix = vec![0.0; rows * stride];
            let layout = Layout {
                stride,
                columns,
                width,
            };
            bands(&mut matrix, layout).for_each(|mut band| {
                for row in 0..rows {
                    band.row(row).iter_mut().for_each(|x| *x += 1.0);
                }
            });
            for (i, x) in matrix.iter().enumerate() {
                let inside = i % stride < columns;
                assert_eq!(*x, f32::from(inside), "{i} of {layout:?}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "row 2 of 2")]
    fn rows_beyond_the_end_are_refused() {
        let layout = Layout {
            stride: 3,
            columns: 3,
            width: 3,
        };
        bands(&mut [0.0; 6], layout).for_each(|mut band| {
            band.row(2);
        });
    }
}
