//! How far one sound is from another that says the same.

use std::collections::BTreeMap;

use diktor_audio::{
    Mel, MelAlignment, MelConfig, MelExtractor, PitchConfig, PitchTracker, align_mels,
};

use crate::{
    error::EvalError,
    evaluation::Scores,
    measure::{Measure, Sample},
};

/// Longest sound that is compared: aligning costs memory with the square of the length.
///
/// # Units
/// Seconds.
pub const LONGEST_S: f64 = 60.0;

/// A pitch that is off by more than this share of the right one is a gross error.
const GROSS: f64 = 0.2;

/// What is compared of a sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Its mel.
    pub mel: Mel,
    /// Pitch of every frame in Hz, where it is voiced.
    pub pitch: Vec<Option<f64>>,
}

/// Turns waveforms into what is compared. Built once, used from any thread.
#[derive(Debug, Clone)]
pub struct Analyser {
    sampling_rate: u32,
    mel: MelExtractor,
    pitch: PitchTracker,
}

impl Analyser {
    /// With the mels of a voice.
    ///
    /// # Errors
    /// Mel parameters that cannot work.
    pub fn new(config: &MelConfig) -> Result<Self, EvalError> {
        Ok(Self {
            sampling_rate: config.sampling_rate,
            mel: MelExtractor::new(config)?,
            pitch: PitchTracker::new(&PitchConfig::for_mel(config))?,
        })
    }

    /// Mel and pitch of samples at the sampling rate of the mels.
    ///
    /// # Errors
    /// A sound that is too short for a frame or longer than [`LONGEST_S`], or samples far outside
    /// `[-1, 1]`.
    pub fn analyse(&self, samples: &[f32]) -> Result<Sound, EvalError> {
        let seconds = samples.len() as f64 / f64::from(self.sampling_rate);
        if seconds > LONGEST_S {
            return Err(EvalError::TooLong { seconds });
        }
        Ok(Sound {
            mel: self.mel.extract(samples)?,
            pitch: self.pitch.track(samples),
        })
    }
}

/// Everything that can be told of a spoken sound by its recording.
///
/// What cannot be measured is absent: pitch without a voiced pair, ratios to a silent recording.
#[must_use]
pub fn compare(recording: &Sound, spoken: &Sound) -> Scores {
    let Some(MelAlignment { pairs, mcd }) = align_mels(&recording.mel, &spoken.mel) else {
        return Scores::new();
    };
    let mels = MelDistance::along(&pairs, &recording.mel, &spoken.mel);
    let pitches = PitchDistance::along(&pairs, &recording.pitch, &spoken.pitch);
    let frames = pairs.len() as f64;
    let cells = frames * recording.mel.bins() as f64;
    let voiced = pitches.both_voiced as f64;
    let samples = [
        (Measure::MelCepstralDistortion, Some(Sample::one(mcd.db))),
        (Measure::MelError, Some(Sample::one(mels.absolute / cells))),
        (Measure::LogF0Error, Sample::of(pitches.squared_log, voiced)),
        (
            Measure::VoicingError,
            Sample::of(pitches.voicing_differs as f64, frames),
        ),
        (
            Measure::GrossPitchError,
            Sample::of(pitches.gross as f64, voiced),
        ),
        (
            Measure::VarianceRatio,
            ratio(spoken.mel.variance(), recording.mel.variance()),
        ),
        (
            Measure::SpectralConvergence,
            ratio(mels.squared_magnitude.sqrt(), mels.squared_recording.sqrt()),
        ),
        (
            Measure::LengthRatio,
            ratio(spoken.mel.frames() as f64, recording.mel.frames() as f64),
        ),
    ];
    let measured = samples
        .into_iter()
        .filter_map(|(m, sample)| Some((m, sample?)));
    measured.collect::<BTreeMap<_, _>>()
}

/// A ratio that counts as one sentence.
fn ratio(above: f64, below: f64) -> Option<Sample> {
    let value = above / below;
    (below > 0.0 && value.is_finite()).then(|| Sample::one(value))
}

#[derive(Debug, Default)]
struct MelDistance {
    absolute: f64,
    squared_magnitude: f64,
    squared_recording: f64,
}

impl MelDistance {
    fn along(pairs: &[(usize, usize)], recording: &Mel, spoken: &Mel) -> Self {
        let mut sums = Self::default();
        for &(i, j) in pairs {
            for (&a, &b) in recording.frame(i).iter().zip(spoken.frame(j)) {
                let (a, b) = (f64::from(a), f64::from(b));
                sums.absolute += (a - b).abs();
                sums.squared_magnitude += (a.exp() - b.exp()).powi(2);
                sums.squared_recording += (2.0 * a).exp();
            }
        }
        sums
    }
}

#[derive(Debug, Default)]
struct PitchDistance {
    both_voiced: usize,
    voicing_differs: usize,
    gross: usize,
    squared_log: f64,
}

impl PitchDistance {
    fn along(pairs: &[(usize, usize)], recording: &[Option<f64>], spoken: &[Option<f64>]) -> Self {
        // A mel of one convention may have a frame more than the track.
        let at = |track: &[Option<f64>], frame: usize| track.get(frame).copied().flatten();
        let mut sums = Self::default();
        for &(i, j) in pairs {
            match (at(recording, i), at(spoken, j)) {
                (Some(a), Some(b)) => {
                    sums.both_voiced += 1;
                    sums.squared_log += (b / a).ln().powi(2);
                    sums.gross += usize::from((b / a - 1.0).abs() > GROSS);
                }
                (None, None) => {}
                _ => sums.voicing_differs += 1,
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(levels: &[f32], pitch: &[Option<f64>]) -> Sound {
        let values = levels
            .iter()
            .flat_map(|&level| (0..8_u8).map(move |bin| level + f32::from(bin) * level * 0.1));
        Sound {
            mel: Mel::new(8, values.collect()),
            pitch: pitch.to_vec(),
        }
    }

    #[test]
    fn a_sound_is_at_no_distance_from_itself() {
        let one = sound(&[-3.0, -1.0, -2.0], &[Some(100.0), None, Some(120.0)]);
        let scores = compare(&one, &one);
        for (measure, sample) in &scores {
            let expected = match measure {
                Measure::VarianceRatio | Measure::LengthRatio => 1.0,
                _ => 0.0,
            };
            assert!(
                (sample.value(*measure) - expected).abs() < 1e-9,
                "{measure:?}"
            );
        }
        assert_eq!(scores.len(), 8);
    }

    #[test]
    fn pitch_is_compared_where_both_are_voiced() {
        let a = sound(&[-3.0, -1.0, -2.0], &[Some(100.0), None, Some(120.0)]);
        let b = sound(&[-3.0, -1.0, -2.0], &[Some(150.0), Some(90.0), Some(120.0)]);
        let scores = compare(&a, &b);
        let close = |measure: Measure, expected: f64| {
            assert!(
                (scores[&measure].value(measure) - expected).abs() < 1e-9,
                "{measure:?}"
            );
        };
        close(Measure::GrossPitchError, 0.5);
        close(Measure::VoicingError, 1.0 / 3.0);
        close(Measure::LogF0Error, (1.5_f64.ln().powi(2) / 2.0).sqrt());
    }

    #[test]
    fn what_cannot_be_measured_is_absent() {
        let silent = sound(&[-11.5; 3], &[None; 3]);
        let still = Sound {
            mel: Mel::new(8, vec![-11.5; 24]),
            ..silent
        };
        let scores = compare(&still, &still);
        for absent in [
            Measure::LogF0Error,
            Measure::GrossPitchError,
            Measure::VarianceRatio,
        ] {
            assert!(!scores.contains_key(&absent), "{absent:?}");
        }
        let nothing = Sound {
            mel: Mel::new(8, Vec::new()),
            pitch: Vec::new(),
        };
        assert!(compare(&nothing, &still).is_empty());
    }

    #[test]
    fn a_smoothed_mel_has_less_variance() {
        let lively = sound(&[-3.0, -1.0, -2.0, -5.0], &[None; 4]);
        let smooth = sound(&[-2.9, -2.6, -2.7, -3.0], &[None; 4]);
        let scores = compare(&lively, &smooth);
        assert!(scores[&Measure::VarianceRatio].sum < 0.1);
    }

    #[test]
    fn long_sounds_are_refused() {
        let analyser = Analyser::new(&MelConfig::default()).unwrap();
        let error = analyser.analyse(&vec![0.0; 22_050 * 61]).unwrap_err();
        assert!(
            error.to_string().starts_with("`61.0` s of sound"),
            "{error}"
        );
    }
}
