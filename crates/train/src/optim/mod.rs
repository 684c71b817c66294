//! The optimiser: gradients summed, their true norm clipped, one step of Adam.

mod adam;
mod census;
mod distribution;
mod gradients;

pub(crate) use adam::FIRST;
pub use adam::{Adam, Update};
pub use census::{GradientFigures, census};
pub use distribution::distributions;
pub use gradients::GradientSum;

/// What gradients of this global norm are multiplied by so that the norm does not exceed `limit`.
///
/// # Source
/// `torch.nn.utils.clip_grad_norm_`: `min(1, limit / (norm + 1e-6))`.
pub fn clip_factor(norm: f64, limit: f64) -> f64 {
    (limit / (norm + 1e-6)).min(1.0)
}

/// `decoder.attention_rnn` of `decoder.attention_rnn.weight_ih`.
pub(crate) fn module_of(parameter: &str) -> String {
    let parts: Vec<&str> = parameter.split('.').take(2).collect();
    parts.join(".")
}
