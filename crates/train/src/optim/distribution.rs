//! How the weights and the gradients of every module are distributed.

use std::collections::BTreeMap;

use burn::{
    module::{Module, ModuleVisitor, Param, ParamId},
    optim::GradientsParams,
    tensor::Tensor,
};
use diktor_track::{Histogram, names};

use super::module_of;

/// The distributions of the weights and of the gradients, module by module. `factor` is what the
/// gradients have to be multiplied by.
pub fn distributions<M: Module>(
    model: &M,
    gradients: &GradientsParams,
    factor: f64,
    names: &BTreeMap<ParamId, String>,
) -> Vec<Histogram> {
    let of = |group, gradients| {
        let mut visitor = Gather {
            names,
            gradients,
            modules: BTreeMap::new(),
        };
        model.visit(&mut visitor);
        let modules = visitor.modules.into_iter();
        modules
            .filter_map(move |(module, values)| Histogram::of(names::tag(group, &module), &values))
    };
    let weights = of(names::WEIGHTS, None);
    weights
        .chain(of(names::GRADIENTS, Some((gradients, factor as f32))))
        .collect()
}

/// Gathers the weights, or the gradients where they are given, by module.
struct Gather<'a> {
    names: &'a BTreeMap<ParamId, String>,
    gradients: Option<(&'a GradientsParams, f32)>,
    modules: BTreeMap<String, Vec<f32>>,
}

impl ModuleVisitor for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        // What has no name is not trained.
        let Some(name) = self.names.get(&param.id) else {
            return;
        };
        let (data, factor) = match self.gradients {
            None => (param.val().into_data(), 1.0),
            Some((gradients, factor)) => match gradients.get::<D>(param.id) {
                Some(gradient) => (gradient.into_data(), factor),
                None => return,
            },
        };
        let module = self.modules.entry(module_of(name)).or_default();
        module.extend(data.iter::<f32>().map(|value| value * factor));
    }
}
