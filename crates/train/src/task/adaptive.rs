//! How much of the recogniser's gradient the network bears.

use burn::{
    module::{Module, ModuleVisitor, Param, ParamId},
    tensor::{Gradients, Tensor},
};
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// How much of the factor so far is kept when it is measured.
const MEMORY: f64 = 0.9;

/// Factor of the mutual-information term, so that its largest gradient stays below the task's.
///
/// # Source
/// Liu et al., Maximizing Mutual Information for Tacotron (arXiv:1909.01145), section 2.3;
/// bfs18/tacotron2, `gradient_adaptive_factor.py`; smoothed here.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct AdaptiveFactor {
    smoothed: Option<f64>,
}

impl AdaptiveFactor {
    /// What a checkpoint remembers.
    ///
    /// # Errors
    /// If that is not what was saved.
    pub(super) fn remembered(state: &serde_json::Value) -> Result<Self, TrainError> {
        Self::deserialize(state).map_err(|error| TrainError::Mismatch {
            what: "adaptive factor of mutual information".to_owned(),
            found: state.to_string(),
            expected: error.to_string(),
        })
    }

    /// The factor now; `limit` until it was measured.
    pub(super) fn value(self, limit: f64) -> f64 {
        self.smoothed.unwrap_or(limit).min(limit)
    }

    /// The factor after a measurement of [`ratio`], which counts at most as `limit`.
    pub(super) fn measured(self, ratio: f64, limit: f64) -> Self {
        let new = ratio.min(limit);
        let smoothed = match self.smoothed {
            Some(old) => MEMORY * old + (1.0 - MEMORY) * new,
            None => new,
        };
        Self {
            smoothed: Some(smoothed),
        }
    }
}

/// Smallest ratio, over the parameters that both reach, of the task's largest gradient to the
/// mutual information's; `None` if there is no such parameter or a gradient is not finite.
pub(super) fn ratio<M: Module>(model: &M, task: &Gradients, mutual: &Gradients) -> Option<f64> {
    let (task, mutual) = (largest(model, task), largest(model, mutual));
    if task
        .iter()
        .chain(&mutual)
        .any(|(_, most)| !most.is_finite())
    {
        return None;
    }
    let mut ratios: Vec<f64> = Vec::new();
    for (id, most) in mutual {
        let reached = task.iter().find(|(other, _)| *other == id);
        if let Some((_, bearable)) = reached.filter(|(_, it)| *it > 0.0 && most > 0.0) {
            ratios.push(bearable / most);
        }
    }
    ratios.into_iter().reduce(f64::min)
}

/// Largest absolute value of every gradient there is.
fn largest<M: Module>(model: &M, gradients: &Gradients) -> Vec<(ParamId, f64)> {
    let mut visitor = Largest {
        gradients,
        ids: Vec::new(),
        values: Vec::new(),
    };
    model.visit(&mut visitor);
    if visitor.values.is_empty() {
        return Vec::new();
    }
    // One transfer for all tensors: on a GPU each would be a stop.
    let values = Tensor::cat(visitor.values, 0).into_data();
    let values = values.iter::<f32>().map(f64::from);
    visitor.ids.into_iter().zip(values).collect()
}

struct Largest<'a> {
    gradients: &'a Gradients,
    ids: Vec<ParamId>,
    values: Vec<Tensor<1>>,
}

impl ModuleVisitor for Largest<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad(self.gradients) {
            self.ids.push(param.id);
            self.values.push(gradient.abs().max());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_follows_slowly_and_never_passes_its_limit() {
        let factor = AdaptiveFactor::default();
        assert_eq!(factor.value(0.5), 0.5);
        let factor = factor.measured(0.2, 0.5);
        assert_eq!(factor.value(0.5), 0.2, "the first measurement counts whole");
        let factor = factor.measured(7.0, 0.5);
        assert!((factor.value(0.5) - (0.9 * 0.2 + 0.1 * 0.5)).abs() < 1e-12);
        assert_eq!(factor.value(0.1), 0.1, "a lowered limit holds at once");
    }
}
