//! FLAC, through claxon, with bounds on what a damaged stream may unpack to.

use std::io::{Cursor, Read};

use claxon::Block;
use claxon::metadata::StreamInfo;
use claxon::{FlacReader, FlacReaderOptions};

use crate::error::{DecodeError, SAMPLE_RATES};
use crate::waveform::{AudioInfo, Waveform};

/// Samples one byte may unpack to: digital silence in the usual blocks of 4096 comes to about 300.
const MAX_SAMPLES_PER_BYTE: u64 = 1024;

pub(crate) fn info(reader: impl Read) -> Result<AudioInfo, DecodeError> {
    let options = FlacReaderOptions {
        metadata_only: true,
        read_vorbis_comment: false,
    };
    let reader = FlacReader::new_ext(reader, options)
        .map_err(|reason| DecodeError::Flac { frames: 0, reason })?;
    let stream = checked(reader.streaminfo())?;
    Ok(AudioInfo {
        sample_rate: stream.sample_rate,
        channels: stream.channels as u16,
        bits: stream.bits_per_sample as u16,
        frames: stream.samples.unwrap_or(0),
    })
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

pub(crate) fn decode(bytes: &[u8]) -> Result<Waveform, DecodeError> {
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
    let plausible = MAX_SAMPLES_PER_BYTE * bytes.len() as u64 / u64::from(stream.channels.max(1));
    let limit = stream.samples.unwrap_or(plausible);
    let implausible = DecodeError::Implausible {
        bytes: bytes.len(),
        limit: plausible,
    };
    if limit > plausible {
        return Err(implausible);
    }

    let mut samples = Vec::new();
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
            return Err(implausible);
        }
        mix_into(&mut samples, &block, stream.bits_per_sample);
        buffer = block.into_buffer();
    }
    let held = samples.len() as u64;
    match stream.samples {
        Some(declared) if declared != held => Err(DecodeError::Truncated {
            declared,
            held,
            unit: "samples per channel",
        }),
        _ => Ok(Waveform {
            samples,
            sample_rate: stream.sample_rate,
        }),
    }
}

/// Appends the mean of the channels.
fn mix_into(samples: &mut Vec<f32>, block: &Block, bits: u32) {
    let scale = 1.0 / (f64::from(block.channels()) * 2_f64.powi(bits as i32 - 1));
    let start = samples.len();
    samples.resize(start + block.duration() as usize, 0.0);
    for channel in 0..block.channels() {
        for (sample, &value) in samples[start..].iter_mut().zip(block.channel(channel)) {
            *sample += (f64::from(value) * scale) as f32;
        }
    }
}
