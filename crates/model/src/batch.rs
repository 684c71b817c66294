//! Utterances of unequal length in one set of tensors.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use diktor_audio::Mel;

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
    /// True number of symbols of each utterance.
    pub text_lengths: Vec<usize>,
    /// Log-mel frames `[B, F, M]`, padded with 0.0; `F` is a multiple of `r`.
    pub mels: Tensor<3>,
    /// True number of frames of each utterance.
    pub mel_lengths: Vec<usize>,
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
            text_lengths,
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
