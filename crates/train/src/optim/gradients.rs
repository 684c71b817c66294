//! Gradients of one optimiser step, from one or several batches.

#[cfg(feature = "fault-injection")]
use burn::module::ParamId;
use burn::{
    module::{Module, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Gradients, Tensor},
};

/// Sums the gradients of the parts of a step; the step uses their mean.
#[derive(Debug, Default)]
pub struct GradientSum {
    sum: GradientsParams,
    parts: usize,
}

impl GradientSum {
    /// Nothing summed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the gradients of one more part.
    pub fn add<M: Module>(&mut self, model: &M, gradients: Gradients) {
        let mut part = GradientsParams::from_grads(gradients, model);
        self.parts += 1;
        if self.parts == 1 {
            self.sum = part;
            return;
        }
        model.visit(&mut Add {
            sum: &mut self.sum,
            part: &mut part,
        });
    }

    /// Makes the gradient of one parameter NaN.
    #[cfg(feature = "fault-injection")]
    pub(crate) fn poison<M: Module>(&mut self, model: &M, target: ParamId) {
        model.visit(&mut Poison {
            sum: &mut self.sum,
            target,
        });
    }

    /// The mean over the parts and its global L2 norm, which is not finite if any element is not.
    ///
    /// The mean is given as the sum and the factor it has to be multiplied by: the optimiser multiplies anyway.
    pub fn finish<M: Module>(self, model: &M) -> (GradientsParams, f64, f64) {
        let factor = 1.0 / self.parts.max(1) as f64;
        let norm = global_norm(model, &self.sum) * factor;
        (self.sum, factor, norm)
    }
}

/// L2 norm over all gradients together, summed in the order of the parameters.
fn global_norm<M: Module>(model: &M, gradients: &GradientsParams) -> f64 {
    let mut squares = Squares {
        gradients,
        sums: Vec::new(),
    };
    model.visit(&mut squares);
    if squares.sums.is_empty() {
        return 0.0;
    }
    // One transfer for all tensors: on a GPU each would be a stop.
    let sums = Tensor::cat(squares.sums, 0).into_data();
    sums.iter::<f32>().map(f64::from).sum::<f64>().sqrt()
}

struct Add<'a> {
    sum: &'a mut GradientsParams,
    part: &'a mut GradientsParams,
}

impl ModuleVisitor for Add<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(part) = self.part.remove::<D>(param.id) else {
            return;
        };
        let sum = match self.sum.remove::<D>(param.id) {
            Some(sum) => sum + part,
            None => part,
        };
        self.sum.register(param.id, sum);
    }
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.sums.push(gradient.square().sum());
        }
    }
}

#[cfg(feature = "fault-injection")]
struct Poison<'a> {
    sum: &'a mut GradientsParams,
    target: ParamId,
}

#[cfg(feature = "fault-injection")]
impl ModuleVisitor for Poison<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.id == self.target
            && let Some(gradient) = self.sum.remove::<D>(param.id)
        {
            self.sum.register(param.id, gradient.mul_scalar(f32::NAN));
        }
    }
}
