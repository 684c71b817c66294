//! Utterances of unequal length in one set of tensors.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use diktor_audio::Mel;

use crate::noise::Noise;

/// One utterance, ready for a batch.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// Name of the utterance.
    pub id: &'a str,
    /// Symbol ids, `N` of them.
    pub symbols: &'a [u32],
    /// Log-mel frames `[F, M]`.
    pub mel: &'a Mel,
}

/// Padded tensors of several utterances, with their true lengths.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Symbol ids `[B, N]`, padded with 0.
    pub symbols: Tensor<2, Int>,
    /// The same ids, utterance by utterance, without padding.
    pub texts: Vec<Vec<u32>>,
    /// True number of symbols of each utterance.
    pub text_lengths: Vec<usize>,
    /// Log-mel frames `[B, F, M]`, padded with 0.0; `F` is a multiple of `r`.
    pub mels: Tensor<3>,
    /// True number of frames of each utterance.
    pub mel_lengths: Vec<usize>,
    /// What the decoder reads as the frames before, `[B, F, M]`, if not `mels`.
    pub inputs: Option<Tensor<3>>,
    /// Names of the utterances.
    pub ids: Vec<String>,
}

impl Batch {
    /// Pads the samples to common lengths, frames to a multiple of `r`; keeps their order.
    ///
    /// # Panics
    /// If there is no sample, or the samples differ in mel bins.
    pub fn collate(samples: &[Sample<'_>], r: usize, device: &Device) -> Self {
        let bins = samples
            .first()
            .expect("a batch has at least one sample")
            .mel
            .bins();
        let text_lengths: Vec<usize> = samples.iter().map(|s| s.symbols.len()).collect();
        let mel_lengths: Vec<usize> = samples.iter().map(|s| s.mel.frames()).collect();
        let symbols = text_lengths.iter().copied().max().unwrap_or(0);
        let frames = mel_lengths
            .iter()
            .copied()
            .max()
            .unwrap_or(0)
            .next_multiple_of(r);

        let mut ids = vec![0_i32; samples.len() * symbols];
        let mut mels = vec![0.0_f32; samples.len() * frames * bins];
        for (b, sample) in samples.iter().enumerate() {
            assert_eq!(sample.mel.bins(), bins, "mel bins of `{}`", sample.id);
            for (slot, id) in ids[b * symbols..].iter_mut().zip(sample.symbols) {
                *slot = *id as i32;
            }
            let start = b * frames * bins;
            mels[start..start + sample.mel.values().len()].copy_from_slice(sample.mel.values());
        }
        Self {
            symbols: Tensor::from_data(TensorData::new(ids, [samples.len(), symbols]), device),
            texts: samples.iter().map(|s| s.symbols.to_vec()).collect(),
            text_lengths,
            inputs: None,
            mels: Tensor::from_data(TensorData::new(mels, [samples.len(), frames, bins]), device),
            mel_lengths,
            ids: samples.iter().map(|s| s.id.to_owned()).collect(),
        }
    }

    /// The `index`-th utterance alone, without the padding that the others made necessary.
    ///
    /// # Panics
    /// If the batch has no such utterance.
    #[must_use]
    pub fn alone(&self, index: usize, r: usize) -> Self {
        let (symbols, frames) = (self.text_lengths[index], self.mel_lengths[index]);
        let row = index..index + 1;
        Self {
            symbols: self.symbols.clone().slice([row.clone(), 0..symbols]),
            text_lengths: vec![symbols],
            mels: self
                .mels
                .clone()
                .slice([row, 0..frames.next_multiple_of(r)]),
            mel_lengths: vec![frames],
            ids: vec![self.ids[index].clone()],
            texts: vec![self.texts[index].clone()],
            inputs: None,
        }
    }

    /// The same batch, of which the decoder reads the frame `mean` in place of every true one with
    /// probability `rate`; what it should say stays.
    ///
    /// # Shapes
    /// - `mean`: `[M]`
    ///
    /// # Panics
    /// If `mean` has another number of bins.
    ///
    /// # Source
    /// Maximizing Mutual Information for Tacotron (arXiv:1909.01145), section 2.1.
    pub fn dropping_frames(&self, rate: f64, mean: &[f32], noise: Noise) -> Self {
        let [size, frames, bins] = self.mels.dims();
        let device = self.mels.device();
        let mut kept = vec![0.0; size * frames];
        noise.stream("drop_frame").dropout_mask(rate, 0, &mut kept);
        for (row, length) in kept.chunks_mut(frames).zip(&self.mel_lengths) {
            for (frame, kept) in row.iter_mut().enumerate() {
                *kept = f32::from(*kept != 0.0 || frame >= *length);
            }
        }
        let kept: Tensor<3> = Tensor::from_data(TensorData::new(kept, [size, frames, 1]), &device);
        let mean: Tensor<3> =
            Tensor::from_data(TensorData::new(mean.to_vec(), [1, 1, bins]), &device);
        let inputs = self.mels.clone() * kept.clone() + mean * (kept * -1.0 + 1.0);
        Self {
            inputs: Some(inputs),
            ..self.clone()
        }
    }

    /// The same utterances with so much silence after them that the frames are a multiple of
    /// `stride`.
    pub(crate) fn padded_to(&self, stride: usize) -> Self {
        let [size, frames, bins] = self.mels.dims();
        let more = frames.next_multiple_of(stride) - frames;
        let longer = |mels: &Tensor<3>| {
            let silence = Tensor::zeros([size, more, bins], &mels.device());
            Tensor::cat(vec![mels.clone(), silence], 1)
        };
        if more == 0 {
            return self.clone();
        }
        Self {
            mels: longer(&self.mels),
            inputs: self.inputs.as_ref().map(longer),
            ..self.clone()
        }
    }

    /// Utterances in the batch.
    pub fn size(&self) -> usize {
        self.text_lengths.len()
    }

    /// Padded frames, `F`.
    pub fn frames(&self) -> usize {
        self.mels.dims()[1]
    }

    /// Frames that are not padding, over the whole batch.
    pub fn true_frames(&self) -> usize {
        self.mel_lengths.iter().sum()
    }

    /// True decoder steps of each utterance at `r` frames per step.
    pub fn steps(&self, r: usize) -> Vec<usize> {
        self.mel_lengths
            .iter()
            .map(|frames| frames.div_ceil(r))
            .collect()
    }
}

/// `[B, width]` of ones where `position < length`, else zeros.
pub(crate) fn length_mask(lengths: &[usize], width: usize, device: &Device) -> Tensor<2> {
    let values = lengths
        .iter()
        .flat_map(|length| (0..width).map(move |position| f32::from(position < *length)))
        .collect();
    Tensor::from_data(
        TensorData::new::<f32, _>(values, [lengths.len(), width]),
        device,
    )
}

/// `[B, width]`, true where `position >= length`.
pub(crate) fn padding(lengths: &[usize], width: usize, device: &Device) -> Tensor<2, Bool> {
    length_mask(lengths, width, device).equal_scalar(0.0)
}
