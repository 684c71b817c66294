//! A text as a chain of states that a recording passes through.

use std::{collections::BTreeMap, ops::Range};

use super::sounds::{PAUSE, Sound};

/// A letter begins and ends; what stands before colours its beginning, what follows its end.
const HALVES: usize = 2;
/// What leaving out half a letter costs, in nats: letters may be silent.
const SILENT_HALF: f64 = 3.0;
/// Expected lengths in halves of letters: a pause between words is mostly none.
const EDGE_LENGTH: f64 = 2.0;
const GAP_LENGTH: f64 = 0.4;

/// Number of a state; the pause is 0, then come the halves of the sounds, then halves between
/// certain neighbours.
pub(super) type State = usize;

/// The states there are.
#[derive(Debug, Clone)]
pub(super) struct Inventory {
    /// States without neighbours.
    plain: usize,
    /// States by sound, half and neighbour.
    coloured: BTreeMap<(Sound, usize, Sound), State>,
    /// The plain state that each coloured one is a kind of, in the order of their numbers.
    kinds: Vec<State>,
}

/// The states of a text, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    /// What a frame at each place sounds like.
    pub(super) states: Vec<State>,
    /// What leaving out each place costs, in nats; never above zero.
    pub(super) prices: Vec<f64>,
    /// Which sound of the text each place belongs to, counted from 0.
    pub(super) sounds: Vec<usize>,
}

impl Inventory {
    /// States of so many sounds, whatever stands beside them.
    pub(super) fn plain(sounds: usize) -> Self {
        Self {
            plain: 1 + HALVES * (sounds - 1),
            coloured: BTreeMap::new(),
            kinds: Vec::new(),
        }
    }

    /// Adds a state for every half and neighbour of these texts.
    pub(super) fn colour<'a>(&mut self, texts: impl Iterator<Item = &'a [Sound]>) {
        for text in texts {
            for (sound, half, neighbour) in halves(text) {
                let (kind, next) = (plain_state(sound, half), self.len());
                if let std::collections::btree_map::Entry::Vacant(free) =
                    self.coloured.entry((sound, half, neighbour))
                {
                    free.insert(next);
                    self.kinds.push(kind);
                }
            }
        }
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.plain + self.kinds.len()
    }

    /// States without neighbours; they come first.
    pub(super) fn plain_states(&self) -> usize {
        self.plain
    }

    /// The plain state that a state is a kind of; itself, if it is plain.
    pub(super) fn kind(&self, state: State) -> State {
        state
            .checked_sub(self.plain)
            .map_or(state, |coloured| self.kinds[coloured])
    }

    /// The chain of a text. Neighbours never heard leave a half plain.
    pub(super) fn chain(&self, text: &[Sound]) -> Chain {
        let mut chain = Chain {
            states: Vec::with_capacity(HALVES * text.len()),
            prices: Vec::with_capacity(HALVES * text.len()),
            sounds: Vec::with_capacity(HALVES * text.len()),
        };
        let mut begun = 0;
        for (sound, half, neighbour) in places(text) {
            begun += usize::from(half == 0);
            chain.sounds.push(begun - 1);
            let pause = sound == PAUSE;
            let coloured = self.coloured.get(&(sound, half, neighbour));
            let plain = || if pause { 0 } else { plain_state(sound, half) };
            chain.states.push(coloured.copied().unwrap_or_else(plain));
            chain.prices.push(if pause { 0.0 } else { -SILENT_HALF });
        }
        chain
    }
}

impl Chain {
    /// Which state each frame belongs to if every letter is as long as every other.
    pub(super) fn even(&self, frames: usize) -> Vec<State> {
        let last = self.states.len() - 1;
        let lengths = self
            .states
            .iter()
            .enumerate()
            .map(|(place, &state)| match state {
                0 if place == 0 || place == last => EDGE_LENGTH,
                0 => GAP_LENGTH,
                _ => 1.0,
            });
        let ends: Vec<f64> = lengths
            .scan(0.0, |end, length| {
                *end += length;
                Some(*end)
            })
            .collect();
        (0..frames)
            .map(|frame| {
                let at = (frame as f64 + 0.5) / frames as f64 * ends[last];
                self.states[ends.partition_point(|end| *end < at).min(last)]
            })
            .collect()
    }
}

/// The states of a sound without neighbours, in order.
pub(super) fn plain_states_of(sound: Sound) -> Range<State> {
    match sound {
        PAUSE => 0..1,
        _ => plain_state(sound, 0)..plain_state(sound, HALVES),
    }
}

fn plain_state(sound: Sound, half: usize) -> State {
    1 + HALVES * (usize::from(sound) - 1) + half
}

/// Pauses, and both halves of every sound with the neighbour that colours them.
fn places(text: &[Sound]) -> impl Iterator<Item = (Sound, usize, Sound)> + '_ {
    let neighbour = |place: Option<usize>| {
        let sound = place.and_then(|place| text.get(place));
        sound.copied().unwrap_or(PAUSE)
    };
    text.iter().enumerate().flat_map(move |(place, &sound)| {
        let count = if sound == PAUSE { 1 } else { HALVES };
        let beside = [neighbour(place.checked_sub(1)), neighbour(Some(place + 1))];
        (0..count).map(move |half| (sound, half, beside[half]))
    })
}

fn halves(text: &[Sound]) -> impl Iterator<Item = (Sound, usize, Sound)> + '_ {
    places(text).filter(|(sound, _, _)| *sound != PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_halves_between_pauses() {
        let chain = Inventory::plain(4).chain(&[0, 1, 3, 0]);
        assert_eq!(chain.states, [0, 1, 2, 5, 6, 0]);
        assert_eq!(chain.sounds, [0, 1, 1, 2, 2, 3]);
        assert_eq!([0, 1, 3].map(plain_states_of), [0..1, 1..3, 5..7]);
        assert_eq!(chain.prices[0], 0.0);
        assert_eq!(chain.prices[1], -SILENT_HALF);
    }

    #[test]
    fn neighbours_colour_a_half_and_strangers_do_not() {
        let mut inventory = Inventory::plain(4);
        inventory.colour([&[0, 1, 2, 0][..]].into_iter());
        assert_eq!((inventory.len(), inventory.plain_states()), (7 + 4, 7));
        let known = inventory.chain(&[0, 1, 2, 0]);
        assert_eq!(known.states, [0, 7, 8, 9, 10, 0]);
        let kinds: Vec<State> = known.states.iter().map(|s| inventory.kind(*s)).collect();
        assert_eq!(kinds, [0, 1, 2, 3, 4, 0]);
        // Before 3 the end of 1 was never heard; its beginning after a pause was.
        assert_eq!(inventory.chain(&[0, 1, 3, 0]).states, [0, 7, 2, 5, 6, 0]);
    }

    #[test]
    fn frames_are_spread_evenly_over_the_letters() {
        let chain = Inventory::plain(3).chain(&[0, 1, 2, 0]);
        assert_eq!(chain.even(8), [0, 0, 1, 2, 3, 4, 0, 0]);
        assert_eq!(chain.even(1).len(), 1);
        assert_eq!(Inventory::plain(3).chain(&[0]).even(3), [0, 0, 0]);
    }
}
