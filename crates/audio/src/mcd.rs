//! Mel-cepstral distortion between two recordings of one sentence.

use crate::{dtw, mel::Mel};

/// Cepstral coefficients compared; the zeroth, the loudness, is left out.
const COEFFICIENTS: usize = 13;

/// What [`Mcd::db`] is, for the reader of a report.
pub const MCD_DEFINITION: &str = "mel-cepstral distortion in dB: mean over a DTW path of \
(10 / ln 10) * sqrt(2 * sum over k = 1..13 of (c_k - c'_k)^2), where \
c_k = 1/M * sum over m = 0..M-1 of x_m * cos(pi * k * (m + 1/2) / M) and x is the natural-log mel \
spectrum of M bins; the path runs from first to last frames in steps (1,1), (1,0), (0,1) of equal \
weight and has the least summed distortion";

/// Distortion between two mels, aligned in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mcd {
    /// Mean distortion along the path, as [`MCD_DEFINITION`] says, in dB.
    pub db: f64,
    /// Pairs of frames on the path.
    pub path_length: usize,
}

/// Two mels of one sentence, aligned in time.
#[derive(Debug, Clone, PartialEq)]
pub struct MelAlignment {
    /// Pairs of frames, from the first two to the last two.
    pub pairs: Vec<(usize, usize)>,
    /// Distortion along them.
    pub mcd: Mcd,
}

/// Mel-cepstral distortion along the best alignment in time.
///
/// `None` where a mel has no frames, the bins differ, or a value is not finite.
///
/// # Source
/// Kubichek (1993), "Mel-cepstral distance measure for objective speech quality assessment".
pub fn mel_cepstral_distortion(a: &Mel, b: &Mel) -> Option<Mcd> {
    align_mels(a, b).map(|alignment| alignment.mcd)
}

/// The alignment in time that [`mel_cepstral_distortion`] is measured along; `None` as there.
pub fn align_mels(a: &Mel, b: &Mel) -> Option<MelAlignment> {
    let comparable = a.bins() == b.bins() && a.frames() > 0 && b.frames() > 0;
    let finite = |mel: &Mel| mel.values().iter().all(|value| value.is_finite());
    if !(comparable && finite(a) && finite(b)) {
        return None;
    }
    let (a, b) = (cepstra(a), cepstra(b));
    let path = dtw::align(a.len(), b.len(), |i, j| distortion(&a[i], &b[j]));
    let path_length = path.pairs.len();
    Some(MelAlignment {
        pairs: path.pairs,
        mcd: Mcd {
            db: path.sum / path_length as f64,
            path_length,
        },
    })
}

type Cepstrum = [f64; COEFFICIENTS];

fn cepstra(mel: &Mel) -> Vec<Cepstrum> {
    let bins = mel.bins();
    let basis: Vec<Vec<f64>> = (1..=COEFFICIENTS)
        .map(|k| {
            let step = std::f64::consts::PI * k as f64 / bins as f64;
            (0..bins)
                .map(|m| (step * (m as f64 + 0.5)).cos() / bins as f64)
                .collect()
        })
        .collect();
    let project = |frame: &[f32], row: &[f64]| -> f64 {
        frame
            .iter()
            .zip(row)
            .map(|(&x, weight)| f64::from(x) * weight)
            .sum()
    };
    mel.values()
        .chunks_exact(bins)
        .map(|frame| std::array::from_fn(|k| project(frame, &basis[k])))
        .collect()
}

fn distortion(a: &Cepstrum, b: &Cepstrum) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum();
    10.0 / std::f64::consts::LN_10 * (2.0 * squares).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ripple(frames: usize, amplitude: f32) -> Mel {
        let frame: Vec<f32> = (0..80)
            .map(|m| {
                -5.0 + amplitude * (std::f32::consts::PI * 3.0 * (m as f32 + 0.5) / 80.0).cos()
            })
            .collect();
        Mel::new(80, frame.repeat(frames))
    }

    #[test]
    fn a_cosine_over_the_bins_has_the_distortion_of_its_amplitude() {
        // c_3 differs by 1/2, so the distance is 10 / ln 10 * sqrt(2 / 4).
        let mcd = mel_cepstral_distortion(&ripple(7, 0.0), &ripple(7, 1.0)).unwrap();
        assert!((mcd.db - 3.070_926).abs() < 1e-5, "{}", mcd.db);
        assert_eq!(mcd.path_length, 7);
    }

    #[test]
    fn loudness_and_tempo_do_not_count() {
        let varied = |repeat: usize, gain: f32| {
            let frames = (0..9_usize).flat_map(|i| {
                let frame = ripple(1, i as f32 * 0.3).into_values();
                frame
                    .into_iter()
                    .map(|x| x + gain)
                    .collect::<Vec<_>>()
                    .repeat(repeat)
            });
            Mel::new(80, frames.collect())
        };
        let mcd = mel_cepstral_distortion(&varied(1, 0.0), &varied(2, 1.5)).unwrap();
        assert!(mcd.db < 1e-5, "{}", mcd.db);
        assert_eq!(mcd.path_length, 18);
    }

    #[test]
    fn what_cannot_be_compared_gives_none() {
        let mel = ripple(2, 1.0);
        assert!(mel_cepstral_distortion(&mel, &Mel::new(80, Vec::new())).is_none());
        assert!(mel_cepstral_distortion(&mel, &Mel::new(40, vec![0.0; 80])).is_none());
        assert!(mel_cepstral_distortion(&mel, &Mel::new(80, vec![f32::NAN; 80])).is_none());
    }
}
