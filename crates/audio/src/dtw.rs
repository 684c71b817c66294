//! Dynamic time warping: which frame of one sequence belongs to which of another.

/// Pairs of frames from the first two to the last two, and what they cost together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// Indices into both sequences, neither ever going back.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// Sum of the distances along the path.
    pub(crate) sum: f64,
}

/// How a pair was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Both,
    First,
    Second,
}

/// The path of least summed distance in steps (1,1), (1,0), (0,1) of equal weight. Of equals the
/// first in this order is taken. Empty where a sequence is.
///
/// # Source
/// Sakoe and Chiba (1978), without slope constraint or weights.
pub(crate) fn align(first: usize, second: usize, distance: impl Fn(usize, usize) -> f64) -> Path {
    // Sums of the previous row, with one unreachable cell before the first.
    let mut above = vec![f64::INFINITY; second + 1];
    above[0] = 0.0;
    let mut row = vec![f64::INFINITY; second + 1];
    let mut steps = Vec::with_capacity(first * second);
    for i in 0..first {
        row[0] = f64::INFINITY;
        for j in 0..second {
            let mut best = (above[j], Step::Both);
            for other in [(above[j + 1], Step::First), (row[j], Step::Second)] {
                if other.0 < best.0 {
                    best = other;
                }
            }
            row[j + 1] = best.0 + distance(i, j);
            steps.push(best.1);
        }
        std::mem::swap(&mut above, &mut row);
    }
    let mut pairs = Vec::with_capacity(first + second);
    let (mut i, mut j) = (first, second);
    while i > 0 && j > 0 {
        pairs.push((i - 1, j - 1));
        match steps[(i - 1) * second + j - 1] {
            Step::Both => (i, j) = (i - 1, j - 1),
            Step::First => i -= 1,
            Step::Second => j -= 1,
        }
    }
    pairs.reverse();
    let sum = if pairs.is_empty() { 0.0 } else { above[second] };
    Path { pairs, sum }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::align;

    #[test]
    fn a_repeated_frame_costs_nothing() {
        let (a, b) = ([1.0, 2.0, 3.0_f64], [1.0, 2.0, 2.0, 2.0, 3.0_f64]);
        let path = align(3, 5, |i, j| (a[i] - b[j]).abs());
        assert_eq!(path.pairs, [(0, 0), (1, 1), (1, 2), (1, 3), (2, 4)]);
        assert!(path.sum.abs() < 1e-12);
    }

    #[test]
    fn nothing_aligns_with_nothing() {
        assert_eq!(align(0, 3, |_, _| 1.0).pairs, []);
        assert_eq!(align(3, 0, |_, _| 1.0).pairs, []);
    }

    proptest! {
        #[test]
        fn a_path_is_whole_and_costs_what_it_says(
            a in prop::collection::vec(-5.0..5.0_f64, 1..20),
            b in prop::collection::vec(-5.0..5.0_f64, 1..20),
        ) {
            let distance = |i: usize, j: usize| (a[i] - b[j]).abs();
            let path = align(a.len(), b.len(), distance);
            prop_assert_eq!(path.pairs.first(), Some(&(0, 0)));
            prop_assert_eq!(path.pairs.last(), Some(&(a.len() - 1, b.len() - 1)));
            for step in path.pairs.windows(2) {
                let moved = (step[1].0 - step[0].0, step[1].1 - step[0].1);
                prop_assert!(matches!(moved, (1, 1) | (1, 0) | (0, 1)));
            }
            let sum: f64 = path.pairs.iter().map(|&(i, j)| distance(i, j)).sum();
            prop_assert!((sum - path.sum).abs() < 1e-9);
        }
    }
}
