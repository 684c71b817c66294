//! FLAC, through claxon, with bounds on what a damaged stream may unpack to.

use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use claxon::metadata::StreamInfo;
use claxon::{FlacReader, FlacReaderOptions};

use crate::error::{DecodeError, SAMPLE_RATES};
use crate::waveform::{AudioInfo, Waveform};

/// Samples one byte may unpack to. Digital silence coded in the reference encoder's largest blocks
/// stays below it.
const MAX_SAMPLES_PER_BYTE: u64 = 1024;

pub(crate) fn info(reader: impl Read) -> Result<AudioInfo, DecodeError> {
    let options = FlacReaderOptions {
        metadata_only: true,
        read_vorbis_comment: false,
    };
    let guarded = catch_unwind(AssertUnwindSafe(|| FlacReader::new_ext(reader, options)));
    let stream = match guarded {
        Ok(Ok(reader)) => checked(reader.streaminfo())?,
        Ok(Err(reason)) => return Err(DecodeError::Flac { frames: 0, reason }),
        Err(_) => return Err(DecodeError::FlacDamage { frames: 0 }),
    };
    Ok(AudioInfo {
        sample_rate: stream.sample_rate,
        channels: stream.channels as u16,
        bits: stream.bits_per_sample as u16,
        frames: stream.samples.unwrap_or(0),
    })
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Waveform, DecodeError> {
    let mut samples = Vec::new();
    // A residual that damage made too large overflows inside claxon, which panics in builds that
    // check arithmetic.
    match catch_unwind(AssertUnwindSafe(|| decode_into(bytes, &mut samples))) {
        Ok(decoded) => decoded.map(|sample_rate| Waveform {
            samples,
            sample_rate,
        }),
        Err(_) => Err(DecodeError::FlacDamage {
            frames: samples.len() as u64,
        }),
    }
}

fn checked(stream: StreamInfo) -> Result<StreamInfo, DecodeError> {
    if !SAMPLE_RATES.contains(&stream.sample_rate) {
        let value = u64::from(stream.sample_rate);
        return Err(DecodeError::Header {
            field: "sample rate",
            value,
        });
    }
    Ok(stream)
}

/// Appends the mean of the channels to `samples`; gives the sampling rate.
fn decode_into(bytes: &[u8], samples: &mut Vec<f32>) -> Result<u32, DecodeError> {
    let damage = |frames: usize| {
        move |reason| DecodeError::Flac {
            frames: frames as u64,
            reason,
        }
    };
    let options = FlacReaderOptions {
        metadata_only: false,
        read_vorbis_comment: false,
    };
    let mut reader = FlacReader::new_ext(Cursor::new(bytes), options).map_err(damage(0))?;
    let stream = checked(reader.streaminfo())?;
    let limit = MAX_SAMPLES_PER_BYTE * bytes.len() as u64 / u64::from(stream.channels.max(1));
    if stream.samples.is_some_and(|declared| declared > limit) {
        return Err(DecodeError::Implausible {
            bytes: bytes.len(),
            limit,
        });
    }
    let limit = stream.samples.unwrap_or(limit);
    let scale = 1.0 / (f64::from(stream.channels) * 2_f64.powi(stream.bits_per_sample as i32 - 1));

    let mut blocks = reader.blocks();
    let mut buffer = Vec::new();
    while let Some(block) = blocks
        .read_next_or_eof(buffer)
        .map_err(damage(samples.len()))?
    {
        if block.channels() != stream.channels {
            let value = u64::from(block.channels());
            return Err(DecodeError::Header {
                field: "channels of a block",
                value,
            });
        }
        if samples.len() as u64 + u64::from(block.duration()) > limit {
            return Err(DecodeError::Implausible {
                bytes: bytes.len(),
                limit,
            });
        }
        let start = samples.len();
        samples.resize(start + block.duration() as usize, 0.0);
        for channel in 0..block.channels() {
            for (sample, &value) in samples[start..].iter_mut().zip(block.channel(channel)) {
                *sample += (f64::from(value) * scale) as f32;
            }
        }
        buffer = block.into_buffer();
    }
    let held = samples.len() as u64;
    match stream.samples {
        Some(declared) if declared != held => Err(DecodeError::Truncated {
            declared,
            held,
            unit: "samples per channel",
        }),
        _ => Ok(stream.sample_rate),
    }
}
