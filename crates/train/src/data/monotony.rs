//! Whether there is anything to tell apart: one text for all, or one recording under many texts, teaches nothing.

use std::{
    collections::{BTreeSet, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use diktor_corpus::Example;
use diktor_track::flags::Monotony;

/// Fewer utterances are a corpus for a test.
const LEAST: usize = 20;
/// So many utterances to one text or one recording are too many.
const ALIKE: usize = 10;

/// What the training set lacks, if its texts or its recordings are hardly different from each other.
#[must_use]
pub fn monotony(train: &[Example]) -> Option<Monotony> {
    let texts: BTreeSet<&[u32]> = train.iter().map(|one| one.symbols.as_slice()).collect();
    let recordings: HashSet<u64> = train.iter().map(fingerprint).collect();
    let few = |different: usize| different * ALIKE <= train.len();
    (train.len() >= LEAST && (few(texts.len()) || few(recordings.len()))).then_some(Monotony {
        utterances: train.len() as u64,
        texts: texts.len() as u64,
        recordings: recordings.len() as u64,
    })
}

fn fingerprint(one: &Example) -> u64 {
    let mut hasher = DefaultHasher::new();
    one.mel.frames().hash(&mut hasher);
    one.mel
        .values()
        .iter()
        .for_each(|value| value.to_bits().hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use diktor_audio::Mel;

    use super::*;

    fn set(text: impl Fn(u32) -> u32, sound: impl Fn(u32) -> f32) -> Vec<Example> {
        let example = |id: u32| Example {
            id: format!("u{id}"),
            symbols: vec![1, text(id)],
            mel: Mel::new(1, vec![sound(id); 9]),
            audio: "none.wav".into(),
            text: String::new(),
            trimmed_s: 0.0,
            cached: false,
        };
        (0..40).map(example).collect()
    }

    #[test]
    fn one_text_or_one_recording_for_all_is_told() {
        assert_eq!(monotony(&set(|id| id, |id| id as f32)), None);
        assert_eq!(
            monotony(&set(|id| id % 20, |id| id as f32)),
            None,
            "said twice"
        );
        let [text, sound] = [set(|_| 3, |id| id as f32), set(|id| id, |_| 1.0)]
            .map(|examples| monotony(&examples).unwrap());
        assert_eq!((text.texts, text.recordings), (1, 40));
        assert_eq!((sound.texts, sound.recordings), (40, 1));
        assert_eq!(Monotony::read(&sound.sentence()), Some(sound));
    }
}
