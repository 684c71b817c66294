//! Slaney's mel filterbank, as librosa builds it.

use crate::config::MelConfig;

/// Hertz per mel below [`BREAK_HZ`], where the scale is linear.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_HZ: f64 = 1000.0;
const BREAK_MEL: f64 = BREAK_HZ / HZ_PER_MEL;

/// Natural logarithm of the ratio between neighbouring mels above the break: 27 of them make 6.4.
fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

fn hz_to_mel(hz: f64) -> f64 {
    if hz < BREAK_HZ {
        hz / HZ_PER_MEL
    } else {
        BREAK_MEL + (hz / BREAK_HZ).ln() / log_step()
    }
}

fn mel_to_hz(mel: f64) -> f64 {
    if mel < BREAK_MEL {
        mel * HZ_PER_MEL
    } else {
        BREAK_HZ * ((mel - BREAK_MEL) * log_step()).exp()
    }
}

/// The `M + 2` corners of the triangles.
///
/// # Units
/// Hz.
pub(crate) fn mel_edges(config: &MelConfig) -> Vec<f64> {
    let (low, high) = (hz_to_mel(config.mel_fmin), hz_to_mel(config.mel_fmax));
    let steps = config.n_mel_channels + 1;
    (0..=steps)
        .map(|i| mel_to_hz(low + (high - low) * i as f64 / steps as f64))
        .collect()
}

/// Triangles of equal area over the bins of the Fourier transform.
///
/// # Shapes
/// `[M, K]`, row-major.
///
/// # Source
/// Slaney, Auditory Toolbox (1998); equal to `librosa.filters.mel(htk=False, norm="slaney")`.
pub fn mel_filterbank(config: &MelConfig) -> Vec<f64> {
    let edges = mel_edges(config);
    let bin_hz = f64::from(config.sampling_rate) / config.filter_length as f64;
    let bins = config.filter_length / 2 + 1;
    let mut weights = Vec::with_capacity(config.n_mel_channels * bins);
    for corner in edges.windows(3) {
        let (left, centre, right) = (corner[0], corner[1], corner[2]);
        let norm = 2.0 / (right - left);
        weights.extend((0..bins).map(|k| {
            let hz = k as f64 * bin_hz;
            let rise = (hz - left) / (centre - left);
            let fall = (right - hz) / (right - centre);
            rise.min(fall).max(0.0) * norm
        }));
    }
    weights
}

/// Frames that [`SparseFilterbank::project_lanes`] takes together: two vector registers of SSE.
pub(crate) const LANES: usize = 8;

/// The filterbank without its zeros: each row is one run of bins.
#[derive(Debug, Clone)]
pub(crate) struct SparseFilterbank {
    rows: Vec<Row>,
    weights: Vec<f32>,
    bins: usize,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    first_bin: usize,
    offset: usize,
    len: usize,
}

impl SparseFilterbank {
    pub(crate) fn new(config: &MelConfig) -> Self {
        let bins = config.filter_length / 2 + 1;
        let mut rows = Vec::with_capacity(config.n_mel_channels);
        let mut weights = Vec::new();
        for dense in mel_filterbank(config).chunks_exact(bins) {
            let first_bin = dense.iter().position(|&w| w > 0.0).unwrap_or(0);
            let end = dense
                .iter()
                .rposition(|&w| w > 0.0)
                .map_or(first_bin, |last| last + 1);
            rows.push(Row {
                first_bin,
                offset: weights.len(),
                len: end - first_bin,
            });
            weights.extend(dense[first_bin..end].iter().map(|&w| w as f32));
        }
        Self {
            rows,
            weights,
            bins,
        }
    }

    /// Frequency bins, `K`.
    pub(crate) fn bins(&self) -> usize {
        self.bins
    }

    /// Mel bins, `M`.
    pub(crate) fn bands(&self) -> usize {
        self.rows.len()
    }

    /// First bin and weights of every band.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (usize, &[f32])> {
        self.rows
            .iter()
            .map(|row| (row.first_bin, &self.weights[row.offset..][..row.len]))
    }

    /// `out = W magnitudes`.
    pub(crate) fn project(&self, magnitudes: &[f32], out: &mut [f32]) {
        for ((first, weights), out) in self.rows().zip(out) {
            let run = &magnitudes[first..first + weights.len()];
            *out = weights.iter().zip(run).map(|(w, m)| w * m).sum();
        }
    }

    /// `visit(m, (W magnitudes)[m])` for [`LANES`] frames at once.
    pub(crate) fn project_lanes(
        &self,
        magnitudes: &[[f32; LANES]],
        mut visit: impl FnMut(usize, [f32; LANES]),
    ) {
        for (band, (first, weights)) in self.rows().enumerate() {
            let mut sums = [0.0; LANES];
            for (weight, lanes) in weights.iter().zip(&magnitudes[first..]) {
                for (sum, magnitude) in sums.iter_mut().zip(lanes) {
                    *sum += weight * magnitude;
                }
            }
            visit(band, sums);
        }
    }

    /// `out += W^T bands`.
    pub(crate) fn spread(&self, bands: &[f32], out: &mut [f32]) {
        for ((first, weights), &band) in self.rows().zip(bands) {
            for (out, weight) in out[first..].iter_mut().zip(weights) {
                *out += weight * band;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reference values: librosa 0.11 `filters.mel(sr=22050, n_fft=1024, n_mels=80, fmax=8000)`.
    #[test]
    fn the_filterbank_is_librosas() {
        let config = MelConfig::default();
        let edges = mel_edges(&config);
        for (index, expected) in [
            (0, 0.0),
            (1, 37.239_210),
            (2, 74.478_421),
            (80, 7_698.593_218),
            (81, 8000.0),
        ] {
            assert!(
                (edges[index] - expected).abs() < 1e-6,
                "edge {index}: {}",
                edges[index]
            );
        }

        let weights = mel_filterbank(&config);
        assert_eq!(weights.len(), 80 * 513);
        let row = |index: usize| &weights[index * 513..][..513];
        for (bin, expected) in [(1, 0.015_527_72), (2, 0.022_651_39), (3, 0.007_123_67)] {
            assert!((row(0)[bin] - expected).abs() < 1e-8);
        }
        let largest = weights.iter().copied().fold(0.0, f64::max);
        assert!((largest - 0.026_492_54).abs() < 1e-8);
        assert_eq!(weights.iter().filter(|&&w| w > 0.0).count(), 727);
        assert!((weights.iter().sum::<f64>() - 3.713_688_20).abs() < 1e-8);
        let support: Vec<usize> = (0..513).filter(|&k| row(79)[k] > 0.0).collect();
        assert_eq!((support[0], support[support.len() - 1]), (345, 371));
        let top = (0..513)
            .max_by(|&a, &b| row(40)[a].total_cmp(&row(40)[b]))
            .unwrap();
        assert_eq!(top, 80);
        assert!((row(40)[80] - 0.014_895_47).abs() < 1e-8);
    }

    #[test]
    fn the_sparse_filterbank_is_the_dense_one() {
        let config = MelConfig::default();
        let (dense, sparse) = (mel_filterbank(&config), SparseFilterbank::new(&config));
        assert_eq!(sparse.weights.len(), 727);
        let magnitudes: Vec<f32> = (0..513).map(|k| ((k * 37 % 101) as f32).sqrt()).collect();
        let mut bands = vec![0.0; 80];
        sparse.project(&magnitudes, &mut bands);
        for (row, band) in dense.chunks_exact(513).zip(&bands) {
            let expected: f64 = row
                .iter()
                .zip(&magnitudes)
                .map(|(w, &m)| w * f64::from(m))
                .sum();
            assert!((expected - f64::from(*band)).abs() < 1e-6);
        }
    }
}
