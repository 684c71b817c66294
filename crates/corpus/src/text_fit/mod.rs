//! Whether a text is what its recording says, told without a network.
//!
//! A large network learns a wrong text by heart, and its loss then says nothing. So small a model
//! cannot: one Gaussian for half a letter between certain neighbours, learnt from other utterances
//! than the one it judges. It says how well the text of an utterance fits its recording, and how well
//! texts of other utterances do. A right text stands far above them; a wrong one is one of them.

mod align;
mod cepstra;
mod chain;
mod gaussian;
mod listener;
mod sounds;
mod speech;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use diktor_audio::Mel;
use diktor_text::SymbolTable;
use rayon::prelude::*;

pub use self::listener::{Listener, Speaking};
use self::{
    cepstra::Cepstra,
    sounds::{Sound, Sounds},
    speech::{Recital, Speech},
};
use crate::{Example, shuffle::Stream, summary::centre};

/// Parts of a corpus, each judged by a model that learnt from the others.
const FOLDS: usize = 4;
/// Most utterances that one model learns from: more do not make so small a model better.
const MOST_TAUGHT: usize = 500;
/// Other texts that one is compared with, and the fewest that say anything.
const RIVALS: usize = 16;
const LEAST_RIVALS: usize = 8;
/// Rivals are drawn from so many texts of about the same length.
const ALIKE: usize = 48;
/// Among fewer utterances nothing can be learnt.
const LEAST_UTTERANCES: usize = 20;
/// Where texts usually stand less far above others, the corpus is too small, or too much of it is
/// wrong, for this measure to accuse anybody.
const TELLING: f64 = 4.0;
/// Evidence from which a text is called wrong: it is seven times likelier to be one.
const MISFIT: f64 = 2.0;

/// How well one text fits its recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextFit {
    /// How far its log-likelihood is above that of other texts, in their standard deviations: about 0
    /// of a wrong text, several of a right one.
    pub margin: f64,
    /// How much likelier a wrong text has such a margin than a right one, nats; below 0 it is
    /// likelier to be right.
    pub evidence: f64,
}

/// How well the texts of a corpus fit their recordings.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TextFits {
    fits: BTreeMap<String, TextFit>,
    usual: f64,
}

/// An utterance that can be judged.
struct Judgeable<'a> {
    id: &'a str,
    mel: &'a Mel,
    text: Vec<Sound>,
}

impl TextFits {
    /// Judges every utterance that has frames, finite ones, and a letter.
    ///
    /// The same for the same utterances and seed, whatever their order and the number of threads.
    pub fn of<'a>(
        examples: impl IntoIterator<Item = &'a Example>,
        symbols: &SymbolTable,
        seed: u64,
    ) -> Self {
        let sounds = Sounds::of(symbols);
        let corpus = judgeable(examples, &sounds);
        if corpus.len() < LEAST_UTTERANCES {
            return Self::default();
        }
        let rivals = Rivals::among(corpus.iter().map(|one| &one.text[..]), seed);
        let mut margins: Vec<(String, f64)> = Vec::with_capacity(corpus.len());
        for fold in 0..FOLDS {
            let others = (0..corpus.len()).filter(|one| one % FOLDS != fold);
            let taught = taught(&corpus, others.collect(), seed, fold as u64);
            let speech = Speech::learn(&taught, sounds.count());
            let judged: Vec<usize> = (fold..corpus.len()).step_by(FOLDS).collect();
            let found: Vec<Option<(String, f64)>> = judged
                .par_iter()
                .map(|&one| {
                    let found = margin(&speech, &corpus[one], &rivals.of(&corpus[one].text, one))?;
                    Some((corpus[one].id.to_owned(), found))
                })
                .collect();
            margins.extend(found.into_iter().flatten());
        }
        margins.into_iter().collect()
    }

    /// How well the text of an utterance fits; `None` where that cannot be told.
    pub fn get(&self, id: &str) -> Option<TextFit> {
        self.fits.get(id).copied()
    }

    /// Every utterance that was judged, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, TextFit)> {
        self.fits.iter().map(|(id, fit)| (id.as_str(), *fit))
    }

    /// The median margin.
    pub fn usual(&self) -> f64 {
        self.usual
    }

    /// Whether right texts stand out enough in this corpus for a wrong one to be told.
    pub fn tells(&self) -> bool {
        self.usual >= TELLING
    }

    /// Whether the text of an utterance fits no better than others do.
    pub fn is_misfit(&self, id: &str) -> bool {
        self.tells() && self.get(id).is_some_and(|fit| fit.evidence >= MISFIT)
    }
}

/// What margins say, by name: those of wrong texts are spread by 1 about 0, because that is how they
/// are measured, and those of right ones about the usual one.
impl FromIterator<(String, f64)> for TextFits {
    fn from_iter<I: IntoIterator<Item = (String, f64)>>(margins: I) -> Self {
        let margins: Vec<(String, f64)> = margins.into_iter().collect();
        let (usual, spread) = centre(margins.iter().map(|(_, margin)| *margin));
        // What spreads the margins of wrong texts spreads those of right ones too.
        let spread = spread.max(1.0);
        let fit = |margin: f64| {
            // No text is more wrong than one that has nothing to do with the recording.
            let wrong = -0.5 * margin.max(0.0).powi(2);
            let right = -0.5 * ((margin.max(0.0) - usual) / spread).powi(2) - spread.ln();
            TextFit {
                margin,
                evidence: wrong - right,
            }
        };
        Self {
            fits: margins
                .into_iter()
                .map(|(id, margin)| (id, fit(margin)))
                .collect(),
            usual,
        }
    }
}

/// What can be judged, by name.
fn judgeable<'a>(
    examples: impl IntoIterator<Item = &'a Example>,
    sounds: &Sounds,
) -> Vec<Judgeable<'a>> {
    let mut corpus: Vec<Judgeable<'a>> = examples
        .into_iter()
        .map(|example| Judgeable {
            id: &example.id,
            mel: &example.mel,
            text: sounds.read(&example.symbols),
        })
        .filter(|one| one.text.len() > 1)
        .filter(|one| one.mel.frames() > 0 && one.mel.values().iter().all(|v| v.is_finite()))
        .collect();
    corpus.sort_by_key(|one| one.id);
    corpus
}

/// What a model learns from: of these utterances, no more than enough. Each number of a model draws others.
fn taught(corpus: &[Judgeable<'_>], mut from: Vec<usize>, seed: u64, number: u64) -> Vec<Recital> {
    if from.len() > MOST_TAUGHT {
        Stream::new("taught texts", seed, number).shuffle(&mut from);
        from.truncate(MOST_TAUGHT);
        from.sort_unstable();
    }
    let recital = |&one: &usize| {
        let cepstra = Cepstra::of(corpus[one].mel)?;
        let text = corpus[one].text.clone();
        Some(Recital { cepstra, text })
    };
    from.par_iter().filter_map(recital).collect()
}

/// Which texts each utterance is compared with.
#[derive(Debug)]
struct Rivals {
    seed: u64,
    /// Distinct texts, the shortest first.
    texts: Vec<Vec<Sound>>,
}

impl Rivals {
    fn among<'a>(texts: impl Iterator<Item = &'a [Sound]>, seed: u64) -> Self {
        let mut texts: Vec<Vec<Sound>> = texts.map(<[Sound]>::to_vec).collect();
        texts.sort_unstable_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        texts.dedup();
        Self { seed, texts }
    }

    /// Some texts about as long as the one of utterance `number`, and not the same.
    fn of(&self, text: &[Sound], number: usize) -> Vec<&[Sound]> {
        let place = self
            .texts
            .partition_point(|other| (other.len(), &other[..]) < (text.len(), text));
        let last_window = self.texts.len().saturating_sub(ALIKE);
        let window = self
            .texts
            .iter()
            .skip(place.saturating_sub(ALIKE / 2).min(last_window));
        let alike = window.take(ALIKE).map(|other| &other[..]);
        let mut rivals: Vec<&[Sound]> = alike.filter(|other| *other != text).collect();
        Stream::new("rival texts", self.seed, number as u64).shuffle(&mut rivals);
        rivals.truncate(RIVALS);
        rivals
    }
}

/// How far the text of an utterance is above its rivals; `None` where they are few or all alike.
fn margin(speech: &Speech, utterance: &Judgeable<'_>, rivals: &[&[Sound]]) -> Option<f64> {
    if rivals.len() < LEAST_RIVALS {
        return None;
    }
    let texts: Vec<&[Sound]> = std::iter::once(&utterance.text[..])
        .chain(rivals.iter().copied())
        .collect();
    let scores = speech.scores(&Cepstra::of(utterance.mel)?, &texts);
    let (own, others) = scores.split_first()?;
    let count = others.len() as f64;
    let mean = others.iter().sum::<f64>() / count;
    let squares: f64 = others.iter().map(|score| (score - mean).powi(2)).sum();
    let margin = (own - mean) / (squares / (count - 1.0)).sqrt();
    margin.is_finite().then_some(margin)
}
