//! Which utterances are most likely to have a wrong transcript or a bad recording.
//!
//! A wrong transcript leaves two traces that the network cannot hide by learning it by heart: its
//! mel is predicted worse than that of its neighbours, and the attention finds no clean way through
//! it. A third trace needs no network: the recording is too long or too short for its text.

use std::collections::BTreeMap;

use diktor_corpus::Example;
use diktor_track::Oddity;

use super::ledger::{Entry, Ledger, Part, median};

/// One figure alone cannot make an utterance more suspicious than this.
const MOST: f64 = 6.0;
/// Lengths within this many deviations are usual in speech and say nothing.
const USUAL_LENGTH: f64 = 3.0;
/// A figure this far from the rest is named as a reason.
const NAMED: f64 = 2.0;
/// An utterance this suspicious is proposed to be left out.
pub const PROPOSED: f64 = 4.0;
/// Looks at an utterance before its figures say more about its text than about chance.
const MATURE_LOOKS: u64 = 20;
/// At most this share of a set is proposed: a corpus is not emptied by statistics.
const MOST_PROPOSED: f64 = 0.05;
/// The mean absolute deviation of a normal distribution is this much smaller than its deviation.
const MAD_TO_DEVIATION: f64 = 1.4826;

/// One utterance, judged against its set.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged<'a> {
    /// The utterance.
    pub example: &'a Example,
    /// Its set.
    pub part: Part,
    /// What is known of it.
    pub entry: &'a Entry,
    /// How unlike the rest it is; usual ones are below 2.
    pub suspicion: f64,
    /// Length of its recording against what its text lets expect, in robust deviations.
    pub length_z: f64,
    /// What is unlike the rest, the most telling first.
    pub because: Vec<Oddity>,
    /// Whether it is proposed to be left out.
    pub proposed: bool,
}

/// Judges every utterance of a set that was looked at, the most suspicious first.
#[must_use]
pub fn judge<'a>(examples: &'a [Example], part: Part, ledger: &'a Ledger) -> Vec<Judged<'a>> {
    let by_id: BTreeMap<&str, &Example> = examples
        .iter()
        .map(|example| (example.id.as_str(), example))
        .collect();
    let known: Vec<(&Example, &Entry)> = ledger
        .entries(part)
        .filter_map(|(id, entry)| Some((*by_id.get(id)?, entry)))
        .collect();
    let figure = |of: fn(&Entry) -> Option<f64>| -> Vec<Option<f64>> {
        deviations(&known.iter().map(|(_, entry)| of(entry)).collect::<Vec<_>>())
    };
    let loss = figure(|entry| Some(entry.relative_loss));
    let attention = figure(|entry| entry.relative_alignment.map(|score| -score));
    let gate = figure(|entry| entry.relative_gate);
    let lengths = length_deviations(&known);
    let mut judged: Vec<Judged<'_>> = known
        .iter()
        .enumerate()
        .map(|(index, &(example, entry))| {
            let traces = Traces {
                loss: loss[index].unwrap_or(0.0),
                attention: attention[index].unwrap_or(0.0),
                gate: gate[index].unwrap_or(0.0),
                length: lengths[index],
            };
            Judged {
                example,
                part,
                entry,
                suspicion: traces.suspicion(),
                length_z: traces.length,
                because: traces.because(),
                proposed: false,
            }
        })
        .collect();
    // Names break ties, so that the order is the same in every run.
    judged.sort_by(|a, b| {
        let order = b.suspicion.total_cmp(&a.suspicion);
        order.then_with(|| a.example.id.cmp(&b.example.id))
    });
    let most = (judged.len() as f64 * MOST_PROPOSED).ceil() as usize;
    for one in judged.iter_mut().take(most) {
        // Validation is looked at without dropout, so one look is as good as many.
        let mature = part == Part::Validation || one.entry.looks >= MATURE_LOOKS;
        one.proposed = mature && one.suspicion >= PROPOSED;
    }
    judged
}

/// How far one utterance is from the rest, in robust deviations; above zero is worse.
struct Traces {
    loss: f64,
    attention: f64,
    gate: f64,
    length: f64,
}

impl Traces {
    fn suspicion(&self) -> f64 {
        let beyond_usual = self.length.abs() - USUAL_LENGTH;
        self.loss.clamp(0.0, MOST)
            + self.attention.clamp(0.0, MOST)
            + 0.5 * beyond_usual.clamp(0.0, MOST)
    }

    fn because(&self) -> Vec<Oddity> {
        let length = if self.length > 0.0 {
            Oddity::Long
        } else {
            Oddity::Short
        };
        let mut found: Vec<(f64, Oddity)> = vec![
            (self.loss, Oddity::Loss),
            (self.attention, Oddity::Attention),
            (self.length.abs(), length),
            (self.gate, Oddity::Gate),
        ];
        found.retain(|(size, _)| *size >= NAMED);
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found.into_iter().map(|(_, oddity)| oddity).collect()
    }
}

/// Robust z-scores: distance from the median over the scaled median of such distances.
fn deviations(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let there: Vec<f64> = values.iter().copied().flatten().collect();
    let Some(centre) = median(&there) else {
        return values.to_vec();
    };
    let distances: Vec<f64> = there.iter().map(|value| (value - centre).abs()).collect();
    let scale = MAD_TO_DEVIATION * median(&distances).unwrap_or(0.0);
    values
        .iter()
        .map(|value| {
            let away = (*value)? - centre;
            Some(if scale > 0.0 { away / scale } else { 0.0 })
        })
        .collect()
}

/// Deviations of the number of frames from a straight line over the number of symbols.
///
/// The line has the slope of the medians of the shorter and the longer half, so that wrong
/// transcripts do not bend it.
fn length_deviations(known: &[(&Example, &Entry)]) -> Vec<f64> {
    let mut sizes: Vec<(f64, f64)> = known.iter().map(|(example, _)| size_of(example)).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (short, long) = sizes.split_at(sizes.len() / 2);
    let middle = |half: &[(f64, f64)]| {
        let symbols: Vec<f64> = half.iter().map(|size| size.0).collect();
        let frames: Vec<f64> = half.iter().map(|size| size.1).collect();
        median(&symbols).zip(median(&frames))
    };
    let slope = match middle(short).zip(middle(long)) {
        Some((a, b)) if b.0 > a.0 => (b.1 - a.1) / (b.0 - a.0),
        _ => 0.0,
    };
    let rests: Vec<Option<f64>> = known
        .iter()
        .map(|(example, _)| {
            let (symbols, frames) = size_of(example);
            Some(frames - slope * symbols)
        })
        .collect();
    deviations(&rests)
        .into_iter()
        .map(|z| z.unwrap_or(0.0))
        .collect()
}

fn size_of(example: &Example) -> (f64, f64) {
    (example.symbols.len() as f64, example.mel.frames() as f64)
}

#[cfg(test)]
mod tests {
    use diktor_audio::Mel;

    use super::*;
    use crate::{diagnostics::AttentionMetrics, task::UtteranceReport};

    fn example(id: usize, symbols: usize, frames: usize) -> Example {
        Example {
            id: format!("u{id:03}"),
            symbols: vec![1; symbols],
            mel: Mel::new(1, vec![0.0; frames]),
            audio: "none.wav".into(),
            text: String::new(),
            trimmed_s: 0.0,
            cached: false,
        }
    }

    fn report(id: usize, loss: f64, score: f64) -> UtteranceReport {
        let attention = AttentionMetrics {
            diagonality: score,
            focus: score,
            entropy: 0.0,
            entropy_normalised: 0.0,
            coverage: 1.0,
            coverage_strength: 1.0,
            monotonicity: 1.0,
            travel: 1.0,
            skip_rate: 0.0,
            final_position: 1.0,
            alignment_score: score,
        };
        UtteranceReport {
            id: format!("u{id:03}"),
            loss,
            attention: Some(attention),
            gate_error: Some(0.1),
        }
    }

    /// Sixty ordinary utterances; `u007` is predicted badly, `u013` badly aligned, `u021` too long
    /// for its text.
    fn set() -> (Vec<Example>, Ledger) {
        let wobble = |id: usize| ((id * 37) % 11) as f64 / 11.0 - 0.5;
        let examples: Vec<Example> = (0..60)
            .map(|id| {
                let symbols = 10 + id % 30;
                let frames = 20 + 5 * symbols + id % 3;
                example(id, symbols, if id == 21 { 2 * frames } else { frames })
            })
            .collect();
        let mut ledger = Ledger::default();
        for epoch in 1..4 {
            let reports: Vec<UtteranceReport> = (0..60)
                .map(|id| {
                    let loss = if id == 7 { 2.0 } else { 1.0 + 0.1 * wobble(id) };
                    let score = if id == 13 {
                        0.3
                    } else {
                        0.8 + 0.05 * wobble(id)
                    };
                    report(id, loss, score)
                })
                .collect();
            ledger.enter(Part::Train, epoch, &reports);
        }
        (examples, ledger)
    }

    #[test]
    fn what_is_unlike_the_rest_comes_first_with_its_reason() {
        let (examples, ledger) = set();
        let judged = judge(&examples, Part::Train, &ledger);
        let worst: Vec<(&str, Oddity)> = judged[..3]
            .iter()
            .map(|one| (one.example.id.as_str(), one.because[0]))
            .collect();
        for expected in [
            ("u007", Oddity::Loss),
            ("u013", Oddity::Attention),
            ("u021", Oddity::Long),
        ] {
            assert!(worst.contains(&expected), "{worst:?}");
        }
        assert!(judged[3].suspicion < PROPOSED, "{:?}", judged[3]);
    }

    #[test]
    fn no_more_than_a_twentieth_is_proposed() {
        let (examples, mut ledger) = set();
        let reports: Vec<UtteranceReport> = (0..60)
            .map(|id| {
                let wrong = id < 20;
                report(
                    id,
                    if wrong { 50.0 } else { 1.0 },
                    if wrong { 0.0 } else { 0.8 },
                )
            })
            .collect();
        for epoch in 4..30 {
            ledger.enter(Part::Train, epoch, &reports);
        }
        let judged = judge(&examples, Part::Train, &ledger);
        assert_eq!(judged.iter().filter(|one| one.proposed).count(), 3);
    }

    #[test]
    fn a_set_without_differences_suspects_nobody() {
        let examples: Vec<Example> = (0..9).map(|id| example(id, 10, 50)).collect();
        let mut ledger = Ledger::default();
        let reports: Vec<UtteranceReport> = (0..9).map(|id| report(id, 1.0, 0.9)).collect();
        ledger.enter(Part::Train, 1, &reports);
        let judged = judge(&examples, Part::Train, &ledger);
        assert_eq!(judged.len(), 9);
        assert!(
            judged
                .iter()
                .all(|one| one.suspicion == 0.0 && !one.proposed)
        );
        assert!(judge(&[], Part::Train, &ledger).is_empty());
    }
}
