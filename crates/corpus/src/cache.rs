//! Mels kept between runs, found by what they were made of.
//!
//! The name of an entry is a hash of the bytes of the recording, the mel parameters, the trimming
//! and the version of this code's format. An entry ends with a checksum; whatever does not add up
//! is computed again, never trusted.
//!
//! Layout of an entry, little endian: `DKTRMEL` and a version byte, bins `u32`, frames `u32`,
//! seconds trimmed `f64`, `frames * bins` values `f32` in rows of frames, BLAKE3 of all before.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use diktor_audio::{Mel, MelConfig, TrimConfig};

use crate::manifest::write_whole;

/// Changes whenever the same inputs would give another mel, or the layout of an entry changes.
const MAGIC: &[u8; 8] = b"DKTRMEL\x01";
const HEADER: usize = 24;
const CHECKSUM: usize = blake3::OUT_LEN;

/// Larger files are not entries: this is an hour of speech.
const MAX_BYTES: u64 = 1 << 27;

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cached {
    pub(crate) mel: Mel,
    pub(crate) trimmed_s: f64,
}

/// A folder of mels made with the same parameters as now, among others.
#[derive(Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
    parameters: blake3::Hash,
    bins: usize,
}

impl Cache {
    pub(crate) fn new(dir: &Path, mel: &MelConfig, trim: Option<&TrimConfig>) -> Self {
        // `Debug` of these plain structs names every field, so that any change of any of them,
        // also a new one, is another key.
        let parameters = blake3::hash(format!("{MAGIC:?} {mel:?} {trim:?}").as_bytes());
        Self {
            dir: dir.into(),
            parameters,
            bins: mel.n_mel_channels,
        }
    }

    /// Where the mel of the recording with this hash lies.
    pub(crate) fn entry(&self, audio_hash: &str) -> PathBuf {
        let mut key = blake3::Hasher::new();
        key.update(self.parameters.as_bytes());
        key.update(audio_hash.as_bytes());
        self.dir.join(format!("{}.mel", key.finalize().to_hex()))
    }

    /// The entry, if it is there and adds up.
    pub(crate) fn read(&self, entry: &Path) -> Option<Cached> {
        let mut file = File::open(entry).ok()?;
        if !file
            .metadata()
            .is_ok_and(|m| m.is_file() && m.len() <= MAX_BYTES)
        {
            return None;
        }
        let mut bytes = Vec::new();
        file.by_ref().take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        let decoded = decode(&bytes).filter(|cached| cached.mel.bins() == self.bins);
        if decoded.is_none() {
            tracing::warn!(entry = %entry.display(), "damaged cache entry, computing it again");
        }
        decoded
    }

    /// Keeps an entry. A full or read-only disk costs time in the next run, not this one.
    pub(crate) fn write(&self, entry: &Path, cached: &Cached) {
        if let Err(error) = write_whole(entry, &encode(cached)) {
            tracing::warn!(entry = %entry.display(), %error, "mel not cached");
            // A folder or a damaged file in its place would be met again in every run.
            let _ = fs::remove_file(entry);
        }
    }
}

fn encode(cached: &Cached) -> Vec<u8> {
    let mel = &cached.mel;
    let mut bytes = Vec::with_capacity(HEADER + 4 * mel.values().len() + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(mel.bins() as u32).to_le_bytes());
    bytes.extend_from_slice(&(mel.frames() as u32).to_le_bytes());
    bytes.extend_from_slice(&cached.trimmed_s.to_le_bytes());
    for value in mel.values() {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Cached> {
    let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>()?;
    if !content.starts_with(MAGIC) || blake3::hash(content) != *checksum {
        return None;
    }
    let bins = u32::from_le_bytes(content.get(8..12)?.try_into().ok()?) as usize;
    let frames = u32::from_le_bytes(content.get(12..16)?.try_into().ok()?) as usize;
    let trimmed_s = f64::from_le_bytes(content.get(16..HEADER)?.try_into().ok()?);
    let (values, rest) = content.get(HEADER..)?.as_chunks::<4>();
    if bins == 0 || bins.checked_mul(frames)? != values.len() || !rest.is_empty() {
        return None;
    }
    let values: Vec<f32> = values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect();
    let finite = trimmed_s.is_finite() && values.iter().all(|value| value.is_finite());
    finite.then(|| Cached {
        mel: Mel::new(bins, values),
        trimmed_s,
    })
}

#[cfg(test)]
mod tests {
    use diktor_audio::{Mel, MelConfig, TrimConfig};
    use proptest::prelude::*;

    use super::{Cache, Cached, decode, encode};

    fn cached() -> Cached {
        let values = (0..12).map(|i| i as f32 / 7.0 - 11.5).collect();
        Cached {
            mel: Mel::new(4, values),
            trimmed_s: 0.25,
        }
    }

    #[test]
    fn an_entry_reads_back_to_the_same_bits() {
        assert_eq!(decode(&encode(&cached())), Some(cached()));
    }

    #[test]
    fn any_change_of_recording_or_parameters_is_another_entry() {
        let dir = std::path::Path::new("cache");
        let (mel, trim) = (MelConfig::default(), TrimConfig::default());
        let other = MelConfig {
            mel_fmax: 7600.0,
            ..mel.clone()
        };
        let entries = [
            Cache::new(dir, &mel, Some(&trim)).entry("aa"),
            Cache::new(dir, &mel, Some(&trim)).entry("ab"),
            Cache::new(dir, &mel, None).entry("aa"),
            Cache::new(dir, &other, Some(&trim)).entry("aa"),
        ];
        for (i, a) in entries.iter().enumerate() {
            assert!(entries[..i].iter().all(|b| a != b), "{entries:?}");
        }
    }

    proptest! {
        #[test]
        fn a_flipped_bit_is_never_trusted(bit in 0_usize..8 * (24 + 48 + 32)) {
            let mut bytes = encode(&cached());
            bytes[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(decode(&bytes), None);
        }

        #[test]
        fn a_truncated_entry_is_never_trusted(length in 0_usize..24 + 48 + 32) {
            prop_assert_eq!(decode(&encode(&cached())[..length]), None);
        }

        #[test]
        fn any_bytes_decode_or_do_not(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&bytes), None);
        }
    }
}
