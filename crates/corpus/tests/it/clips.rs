//! Synthetic corpora: tones whose length fits their text, between silences.

use std::{
    fs,
    path::{Path, PathBuf},
};

use diktor_audio::{Waveform, write_wav};
use diktor_text::{Cleaners, Frontend};

pub(crate) const RATE: u32 = 22_050;

/// Silence before and after the tone, s.
pub(crate) const SILENCE_S: f64 = 0.4;

/// One utterance to be written.
#[derive(Clone)]
pub(crate) struct Clip {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) wave: Waveform,
}

/// Different clips, spoken at about 15 characters per second.
pub(crate) fn clips(count: usize) -> Vec<Clip> {
    (0..count)
        .map(|i| clip(i, &format!("This is sentence {}.", WORDS[i % WORDS.len()])))
        .collect()
}

const WORDS: [&str; 24] = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
];

/// The clip of a number, saying a text.
pub(crate) fn clip(number: usize, text: &str) -> Clip {
    let seconds = (text.chars().count() as f64 / 15.0).max(0.6);
    let hertz = 200.0 + 10.0 * number as f64;
    Clip {
        id: format!("clip-{number:03}"),
        text: text.into(),
        wave: tone(hertz, seconds, RATE),
    }
}

/// A tone between two silences.
pub(crate) fn tone(hertz: f64, seconds: f64, sample_rate: u32) -> Waveform {
    let rate = f64::from(sample_rate);
    let silence = vec![0.0; (SILENCE_S * rate) as usize];
    let sample = |k: usize| (0.3 * (std::f64::consts::TAU * hertz * k as f64 / rate).sin()) as f32;
    let mut samples = silence.clone();
    samples.extend((0..(seconds * rate) as usize).map(sample));
    samples.extend(silence);
    Waveform {
        samples,
        sample_rate,
    }
}

/// Writes the recordings into `wavs/` and the lines into the list; gives the list back.
pub(crate) fn write(dir: &Path, list: &str, clips: &[Clip], line: fn(&Clip) -> String) -> PathBuf {
    fs::create_dir_all(dir.join("wavs")).unwrap();
    let mut lines = String::new();
    for clip in clips {
        write_wav(
            &dir.join("wavs").join(format!("{}.wav", clip.id)),
            &clip.wave,
        )
        .unwrap();
        lines.push_str(&line(clip));
        lines.push('\n');
    }
    let list = dir.join(list);
    fs::write(&list, lines).unwrap();
    list
}

/// A corpus as LJSpeech keeps it.
pub(crate) fn write_ljspeech(dir: &Path, clips: &[Clip]) -> PathBuf {
    write(dir, "metadata.csv", clips, |clip| {
        format!("{}|{}|{}", clip.id, clip.text, clip.text)
    })
}

pub(crate) fn english() -> Frontend {
    Frontend::new(vec![Cleaners::EnglishCleaners])
}
