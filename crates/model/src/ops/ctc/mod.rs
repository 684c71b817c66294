//! Connectionist temporal classification: how likely a sequence of distributions spells a text,
//! over all the ways of spreading the text over time.

mod composed;
mod fused;
#[cfg(test)]
mod tests;

use burn::tensor::{Tensor, assert_shape};

use super::fused as node;
use fused::CtcKernel;

/// What a sequence should spell.
#[derive(Debug, Clone)]
pub(crate) struct Spelling {
    /// Classes of each utterance, none of them the blank.
    pub(crate) targets: Vec<Vec<usize>>,
    /// True steps of each utterance, at least one.
    pub(crate) lengths: Vec<usize>,
    /// The class that stands for nothing.
    pub(crate) blank: usize,
}

/// Negative log-likelihood of each utterance; 0, with no gradient, where the steps are too few to
/// spell the text.
///
/// # Shapes
/// - `log_probabilities`: `[B, S, C]`, normalised over the classes
/// - output: `[B]`, in nats
///
/// # Panics
/// If the numbers of utterances disagree.
///
/// # Source
/// Graves et al., Connectionist temporal classification (ICML 2006), section 4; too short a sequence
/// as in `torch.nn.functional.ctc_loss(zero_infinity=True)`.
pub(crate) fn ctc(log_probabilities: Tensor<3>, spelling: &Spelling) -> Tensor<1> {
    let batch = spelling.targets.len();
    assert_shape!(log_probabilities, [batch, _, _]);
    if node::available(&log_probabilities.device()) {
        fused(log_probabilities, spelling)
    } else {
        composed::ctc(log_probabilities, spelling)
    }
}

fn fused(log_probabilities: Tensor<3>, spelling: &Spelling) -> Tensor<1> {
    let [_, steps, classes] = log_probabilities.dims();
    let kernel = CtcKernel {
        steps,
        classes,
        spelling: spelling.clone(),
    };
    node::apply(kernel, [log_probabilities.into()])
}

/// The text with a blank before, after and between its classes.
fn with_blanks(target: &[usize], blank: usize) -> Vec<usize> {
    let mut states = vec![blank; 2 * target.len() + 1];
    for (n, class) in target.iter().enumerate() {
        states[2 * n + 1] = *class;
    }
    states
}

/// Whether a path may come to state `s` from two states before: over a blank between two classes
/// that differ.
fn skips(states: &[usize], s: usize) -> bool {
    s % 2 == 1 && s >= 2 && states[s] != states[s - 2]
}
