//! Pitch: the fundamental frequency of a voice, frame by frame, by pYIN.

mod path;
mod yin;

use crate::config::MelConfig;
use crate::error::{AudioError, SAMPLE_RATES, settings_hold};
use path::{PathFinder, STATES_PER_SEMITONE};
use yin::Yin;

/// Length of the analysis frame that is aimed at: two periods of the lowest voice and some more.
const FRAME_S: f64 = 2048.0 / 22_050.0;

/// Where pitch is looked for, and on which frames.
#[derive(Debug, Clone, PartialEq)]
pub struct PitchConfig {
    /// Sampling rate of the waveform, in Hz.
    pub sampling_rate: u32,
    /// Distance between frames, in samples.
    pub hop_length: usize,
    /// Length of the analysis frame, in samples; frame `i` is centred on sample `i * hop_length`.
    pub frame_length: usize,
    /// Lowest pitch, in Hz.
    pub lowest_hz: f64,
    /// Highest pitch, in Hz.
    pub highest_hz: f64,
}

impl PitchConfig {
    /// Human voices, on the frames of a mel spectrogram.
    pub fn for_mel(mel: &MelConfig) -> Self {
        let frame = FRAME_S * f64::from(mel.sampling_rate);
        Self {
            sampling_rate: mel.sampling_rate,
            hop_length: mel.hop_length,
            frame_length: (frame.round() as usize).next_multiple_of(2),
            lowest_hz: 60.0,
            highest_hz: 600.0,
        }
    }

    fn validate(&self) -> Result<(), AudioError> {
        if !SAMPLE_RATES.contains(&self.sampling_rate) {
            return Err(AudioError::SampleRate {
                value: self.sampling_rate,
            });
        }
        let rate = f64::from(self.sampling_rate);
        let longest = rate / self.lowest_hz;
        let checks = [
            (
                "hop_length",
                self.hop_length as f64,
                self.hop_length > 0,
                "1 or more",
            ),
            (
                "frame_length",
                self.frame_length as f64,
                self.frame_length.is_multiple_of(2)
                    && self.frame_length <= 1 << 20
                    && (self.frame_length as f64) > longest + 2.0,
                "an even number longer than a period of the lowest pitch",
            ),
            ("lowest_hz", self.lowest_hz, self.lowest_hz > 0.0, "above 0"),
            (
                "highest_hz",
                self.highest_hz,
                self.highest_hz > self.lowest_hz && self.highest_hz <= rate / 4.0,
                "above the lowest pitch and at most a quarter of the sampling rate",
            ),
        ];
        settings_hold(checks)
    }
}

/// Follows the pitch of waveforms. Built once, used from any thread.
///
/// # Source
/// Mauch and Dixon (2014), "pYIN: a fundamental frequency estimator using probabilistic threshold
/// distributions", as librosa 0.11 implements it.
#[derive(Debug, Clone)]
pub struct PitchTracker {
    config: PitchConfig,
    yin: Yin,
    paths: PathFinder,
}

impl PitchTracker {
    /// Builds the transform and the tables.
    ///
    /// # Errors
    /// [`AudioError::Setting`] or [`AudioError::SampleRate`] with the first value that cannot work.
    pub fn new(config: &PitchConfig) -> Result<Self, AudioError> {
        config.validate()?;
        let octaves = (config.highest_hz / config.lowest_hz).log2();
        let pitches = (12.0 * STATES_PER_SEMITONE as f64 * octaves) as usize + 1;
        Ok(Self {
            yin: Yin::new(config),
            paths: PathFinder::new(config, pitches),
            config: config.clone(),
        })
    }

    /// Pitch of every frame in Hz, `None` where the voice does not sound.
    ///
    /// # Shapes
    /// `L / hop + 1` frames for `L` samples; beyond its ends a waveform is silent.
    pub fn track(&self, samples: &[f32]) -> Vec<Option<f64>> {
        let half = self.config.frame_length / 2;
        let mut padded = vec![0.0; samples.len() + 2 * half];
        for (out, &sample) in padded[half..].iter_mut().zip(samples) {
            *out = f64::from(sample);
        }
        let frames = samples.len() / self.config.hop_length + 1;
        let candidates: Vec<_> = (0..frames)
            .map(|frame| {
                let start = frame * self.config.hop_length;
                self.yin
                    .candidates(&padded[start..start + self.config.frame_length])
            })
            .collect();
        self.paths.best(&candidates)
    }
}

#[cfg(test)]
mod tests {
    use super::{PitchConfig, PitchTracker};
    use crate::MelConfig;

    fn tracker() -> PitchTracker {
        PitchTracker::new(&PitchConfig::for_mel(&MelConfig::default())).unwrap()
    }

    /// A voice-like sound: ten harmonics of falling loudness.
    fn voiced(hz: impl Fn(f64) -> f64, seconds: f64) -> Vec<f32> {
        let mut phase = 0.0;
        (0..(seconds * 22_050.0) as usize)
            .map(|i| {
                phase += hz(i as f64 / 22_050.0) / 22_050.0 * std::f64::consts::TAU;
                let harmonics = (1..=10).map(|k| (phase * f64::from(k)).sin() / f64::from(k));
                (0.2 * harmonics.sum::<f64>()) as f32
            })
            .collect()
    }

    #[test]
    fn steady_voices_are_found_at_their_pitch() {
        for hz in [75.0, 110.0, 220.0, 440.0] {
            let track = tracker().track(&voiced(|_| hz, 0.6));
            let inner = &track[4..track.len() - 4];
            for found in inner {
                let found = found.unwrap();
                // A state is a tenth of a semitone, 0.6 %.
                assert!((found / hz - 1.0).abs() < 0.006, "{found} for {hz}");
            }
        }
    }

    #[test]
    fn a_glide_is_followed() {
        let hz = |time: f64| 120.0 * (time / 0.8).exp2();
        let track = tracker().track(&voiced(hz, 0.8));
        for (frame, found) in track.iter().enumerate().skip(4).take(60) {
            let expected = hz(frame as f64 * 256.0 / 22_050.0);
            let found = found.unwrap();
            assert!((found / expected - 1.0).abs() < 0.02, "{found}, {expected}");
        }
    }

    #[test]
    fn silence_and_noise_have_no_pitch() {
        assert!(tracker().track(&[]).iter().all(Option::is_none));
        assert!(tracker().track(&[0.0; 8000]).iter().all(Option::is_none));
        let mut state = 1_u32;
        let noise: Vec<f32> = (0..22_050)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 - 0.5
            })
            .collect();
        let voiced = tracker().track(&noise).iter().flatten().count();
        assert!(voiced < 17, "{voiced} of 87 frames of noise");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let good = PitchConfig::for_mel(&MelConfig::default());
        let refused = |config: PitchConfig| PitchTracker::new(&config).unwrap_err().to_string();
        let too_low = PitchConfig {
            lowest_hz: 5.0,
            ..good.clone()
        };
        assert!(refused(too_low).starts_with("`frame_length` is `2048`"));
        let crossed = PitchConfig {
            highest_hz: 50.0,
            ..good.clone()
        };
        assert!(refused(crossed).starts_with("`highest_hz`"));
        let still = PitchConfig {
            hop_length: 0,
            ..good
        };
        assert!(refused(still).starts_with("`hop_length`"));
    }
}
