//! The head of a decoder that a recogniser listens to.

use burn::{
    module::Module,
    tensor::{Tensor, activation::relu},
};

use super::{Forward, Tacotron2Config};
use crate::layers::{Gain, Init, Linear};

/// The layers that stand between the decoder's state and its projections, so that what the text
/// says (`hidden`) is told apart from how it sounds (`mel`).
///
/// # Source
/// Liu et al., Maximizing Mutual Information for Tacotron (arXiv:1909.01145); layers of
/// bfs18/tacotron2, `model.py`, `Decoder`.
#[derive(Module, Debug)]
pub(crate) struct TextualHead {
    pub(crate) hidden: Linear,
    pub(crate) mel: Linear,
}

impl TextualHead {
    /// `inputs`: hidden state and context together.
    pub(super) fn new(init: &Init<'_>, inputs: usize, config: &Tacotron2Config) -> Self {
        let linear =
            |name, input| Linear::new(&init.of(name), input, config.mmi_dim, Gain::Relu, true);
        Self {
            hidden: linear("hidden", inputs),
            mel: linear("mel", config.mmi_dim),
        }
    }

    /// What the gate and the recogniser read.
    ///
    /// # Shapes
    /// - `state`: `[.., H + E]`
    /// - output: `[.., U]`
    pub(super) fn textual<const D: usize>(
        &self,
        state: Tensor<D>,
        pass: &Forward<'_>,
    ) -> Tensor<D> {
        dropped(relu(self.hidden.forward(state)), "textual", pass)
    }

    /// What the mel is projected from, `[.., U]` to `[.., U]`.
    pub(super) fn audible<const D: usize>(
        &self,
        textual: Tensor<D>,
        pass: &Forward<'_>,
    ) -> Tensor<D> {
        dropped(relu(self.mel.forward(textual)), "audible", pass)
    }
}

/// Ordinary dropout, off outside training.
pub(super) fn dropped<const D: usize>(
    hidden: Tensor<D>,
    stream: &str,
    pass: &Forward<'_>,
) -> Tensor<D> {
    match pass.noise() {
        Some(noise) if pass.config.mmi_dropout > 0.0 => {
            let (shape, device) = (hidden.dims(), hidden.device());
            hidden * noise.dropout_mask(stream, pass.config.mmi_dropout, shape, &device)
        }
        _ => hidden,
    }
}
