//! Whether speech says its text, told by a model that has learnt how the recordings sound.

use std::ops::Range;

use diktor_audio::Mel;
use diktor_text::SymbolTable;
use rayon::prelude::*;

use super::{
    LEAST_RIVALS, LEAST_UTTERANCES, Rivals,
    cepstra::Cepstra,
    chain::plain_states_of,
    judgeable,
    sounds::{PAUSE, Sound, Sounds},
    speech::Speech,
    taught,
};
use crate::Example;

/// Other texts whose letters are looked for in speech.
const OTHERS: usize = 4;
/// Where fewer of the letters of recordings are recognised, the listener understands nothing.
const LEAST_RECOGNISED: f64 = 0.1;

/// Knows how a speaker sounds, and what else could have been said.
///
/// A letter is recognised if, on the frames where a text puts it, it sounds more like itself than like any other letter.
/// Put through the right text, recordings have many such letters, and through a text of somebody else nearly none.
#[derive(Debug)]
pub struct Listener {
    speech: Speech,
    sounds: Sounds,
    rivals: Rivals,
}

/// What was spoken, and what should have been.
#[derive(Debug, Clone, Copy)]
pub struct Speaking<'a> {
    /// What is heard.
    pub mel: &'a Mel,
    /// Symbol ids of its text.
    pub symbols: &'a [u32],
    /// The recording of the same text.
    pub recording: &'a Mel,
}

impl Listener {
    /// Learns from recordings and their texts; `None` where they are too few.
    ///
    /// The same for the same utterances and seed, whatever their order and the number of threads.
    pub fn learn<'a>(
        examples: impl IntoIterator<Item = &'a Example>,
        symbols: &SymbolTable,
        seed: u64,
    ) -> Option<Self> {
        let sounds = Sounds::of(symbols);
        let corpus = judgeable(examples, &sounds);
        if corpus.len() < LEAST_UTTERANCES {
            return None;
        }
        let rivals = Rivals::among(corpus.iter().map(|one| &one.text[..]), seed);
        let taught = taught(&corpus, (0..corpus.len()).collect(), seed, 0);
        Some(Self {
            speech: Speech::learn(&taught, sounds.count()),
            sounds,
            rivals,
        })
    }

    /// How well speech is understood: the share of its letters that are recognised, beyond that of other texts, over the
    /// same of the recordings. 0 says that the speech could be of any text, 1 that it is as clear as the recordings.
    ///
    /// `None` where the recordings themselves are not understood, or nothing was said.
    pub fn intelligibility(&self, spoken: &[Speaking<'_>]) -> Option<f64> {
        let heard: Vec<[f64; 2]> = spoken
            .par_iter()
            .filter_map(|one| {
                let recorded = self.recognised(one.recording, one.symbols)?;
                // Speech that cannot even be listened to is not understood.
                let spoken = self.recognised(one.mel, one.symbols).unwrap_or(0.0);
                Some([spoken, recorded])
            })
            .collect();
        let [spoken, recorded] = heard.iter().fold([0.0; 2], |[a, b], [spoken, recorded]| {
            [a + spoken, b + recorded]
        });
        let clear = recorded >= LEAST_RECOGNISED * heard.len() as f64;
        (clear && !heard.is_empty()).then(|| (spoken / recorded).clamp(0.0, 1.0))
    }

    /// The share of the letters of a text that are recognised, beyond that of other texts; `None` of what is no speech,
    /// or where there are no other texts.
    fn recognised(&self, mel: &Mel, symbols: &[u32]) -> Option<f64> {
        let text = self.sounds.read(symbols);
        let mut rivals = self.rivals.of(&text, 0);
        if rivals.len() < LEAST_RIVALS {
            return None;
        }
        rivals.truncate(OTHERS);
        let cepstra = Cepstra::of(mel)?;
        let densities = self.speech.plain_densities(&cepstra);
        let share = |text: &[Sound]| self.share(&cepstra, &densities, text);
        let others: f64 = rivals.iter().map(|text| share(text)).sum();
        Some(share(&text) - others / rivals.len() as f64)
    }

    /// The share of the letters of a text that are recognised.
    fn share(&self, cepstra: &Cepstra, densities: &[Vec<f32>], text: &[Sound]) -> f64 {
        let spans = self.speech.spans(cepstra, text);
        let letters = text.iter().zip(spans).filter(|(sound, _)| **sound != PAUSE);
        let (mut recognised, mut all) = (0.0, 0.0);
        for (&sound, span) in letters {
            let suits = |other: Sound| suits(&densities[plain_states_of(other)], span.clone());
            let others = (0..self.sounds.count() as Sound).filter(|other| *other != sound);
            let own = suits(sound);
            let is_clear = !span.is_empty() && others.map(suits).all(|other| other <= own);
            recognised += f64::from(is_clear);
            all += 1.0;
        }
        if all > 0.0 { recognised / all } else { 0.0 }
    }
}

/// How well frames suit the states of a sound, one after the other, nats: the sum on the best way, which may begin and
/// end in any of them.
fn suits(states: &[Vec<f32>], span: Range<usize>) -> f64 {
    let mut best = vec![0.0; states.len()];
    for frame in span {
        let mut arriving = f64::NEG_INFINITY;
        for (best, state) in best.iter_mut().zip(states) {
            arriving = arriving.max(*best);
            *best = arriving + f64::from(state[frame]);
        }
    }
    best.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

#[cfg(test)]
mod tests {
    use super::{super::tests::corpus, *};

    /// Of some utterances, each with the mel of the utterance so many further on.
    fn exchanged(examples: &[Example], by: usize) -> Vec<Speaking<'_>> {
        let others = examples.iter().cycle().skip(by);
        let pairs = examples.iter().zip(others);
        pairs
            .map(|(one, other)| Speaking {
                mel: &other.mel,
                symbols: &one.symbols,
                recording: &one.mel,
            })
            .collect()
    }

    #[test]
    fn recordings_are_understood_and_other_sentences_are_not() {
        let (examples, table) = corpus(80, 1);
        let (learnt, judged) = examples.split_at(60);
        let listener = Listener::learn(learnt, &table, 7).unwrap();
        assert_eq!(listener.intelligibility(&exchanged(judged, 0)), Some(1.0));
        let others = listener.intelligibility(&exchanged(judged, 1)).unwrap();
        assert!(others < 0.1, "{others}");
    }

    #[test]
    fn a_blur_is_understood_less_than_speech_and_more_than_nothing() {
        let (examples, table) = corpus(80, 2);
        let (learnt, judged) = examples.split_at(60);
        let listener = Listener::learn(learnt, &table, 7).unwrap();
        let smoothed = |width: usize| {
            let blurs: Vec<Mel> = judged.iter().map(|one| blurred(&one.mel, width)).collect();
            let spoken = blurs.iter().zip(judged).map(|(mel, one)| Speaking {
                mel,
                symbols: &one.symbols,
                recording: &one.mel,
            });
            let spoken: Vec<Speaking<'_>> = spoken.collect();
            listener.intelligibility(&spoken).unwrap()
        };
        let (slight, strong) = (smoothed(2), smoothed(8));
        assert!(slight > strong + 0.2, "{slight:.3} and {strong:.3}");
    }

    /// The mean of so many frames to either side.
    fn blurred(mel: &Mel, width: usize) -> Mel {
        let (frames, bins) = (mel.frames(), mel.bins());
        let values = (0..frames).flat_map(|frame| {
            let around = frame.saturating_sub(width)..(frame + width + 1).min(frames);
            (0..bins).map(move |bin| {
                let sum: f32 = around.clone().map(|at| mel.frame(at)[bin]).sum();
                sum / around.len() as f32
            })
        });
        Mel::new(bins, values.collect())
    }

    #[test]
    fn nothing_is_heard_of_silence_and_nothing_can_be_said_without_recordings() {
        let (examples, table) = corpus(60, 3);
        let listener = Listener::learn(&examples[..40], &table, 7).unwrap();
        let (silent, broken) = (Mel::new(40, vec![-11.5; 40 * 90]), Mel::new(40, Vec::new()));
        for mel in [&silent, &broken] {
            let one = &examples[50];
            let spoken = Speaking {
                mel,
                symbols: &one.symbols,
                recording: &one.mel,
            };
            let found = listener.intelligibility(&[spoken]).unwrap();
            assert!(found < 0.1, "{found}");
        }
        assert_eq!(listener.intelligibility(&[]), None);
        assert!(Listener::learn(&examples[..10], &table, 7).is_none());
    }

    #[test]
    fn the_best_way_through_a_sound_may_leave_out_a_state() {
        let states = [vec![0.0, -9.0, -9.0], vec![-9.0, -1.0, -2.0]];
        assert_eq!(suits(&states, 0..3), -3.0);
        assert_eq!(suits(&states, 1..3), -3.0);
        assert_eq!(suits(&states, 0..1), 0.0);
    }
}
