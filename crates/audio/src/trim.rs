//! Where speech begins and ends.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How silence at the edges is told from speech.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrimConfig {
    /// Frames this far below the loudest one are silence, in dB.
    pub below_peak_db: f64,
    /// Frames less than this above the noise floor (the tenth percentile) are silence, in dB.
    pub above_floor_db: f64,
    /// Kept around the speech, in seconds.
    pub margin_s: f64,
}

impl Default for TrimConfig {
    fn default() -> Self {
        Self {
            below_peak_db: 45.0,
            above_floor_db: 8.0,
            margin_s: 0.05,
        }
    }
}

const FRAME_S: f64 = 0.025;
const HOP_S: f64 = 0.010;

/// A recording that is never louder holds no speech.
const SILENCE_DBFS: f64 = -80.0;

/// However noisy the recording, frames this close to the loudest one are speech: a recording
/// without pauses has its floor in the speech.
const ALWAYS_SPEECH_DB: f64 = 30.0;

/// Frames in a row that make speech; a shorter burst is a click.
const SPEECH_FRAMES: usize = 3;

/// The samples from shortly before the first speech to shortly after the last.
///
/// Empty where there is nothing but silence.
pub fn trim_silence(samples: &[f32], sample_rate: u32, config: &TrimConfig) -> Range<usize> {
    let rate = f64::from(sample_rate);
    let hop = ((HOP_S * rate) as usize).max(1);
    let frame = ((FRAME_S * rate) as usize).max(1);
    let levels = frame_levels(samples, frame, hop);
    let loudest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if loudest <= SILENCE_DBFS {
        return 0..0;
    }
    let threshold = threshold(&levels, loudest, config);
    let speech: Vec<bool> = levels.iter().map(|&level| level >= threshold).collect();
    let run = SPEECH_FRAMES.min(speech.len());
    let is_run = |window: &[bool]| window.iter().all(|&loud| loud);
    let first = speech.windows(run).position(is_run);
    let last = speech.windows(run).rposition(is_run);
    let (Some(first), Some(last)) = (first, last) else {
        return 0..samples.len();
    };
    let margin = (config.margin_s.max(0.0) * rate) as usize;
    let start = (first * hop).saturating_sub(margin);
    let end = (last + run - 1) * hop + frame;
    start..end.saturating_add(margin).min(samples.len())
}

fn threshold(levels: &[f64], loudest: f64, config: &TrimConfig) -> f64 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f64::total_cmp);
    let floor = sorted[sorted.len() / 10];
    (loudest - config.below_peak_db)
        .max(floor + config.above_floor_db)
        .min(loudest - ALWAYS_SPEECH_DB.min(config.below_peak_db))
}

/// RMS of every frame without its mean, in dBFS. The last frame may be short.
fn frame_levels(samples: &[f32], frame: usize, hop: usize) -> Vec<f64> {
    let starts = (0..samples.len()).step_by(hop);
    let last_start = samples.len().saturating_sub(frame);
    starts
        .take_while(|&start| start == 0 || start < last_start + hop)
        .map(|start| {
            let part = &samples[start..(start + frame).min(samples.len())];
            let count = part.len() as f64;
            let (sum, power) = part.iter().fold((0.0, 0.0), |(sum, power), &sample| {
                let sample = f64::from(sample);
                (sum + sample, power + sample * sample)
            });
            10.0 * (power / count - (sum / count).powi(2)).max(1e-20).log10()
        })
        .collect()
}
