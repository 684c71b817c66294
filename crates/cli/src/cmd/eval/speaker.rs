//! The voice, speaking one sentence as `synthesize` would.

use std::{collections::HashSet, time::Instant};

use diktor_audio::Waveform;
use diktor_eval::{Measure, Sample, Scores, WordsRead, words_of, words_read};
use diktor_model::{InferOptions, Inference, PrenetDropout, StopReason, StopRule};

use crate::{
    cmd::synthesize::texts::{Pause, parts},
    voice::Voice,
};

/// A sentence that the voice has spoken.
pub(super) struct Speech {
    /// At the level that its mel says.
    pub(super) sound: Waveform,
    /// How it was read, how it ended and how long it took.
    pub(super) scores: Scores,
}

/// A voice and how it speaks.
pub(super) struct Speaker<'a> {
    voice: &'a Voice,
    options: InferOptions,
    seed: u64,
    /// Symbols of which words are made.
    sounding: HashSet<u32>,
}

impl<'a> Speaker<'a> {
    pub(super) fn new(voice: &'a Voice, seed: u64) -> Self {
        let symbols = &voice.frontend.symbols;
        let mut sounding: HashSet<u32> = symbols.spoken().into_iter().collect();
        // It stands inside words.
        sounding.extend(symbols.id("'"));
        Self {
            voice,
            options: InferOptions {
                prenet_dropout: PrenetDropout::Seeded(seed),
                stop: StopRule::Guarded,
                ..voice.options()
            },
            seed,
            sounding,
        }
    }

    /// Speaks a text, in parts if it is longer than what the voice learnt.
    ///
    /// # Errors
    /// When the text holds characters that the voice never learnt.
    pub(super) fn speak(&self, text: &str) -> anyhow::Result<Speech> {
        let lines = parts(text, None, Pause::Line, self.voice)?;
        let begun = Instant::now();
        let mut sound = Waveform {
            samples: Vec::new(),
            sample_rate: self.voice.mel.sampling_rate,
        };
        let mut read = WordsRead::default();
        let (mut at_limit, mut cut_short) = (false, false);
        for line in &lines {
            for one in self
                .voice
                .speak(std::slice::from_ref(&line.ids), &self.options)
            {
                if !sound.samples.is_empty() {
                    let pause = line.before.seconds() * f64::from(sound.sample_rate);
                    let end = sound.samples.len() + pause as usize;
                    sound.samples.resize(end, 0.0);
                }
                let spoken = self.voice.unfinished(&one.mel, self.seed)?;
                sound.samples.extend(spoken.samples);
                let part = self.read(&line.ids, &one);
                at_limit |= is_at_limit(one.stop);
                cut_short |= !is_at_limit(one.stop) && !part.reached_end;
                read.words += part.words;
                read.skipped += part.skipped;
                read.repeated += part.repeated;
            }
        }
        let seconds = begun.elapsed().as_secs_f64();
        let words = read.words as f64;
        let share = |holds: bool| Some(Sample::one(f64::from(u8::from(holds))));
        let samples = [
            (Measure::RanToLimit, share(at_limit)),
            (Measure::CutShort, share(cut_short)),
            (
                Measure::SkippedWords,
                Sample::of(read.skipped as f64, words),
            ),
            (
                Measure::RepeatedWords,
                Sample::of(read.repeated as f64, words),
            ),
            (
                Measure::RealTimeFactor,
                Sample::of(seconds, sound.seconds()),
            ),
        ];
        let measured = samples
            .into_iter()
            .filter_map(|(m, sample)| Some((m, sample?)));
        Ok(Speech {
            scores: measured.collect(),
            sound,
        })
    }

    /// How the attention went through the words of a part.
    fn read(&self, ids: &[u32], spoken: &Inference) -> WordsRead {
        let sounds: Vec<bool> = ids.iter().map(|id| self.sounding.contains(id)).collect();
        let rows = spoken
            .alignment
            .values
            .chunks_exact(spoken.alignment.symbols.max(1));
        let most = |row: &[f32]| {
            let found = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            found.map_or(0, |(at, _)| at)
        };
        let path: Vec<usize> = rows.map(most).collect();
        words_read(&path, &words_of(&sounds))
    }
}

/// Whether a sentence had to be stopped.
fn is_at_limit(stop: StopReason) -> bool {
    match stop {
        StopReason::Gate | StopReason::AlignmentSaturated => false,
        StopReason::LengthCap | StopReason::MaxSteps => true,
    }
}
