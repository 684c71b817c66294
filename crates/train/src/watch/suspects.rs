//! Which utterances are most likely to have a wrong transcript or a bad recording.
//!
//! A wrong transcript leaves two traces in the network, until it is learnt by heart: its mel is
//! predicted worse than that of its neighbours, and the attention finds no clean way through it. Two
//! more need no network: the recording is too long or too short for its text, or other texts fit it
//! as well as its own.

mod length;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, collections::BTreeMap};

use diktor_corpus::{Example, TextFits};
use diktor_track::Oddity;

use self::length::{Length, lengths};
use super::ledger::{Entry, Ledger, Part, median};

/// One figure alone cannot make an utterance more suspicious than this.
const MOST: f64 = 6.0;
/// Lengths within this many deviations are usual in speech and say nothing.
const USUAL_LENGTH: f64 = 3.0;
/// A figure this far from the rest is named as a reason.
const NAMED: f64 = 2.0;
/// An utterance this suspicious is proposed to be left out, if it is also bad in itself: in a clean and
/// even corpus the least even utterances are far from the rest, and nothing is wrong with them.
pub const PROPOSED: f64 = 4.0;
/// Attention is bad in itself below this score, when it is also so far below the usual one.
///
/// # Source
/// Measured on the demo corpus: the lowest of 400 right utterances was 0.78, and 0.11 below the usual
/// score; wrong transcripts that attention cannot get through were below 0.65, and 0.16 below it.
const BAD_ALIGNMENT: f64 = 0.7;
const FAR_BELOW_USUAL: f64 = 0.15;
/// A loss is bad in itself from so many times the usual one; right utterances reached 1.5.
const BAD_LOSS: f64 = 2.0;
/// So many times longer or shorter than its text lets expect is no way to speak it.
const BAD_LENGTH: f64 = 1.6;
/// A text that fits its recording by so much better than other texts do is hardly a wrong one: a wrong text stands so far
/// above others once in forty times, and the figures of the network are then believed only where two of them agree.
const FITS: f64 = 2.0;
/// Looks at an utterance before its figures say more about its text than about chance.
const MATURE_LOOKS: u64 = 20;
/// At most this share of a set is proposed for being unlike the rest: a corpus is not emptied by
/// statistics. A text that others fit as well is wrong however many there are.
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
    /// How far its text fits its recording better than other texts do, in their standard deviations;
    /// `None` where that cannot be told.
    pub text_fit: Option<f64>,
    /// What is unlike the rest, the most telling first.
    pub because: Vec<Oddity>,
    /// Whether it is proposed to be left out.
    pub proposed: bool,
}

/// Judges every utterance of a set that was looked at, the most suspicious first.
#[must_use]
pub fn judge<'a>(
    examples: &'a [Example],
    part: Part,
    ledger: &'a Ledger,
    fits: &TextFits,
) -> Vec<Judged<'a>> {
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
    let lengths = lengths(&known);
    let mut judged: Vec<Judged<'_>> = known
        .iter()
        .enumerate()
        .map(|(index, &(example, entry))| {
            let fit = fits.get(&example.id);
            let traces = Traces {
                text: fit.map_or(0.0, |fit| fit.evidence),
                loss: loss[index].unwrap_or(0.0),
                attention: attention[index].unwrap_or(0.0),
                gate: gate[index].unwrap_or(0.0),
                length: lengths[index].z,
            };
            Judged {
                example,
                part,
                entry,
                suspicion: traces.suspicion(),
                length_z: traces.length,
                text_fit: fit.map(|fit| fit.margin),
                because: traces.because(),
                proposed: fits.is_misfit(&example.id)
                    || is_mature(part, entry)
                        && traces.suspicion() >= PROPOSED
                        && is_bad_in_itself(entry, lengths[index], fit.map(|fit| fit.margin)),
            }
        })
        .collect();
    judged.sort_by(by_suspicion);
    let most = (judged.len() as f64 * MOST_PROPOSED).ceil() as usize;
    let unlike = judged
        .iter_mut()
        .filter(|one| one.proposed && !fits.is_misfit(&one.example.id));
    unlike.skip(most).for_each(|one| one.proposed = false);
    judged
}

/// Puts what is proposed first, so that it can be listened to, and then the most suspicious.
pub fn worst_first(judged: &mut [Judged<'_>]) {
    judged.sort_by(|a, b| {
        let order = b.proposed.cmp(&a.proposed);
        order.then_with(|| by_suspicion(a, b))
    });
}

/// Names break ties, so that the order is the same in every run.
fn by_suspicion(a: &Judged<'_>, b: &Judged<'_>) -> Ordering {
    let order = b.suspicion.total_cmp(&a.suspicion);
    order.then_with(|| a.example.id.cmp(&b.example.id))
}

/// Whether the network's figures of an utterance say more about its text than about chance.
/// Validation is looked at without dropout, so one look is as good as many.
fn is_mature(part: Part, entry: &Entry) -> bool {
    part == Part::Validation || entry.looks >= MATURE_LOOKS
}

/// Whether the figures of an utterance are bad whatever those of the others are: one of them, or two where its text fits
/// its recording.
fn is_bad_in_itself(entry: &Entry, length: Length, text_fit: Option<f64>) -> bool {
    let lost = entry
        .alignment_score
        .zip(entry.relative_alignment)
        .is_some_and(|(score, relative)| score < BAD_ALIGNMENT && relative <= -FAR_BELOW_USUAL);
    let spoken = (1.0 / BAD_LENGTH..=BAD_LENGTH).contains(&length.of_expected);
    let signs = [lost, entry.relative_loss >= BAD_LOSS, !spoken];
    let bad = signs.into_iter().filter(|sign| *sign).count();
    let needed = if text_fit.is_some_and(|fit| fit >= FITS) {
        2
    } else {
        1
    };
    bad >= needed
}

/// How far one utterance is from the rest, in robust deviations; above zero is worse. Of its text,
/// how much likelier it is a wrong one, nats.
struct Traces {
    text: f64,
    loss: f64,
    attention: f64,
    gate: f64,
    length: f64,
}

impl Traces {
    fn suspicion(&self) -> f64 {
        let beyond_usual = self.length.abs() - USUAL_LENGTH;
        self.text.clamp(0.0, MOST)
            + self.loss.clamp(0.0, MOST)
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
            (self.text, Oddity::Text),
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
