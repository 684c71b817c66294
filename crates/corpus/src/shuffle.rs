//! A deterministic shuffle that can be replayed from its name, seed and counter alone.
//!
//! The numbers come from BLAKE3 in its extendable-output mode: nothing to keep between calls, the
//! same on every machine and for every version of every other crate.

use blake3::{Hasher, OutputReader};

/// A named stream of random numbers at one counter value.
#[derive(Debug)]
pub struct Stream {
    output: OutputReader,
}

impl Stream {
    /// The stream called `name` of `seed`, at `counter` (an epoch, say).
    pub fn new(name: &str, seed: u64, counter: u64) -> Self {
        let mut hasher = Hasher::new_derive_key("diktor corpus order 1");
        hasher.update(&seed.to_le_bytes());
        hasher.update(&counter.to_le_bytes());
        hasher.update(name.as_bytes());
        Self {
            output: hasher.finalize_xof(),
        }
    }

    /// Shuffles in place (Fisher and Yates), every order equally likely.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last as u64 + 1) as usize);
        }
    }

    /// A number in `0..bound`; the tail that would favour small numbers is drawn again.
    ///
    /// # Panics
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let fair = u64::MAX - u64::MAX % bound;
        loop {
            let mut bytes = [0; 8];
            self.output.fill(&mut bytes);
            let value = u64::from_le_bytes(bytes);
            if value < fair {
                return value % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stream;

    fn shuffled(name: &str, seed: u64, counter: u64) -> Vec<u32> {
        let mut items: Vec<u32> = (0..50).collect();
        Stream::new(name, seed, counter).shuffle(&mut items);
        items
    }

    #[test]
    fn the_same_name_seed_and_counter_give_the_same_order() {
        assert_eq!(shuffled("a", 1, 2), shuffled("a", 1, 2));
    }

    #[test]
    fn name_seed_and_counter_each_change_the_order() {
        let base = shuffled("a", 1, 2);
        assert_ne!(base, shuffled("b", 1, 2));
        assert_ne!(base, shuffled("a", 2, 2));
        assert_ne!(base, shuffled("a", 1, 3));
    }

    #[test]
    fn every_place_is_about_equally_likely() {
        let mut counts = [0_u32; 4];
        for seed in 0..4000 {
            let mut items = [0, 1, 2, 3];
            Stream::new("fair", seed, 0).shuffle(&mut items);
            counts[items[0]] += 1;
        }
        // 1000 expected, standard deviation 27: five of them is a one in a million accident.
        assert!(
            counts.iter().all(|&c| (865..1135).contains(&c)),
            "{counts:?}"
        );
    }
}
