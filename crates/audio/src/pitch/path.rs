//! The likeliest course of the pitch through the candidates of all frames.

use super::{PitchConfig, yin::Candidate};

/// A state is a tenth of a semitone.
pub(super) const STATES_PER_SEMITONE: usize = 10;
/// Fastest change of a voice, in octaves per second.
const FASTEST_OCTAVES: f64 = 35.92;
/// Probability that a voice begins or ends between two frames.
const SWITCH: f64 = 0.01;

/// A hidden Markov model: every pitch once voiced and once unvoiced. The unvoiced ones remember
/// where the voice was.
#[derive(Debug, Clone)]
pub(super) struct PathFinder {
    lowest_hz: f64,
    pitches: usize,
    /// Furthest move between two frames, in states.
    reach: usize,
    /// Logarithm of the probability of a move by so many states, before the row is made to sum to 1.
    moves: Vec<f64>,
    /// Logarithm of what the moves from each state sum to.
    row_sums: Vec<f64>,
}

/// Scores of all states, the voiced before the unvoiced.
type Scores = Vec<f64>;

impl PathFinder {
    pub(super) fn new(config: &PitchConfig, pitches: usize) -> Self {
        let frame_s = config.hop_length as f64 / f64::from(config.sampling_rate);
        let semitones = (FASTEST_OCTAVES * 12.0 * frame_s).round_ties_even() as usize;
        let reach = (semitones * STATES_PER_SEMITONE / 2).min(pitches - 1);
        let triangle = |by: usize| 1.0 - by as f64 / (reach + 1) as f64;
        let row_sum = |from: usize| -> f64 {
            let to = from.saturating_sub(reach)..(from + reach + 1).min(pitches);
            to.map(|to| triangle(from.abs_diff(to))).sum()
        };
        Self {
            lowest_hz: config.lowest_hz,
            pitches,
            reach,
            moves: (0..=reach).map(|by| triangle(by).ln()).collect(),
            row_sums: (0..pitches).map(|from| row_sum(from).ln()).collect(),
        }
    }

    /// The pitch of every frame along the likeliest path (Viterbi's).
    pub(super) fn best(&self, frames: &[Vec<Candidate>]) -> Vec<Option<f64>> {
        let Some((first, others)) = frames.split_first() else {
            return Vec::new();
        };
        let mut scores = self.observed(first);
        let mut came_from = Vec::with_capacity(others.len());
        for frame in others {
            let (mut reached, from) = self.moved(&scores);
            for (score, observed) in reached.iter_mut().zip(self.observed(frame)) {
                *score += observed;
            }
            scores = reached;
            came_from.push(from);
        }
        let mut state = best_of(&scores);
        let mut path = vec![state];
        for from in came_from.iter().rev() {
            state = from[state] as usize;
            path.push(state);
        }
        path.iter().rev().map(|&state| self.hz(state)).collect()
    }

    fn hz(&self, state: usize) -> Option<f64> {
        let octaves = state as f64 / (12 * STATES_PER_SEMITONE) as f64;
        (state < self.pitches).then(|| self.lowest_hz * octaves.exp2())
    }

    /// Logarithms of how well every state explains a frame.
    fn observed(&self, candidates: &[Candidate]) -> Scores {
        let mut voiced = vec![0.0; self.pitches];
        for candidate in candidates {
            let octaves = (candidate.hz / self.lowest_hz).log2();
            let state = ((12 * STATES_PER_SEMITONE) as f64 * octaves).round_ties_even();
            // Beyond the highest pitch nothing is believed; two on one state: the longer period.
            if let Some(probability) = voiced.get_mut(state.max(0.0) as usize) {
                *probability = candidate.probability;
            }
        }
        let sum = voiced.iter().sum::<f64>().clamp(0.0, 1.0);
        let unvoiced = (1.0 - sum) / self.pitches as f64;
        voiced.resize(2 * self.pitches, unvoiced);
        for probability in &mut voiced {
            *probability = (*probability + f64::MIN_POSITIVE).ln();
        }
        voiced
    }

    /// The best score with which every state is reached, and from which state.
    fn moved(&self, scores: &[f64]) -> (Scores, Vec<u32>) {
        let (voiced, unvoiced) = scores.split_at(self.pitches);
        let from_voiced = self.nearby(voiced);
        let from_unvoiced = self.nearby(unvoiced);
        let (stay, switch) = ((1.0 - SWITCH).ln(), SWITCH.ln());
        let mut reached = Vec::with_capacity(scores.len());
        let mut from = Vec::with_capacity(scores.len());
        for (via_voiced, via_unvoiced) in [(stay, switch), (switch, stay)] {
            for (a, b) in from_voiced.iter().zip(&from_unvoiced) {
                let (a_score, b_score) = (a.0 + via_voiced, b.0 + via_unvoiced);
                if a_score >= b_score {
                    reached.push(a_score);
                    from.push(a.1 as u32);
                } else {
                    reached.push(b_score);
                    from.push((b.1 + self.pitches) as u32);
                }
            }
        }
        (reached, from)
    }

    /// For every pitch the best score of a move to it, and from where.
    fn nearby(&self, scores: &[f64]) -> Vec<(f64, usize)> {
        let leaving: Vec<f64> = scores
            .iter()
            .zip(&self.row_sums)
            .map(|(score, sum)| score - sum)
            .collect();
        let best = |to: usize| {
            let mut best = (f64::NEG_INFINITY, to);
            let from = to.saturating_sub(self.reach);
            for (offset, score) in leaving[from..(to + self.reach + 1).min(self.pitches)]
                .iter()
                .enumerate()
            {
                let score = score + self.moves[to.abs_diff(from + offset)];
                if score > best.0 {
                    best = (score, from + offset);
                }
            }
            best
        };
        (0..self.pitches).map(best).collect()
    }
}

/// The first of the best.
fn best_of(scores: &[f64]) -> usize {
    let mut best = 0;
    for (state, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = state;
        }
    }
    best
}
