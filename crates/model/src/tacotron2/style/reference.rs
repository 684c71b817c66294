//! A recording to one vector: strided convolutions, then a recurrent unit.

use burn::{
    module::{Module, Param},
    tensor::{Tensor, activation::relu, module::conv2d, ops::ConvOptions},
};

use crate::{
    batch::length_mask,
    layers::{BatchNorm, Gain, Gru, Init},
    ops::{lstm::Direction, normalise::Activation},
    tacotron2::{Forward, Tacotron2Config},
};

const KERNEL: usize = 3;
const STRIDE: usize = 2;
const PADDING: usize = 1;

/// # Source
/// Style Tokens (arXiv:1803.09017), section 3.1.1, "reference encoder".
#[derive(Module, Debug)]
pub(crate) struct ReferenceEncoder {
    pub(crate) layers: Vec<ReferenceLayer>,
    pub(crate) gru: Gru,
}

/// A convolution that halves time and frequency, and its batch norm.
#[derive(Module, Debug)]
pub(crate) struct ReferenceLayer {
    /// `[out, in, 3, 3]`
    pub(crate) weight: Param<Tensor<4>>,
    pub(crate) bias: Param<Tensor<1>>,
    pub(crate) norm: BatchNorm,
}

impl ReferenceEncoder {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let filters = &config.ref_enc_filters;
        let inputs = std::iter::once(1).chain(filters.iter().copied());
        let layer = |(i, (input, output)): (usize, (usize, &usize))| {
            ReferenceLayer::new(&init.of(&format!("layers.{i}")), input, *output)
        };
        let width = filters.iter().fold(config.n_mel_channels, |n, _| halved(n));
        let last = filters.last().copied().unwrap_or(1);
        Self {
            layers: inputs.zip(filters).enumerate().map(layer).collect(),
            gru: Gru::new(&init.of("gru"), last * width, config.ref_enc_gru_size),
        }
    }

    /// No recording sees the padding of its batch.
    ///
    /// # Shapes
    /// - `mels`: `[B, F, M]`
    /// - output: `[B, U]`
    pub(super) fn forward(
        &self,
        mels: Tensor<3>,
        lengths: &[usize],
        pass: &mut Forward<'_>,
    ) -> Tensor<2> {
        let mut lengths = lengths.to_vec();
        let mut hidden = mels.unsqueeze_dim::<4>(1);
        for layer in &self.layers {
            hidden = layer.forward(without_padding(hidden, &lengths), pass);
            lengths
                .iter_mut()
                .for_each(|length| *length = halved(*length));
        }
        let [batch, channels, steps, width] = hidden.dims();
        let rows = hidden
            .permute([0, 2, 1, 3])
            .reshape([batch, steps, channels * width]);
        self.gru.last(rows, &lengths, Direction::Forward)
    }
}

impl ReferenceLayer {
    fn new(init: &Init<'_>, input: usize, output: usize) -> Self {
        let (taps, bound) = (
            KERNEL * KERNEL,
            1.0 / ((input * KERNEL * KERNEL) as f64).sqrt(),
        );
        Self {
            weight: init.of("weight").weight(
                [output, input, KERNEL, KERNEL],
                input * taps,
                output * taps,
                Gain::Relu,
            ),
            bias: init.of("bias").uniform([output], bound),
            norm: BatchNorm::new(&init.of("norm"), output),
        }
    }

    /// # Shapes
    /// - `input`: `[B, in, T, W]`
    /// - output: `[B, out, ceil(T / 2), ceil(W / 2)]`
    fn forward(&self, input: Tensor<4>, pass: &mut Forward<'_>) -> Tensor<4> {
        let options = ConvOptions::new([STRIDE; 2], [PADDING; 2], [1; 2], 1);
        let hidden = conv2d(input, self.weight.val(), Some(self.bias.val()), options);
        let [batch, channels, steps, width] = hidden.dims();
        // Batch norm reads rows of channels.
        let rows = hidden
            .permute([0, 2, 3, 1])
            .reshape([batch, steps * width, channels]);
        let rows = match pass.noise() {
            Some(_) => {
                let (rows, statistics) = self.norm.by_batch(rows, Activation::Relu, None);
                pass.batch_norm.push(statistics);
                rows
            }
            None => relu(self.norm.by_running(rows)),
        };
        rows.reshape([batch, steps, width, channels])
            .permute([0, 3, 1, 2])
    }
}

/// Zeros beyond the end of each recording, as the convolution itself sees beyond its edges.
fn without_padding(hidden: Tensor<4>, lengths: &[usize]) -> Tensor<4> {
    let [batch, _, steps, _] = hidden.dims();
    let mask = length_mask(lengths, steps, &hidden.device());
    hidden * mask.reshape([batch, 1, steps, 1])
}

/// What is left of a length after one layer.
fn halved(length: usize) -> usize {
    length.div_ceil(STRIDE)
}
