//! How long recordings are for their texts.

use diktor_corpus::Example;

use super::{Entry, deviations, median};

/// A recording's length against what its text lets expect.
#[derive(Debug, Clone, Copy)]
pub(super) struct Length {
    /// In robust deviations.
    pub(super) z: f64,
    /// As a multiple.
    pub(super) of_expected: f64,
}

/// Numbers of frames against a straight line over the number of symbols.
///
/// The line has the slope of the medians of the shorter and the longer half, so that wrong
/// transcripts do not bend it.
pub(super) fn lengths(known: &[(&Example, &Entry)]) -> Vec<Length> {
    let sizes: Vec<(f64, f64)> = known.iter().map(|(example, _)| size_of(example)).collect();
    let slope = slope(&sizes);
    let rests: Vec<f64> = sizes
        .iter()
        .map(|(symbols, frames)| frames - slope * symbols)
        .collect();
    let usual_rest = median(&rests).unwrap_or(0.0);
    let z = deviations(&rests.iter().copied().map(Some).collect::<Vec<_>>());
    sizes
        .iter()
        .zip(z)
        .map(|((symbols, frames), z)| {
            let expected = slope * symbols + usual_rest;
            Length {
                z: z.unwrap_or(0.0),
                // A line that says nothing of so short a text is no reason.
                of_expected: if expected > 0.0 {
                    frames / expected
                } else {
                    1.0
                },
            }
        })
        .collect()
}

/// Frames per symbol, from the medians of the shorter and the longer half.
fn slope(sizes: &[(f64, f64)]) -> f64 {
    let mut sizes = sizes.to_vec();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (short, long) = sizes.split_at(sizes.len() / 2);
    let middle = |half: &[(f64, f64)]| {
        let symbols: Vec<f64> = half.iter().map(|size| size.0).collect();
        let frames: Vec<f64> = half.iter().map(|size| size.1).collect();
        median(&symbols).zip(median(&frames))
    };
    match middle(short).zip(middle(long)) {
        Some((a, b)) if b.0 > a.0 => (b.1 - a.1) / (b.0 - a.0),
        _ => 0.0,
    }
}

fn size_of(example: &Example) -> (f64, f64) {
    (example.symbols.len() as f64, example.mel.frames() as f64)
}
