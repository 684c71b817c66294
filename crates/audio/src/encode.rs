//! WAV as it is written, through hound, with what it leaves to its caller: sampling rates and sizes.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::error::{AudioError, SAMPLE_RATES};
use crate::waveform::Waveform;

/// Bytes before the samples of the plain header that is written.
const HEADER_BYTES: usize = 44;

/// Samples of 16 bits whose file has a length that the header's 32 bits can tell.
const MAX_SAMPLES: usize = (u32::MAX as usize - HEADER_BYTES) / 2;

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
