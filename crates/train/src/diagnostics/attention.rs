//! Does the attention walk through the text? Each metric from 0 to 1 unless said otherwise.

use diktor_track::Collapse;
use serde::Serialize;

use super::view::{AlignmentView, argmax, mean};

/// Width of the diagonal that [`AttentionMetrics::diagonality`] measures against, whatever width
/// guided attention trains with: values of different runs stay comparable.
const SIGMA: f64 = 0.2;
/// A symbol is covered when some step gives it at least this weight.
const COVERED: f64 = 0.1;
/// A move by more symbols in one step is a skip.
const SKIP: usize = 3;

/// What the attention of an utterance, or of several on average, is like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AttentionMetrics {
    /// How near the diagonal the weights lie, corrected for chance: 0 uniform, 1 on it. Under 0.1
    /// nothing is aligned, above 0.7 it is good, above 0.9 excellent.
    pub diagonality: f64,
    /// Mean of the largest weight of a step; above 0.6 is good.
    pub focus: f64,
    /// Mean entropy of a step, in nats; under 1.5 is good, above 3 bad.
    pub entropy: f64,
    /// `entropy` as a share of the largest possible.
    pub entropy_normalised: f64,
    /// Share of symbols that some step looks at.
    pub coverage: f64,
    /// Mean over symbols of the largest weight they ever get.
    pub coverage_strength: f64,
    /// Share of moves from step to step that do not go back.
    pub monotonicity: f64,
    /// Way forward as a share of the whole way of the expected position.
    pub travel: f64,
    /// Share of moves that jump over more than three symbols.
    pub skip_rate: f64,
    /// How far through the text the last step stands.
    pub final_position: f64,
    /// All of it in one number: above 0.5 is good, under 0.3 bad.
    pub alignment_score: f64,
}

/// Measures one utterance; `None` when it has fewer than [`super::MIN_SIZE`] steps or symbols.
///
/// # Source
/// Focus: FastSpeech (arXiv:1905.09263), section 3.2. Diagonality: the guided attention of DC-TTS
/// (arXiv:1710.08969), equation 7, divided by its value for uniform attention. Coverage strength:
/// Coqui TTS, `alignment_diagonal_score`.
#[must_use]
pub fn attention(view: &AlignmentView<'_>) -> Option<AttentionMetrics> {
    let rows = view.rows()?;
    let (steps, symbols) = (view.steps, view.symbols);
    let peaks: Vec<f64> = rows.iter().map(|row| row[argmax(row)]).collect();
    let entropies = rows.iter().map(|row| entropy_of(row));
    let strongest: Vec<f64> = (0..symbols)
        .map(|n| rows.iter().map(|row| row[n]).fold(0.0, f64::max))
        .collect();
    let path: Vec<usize> = rows.iter().map(|row| argmax(row)).collect();
    let expected: Vec<f64> = rows.iter().map(|row| expected_position(row)).collect();
    let moves = (steps - 1) as f64;
    let share = |holds: fn(usize, usize) -> bool| {
        path.windows(2)
            .filter(|pair| holds(pair[0], pair[1]))
            .count() as f64
            / moves
    };

    let entropy = mean(entropies);
    let entropy_normalised = (entropy / (symbols as f64).ln()).clamp(0.0, 1.0);
    let covered = strongest
        .iter()
        .filter(|weight| **weight >= COVERED)
        .count();
    let mut metrics = AttentionMetrics {
        diagonality: diagonality(&rows),
        focus: mean(peaks),
        entropy,
        entropy_normalised,
        coverage: covered as f64 / symbols as f64,
        coverage_strength: mean(strongest),
        monotonicity: share(|from, to| to >= from),
        travel: travel(&expected),
        skip_rate: share(|from, to| to > from + SKIP),
        final_position: final_position(&expected, symbols),
        alignment_score: 0.0,
    };
    metrics.alignment_score = metrics.score();
    Some(metrics)
}

impl AttentionMetrics {
    /// The mean of several utterances; `None` of nothing.
    #[must_use]
    pub fn mean(all: &[Self]) -> Option<Self> {
        if all.is_empty() {
            return None;
        }
        let of = |field: fn(&Self) -> f64| mean(all.iter().map(field));
        Some(Self {
            diagonality: of(|m| m.diagonality),
            focus: of(|m| m.focus),
            entropy: of(|m| m.entropy),
            entropy_normalised: of(|m| m.entropy_normalised),
            coverage: of(|m| m.coverage),
            coverage_strength: of(|m| m.coverage_strength),
            monotonicity: of(|m| m.monotonicity),
            travel: of(|m| m.travel),
            skip_rate: of(|m| m.skip_rate),
            final_position: of(|m| m.final_position),
            alignment_score: of(|m| m.alignment_score),
        })
    }

    /// How this attention fails, if it does.
    #[must_use]
    pub fn collapse(&self) -> Collapse {
        // Uniform attention covers nothing either, so it is asked about before `Stuck`.
        if self.entropy_normalised > 0.9 {
            Collapse::Uniform
        } else if self.coverage < 0.1 {
            Collapse::Stuck
        } else if self.monotonicity < 0.6 {
            Collapse::Random
        } else if self.final_position < 0.9 {
            Collapse::Stalled
        } else if self.skip_rate > 0.02 {
            Collapse::Skipping
        } else {
            Collapse::Ok
        }
    }

    /// A geometric mean: one thing that is entirely wrong makes the whole wrong.
    fn score(&self) -> f64 {
        self.diagonality.powf(0.4)
            * (self.monotonicity * self.coverage).powf(0.3)
            * self.focus.powf(0.2)
            * (1.0 - self.entropy_normalised).powf(0.1)
    }
}

/// `1 - guide / mean(W)` with `W[t,n] = 1 - exp(-(n/N - t/S)² / 2σ²)`.
fn diagonality(rows: &[Vec<f64>]) -> f64 {
    let steps = rows.len() as f64;
    let (mut guide, mut chance) = (0.0, 0.0);
    for (t, row) in rows.iter().enumerate() {
        let symbols = row.len() as f64;
        for (n, weight) in row.iter().enumerate() {
            let away = n as f64 / symbols - t as f64 / steps;
            let penalty = 1.0 - (-away * away / (2.0 * SIGMA * SIGMA)).exp();
            guide += weight * penalty;
            chance += penalty / symbols;
        }
    }
    // From three steps and symbols on, `chance` is above zero.
    (1.0 - guide / chance).clamp(0.0, 1.0)
}

fn entropy_of(row: &[f64]) -> f64 {
    let entropy: f64 = row.iter().filter(|a| **a > 0.0).map(|a| -a * a.ln()).sum();
    entropy.clamp(0.0, (row.len() as f64).ln())
}

fn expected_position(row: &[f64]) -> f64 {
    row.iter()
        .enumerate()
        .map(|(n, weight)| n as f64 * weight)
        .sum()
}

fn travel(expected: &[f64]) -> f64 {
    let moves = || expected.windows(2).map(|pair| pair[1] - pair[0]);
    let way: f64 = moves().map(f64::abs).sum();
    if way > 0.0 {
        (moves().sum::<f64>() / way).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// Counted so that standing on the last symbol is 1 however short the text.
fn final_position(expected: &[f64], symbols: usize) -> f64 {
    let last = expected.last().copied().unwrap_or(0.0);
    ((last + 1.0) / symbols as f64).clamp(0.0, 1.0)
}
