//! How high the sound of a recording reaches, whatever its sampling rate: one made at 8 000 Hz holds
//! nothing above 4 000 Hz after any conversion.

use realfft::RealFftPlanner;

/// Samples of one spectrum.
const WINDOW: usize = 1024;

/// Spectra averaged; they are spread over the recording.
const MOST_WINDOWS: usize = 400;

/// Speech reaches at least this high, Hz.
const LEAST_HZ: f64 = 1500.0;

/// Width of the band whose level is held against what is above, Hz.
const BELOW_HZ: f64 = 400.0;

/// Width of the fall, Hz: filters of telephones and of resamplers need no more.
const FALL_HZ: f64 = 400.0;

/// A fall of this much over [`FALL_HZ`] is a filter's: speech and rooms fall by a few dB, dB.
const FALL_DB: f64 = 25.0;

/// Nothing is above the fall if all of it is this far below the loudest band, dB.
const NOTHING_DB: f64 = 50.0;

/// Less than this share of the band missing is the slope of an ordinary converter.
const ALMOST: f64 = 0.9;

/// The frequency above which a recording holds nothing, Hz; half its sampling rate where it uses all
/// of its band.
///
/// Looks for a fall of the mean spectrum that is too steep for anything but a filter, with nothing
/// above it.
pub fn band_hz(samples: &[f32], sample_rate: u32) -> f64 {
    let whole = f64::from(sample_rate) / 2.0;
    let levels = mean_spectrum_db(samples);
    let hz_per_bin = f64::from(sample_rate) / WINDOW as f64;
    let bins = |hz: f64| (hz / hz_per_bin).ceil() as usize;
    let (first, below, fall) = (bins(LEAST_HZ), bins(BELOW_HZ), bins(FALL_HZ));
    // Loudest level from each bin up.
    let mut above = levels.clone();
    for bin in (0..above.len().saturating_sub(1)).rev() {
        above[bin] = above[bin].max(above[bin + 1]);
    }
    let Some(&loudest) = above.first().filter(|level| level.is_finite()) else {
        return whole;
    };
    for edge in first.max(below)..levels.len().saturating_sub(fall) {
        let under = levels[edge - below..edge].iter().sum::<f64>() / below as f64;
        let over = above[edge + fall];
        if under - over >= FALL_DB && loudest - over >= NOTHING_DB {
            let fallen = |level: &f64| *level < under - FALL_DB / 2.0;
            let top = edge
                + levels[edge..edge + fall]
                    .iter()
                    .position(fallen)
                    .unwrap_or(fall);
            let hz = top as f64 * hz_per_bin;
            return if hz < ALMOST * whole { hz } else { whole };
        }
    }
    whole
}

/// Mean power of each bin over the recording, dB; empty for a recording shorter than a window.
fn mean_spectrum_db(samples: &[f32]) -> Vec<f64> {
    let Some(last) = samples.len().checked_sub(WINDOW) else {
        return Vec::new();
    };
    let transform = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW);
    let mut input = transform.make_input_vec();
    let mut output = transform.make_output_vec();
    let mut power = vec![0.0; output.len()];
    let hop = (last / MOST_WINDOWS).max(WINDOW / 2);
    for start in (0..=last).step_by(hop) {
        for (place, (to, &sample)) in input.iter_mut().zip(&samples[start..]).enumerate() {
            let phase = std::f64::consts::TAU * place as f64 / WINDOW as f64;
            // A window whose side lobes are below anything that is looked for.
            let window = 0.358_75 - 0.488_29 * phase.cos() + 0.141_28 * (2.0 * phase).cos()
                - 0.011_68 * (3.0 * phase).cos();
            *to = sample * window as f32;
        }
        transform
            .process(&mut input, &mut output)
            .expect("the buffers are the transform's own");
        for (sum, value) in power.iter_mut().zip(&output) {
            *sum += f64::from(value.norm_sqr());
        }
    }
    power
        .iter()
        .map(|&power| 10.0 * power.max(1e-20).log10())
        .collect()
}
