//! Counter-based randomness: the same seed, step and stream give the same numbers, without state.

use burn::tensor::{Device, Tensor, TensorData};

/// Randomness of one optimiser step (or of one initialisation, or one synthesis).
///
/// Every consumer draws from its own named stream, so adding a layer does not change the masks of
/// another, and a fused kernel can recompute any element of a mask instead of storing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    /// Seed of the run.
    pub seed: u64,
    /// Optimiser step, or decoder step in synthesis.
    pub step: u64,
}

/// One named sequence of random words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream(u64);

impl Noise {
    /// The stream of that name at this seed and step.
    pub(crate) fn stream(self, name: &str) -> Stream {
        // FNV-1a keeps names apart; the mixer below spreads the bits.
        let name = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Stream(mix(mix(mix(self.seed) ^ self.step) ^ name))
    }

    /// Randomness of its own for a part of the network that is built like another part.
    pub(crate) fn of(self, name: &str) -> Self {
        Self {
            seed: self.stream(name).0,
            step: self.step,
        }
    }

    /// Inverted dropout mask: 0 with probability `p`, else `1 / (1 - p)`.
    pub(crate) fn dropout_mask<const D: usize>(
        self,
        name: &str,
        p: f64,
        shape: [usize; D],
        device: &Device,
    ) -> Tensor<D> {
        let mut mask = vec![0.0; shape.iter().product()];
        self.stream(name).dropout_mask(p, 0, &mut mask);
        Tensor::from_data(TensorData::new(mask, shape), device)
    }
}

impl Stream {
    /// Fills `mask` with elements `first..first + mask.len()` of an inverted dropout mask.
    #[inline(always)]
    pub(crate) fn dropout_mask(self, p: f64, first: usize, mask: &mut [f32]) {
        let threshold = (p * f64::from(1_u32 << 31) * 2.0) as u64;
        let kept = (1.0 / (1.0 - p)) as f32;
        let choose = |word: u32| {
            if u64::from(word) < threshold {
                0.0
            } else {
                kept
            }
        };
        let odd = first % 2;
        let (head, pairs) = mask.split_at_mut(odd.min(mask.len()));
        for value in head {
            *value = choose((self.pair(first as u64 / 2) >> 32) as u32);
        }
        let first = (first + odd) as u64 / 2;
        for (number, pair) in pairs.chunks_mut(2).enumerate() {
            let words = self.pair(first + number as u64);
            pair[0] = choose(words as u32);
            if let Some(value) = pair.get_mut(1) {
                *value = choose((words >> 32) as u32);
            }
        }
    }

    /// `len` numbers uniform in `[-bound, bound)`.
    pub(crate) fn uniform(self, bound: f64, len: usize) -> Vec<f32> {
        (0..len as u64)
            .map(|index| {
                let unit = mix(self.0.wrapping_add(index.wrapping_mul(GOLDEN))) >> 11;
                let unit = unit as f64 / (1_u64 << 53) as f64;
                ((2.0 * unit - 1.0) * bound) as f32
            })
            .collect()
    }

    /// One mixed word serves two neighbours.
    #[inline(always)]
    fn pair(self, index: u64) -> u64 {
        mix(self.0.wrapping_add(index.wrapping_mul(GOLDEN)))
    }
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators).
#[inline(always)]
fn mix(word: u64) -> u64 {
    let word = word.wrapping_add(GOLDEN);
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOISE: Noise = Noise { seed: 7, step: 3 };

    fn mask(noise: Noise, name: &str, p: f64, len: usize) -> Vec<f32> {
        let mut mask = vec![0.0; len];
        noise.stream(name).dropout_mask(p, 0, &mut mask);
        mask
    }

    #[test]
    fn a_mask_can_be_recomputed_from_any_element() {
        let whole = mask(NOISE, "prenet.0", 0.5, 101);
        for first in [0, 1, 50, 99] {
            let mut part = vec![0.0; 101 - first];
            NOISE.stream("prenet.0").dropout_mask(0.5, first, &mut part);
            assert_eq!(part, whole[first..]);
        }
    }

    #[test]
    fn streams_steps_and_seeds_differ() {
        let base = mask(NOISE, "a", 0.5, 256);
        assert_ne!(base, mask(NOISE, "b", 0.5, 256));
        assert_ne!(base, mask(Noise { step: 4, ..NOISE }, "a", 0.5, 256));
        assert_ne!(base, mask(Noise { seed: 8, ..NOISE }, "a", 0.5, 256));
    }

    #[test]
    fn dropout_keeps_its_share_and_its_mean() {
        for p in [0.0, 0.1, 0.5, 0.9] {
            let mask = mask(NOISE, "share", p, 200_000);
            let dropped = mask.iter().filter(|value| **value == 0.0).count() as f64 / 2e5;
            let mean = mask.iter().map(|value| f64::from(*value)).sum::<f64>() / 2e5;
            // Four standard errors of a Bernoulli share over 200 000 draws.
            assert!((dropped - p).abs() < 0.005, "share {dropped} for p {p}");
            assert!((mean - 1.0).abs() < 0.03, "mean {mean} for p {p}");
        }
    }

    #[test]
    fn uniform_numbers_fill_their_range() {
        let numbers = NOISE.stream("init").uniform(0.5, 10_000);
        let mean = numbers.iter().sum::<f32>() / 1e4;
        assert!(numbers.iter().all(|value| value.abs() <= 0.5));
        assert!(mean.abs() < 0.02, "mean {mean}");
    }
}
