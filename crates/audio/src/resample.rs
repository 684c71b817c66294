//! Band-limited change of the sampling rate.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use crate::error::{AudioError, SAMPLE_RATES};
use crate::waveform::Waveform;

/// Input samples per Fourier block: long enough for a cutoff close to the edge of the band.
const BLOCK_SAMPLES: usize = 2048;

/// Changes the sampling rate, without aliasing and without delay.
///
/// `n` samples become `n * to / from`, rounded up; the same rate returns the same samples.
///
/// # Errors
/// A rate outside 1 000..=768 000 Hz.
pub fn resample(waveform: &Waveform, to: u32) -> Result<Waveform, AudioError> {
    let from = waveform.sample_rate;
    if let Some(&value) = [from, to].iter().find(|rate| !SAMPLE_RATES.contains(rate)) {
        return Err(AudioError::SampleRate { value });
    }
    if from == to || waveform.samples.is_empty() {
        return Ok(Waveform {
            samples: waveform.samples.clone(),
            sample_rate: to,
        });
    }
    let failed = |reason| AudioError::Resample { from, to, reason };
    let mut resampler = Fft::<f32>::new_custom(
        from as usize,
        to as usize,
        block_samples(from, to),
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Both,
    )
    .map_err(|reason| failed(reason.into()))?;
    let length = waveform.samples.len();
    let input = InterleavedSlice::new(&waveform.samples, 1, length)
        .map_err(|reason| failed(reason.into()))?;
    let output = resampler
        .process_all(&input, length, None)
        .map_err(|reason| failed(reason.into()))?;
    let mut samples = output.take_data();
    // The resampler rounds up after multiplying by an inexact ratio, which can add a sample.
    samples.truncate((length as u64 * u64::from(to)).div_ceil(u64::from(from)) as usize);
    Ok(Waveform {
        samples,
        sample_rate: to,
    })
}

/// Block length whose filter delay is a whole number of samples at both rates: an odd one would
/// shift the sound by half a sample.
fn block_samples(from: u32, to: u32) -> usize {
    let unit = (from / greatest_common_divisor(from, to)) as usize;
    2 * unit * BLOCK_SAMPLES.div_ceil(2 * unit)
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}
