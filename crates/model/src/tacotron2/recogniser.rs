//! The recogniser that keeps the decoder saying what the text says.

use burn::{
    module::Module,
    tensor::{
        Tensor,
        activation::{log_softmax, relu},
    },
};

use super::{Forward, Tacotron2Config, head::dropped};
use crate::{
    batch::Batch,
    layers::{Gain, Init, Linear},
    ops::ctc::Spelling,
};

/// Spells the text from what the decoder makes of it; it is used in training alone.
///
/// # Source
/// Maximizing Mutual Information for Tacotron (arXiv:1909.01145), section 2.2; layers of
/// bfs18/tacotron2, `model.py`, `MIEsitmator`.
#[derive(Module, Debug)]
pub(crate) struct Recogniser {
    pub(crate) hidden: Linear,
    pub(crate) output: Linear,
}

/// What the recogniser heard and should have heard.
#[derive(Debug, Clone)]
pub struct Recognition {
    /// `[B, S, V + 1]`, normalised over the classes; the last one is the blank.
    pub(crate) log_probabilities: Tensor<3>,
    pub(crate) spelling: Spelling,
}

impl Recogniser {
    pub(super) fn new(init: &Init<'_>, config: &Tacotron2Config) -> Self {
        let units = config.mmi_dim;
        let classes = blank(config) + 1;
        Self {
            hidden: Linear::new(&init.of("hidden"), units, units, Gain::Relu, true),
            output: Linear::new(&init.of("output"), units, classes, Gain::Linear, true),
        }
    }

    /// # Shapes
    /// - `textual`: `[S, B, U]`
    pub(super) fn listen(
        &self,
        textual: Tensor<3>,
        batch: &Batch,
        r: usize,
        pass: &Forward<'_>,
    ) -> Recognition {
        let hidden = dropped(relu(self.hidden.forward(textual)), "recogniser", pass);
        let heard = log_softmax(self.output.forward(hidden), 2);
        let spoken = &pass.config.mmi_symbols;
        // Class 0 is padding, which no text holds; it keeps the classes those of bfs18's tables.
        let class = |id: &u32| spoken.iter().position(|one| one == id).map(|n| n + 1);
        let target = |text: &Vec<u32>| text.iter().filter_map(class).collect();
        Recognition {
            log_probabilities: heard.swap_dims(0, 1),
            spelling: Spelling {
                targets: batch.texts.iter().map(target).collect(),
                lengths: batch.steps(r),
                blank: blank(pass.config),
            },
        }
    }
}

/// Padding and every spoken symbol have a class before it.
fn blank(config: &Tacotron2Config) -> usize {
    config.mmi_symbols.len() + 1
}
