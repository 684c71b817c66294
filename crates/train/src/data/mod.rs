//! From examples to batches, ahead of the step that needs them.

mod dataset;
mod feeder;
mod kept;
mod mean_frame;
mod monotony;

use burn::tensor::Device;
use diktor_corpus::{Example, batching::BatchPlan};
use diktor_model::{Batch, Sample};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use dataset::{Dataset, DatasetOptions, Progress, frontend};
pub use feeder::{Feeder, FeederConfig};
pub(crate) use kept::keep_split;
pub use kept::split_of_run;
pub(crate) use mean_frame::read_mean_frame;
pub use monotony::monotony;

/// A place in the endless order of batches: with the seed it says which utterances come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// Epochs finished.
    pub epoch: u64,
    /// Batches taken from the current epoch.
    pub batch: u64,
}

impl Cursor {
    /// Epochs of which at least one batch has been taken.
    pub fn epochs_begun(&self) -> u64 {
        self.epoch + u64::from(self.batch > 0)
    }
}

/// What one optimiser step works on.
#[derive(Debug, Clone)]
pub struct StepBatch {
    /// The batches whose gradients are averaged; one unless gradients are accumulated.
    pub parts: Vec<Batch>,
    /// Mel frames per decoder step that the batches are padded for.
    pub frames_per_step: usize,
    /// Where the next step begins.
    pub after: Cursor,
    /// Seconds the step waited for this.
    pub waited_s: f64,
}

impl StepBatch {
    /// Mel frames, padding excluded.
    pub fn true_frames(&self) -> usize {
        self.parts.iter().map(Batch::true_frames).sum()
    }

    /// Names of all utterances.
    pub fn ids(&self) -> Vec<&str> {
        self.parts
            .iter()
            .flat_map(|part| &part.ids)
            .map(String::as_str)
            .collect()
    }
}

/// Puts examples into one batch, in the order given.
pub fn collate(examples: &[&Example], r: usize, device: &Device) -> Batch {
    let samples: Vec<Sample<'_>> = examples
        .iter()
        .map(|example| Sample {
            id: &example.id,
            symbols: &example.symbols,
            mel: &example.mel,
        })
        .collect();
    Batch::collate(&samples, r, device)
}

/// The order of batches over these examples.
pub(crate) fn plan(examples: &[Example], batch_size: usize, bucket: bool, seed: u64) -> BatchPlan {
    let lengths: Vec<usize> = examples
        .iter()
        .map(|example| example.mel.frames())
        .collect();
    BatchPlan::new(&lengths, batch_size, bucket, seed)
}

/// The seed of the order after so many restarts: another order each time, and a function of the run's one seed.
///
/// # Source
/// One step of SplitMix64 (Steele, Lea, Flood 2014) away from the seed for each restart.
pub fn order_seed(seed: u64, restarts: u64) -> u64 {
    if restarts == 0 {
        return seed;
    }
    let mut z = seed.wrapping_add(restarts.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A fingerprint of a set: its utterances in order, their symbols and their lengths.
///
/// It does not look into the mels, so that it costs nothing; it is there to notice a changed corpus on resume.
pub fn fingerprint(examples: &[Example]) -> String {
    let mut hash = Sha256::new();
    for example in examples {
        hash.update(example.id.as_bytes());
        hash.update([0]);
        hash.update((example.mel.frames() as u64).to_le_bytes());
        hash.update((example.symbols.len() as u64).to_le_bytes());
        for symbol in &example.symbols {
            hash.update(symbol.to_le_bytes());
        }
    }
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
