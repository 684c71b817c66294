//! The sentence at the end of `prepare stats`: what is usable, which preset fits, how long it takes.

use std::fmt;

use diktor_corpus::{Remark, Statistics, by_frequency, most_frequent, validation_size};
use diktor_track::decimals_in;
use diktor_train::{
    Hparams,
    hparams::{Resolved, Sources, resolve},
};
use serde::Serialize;

use super::estimate;
use crate::{cli::Language, exit::usage, threads};

/// Hours from which on a preset has something to learn from, the most demanding first.
const PRESETS: [(f64, &str); 3] = [(1.0, "base"), (0.1, "demo"), (0.0, "tiny")];

/// Epochs that a corpus of so many hours takes.
///
/// # Source
/// The specification's `IntelligentEpochOptimizer`.
const EPOCHS: [(f64, u64); 5] = [
    (0.5, 4000),
    (1.0, 3000),
    (3.0, 2000),
    (10.0, 1500),
    (f64::INFINITY, 1000),
];

/// Steps that the full network takes, whatever the epochs say.
const FULL_STEPS: [u64; 2] = [100_000, 200_000];

/// Epochs in which the small networks have learnt what they can, as `quickstart` shows.
const SMALL_EPOCHS: u64 = 60;

/// What a corpus is good for.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    usable: usize,
    listed: usize,
    hours: f64,
    /// The preset that fits.
    preset: &'static str,
    /// Optimiser steps it takes.
    steps: u64,
    /// Epochs by the specification's rule of thumb, which is for the full network.
    epochs_hint: u64,
    /// How long these steps take on this machine, estimated.
    estimated_hours: f64,
    /// What the estimate rests on.
    assumption: String,
    /// All of it in words.
    sentence: String,
}

impl Verdict {
    /// Judges a corpus; `recordings` are its path and flags, as a training is told of them.
    ///
    /// # Errors
    /// If a preset does not resolve.
    pub(super) fn new(
        statistics: &Statistics,
        asked: &Hparams,
        recordings: &str,
        language: Language,
    ) -> anyhow::Result<Self> {
        let hours = statistics.hours;
        let preset = PRESETS.iter().find(|(least, _)| hours >= *least);
        let preset = preset.map_or("tiny", |&(_, name)| name);
        let hparams = resolved(preset)?;
        let usable = statistics.utterances;
        let learnt = usable - validation_size(usable);
        let epochs = EPOCHS.iter().find(|(below, _)| hours < *below);
        let epochs_hint = epochs.map_or(1000, |&(_, epochs)| epochs);
        let steps = steps(&hparams, learnt, epochs_hint);
        let speed = estimate::speed()?;
        let frame_s = asked.hop_length as f64 / f64::from(asked.sampling_rate);
        let frames = statistics.duration_s.mean / frame_s;
        let estimated_hours =
            steps as f64 * estimate::step_seconds(&hparams, frames, speed) / 3600.0;
        let mut this = Self {
            usable,
            listed: statistics.listed.max(usable),
            hours,
            preset,
            steps,
            epochs_hint,
            estimated_hours,
            assumption: String::new(),
            sentence: String::new(),
        };
        let (threads, gflops) = (threads::count(), speed / 1e9);
        this.assumption = match language {
            Language::En => format!(
                "estimated from {gflops:.0} GFLOP/s of this processor, {threads} threads, measured just now; \
                 half or twice as long is possible"
            ),
            Language::Ru => format!(
                "оценка по {gflops:.0} GFLOP/s этого процессора, потоков: {threads}, измерено сейчас; \
                 может выйти вдвое меньше или больше"
            ),
        };
        this.sentence = this.sentence(statistics, recordings, language);
        Ok(this)
    }

    fn sentence(&self, statistics: &Statistics, recordings: &str, language: Language) -> String {
        let Self {
            usable,
            listed,
            preset,
            steps,
            ..
        } = self;
        let (length, time) = (
            time(self.hours, language),
            time(self.estimated_hours, language),
        );
        let scale = scale(preset, language);
        let assumption = &self.assumption;
        let line =
            format!("diktor train --dataset {recordings} --preset {preset} --max-steps {steps}");
        match language {
            Language::En => {
                let notes = notes(&statistics.remarks, ToString::to_string);
                format!(
                    "{usable} of {listed} utterances are usable, {length} of speech: {scale}. Preset \
                     `{preset}` fits, about {steps} steps, about {time} on this machine \
                     ({assumption}).{notes}\nnext    {line}"
                )
            }
            Language::Ru => {
                let notes = notes(&statistics.remarks, in_russian);
                format!(
                    "Годится фраз: {usable} из {listed}, {length} речи: {scale}. Подходит пресет \
                     `{preset}`, примерно {steps} шагов, на этой машине примерно {time} \
                     ({assumption}).{notes}\nдальше  {line}"
                )
            }
        }
    }
}

fn resolved(preset: &str) -> anyhow::Result<Hparams> {
    let sources = Sources {
        preset: Some(preset),
        ..Sources::default()
    };
    let Resolved { hparams, .. } = resolve(&sources).map_err(usage)?;
    Ok(hparams)
}

/// Steps of a training: those of the preset where it has them, and enough epochs; the full network
/// takes as many as the rule of thumb says, within the bounds of experience.
fn steps(hparams: &Hparams, utterances: usize, epochs_hint: u64) -> u64 {
    let batch = hparams.batch_size * hparams.gradient_accumulation_steps;
    let per_epoch = utterances.div_ceil(batch).max(1) as u64;
    let full = hparams.decoder_rnn_dim >= Hparams::default().decoder_rnn_dim;
    let steps = if full {
        (per_epoch * epochs_hint).clamp(FULL_STEPS[0], FULL_STEPS[1])
    } else {
        (per_epoch * SMALL_EPOCHS).max(hparams.max_steps).max(300)
    };
    steps.div_ceil(50) * 50
}

/// What a corpus of the size of a preset is enough for.
fn scale(preset: &str, language: Language) -> &'static str {
    match (preset, language) {
        ("tiny", Language::En) => "enough to try the way out, not for a voice",
        ("demo", Language::En) => "enough for a small voice that reads simple sentences",
        (_, Language::En) => "enough for a voice",
        ("tiny", Language::Ru) => "хватит на пробу, но не на голос",
        ("demo", Language::Ru) => "хватит на небольшой голос для простых фраз",
        (_, Language::Ru) => "хватит на голос",
    }
}

fn notes(remarks: &[Remark], words: impl Fn(&Remark) -> String) -> String {
    remarks
        .iter()
        .map(|remark| format!(" {}.", words(remark)))
        .collect()
}

fn in_russian(remark: &Remark) -> String {
    match remark {
        Remark::OneRecording { lines, listed, of } => {
            format!("В {lines} из {listed} строк одна и та же запись, `{of}`")
        }
        Remark::OneText { lines, listed, of } => {
            format!("В {lines} из {listed} строк один и тот же текст, как у `{of}`")
        }
        Remark::Speakers { utterances } => format!(
            "В одном голосе смешаны дикторы ({}); `--speaker {}` оставит одного",
            by_frequency(utterances).join(", "),
            most_frequent(utterances)
        ),
    }
}

/// A length of time in the units that fit it.
fn time(hours: f64, language: Language) -> String {
    let [day, hour, minute, second] = match language {
        Language::En => ["days", "h", "min", "s"],
        Language::Ru => ["сут", "ч", "мин", "с"],
    };
    let seconds = 3600.0 * hours;
    match seconds {
        ..90.0 => format!("{seconds:.0} {second}"),
        ..5400.0 => format!("{:.0} {minute}", seconds / 60.0),
        ..172_800.0 => format!("{} {hour}", decimals_in(hours, 1, language.into())),
        _ => format!("{} {day}", decimals_in(hours / 24.0, 1, language.into())),
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_with_the_corpus_and_stay_within_reason() {
        let full = resolved("base").unwrap();
        assert_eq!(steps(&full, 700, 2000), 100_000);
        assert_eq!(steps(&full, 12_900, 1000), 200_000);
        let small = resolved("demo").unwrap();
        assert_eq!(steps(&small, 360, 4000), 4200);
        assert_eq!(steps(&small, 720, 3000), 5400);
        assert_eq!(steps(&resolved("tiny").unwrap(), 21, 4000), 300);
    }

    #[test]
    fn time_is_told_in_units_that_fit() {
        for (hours, english, russian) in [
            (0.01, "36 s", "36 с"),
            (0.5, "30 min", "30 мин"),
            (20.0, "20.0 h", "20,0 ч"),
            (240.0, "10.0 days", "10,0 сут"),
        ] {
            assert_eq!(time(hours, Language::En), english);
            assert_eq!(time(hours, Language::Ru), russian);
        }
    }
}
