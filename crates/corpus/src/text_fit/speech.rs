//! How a speaker sounds, learnt from recordings and their texts alone.

use std::ops::Range;

use rayon::prelude::*;

use super::{
    align::{Emissions, align, score},
    cepstra::Cepstra,
    chain::{Chain, Inventory, State},
    gaussian::{Gaussian, Tally},
    sounds::Sound,
};

/// Times that all recordings are aligned and all Gaussians made anew, without neighbours.
const PLAIN_PASSES: usize = 5;
/// Such times with neighbours.
const COLOURED_PASSES: usize = 5;
/// Imagined frames of all speech in the Gaussian of a plain state.
const PLAIN_WEIGHT: f64 = 5.0;
/// Imagined frames of its plain state in the Gaussian of a coloured one.
const COLOURED_WEIGHT: f64 = 20.0;

/// A recording and what is said to be spoken in it.
#[derive(Debug, Clone)]
pub(super) struct Recital {
    /// Its frames.
    pub(super) cepstra: Cepstra,
    /// Its text.
    pub(super) text: Vec<Sound>,
}

/// A Gaussian for each of some hundred states: too little to know a text by heart.
#[derive(Debug)]
pub(super) struct Speech {
    inventory: Inventory,
    gaussians: Vec<Gaussian>,
}

impl Speech {
    /// Learns from a flat start: all letters equally long, then aligned again and again.
    ///
    /// # Source
    /// Young et al., The HTK Book (2006), sections 1.6, 8.3 and 10.2: Viterbi training from uniform
    /// segmentation, then context-dependent states cloned from plain ones.
    pub(super) fn learn(recitals: &[Recital], sounds: usize) -> Self {
        let inventory = Inventory::plain(sounds);
        let even: Vec<Vec<State>> = recitals
            .iter()
            .map(|one| inventory.chain(&one.text).even(one.cepstra.frames()))
            .collect();
        let gaussians = estimate(&inventory, recitals, &even);
        let mut speech = Self {
            inventory,
            gaussians,
        };
        for _ in 0..PLAIN_PASSES {
            speech.relearn(recitals);
        }
        speech.colour(recitals);
        for _ in 0..COLOURED_PASSES {
            speech.relearn(recitals);
        }
        speech
    }

    /// How well each of some texts fits a recording, nats.
    pub(super) fn scores(&self, cepstra: &Cepstra, texts: &[&[Sound]]) -> Vec<f64> {
        let chains: Vec<Chain> = texts
            .iter()
            .map(|text| self.inventory.chain(text))
            .collect();
        let emissions = Emissions::of(&self.gaussians, cepstra, &chains);
        chains
            .iter()
            .map(|chain| score(chain, &emissions))
            .collect()
    }

    /// The frames of each sound of a text, none where it was left out.
    pub(super) fn spans(&self, cepstra: &Cepstra, text: &[Sound]) -> Vec<Range<usize>> {
        let chain = self.inventory.chain(text);
        let mut spans = vec![0..0; text.len()];
        for (frame, place) in self.way(cepstra, &chain).into_iter().enumerate() {
            let span = &mut spans[chain.sounds[place]];
            if span.end == 0 {
                span.start = frame;
            }
            span.end = frame + 1;
        }
        spans
    }

    /// How well every frame suits each state without neighbours, nats: by state, then by frame.
    pub(super) fn plain_densities(&self, cepstra: &Cepstra) -> Vec<Vec<f32>> {
        let plain = &self.gaussians[..self.inventory.plain_states()];
        let densities = |gaussian: &Gaussian| {
            let mut densities = vec![0.0; cepstra.frames()];
            gaussian.log_densities(cepstra, &mut densities);
            densities
        };
        plain.iter().map(densities).collect()
    }

    /// The state of every frame of a recital.
    fn aligned(&self, recital: &Recital) -> Vec<State> {
        let chain = self.inventory.chain(&recital.text);
        let way = self.way(&recital.cepstra, &chain);
        way.into_iter().map(|place| chain.states[place]).collect()
    }

    /// The place in a chain of every frame.
    fn way(&self, cepstra: &Cepstra, chain: &Chain) -> Vec<usize> {
        let chains = std::slice::from_ref(chain);
        align(chain, &Emissions::of(&self.gaussians, cepstra, chains))
    }

    fn relearn(&mut self, recitals: &[Recital]) {
        let ways: Vec<Vec<State>> = recitals.par_iter().map(|one| self.aligned(one)).collect();
        self.gaussians = estimate(&self.inventory, recitals, &ways);
    }

    /// Lets neighbours tell states apart; each begins as the plain one.
    fn colour(&mut self, recitals: &[Recital]) {
        let texts = recitals.iter().map(|one| &one.text[..]);
        self.inventory.colour(texts);
        for state in self.gaussians.len()..self.inventory.len() {
            let plain = self.gaussians[self.inventory.kind(state)].clone();
            self.gaussians.push(plain);
        }
    }
}

/// The Gaussians of frames that belong to known states. Frames are counted one after another, so
/// that the sums do not depend on threads.
fn estimate(inventory: &Inventory, recitals: &[Recital], ways: &[Vec<State>]) -> Vec<Gaussian> {
    let mut tallies = vec![Tally::default(); inventory.len()];
    for (recital, way) in recitals.iter().zip(ways) {
        for (frame, state) in way.iter().enumerate() {
            tallies[*state].add(&recital.cepstra, frame);
        }
    }
    let mut plain = vec![Tally::default(); inventory.plain_states()];
    let mut all = Tally::default();
    for (state, tally) in tallies.iter().enumerate() {
        plain[inventory.kind(state)].merge(tally);
        all.merge(tally);
    }
    let overall = all.overall();
    let mut gaussians: Vec<Gaussian> = plain
        .iter()
        .map(|tally| tally.leaning(&overall, PLAIN_WEIGHT, &overall))
        .collect();
    for (state, tally) in tallies.iter().enumerate().skip(plain.len()) {
        let kind = &gaussians[inventory.kind(state)];
        gaussians.push(tally.leaning(kind, COLOURED_WEIGHT, &overall));
    }
    gaussians
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{Speaker, letters},
        *,
    };

    /// How much of some recitals is in the states of the sounds that were spoken.
    fn share_right(ways: &[Vec<State>], spoken: &[Vec<Sound>], inventory: &Inventory) -> f64 {
        let states = ways.iter().flatten();
        let right = states
            .zip(spoken.iter().flatten())
            .filter(|(state, sound)| {
                // Two states a sound, after that of the pause.
                inventory.kind(**state).div_ceil(2) == usize::from(**sound)
            });
        right.count() as f64 / spoken.iter().flatten().count() as f64
    }

    #[test]
    fn a_flat_start_finds_the_letters_of_synthetic_speech() {
        let mut speaker = Speaker::new(3);
        let (recitals, spoken): (Vec<Recital>, Vec<Vec<Sound>>) = (0..60)
            .map(|_| {
                let text = speaker.text();
                let (mel, spoken) = speaker.say(&text);
                let cepstra = Cepstra::of(&mel).unwrap();
                (Recital { cepstra, text }, spoken)
            })
            .unzip();
        let inventory = Inventory::plain(letters() + 1);
        let chains = recitals.iter().map(|one| (inventory.chain(&one.text), one));
        let flat: Vec<Vec<State>> = chains
            .map(|(chain, one)| chain.even(one.cepstra.frames()))
            .collect();
        let flat = share_right(&flat, &spoken, &inventory);
        let speech = Speech::learn(&recitals, letters() + 1);
        let learnt: Vec<Vec<State>> = recitals.iter().map(|one| speech.aligned(one)).collect();
        let learnt = share_right(&learnt, &spoken, &speech.inventory);
        // Slopes reach two frames over every boundary, and letters last three to eight.
        assert!(
            flat < 0.6 && learnt > 0.88,
            "evenly {flat:.3}, learnt {learnt:.3}"
        );
    }
}
