//! Diagnostics call attention of known shape by its name.

use diktor_track::short_figure;

use super::Check;
use crate::diagnostics::{AlignmentView, AttentionMetrics, Collapse, attention};

const SYMBOLS: usize = 40;
const STEPS: usize = 160;
/// Weight at the symbol that is read; the rest is spread over all.
const SURE: f32 = 0.98;

/// Six shapes, and the classes they have to get.
pub(super) fn alignments() -> Check {
    let shapes = [
        (Collapse::Ok, metrics(&walk(|step| step * SYMBOLS / STEPS))),
        (
            Collapse::Uniform,
            metrics(&vec![1.0 / SYMBOLS as f32; STEPS * SYMBOLS]),
        ),
        (Collapse::Stuck, metrics(&walk(|_| 0))),
        (Collapse::Random, metrics(&walk(|step| step * 27 % SYMBOLS))),
        (
            Collapse::Stalled,
            metrics(&walk(|step| step * SYMBOLS / STEPS / 2)),
        ),
        (
            Collapse::Skipping,
            metrics(&walk(|step| step * SYMBOLS / STEPS / 5 * 5 + 4)),
        ),
    ];
    let right = shapes
        .iter()
        .filter(|(shape, found)| found.as_ref().is_some_and(|one| one.collapse() == *shape))
        .count();
    let diagonality = |place: usize| {
        let found: Option<&AttentionMetrics> = shapes[place].1.as_ref();
        found.map_or(f64::NAN, |one| one.diagonality)
    };
    let (diagonal, uniform) = (diagonality(0), diagonality(1));
    Check {
        name: "diagnostics",
        passed: right == shapes.len() && diagonal > 0.95 && uniform.abs() < 0.01,
        found: format!(
            "{right} of {} shapes of attention named rightly; diagonality {} of the diagonal, {} of uniform attention",
            shapes.len(),
            short_figure(diagonal),
            short_figure(uniform)
        ),
        expected: "every shape named rightly, diagonality above 0.95 and below 0.01",
    }
}

fn metrics(values: &[f32]) -> Option<AttentionMetrics> {
    attention(&AlignmentView {
        steps: STEPS,
        symbols: SYMBOLS,
        values,
    })
}

/// Attention that reads the symbol `path` gives at each step.
fn walk(path: impl Fn(usize) -> usize) -> Vec<f32> {
    let rest = (1.0 - SURE) / SYMBOLS as f32;
    let mut values = vec![rest; STEPS * SYMBOLS];
    for step in 0..STEPS {
        values[step * SYMBOLS + path(step)] += SURE;
    }
    values
}
