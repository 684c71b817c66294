//! Dropout whose mask can be drawn again, element by element.

use burn::tensor::{Device, Tensor};

use crate::noise::{Noise, Stream};

/// Dropout of one layer at one step.
#[derive(Debug, Clone)]
pub(crate) struct Dropout {
    pub(crate) noise: Noise,
    pub(crate) stream: String,
    pub(crate) p: f64,
}

impl Dropout {
    /// The whole mask as a tensor.
    pub(crate) fn mask<const D: usize>(&self, shape: [usize; D], device: &Device) -> Tensor<D> {
        self.noise.dropout_mask(&self.stream, self.p, shape, device)
    }

    /// What a number that is kept is multiplied by.
    pub(crate) fn scale(&self) -> f32 {
        (1.0 / (1.0 - self.p)) as f32
    }

    /// What draws the mask on slices.
    pub(crate) fn draw(&self) -> Draw {
        Draw {
            stream: self.noise.stream(&self.stream),
            p: self.p,
        }
    }
}

/// A mask, ready to be drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    stream: Stream,
    p: f64,
}

impl Draw {
    /// Multiplies `values` by the elements of the mask from `first` on.
    #[inline(always)]
    pub(crate) fn apply(self, first: usize, values: &mut [f32]) {
        const LENGTH: usize = 64;
        let mut mask = [0.0; LENGTH];
        for (chunk, values) in values.chunks_mut(LENGTH).enumerate() {
            let mask = &mut mask[..values.len()];
            self.stream
                .dropout_mask(self.p, first + chunk * LENGTH, mask);
            for (value, mask) in values.iter_mut().zip(mask) {
                *value *= *mask;
            }
        }
    }
}
