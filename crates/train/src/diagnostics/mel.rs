//! How near predicted mel spectrograms come to the recorded ones.

/// The mean of every mel bin over a training set: the best guess that reads no text, against which
/// [`mel_quality`] measures.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMean {
    sums: Vec<f64>,
    frames: u64,
}

impl ChannelMean {
    /// Of nothing yet, for `bins` mel bins.
    #[must_use]
    pub fn new(bins: usize) -> Self {
        Self {
            sums: vec![0.0; bins],
            frames: 0,
        }
    }

    /// Takes in the frames of one spectrogram. Frames with a value that is not finite are left out.
    ///
    /// # Shapes
    /// `values`: `[frames, bins]`
    pub fn add(&mut self, values: &[f32]) {
        for frame in values.chunks_exact(self.sums.len().max(1)) {
            if frame.iter().all(|value| value.is_finite()) {
                self.frames += 1;
                for (sum, value) in self.sums.iter_mut().zip(frame) {
                    *sum += f64::from(*value);
                }
            }
        }
    }

    /// The mean of every bin; zeros of nothing.
    #[must_use]
    pub fn mean(&self) -> Vec<f32> {
        let frames = self.frames.max(1) as f64;
        self.sums.iter().map(|sum| (sum / frames) as f32).collect()
    }
}

/// A predicted spectrogram and the recorded one, true frames only.
///
/// # Shapes
/// Both `[frames, bins]`.
#[derive(Debug, Clone, Copy)]
pub struct MelPair<'a> {
    /// What the network made, after the post-net, teacher-forced.
    pub predicted: &'a [f32],
    /// What was recorded.
    pub target: &'a [f32],
}

/// From 0, no nearer than always saying the mean, to 1, equal: one minus the ratio of the two mean
/// absolute errors. `None` when there is nothing to compare.
///
/// A prediction that is not finite scores 0.
#[must_use]
pub fn mel_quality(pairs: &[MelPair<'_>], channel_mean: &[f32]) -> Option<f64> {
    let bins = channel_mean.len();
    if bins == 0 {
        return None;
    }
    let (mut error, mut chance, mut count) = (0.0, 0.0, 0_u64);
    for pair in pairs {
        for (place, (predicted, target)) in pair.predicted.iter().zip(pair.target).enumerate() {
            let target = f64::from(*target);
            error += (f64::from(*predicted) - target).abs();
            chance += (f64::from(channel_mean[place % bins]) - target).abs();
            count += 1;
        }
    }
    match count {
        0 => None,
        _ if error == 0.0 => Some(1.0),
        _ if error.is_finite() && chance > 0.0 => Some((1.0 - error / chance).clamp(0.0, 1.0)),
        _ => Some(0.0),
    }
}
