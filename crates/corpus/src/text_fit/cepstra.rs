//! What a frame sounds like, in few numbers: mel cepstra and how they change.

use std::f64::consts::PI;

use diktor_audio::Mel;

/// Cepstral coefficients of a frame, loudness among them.
const CEPSTRA: usize = 12;
/// Numbers per frame: the cepstra and their slopes.
pub(super) const DIMENSIONS: usize = 2 * CEPSTRA;
/// Frames to either side that a slope is taken over.
const REACH: usize = 2;

/// The frames of one recording.
///
/// # Shapes
/// `[D, F]`, row-major: the frames of one number lie together, because densities are computed for
/// all frames at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cepstra {
    frames: usize,
    values: Vec<f32>,
}

impl Cepstra {
    /// Cepstra without their mean over the recording, and their slopes; `None` of no frame or one
    /// that is not finite.
    ///
    /// # Source
    /// Young et al., The HTK Book (2006), sections 5.3, 5.6 and 5.9.
    pub(super) fn of(mel: &Mel) -> Option<Self> {
        let (frames, bins) = (mel.frames(), mel.bins());
        if frames == 0 || mel.values().iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mut values = vec![0.0_f32; DIMENSIONS * frames];
        let (cepstra, slopes) = values.split_at_mut(CEPSTRA * frames);
        for (k, row) in cepstra.chunks_exact_mut(frames).enumerate() {
            let wave: Vec<f32> = (0..bins)
                .map(|bin| (PI * k as f64 * (bin as f64 + 0.5) / bins as f64).cos() as f32)
                .collect();
            for (frame, value) in row.iter_mut().enumerate() {
                let products = mel.frame(frame).iter().zip(&wave).map(|(a, b)| a * b);
                *value = products.sum();
            }
            let mean = row.iter().sum::<f32>() / frames as f32;
            row.iter_mut().for_each(|value| *value -= mean);
        }
        for (row, slope) in cepstra
            .chunks_exact(frames)
            .zip(slopes.chunks_exact_mut(frames))
        {
            slopes_of(row, slope);
        }
        Some(Self { frames, values })
    }

    /// Number of frames, `F`.
    pub(super) fn frames(&self) -> usize {
        self.frames
    }

    /// One number of every frame.
    pub(super) fn row(&self, dimension: usize) -> &[f32] {
        &self.values[dimension * self.frames..][..self.frames]
    }

    #[cfg(test)]
    pub(super) fn from_rows(frames: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let values = (0..DIMENSIONS)
            .flat_map(|row| (0..frames).map(move |frame| (row, frame)))
            .map(|(row, frame)| value(row, frame))
            .collect();
        Self { frames, values }
    }
}

/// Slopes by regression; at the edges the outermost frame is repeated.
fn slopes_of(row: &[f32], slopes: &mut [f32]) {
    let last = row.len() - 1;
    let norm: usize = 2 * (1..=REACH).map(|away| away * away).sum::<usize>();
    for (frame, slope) in slopes.iter_mut().enumerate() {
        let terms = (1..=REACH).map(|away| {
            let difference = row[(frame + away).min(last)] - row[frame.saturating_sub(away)];
            away as f32 * difference
        });
        *slope = terms.sum::<f32>() / norm as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loudness_rising_evenly_has_an_even_slope_and_no_mean() {
        let frames = 9;
        let values = (0..frames).flat_map(|frame| [frame as f32; 4]).collect();
        let cepstra = Cepstra::of(&Mel::new(4, values)).unwrap();
        assert_eq!(cepstra.frames(), frames);
        assert!(cepstra.row(0).iter().sum::<f32>().abs() < 1e-4);
        // Four bins of one per frame.
        assert!((cepstra.row(CEPSTRA)[4] - 4.0).abs() < 1e-4, "{cepstra:?}");
        // The same in every bin is no shape: higher cepstra are zero.
        assert!(cepstra.row(1).iter().all(|value| value.abs() < 1e-4));
    }

    #[test]
    fn what_is_not_a_recording_has_no_cepstra() {
        assert_eq!(Cepstra::of(&Mel::new(2, Vec::new())), None);
        assert_eq!(Cepstra::of(&Mel::new(2, vec![0.0, f32::NAN])), None);
        assert!(Cepstra::of(&Mel::new(2, vec![0.0, 1.0])).is_some());
    }
}
