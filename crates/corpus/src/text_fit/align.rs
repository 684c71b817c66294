//! The best way of a recording through a text.

use super::{
    cepstra::Cepstra,
    chain::{Chain, State},
    gaussian::Gaussian,
};

/// How well every frame of a recording suits the states that some texts need.
#[derive(Debug)]
pub(super) struct Emissions {
    frames: usize,
    /// Row of a state in `values`; that of a state nobody needs means nothing.
    rows: Vec<usize>,
    values: Vec<f32>,
}

impl Emissions {
    /// For the states of `chains`.
    pub(super) fn of(gaussians: &[Gaussian], cepstra: &Cepstra, chains: &[Chain]) -> Self {
        let frames = cepstra.frames();
        let mut rows = vec![usize::MAX; gaussians.len()];
        let mut values = Vec::new();
        for &state in chains.iter().flat_map(|chain| &chain.states) {
            if rows[state] == usize::MAX {
                rows[state] = values.len() / frames;
                values.resize(values.len() + frames, 0.0);
                let at = rows[state] * frames;
                gaussians[state].log_densities(cepstra, &mut values[at..]);
            }
        }
        Self {
            frames,
            rows,
            values,
        }
    }

    /// How well every frame suits a state.
    fn of_state(&self, state: State) -> &[f32] {
        &self.values[self.rows[state] * self.frames..][..self.frames]
    }
}

/// How the best way came to a frame at a place, and how it went on past that place.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    /// The frame before is at the same place.
    stayed: bool,
    /// Who goes on after the frame before has left the place out.
    left_out: bool,
}

/// Logarithm of the likelihood of a recording on its best way through a text, nats.
pub(super) fn score(chain: &Chain, emissions: &Emissions) -> f64 {
    pass(chain, emissions, |_, _, _| ())
}

/// The place in the chain of every frame on the best way.
pub(super) fn align(chain: &Chain, emissions: &Emissions) -> Vec<usize> {
    let (places, frames) = (chain.states.len(), emissions.frames);
    let mut turns = vec![Turn::default(); places * (frames + 1)];
    pass(chain, emissions, |place, frame, turn| {
        turns[place * (frames + 1) + frame] = turn;
    });
    let turn = |place: usize, frame: usize| turns[place * (frames + 1) + frame];
    // The last place before `place` that the frame before `frame` is at.
    let before = |place: usize, frame: usize| {
        (0..place)
            .rev()
            .find(|&place| !turn(place, frame).left_out)
            .unwrap_or(0)
    };
    let mut way = vec![0; frames];
    let mut place = before(places, frames);
    for frame in (0..frames).rev() {
        way[frame] = place;
        if frame > 0 && !turn(place, frame).stayed {
            place = before(place, frame);
        }
    }
    way
}

/// Goes through the places with all frames at once; returns the score of the best way. `mark` is told
/// of every place and frame how the best way turned there.
///
/// A way stays where it is or goes on, and may leave out places at their prices; staying and going
/// on cost nothing, because texts are compared on the same frames.
///
/// # Source
/// Viterbi (1967); Young et al., The HTK Book (2006), section 1.5. Leaving out is the token that
/// passes an empty transition.
fn pass(chain: &Chain, emissions: &Emissions, mut mark: impl FnMut(usize, usize, Turn)) -> f64 {
    let frames = emissions.frames;
    // By frame: the best way that has come past the places so far before that frame.
    let mut past = vec![f64::NEG_INFINITY; frames + 1];
    past[0] = 0.0;
    for (place, (&state, &price)) in chain.states.iter().zip(&chain.prices).enumerate() {
        // The best way that is at this place in the frame before.
        let mut here = f64::NEG_INFINITY;
        let suits = emissions.of_state(state);
        for (frame, past) in past.iter_mut().enumerate() {
            let (arriving, leaving_out) = (*past, *past + price);
            let turn = Turn {
                stayed: here >= arriving,
                left_out: leaving_out > here,
            };
            mark(place, frame, turn);
            *past = leaving_out.max(here);
            if let Some(suits) = suits.get(frame) {
                here = here.max(arriving) + f64::from(*suits);
            }
        }
    }
    past[frames]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The best score of all ways, tried one by one.
    fn brute_force(chain: &Chain, emissions: &Emissions) -> f64 {
        fn from(chain: &Chain, emissions: &Emissions, frame: usize, place: usize) -> f64 {
            let own = f64::from(emissions.of_state(chain.states[place])[frame]);
            let left = |to: usize| -> f64 { chain.prices[place + 1..to].iter().sum() };
            let places = chain.states.len();
            if frame + 1 == emissions.frames {
                return own + left(places);
            }
            let on = (place + 1..places).map(|to| left(to) + from(chain, emissions, frame + 1, to));
            own + on.fold(from(chain, emissions, frame + 1, place), f64::max)
        }
        (0..chain.states.len())
            .map(|place| {
                let left: f64 = chain.prices[..place].iter().sum();
                left + from(chain, emissions, 0, place)
            })
            .fold(f64::NEG_INFINITY, f64::max)
    }

    fn emissions(places: usize, frames: usize, values: &[f32]) -> Emissions {
        Emissions {
            frames,
            rows: (0..places).collect(),
            values: values[..places * frames].to_vec(),
        }
    }

    proptest! {
        #[test]
        fn no_way_is_better_than_the_one_found(
            places in 1_usize..5,
            frames in 1_usize..6,
            values in prop::collection::vec(-9.0_f32..0.0, 25),
            prices in prop::collection::vec(-4.0_f64..=0.0, 4),
        ) {
            let chain = Chain { states: (0..places).collect(), prices: prices[..places].to_vec(), sounds: (0..places).collect() };
            let emissions = emissions(places, frames, &values);
            let best = score(&chain, &emissions);
            prop_assert!((best - brute_force(&chain, &emissions)).abs() < 1e-9);
            // The way itself earns that score.
            let way = align(&chain, &emissions);
            prop_assert!(way.is_sorted() && way.len() == frames);
            let earned: f64 = (0..frames)
                .map(|frame| f64::from(emissions.of_state(way[frame])[frame]))
                .sum();
            let left = (0..places).filter(|place| !way.contains(place));
            let paid: f64 = left.map(|place| chain.prices[place]).sum();
            prop_assert!((earned + paid - best).abs() < 1e-9, "{way:?}");
        }
    }

    #[test]
    fn a_recording_shorter_than_its_text_leaves_letters_out() {
        let chain = Chain {
            states: vec![0, 1, 2],
            prices: vec![0.0, -3.0, -3.0],
            sounds: vec![0, 1, 2],
        };
        let emissions = emissions(3, 1, &[-1.0, -1.0, -5.0]);
        assert_eq!(align(&chain, &emissions), [1]);
        assert_eq!(score(&chain, &emissions), -4.0);
    }
}
