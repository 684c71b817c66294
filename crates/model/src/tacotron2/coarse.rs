//! The second decoder of double decoder consistency.
//!
//! # Source
//! Gölge, Solving Attention Problems of TTS models with Double Decoder Consistency (2020); Coqui
//! TTS, `base_tacotron.py`, `_coarse_decoder_pass`.

use burn::tensor::{Int, Tensor, TensorData};

use super::{Forward, Mode, Tacotron2Config, decoder::Decoder};
use crate::batch::Batch;

/// What the coarse decoder says, in the time of the fine one.
#[derive(Debug, Clone)]
pub struct Coarse {
    /// `[B, F, M]`
    pub mel: Tensor<3>,
    /// Attention at each step of the fine decoder, `[B, S, N]`.
    pub alignments: Tensor<3>,
}

/// Decodes in strides of `ddc_reduction_factor` frames; the encoder learns nothing from it.
///
/// # Shapes
/// - `memory`: `[B, N, E]`
pub(super) fn decode(
    decoder: &Decoder,
    memory: Tensor<3>,
    batch: &Batch,
    r: usize,
    pass: &Forward<'_>,
) -> Coarse {
    let (config, stride) = (config(pass.config), pass.config.ddc_reduction_factor);
    let mode = match *pass.mode {
        Mode::Train(noise) => Mode::Train(noise.of("coarse")),
        Mode::Sample { noise, forced } => Mode::Sample {
            noise: noise.of("coarse"),
            forced,
        },
        eval => eval,
    };
    let pass = Forward {
        config: &config,
        mode: &mode,
        batch_norm: Vec::new(),
    };
    let frames = batch.frames();
    let decoded = decoder.teacher_forced(memory.detach(), &batch.padded_to(stride), stride, &pass);
    Coarse {
        mel: decoded.mel.narrow(1, 0, frames),
        alignments: stretched(decoded.alignments, frames / r, r, stride),
    }
}

/// The configuration of the coarse decoder: everything as the fine one's but the stride and the
/// recogniser's head.
pub(super) fn config(of: &Tacotron2Config) -> Tacotron2Config {
    Tacotron2Config {
        r_max: of.ddc_reduction_factor,
        use_mmi: false,
        ..of.clone()
    }
}

/// Every fine step gets the coarse step that its first frame lies in.
fn stretched(alignments: Tensor<3>, steps: usize, r: usize, stride: usize) -> Tensor<3> {
    let indices: Vec<i32> = (0..steps).map(|step| (step * r / stride) as i32).collect();
    let indices = TensorData::new(indices, [steps]);
    let indices: Tensor<1, Int> = Tensor::<1, Int>::from_data(indices, &alignments.device());
    alignments.select(1, indices)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn coarse_steps_last_as_many_frames_as_they_cover() {
        let coarse = Tensor::<1>::from_floats([10.0, 20.0], &Device::flex()).reshape([1, 2, 1]);
        let at = |steps, r| -> Vec<f32> {
            let fine = stretched(coarse.clone(), steps, r, 6);
            fine.into_data().iter::<f32>().collect()
        };
        assert_eq!(at(8, 1), [10., 10., 10., 10., 10., 10., 20., 20.]);
        assert_eq!(at(4, 3), [10., 10., 20., 20.]);
        assert_eq!(at(3, 4), [10., 10., 20.]);
    }
}
