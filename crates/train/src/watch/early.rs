//! Early in a run: is the attention on its way?
//!
//! Attention that will be found is found early: a voice that reads has its diagonal after a small
//! part of its training, and one that has none by then rarely finds it later. How early is counted
//! in utterances seen, not in steps, because a step of 8 teaches less than a step of 64.

use diktor_track::{Collapse, EarlyLook, EarlyVerdict, flags::Waits};
use serde::{Deserialize, Serialize};

use crate::Hparams;

/// The looks, as shares of what a voice needs.
const LOOKS: [f64; 3] = [0.1, 0.2, 0.3];
/// Diagonality of attention that has found its way.
const ALIGNED: f64 = 0.7;
/// Diagonality from which a rise is one towards the diagonal, not noise.
const BEGINS: f64 = 0.3;
/// Points that are kept; when there are more, two become one.
const POINTS: usize = 64;
/// Newest points that say where the diagonality is.
const NEWEST: usize = 6;

/// Remembers how the diagonality rose, and how many looks were taken.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct EarlyWatch {
    /// Utterances seen, and the diagonality then.
    points: Vec<(u64, f64)>,
    /// One point in so many is kept.
    stride: u64,
    offered: u64,
    looks: usize,
    found: bool,
}

/// The length of a run, in utterances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Utterances that one step works on.
    pub per_step: u64,
    /// Steps of the whole run.
    pub max_steps: u64,
}

impl Span {
    /// The length of a run of so many steps.
    pub fn of(hparams: &Hparams, max_steps: u64) -> Self {
        let per_step = hparams.batch_size * hparams.gradient_accumulation_steps;
        Self {
            per_step: per_step as u64,
            max_steps,
        }
    }

    /// The step of the first look.
    pub fn first_look(self) -> u64 {
        self.step_of(LOOKS[0])
    }

    /// The first step by which the diagonal must be there.
    pub fn found_by(self) -> u64 {
        self.waits().found_by()
    }

    /// The first step by which a share of the need has been seen.
    pub(crate) fn step_of(self, share: f64) -> u64 {
        self.waits().step_of(share)
    }

    /// The waits of a run of this length that knows no grace.
    fn waits(self) -> Waits {
        Waits {
            grace: None,
            trial: u64::MAX,
            per_step: self.per_step,
            max_steps: self.max_steps,
        }
    }
}

impl EarlyWatch {
    /// Notes the diagonality after so many utterances.
    pub fn note(&mut self, utterances: u64, diagonality: f64) {
        if self.is_done() || !diagonality.is_finite() {
            return;
        }
        self.stride = self.stride.max(1);
        self.offered += 1;
        if !self.offered.is_multiple_of(self.stride) {
            return;
        }
        self.points.push((utterances, diagonality));
        if self.points.len() == POINTS {
            let pairs = self.points.chunks_exact(2);
            self.points = pairs
                .map(|pair| (pair[0].0.midpoint(pair[1].0), pair[0].1.midpoint(pair[1].1)))
                .collect();
            self.stride *= 2;
        }
    }

    /// Looks, if it is time to.
    pub fn look(&mut self, step: u64, span: Span, class: Collapse) -> Option<EarlyLook> {
        let share = *LOOKS.get(self.looks)?;
        if self.found || step < span.step_of(share) || self.points.len() < 2 {
            return None;
        }
        self.looks += 1;
        let diagonality = self.recent();
        let slope = self.slope();
        let utterances = step.saturating_mul(span.per_step);
        let left = (span.waits().deadline_utterances() - utterances as f64).max(0.0);
        let projected = (diagonality + slope * left).clamp(0.0, 1.0);
        let verdict = if diagonality >= ALIGNED {
            EarlyVerdict::Aligned
        } else if projected >= ALIGNED || (diagonality >= BEGINS && slope > 0.0) {
            EarlyVerdict::OnItsWay
        } else {
            EarlyVerdict::NotOnItsWay
        };
        self.found = verdict == EarlyVerdict::Aligned;
        let next = LOOKS.get(self.looks).filter(|_| !self.found);
        let look = EarlyLook {
            verdict,
            class,
            diagonality,
            slope: 1000.0 * slope,
            projected,
            utterances,
            look_again: next.map(|share| span.step_of(*share)),
        };
        if self.is_done() {
            self.points.clear();
        }
        Some(look)
    }

    fn is_done(&self) -> bool {
        self.found || self.looks == LOOKS.len()
    }

    /// Mean of the newest points.
    fn recent(&self) -> f64 {
        let newest = &self.points[self.points.len().saturating_sub(NEWEST)..];
        newest.iter().map(|point| point.1).sum::<f64>() / newest.len().max(1) as f64
    }

    /// Rise per utterance: the straight line of least squares through the newer half.
    fn slope(&self) -> f64 {
        let newer = &self.points[(self.points.len() / 2).min(self.points.len() - 2)..];
        let count = newer.len() as f64;
        let mean = |of: fn(&(u64, f64)) -> f64| newer.iter().map(of).sum::<f64>() / count;
        let (centre, level) = (mean(|point| point.0 as f64), mean(|point| point.1));
        let (mut rise, mut run) = (0.0, 0.0);
        for (utterances, diagonality) in newer {
            let away = *utterances as f64 - centre;
            rise += away * (diagonality - level);
            run += away * away;
        }
        if run > 0.0 { rise / run } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PER_STEP: u64 = 16;

    /// Looks of a run of 1000 steps whose diagonality is a function of the step.
    fn looks(diagonality: impl Fn(u64) -> f64) -> Vec<(u64, EarlyLook)> {
        let span = Span {
            per_step: PER_STEP,
            max_steps: 1000,
        };
        let mut watch = EarlyWatch::default();
        let mut found = Vec::new();
        for step in 1..=1000 {
            watch.note(PER_STEP * step, diagonality(step));
            let look = watch.look(step, span, Collapse::Stuck);
            found.extend(look.map(|look| (step, look)));
        }
        found
    }

    fn verdicts(looks: &[(u64, EarlyLook)]) -> Vec<(u64, EarlyVerdict)> {
        looks
            .iter()
            .map(|(step, look)| (*step, look.verdict))
            .collect()
    }

    #[test]
    fn attention_that_is_found_is_told_once_by_a_tenth() {
        let found = looks(|step| if step < 60 { 0.2 } else { 0.9 });
        assert_eq!(verdicts(&found), [(100, EarlyVerdict::Aligned)]);
        assert_eq!(found[0].1.look_again, None);
        assert_eq!(found[0].1.utterances, 100 * PER_STEP);
    }

    #[test]
    fn attention_that_never_rises_is_told_three_times() {
        let wobble = |step: u64| 0.05 + 0.01 * ((step * 7 % 5) as f64 - 2.0);
        let expected = [100, 200, 300].map(|step| (step, EarlyVerdict::NotOnItsWay));
        let found = looks(wobble);
        assert_eq!(verdicts(&found), expected);
        assert_eq!(found[0].1.look_again, Some(200));
        assert!(found[0].1.slope.abs() < 0.03, "{found:?}");
    }

    #[test]
    fn a_rise_that_gets_there_is_on_its_way() {
        // 0.002 a step: 0.2 at the first look and 0.8 at four tenths.
        let found = looks(|step| (0.002 * step as f64).min(0.95));
        assert_eq!(found[0].1.verdict, EarlyVerdict::OnItsWay);
        assert!((found[0].1.slope - 0.125).abs() < 1e-6, "{found:?}");
        assert!((found[0].1.projected - 0.79).abs() < 0.02, "{found:?}");
        // The same rise ten times slower does not get there.
        let found = looks(|step| 0.0002 * step as f64);
        assert_eq!(found[0].1.verdict, EarlyVerdict::NotOnItsWay);
    }

    #[test]
    fn a_long_run_is_measured_by_what_a_voice_needs() {
        let span = Span {
            per_step: 32,
            max_steps: 10_000_000,
        };
        assert_eq!(span.step_of(0.1), 10_000);
        let short = Span {
            per_step: 16,
            max_steps: 20,
        };
        assert_eq!(
            short.step_of(0.1),
            100,
            "a short run ends before it is judged"
        );
    }

    #[test]
    fn it_remembers_little_and_goes_on_where_it_was() {
        let span = Span {
            per_step: 10,
            max_steps: 100_000,
        };
        let mut watch = EarlyWatch::default();
        for step in 1..9_000 {
            watch.note(10 * step, 0.1);
            assert!(watch.points.len() < POINTS);
            assert_eq!(watch.look(step, span, Collapse::Ok), None);
        }
        let json = serde_json::to_string(&watch).unwrap();
        let mut resumed: EarlyWatch = serde_json::from_str(&json).unwrap();
        for step in 9_000..=10_000 {
            watch.note(10 * step, 0.1);
            resumed.note(10 * step, 0.1);
            let look = watch.look(step, span, Collapse::Ok);
            assert_eq!(look, resumed.look(step, span, Collapse::Ok));
            assert_eq!(look.is_some(), step == 10_000);
        }
    }
}
