//! WAV, through hound, with what it leaves to its caller: which codings are read, sampling rates,
//! and whether the file holds the samples that its header declares.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use hound::{Sample, SampleFormat, WavReader, WavSpec, WavWriter};

use crate::error::{AudioError, DecodeError, SAMPLE_RATES};
use crate::waveform::{AudioInfo, Waveform};

/// Bytes before the samples of the plain header that is written.
const HEADER_BYTES: usize = 44;

/// Samples of 16 bits whose file has a length that the header's 32 bits can tell.
const MAX_SAMPLES: usize = (u32::MAX as usize - HEADER_BYTES) / 2;

pub(crate) fn info(reader: impl Read + Seek) -> Result<AudioInfo, DecodeError> {
    let reader = open(reader)?;
    let (spec, frames, samples) = (reader.spec(), reader.duration(), u64::from(reader.len()));
    let held = bytes_left(reader.into_inner()).map_err(|reason| DecodeError::Wav {
        reason: reason.into(),
    })?;
    // A sample may be stored in more bytes than its bits need; decoding sees that, this does not.
    let held = held / u64::from(spec.bits_per_sample / 8);
    if held < samples {
        return Err(truncated(samples, held));
    }
    Ok(AudioInfo {
        sample_rate: spec.sample_rate,
        channels: spec.channels,
        bits: spec.bits_per_sample,
        frames: frames.into(),
    })
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Waveform, DecodeError> {
    let reader = open(bytes)?;
    let spec = reader.spec();
    let samples = match spec.sample_format {
        SampleFormat::Float => mono(reader, |sample: f32| sample)?,
        SampleFormat::Int => {
            let full = 2_f64.powi(i32::from(spec.bits_per_sample) - 1);
            mono(reader, |sample: i32| (f64::from(sample) / full) as f32)?
        }
    };
    if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
        return Err(DecodeError::NotFinite {
            index,
            value: samples[index],
        });
    }
    Ok(Waveform {
        samples,
        sample_rate: spec.sample_rate,
    })
}

pub(crate) fn encode(waveform: &Waveform) -> Result<Vec<u8>, AudioError> {
    // hound divides and multiplies by the rate, and counts bytes in 32 bits.
    if !SAMPLE_RATES.contains(&waveform.sample_rate) {
        return Err(AudioError::SampleRate {
            value: waveform.sample_rate,
        });
    }
    if waveform.samples.len() > MAX_SAMPLES {
        return Err(AudioError::TooLong {
            samples: waveform.samples.len(),
            limit: MAX_SAMPLES,
        });
    }
    let mut bytes = Vec::with_capacity(HEADER_BYTES + 2 * waveform.samples.len());
    write(waveform, Cursor::new(&mut bytes)).expect("memory takes every write");
    Ok(bytes)
}

fn write(waveform: &Waveform, to: Cursor<&mut Vec<u8>>) -> hound::Result<()> {
    let spec = WavSpec {
        channels: 1,
        sample_rate: waveform.sample_rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut writer = WavWriter::new(to, spec)?;
    for sample in &waveform.samples {
        // The cast saturates at the ends of the range and turns a NaN into silence.
        writer.write_sample((sample * 32_768.0).round() as i16)?;
    }
    writer.finalize()
}

/// Reads up to the samples.
fn open<R: Read>(reader: R) -> Result<WavReader<R>, DecodeError> {
    let reader = WavReader::new(reader).map_err(|reason| match reason {
        // hound's own, at the end of the file; what the operating system says has a number.
        hound::Error::IoError(reason) if reason.raw_os_error().is_none() => DecodeError::NoSamples,
        reason => DecodeError::Wav { reason },
    })?;
    let spec = reader.spec();
    match (spec.sample_format, spec.bits_per_sample) {
        (SampleFormat::Int, 8 | 16 | 24 | 32) | (SampleFormat::Float, 32) => {}
        (SampleFormat::Int, bits) => {
            return Err(DecodeError::UnsupportedWav {
                kind: "integers",
                bits,
            });
        }
        (SampleFormat::Float, bits) => {
            return Err(DecodeError::UnsupportedWav {
                kind: "floats",
                bits,
            });
        }
    }
    if !SAMPLE_RATES.contains(&spec.sample_rate) {
        return Err(DecodeError::Header {
            field: "nSamplesPerSec",
            value: spec.sample_rate.into(),
        });
    }
    Ok(reader)
}

/// The mean of the channels. Grows with the samples read, whatever the header declares.
fn mono<S: Sample>(
    reader: WavReader<&[u8]>,
    scaled: impl Fn(S) -> f32,
) -> Result<Vec<f32>, DecodeError> {
    let channels = usize::from(reader.spec().channels);
    let declared = u64::from(reader.len());
    let mut mixed = Vec::new();
    let mut sum = 0.0;
    for (index, sample) in reader.into_samples().enumerate() {
        let sample = sample.map_err(|reason| match reason {
            hound::Error::IoError(_) => truncated(declared, index as u64),
            reason => DecodeError::Wav { reason },
        })?;
        sum += scaled(sample);
        if (index + 1) % channels == 0 {
            mixed.push(sum / channels as f32);
            sum = 0.0;
        }
    }
    Ok(mixed)
}

fn bytes_left(mut reader: impl Seek) -> io::Result<u64> {
    let start = reader.stream_position()?;
    Ok(reader.seek(SeekFrom::End(0))?.saturating_sub(start))
}

fn truncated(declared: u64, held: u64) -> DecodeError {
    DecodeError::Truncated {
        declared,
        held,
        unit: "samples",
    }
}
