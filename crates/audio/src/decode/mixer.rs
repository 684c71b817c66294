//! Frames of any number of channels in, mono out, within a length.

use crate::decode::{Decoded, Note};
use crate::error::{DecodeError, SAMPLE_RATES};
use crate::waveform::Waveform;

/// Most samples that are decoded of one file, whatever its rate: 46 minutes at 48 000 Hz, 512 MiB.
pub(crate) const MAX_SAMPLES: usize = 1 << 27;

/// Two channels are opposite if less than this share of their power is left in their mean.
const CANCELLED: f64 = 0.1;

/// Floats may go beyond full scale by this factor, because resampling adds less than a third to it
/// and the transform takes up to twice full scale. Larger ones were never scaled to `-1..=1`.
const LOUDEST: f32 = 1.5;

/// Where samples come from, as far as it says what values they may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Floats that a program wrote, in whatever scale.
    Floats,
    /// Integers, or the output of a decoder.
    Bounded,
}

/// Collects the mean of the channels. Grows with the frames that come, never by what is declared.
pub(crate) struct Mixer {
    channels: usize,
    sample_rate: u32,
    most: usize,
    mean: Vec<f32>,
    /// Half the difference of two channels: what is left of them if they are opposite.
    difference: Vec<f32>,
    /// Power of the channels, summed over the frames and averaged over the channels.
    power: f64,
    mean_power: f64,
}

impl Mixer {
    /// For a stream of `channels`, of which at most `longest_s` seconds are taken.
    pub(crate) fn new(
        channels: usize,
        sample_rate: u32,
        longest_s: f64,
    ) -> Result<Self, DecodeError> {
        if channels == 0 {
            return Err(DecodeError::Header {
                field: "channels",
                value: 0,
            });
        }
        if !SAMPLE_RATES.contains(&sample_rate) {
            return Err(DecodeError::Header {
                field: "sampling rate",
                value: sample_rate.into(),
            });
        }
        let most = (longest_s * f64::from(sample_rate)) as usize;
        Ok(Self {
            channels,
            sample_rate,
            most: most.min(MAX_SAMPLES),
            mean: Vec::new(),
            difference: Vec::new(),
            power: 0.0,
            mean_power: 0.0,
        })
    }

    /// Frames so far.
    pub(crate) fn frames(&self) -> usize {
        self.mean.len()
    }

    /// Refuses a stream that says of itself that it is too long, before it is decoded.
    pub(crate) fn expect(&self, frames: u64) -> Result<(), DecodeError> {
        if frames > self.most as u64 {
            return Err(self.too_long(frames as f64));
        }
        Ok(())
    }

    /// Takes whole frames of interleaved samples.
    pub(crate) fn push(&mut self, interleaved: &[f32]) -> Result<(), DecodeError> {
        for frame in interleaved.chunks_exact(self.channels) {
            if self.mean.len() == self.most {
                return Err(self.too_long((self.most + 1) as f64));
            }
            let sum: f64 = frame.iter().map(|&sample| f64::from(sample)).sum();
            let mean = (sum / self.channels as f64) as f32;
            if !mean.is_finite() {
                let not_finite = |sample: &&f32| !sample.is_finite();
                return Err(DecodeError::NotFinite {
                    index: self.mean.len(),
                    value: frame.iter().find(not_finite).copied().unwrap_or(mean),
                });
            }
            self.mean.push(mean);
            if let [left, right] = *frame {
                let (left, right) = (f64::from(left), f64::from(right));
                self.difference.push(((left - right) / 2.0) as f32);
                self.power += (left * left + right * right) / 2.0;
                self.mean_power += ((left + right) / 2.0).powi(2);
            }
        }
        Ok(())
    }

    /// The mono sound.
    pub(crate) fn finish(self, source: Source) -> Result<Decoded, DecodeError> {
        let opposite = self.mean_power < CANCELLED * self.power;
        let mut samples = if opposite { self.difference } else { self.mean };
        let peak = crate::level::peak(&samples);
        match source {
            _ if peak <= LOUDEST => {}
            Source::Floats => return Err(DecodeError::Scale { peak }),
            // What no encoder was given comes out of a damaged stream.
            Source::Bounded => samples
                .iter_mut()
                .for_each(|sample| *sample = sample.clamp(-1.0, 1.0)),
        }
        let notes = if opposite {
            vec![Note::OppositeChannels]
        } else {
            Vec::new()
        };
        Ok(Decoded {
            waveform: Waveform {
                samples,
                sample_rate: self.sample_rate,
            },
            notes,
        })
    }

    fn too_long(&self, frames: f64) -> DecodeError {
        let rate = f64::from(self.sample_rate);
        DecodeError::TooLong {
            seconds: frames / rate,
            most_s: self.most as f64 / rate,
        }
    }
}
