//! The bottleneck that the previous frame passes through.

use burn::{
    module::Module,
    tensor::{Tensor, activation::relu},
};

use super::Tacotron2Config;
use crate::{
    layers::{Gain, Init, Linear},
    noise::Noise,
    ops::{dropout::Dropout, linear::rectified},
};

/// Two rectified layers with dropout, which stays on in synthesis.
#[derive(Module, Debug)]
pub(crate) struct Prenet {
    pub(crate) layers: Vec<Linear>,
}

impl Prenet {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let layer = |i: usize, input| {
            let init = init.of(&format!("layers.{i}"));
            Linear::new(&init, input, config.prenet_dim, Gain::Linear, false)
        };
        Self {
            layers: vec![layer(0, config.n_mel_channels), layer(1, config.prenet_dim)],
        }
    }

    /// # Shapes
    /// - `frames`: `[B, S, M]`
    /// - output: `[B, S, prenet_dim]`
    pub(super) fn forward(&self, frames: Tensor<3>, dropout: Option<(Noise, f64)>) -> Tensor<3> {
        let [size, steps, mels] = frames.dims();
        let layers = self.layers.iter().enumerate();
        let hidden = layers.fold(
            frames.reshape([size * steps, mels]),
            |hidden, (i, layer)| {
                let stream = format!("prenet.{i}");
                let dropout = dropout.map(|(noise, p)| Dropout { noise, stream, p });
                rectified(hidden, layer.weight.val(), dropout)
            },
        );
        let [_, units] = hidden.dims();
        hidden.reshape([size, steps, units])
    }

    /// One frame of every utterance, all under the same mask, so that what an utterance gives does
    /// not depend on its neighbours in the batch.
    pub(super) fn forward_frame(
        &self,
        frame: Tensor<2>,
        dropout: Option<(Noise, f64)>,
    ) -> Tensor<2> {
        self.layers
            .iter()
            .enumerate()
            .fold(frame, |hidden, (i, layer)| {
                let hidden = relu(layer.forward(hidden));
                match dropout {
                    Some((noise, p)) => {
                        let [_, units] = hidden.dims();
                        let device = hidden.device();
                        hidden * noise.dropout_mask(&format!("prenet.{i}"), p, [1, units], &device)
                    }
                    None => hidden,
                }
            })
    }
}
