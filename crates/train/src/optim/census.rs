//! The gradient of every parameter in a few figures.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleVisitor, Param, ParamId},
    optim::GradientsParams,
    tensor::Tensor,
};
use serde::Serialize;

/// The gradient of one parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GradientFigures {
    /// NVIDIA's name of the parameter.
    pub name: String,
    /// L2 norm; not finite if any element is not.
    pub norm: f64,
    /// Elements that are exactly zero.
    pub zeros: u64,
    /// Elements.
    pub numbers: u64,
}

/// Figures of every gradient, in the order of the parameters. `factor` is what the gradients have to
/// be multiplied by.
pub fn census<M: Module>(
    model: &M,
    gradients: &GradientsParams,
    factor: f64,
    names: &BTreeMap<ParamId, String>,
) -> Vec<GradientFigures> {
    let mut visitor = Census {
        gradients,
        factor,
        names,
        found: Vec::new(),
    };
    model.visit(&mut visitor);
    visitor.found
}

struct Census<'a> {
    gradients: &'a GradientsParams,
    factor: f64,
    names: &'a BTreeMap<ParamId, String>,
    found: Vec<GradientFigures>,
}

impl ModuleVisitor for Census<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(gradient) = self.gradients.get::<D>(param.id) else {
            return;
        };
        let values: Vec<f32> = gradient.into_data().iter::<f32>().collect();
        let squares: f64 = values.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
        let name = self.names.get(&param.id);
        self.found.push(GradientFigures {
            name: name.map_or_else(|| "?".to_owned(), Clone::clone),
            norm: squares.sqrt() * self.factor,
            zeros: values.iter().filter(|value| **value == 0.0).count() as u64,
            numbers: values.len() as u64,
        });
    }
}
