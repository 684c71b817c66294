//! The same made of plain Burn operations, step after step.

use burn::tensor::{Int, Tensor, TensorData};

use super::{Spelling, skips, with_blanks};
use crate::batch::length_mask;

/// Logarithm of a probability that is zero; finite, so that gradients are.
const NEVER: f32 = -1e30;

/// See [`ctc`](super::ctc).
pub(super) fn ctc(log_probabilities: Tensor<3>, spelling: &Spelling) -> Tensor<1> {
    let [batch, steps, _] = log_probabilities.dims();
    let device = log_probabilities.device();
    let lattice = Lattice::new(spelling);
    let width = lattice.width;
    let plane = |values: Vec<f32>| -> Tensor<2> {
        Tensor::from_data(TensorData::new(values, [batch, width]), &device)
    };
    let states = TensorData::new(lattice.states.clone(), [batch, 1, width]);
    let states: Tensor<3, Int> = Tensor::<3, Int>::from_data(states, &device);
    let emitted = log_probabilities.gather(2, states.expand([batch, steps, width]));
    let at = |t: usize| emitted.clone().narrow(1, t, 1).reshape([batch, width]);

    let over = plane(lattice.penalty(|s, _, states| skips(states, s)));
    let alive = length_mask(&spelling.lengths, steps, &device);
    let nowhere = Tensor::full([batch, 2], NEVER, &device);
    let mut alpha = at(0) + plane(lattice.penalty(|s, _, _| s < 2));
    for t in 1..steps {
        // Columns shifted by two: one and two states before.
        let before = Tensor::cat(vec![nowhere.clone(), alpha.clone()], 1);
        let one = before.clone().narrow(1, 1, width);
        let two = before.narrow(1, 0, width) + over.clone();
        let next = log_sum(Tensor::stack(vec![alpha.clone(), one, two], 0)) + at(t);
        let alive = alive.clone().narrow(1, t, 1);
        let ended = alive.clone() * -1.0 + 1.0;
        alpha = next * alive + alpha * ended;
    }
    let last = plane(lattice.penalty(|s, length, _| s + 2 >= length));
    let ends: Tensor<3> = (alpha + last).unsqueeze_dim::<3>(2).permute([1, 0, 2]);
    let loss = log_sum(ends).reshape([batch]) * -1.0;
    let impossible = loss.clone().greater_scalar(-NEVER / 2.0);
    loss.mask_fill(impossible, 0.0)
}

/// `ln(sum(exp(terms)))` over the first axis.
fn log_sum(terms: Tensor<3>) -> Tensor<2> {
    let largest = terms.clone().detach().max_dim(0);
    let sum = (terms - largest.clone()).exp().sum_dim(0).log() + largest;
    sum.squeeze_dim(0)
}

/// The states of all utterances, padded with blanks that no path returns from.
struct Lattice {
    /// `[B, width]`
    states: Vec<i32>,
    each: Vec<Vec<usize>>,
    width: usize,
}

impl Lattice {
    fn new(spelling: &Spelling) -> Self {
        let each: Vec<Vec<usize>> = spelling
            .targets
            .iter()
            .map(|target| with_blanks(target, spelling.blank))
            .collect();
        let width = each.iter().map(Vec::len).max().unwrap_or(1);
        let states = each.iter().flat_map(|states| {
            let padding = std::iter::repeat_n(spelling.blank, width - states.len());
            states.iter().copied().chain(padding).map(|s| s as i32)
        });
        Self {
            states: states.collect(),
            width,
            each,
        }
    }

    /// 0 where `allowed(state, number of states, states)`, else [`NEVER`].
    fn penalty(&self, allowed: impl Fn(usize, usize, &[usize]) -> bool) -> Vec<f32> {
        let one = |states: &Vec<usize>, s: usize| {
            if s < states.len() && allowed(s, states.len(), states) {
                0.0
            } else {
                NEVER
            }
        };
        self.each
            .iter()
            .flat_map(|states| (0..self.width).map(move |s| one(states, s)))
            .collect()
    }
}
