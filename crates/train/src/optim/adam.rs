//! Adam with L2 inside.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use diktor_model::NamedTensor;
use rayon::prelude::*;

use crate::TrainError;

pub(crate) const FIRST: &str = "exp_avg.";
const SECOND: &str = "exp_avg_sq.";

/// Adam as PyTorch computes it, with the L2 term added to the gradient before the moments.
///
/// Our own, because a checkpoint must hold the moments under names that outlive a process, because the limit of the
/// gradient norm must be able to change in mid-run, and because parameters without a gradient must stay as they are.
///
/// # Source
/// Kingma, Ba: Adam (arXiv:1412.6980), algorithm 1; the order of operations is that of `torch.optim.Adam`.
#[derive(Debug)]
pub struct Adam {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    updates: u64,
    // Maps from a parameter to a tensor of its rank; Burn's gradient container is exactly that.
    first: GradientsParams,
    second: GradientsParams,
}

/// What one update does besides following the gradient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// The gradient is multiplied by this first: the mean over parts, and the clip.
    pub factor: f64,
    /// Step size.
    pub learning_rate: f64,
    /// This share of the parameter is added to the gradient.
    pub weight_decay: f64,
}

impl Adam {
    /// Adam that has made no update.
    pub fn new(beta_1: f64, beta_2: f64, epsilon: f64) -> Self {
        Self {
            beta_1,
            beta_2,
            epsilon,
            updates: 0,
            first: GradientsParams::new(),
            second: GradientsParams::new(),
        }
    }

    /// The same optimiser before its first update.
    #[must_use]
    pub fn anew(&self) -> Self {
        Self::new(self.beta_1, self.beta_2, self.epsilon)
    }

    /// Updates made so far.
    pub fn updates(&self) -> u64 {
        self.updates
    }

    /// Moves every parameter that has a gradient.
    pub fn update<M: Module>(&mut self, model: M, gradients: GradientsParams, update: Update) -> M {
        self.updates += 1;
        model.map(&mut Mapper {
            adam: self,
            gradients,
            update,
        })
    }

    /// The moments under `exp_avg.<path of the parameter>` and `exp_avg_sq.<path>`, in the layout of the parameters; a path
    /// is made of fields.
    pub fn moments<M: Module>(&self, model: &M) -> Vec<NamedTensor> {
        let mut visitor = Save {
            adam: self,
            path: Vec::new(),
            tensors: Vec::new(),
        };
        model.visit(&mut visitor);
        visitor.tensors
    }

    /// Takes over what [`Adam::moments`] gave.
    ///
    /// # Errors
    /// If a moment belongs to no parameter, or has another shape than its parameter.
    pub fn restore<M: Module>(
        &mut self,
        model: &M,
        moments: &[NamedTensor],
        updates: u64,
    ) -> Result<(), TrainError> {
        let mut visitor = Load {
            adam: Self {
                updates,
                ..self.anew()
            },
            moments,
            path: Vec::new(),
            used: 0,
            misfit: None,
        };
        model.visit(&mut visitor);
        if let Some((what, found, expected)) = visitor.misfit {
            return Err(TrainError::Mismatch {
                what,
                found,
                expected,
            });
        }
        if visitor.used != moments.len() {
            return Err(TrainError::Mismatch {
                what: "number of optimiser moments that belong to a parameter".to_owned(),
                found: moments.len().to_string(),
                expected: visitor.used.to_string(),
            });
        }
        *self = visitor.adam;
        Ok(())
    }
}

struct Mapper<'a> {
    adam: &'a mut Adam,
    gradients: GradientsParams,
    update: Update,
}

impl ModuleMapper for Mapper<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(gradient) = self.gradients.remove::<D>(param.id) else {
            return param;
        };
        let (adam, update) = (&mut *self.adam, self.update);
        let id = param.id;
        let moments = [adam.first.remove(id), adam.second.remove(id)];
        param.map(|parameter| {
            let value = parameter.inner();
            let step = adam.step(update);
            let moved = if value.device() == Device::flex() {
                fused(&step, value, gradient, moments)
            } else {
                composed(&step, value, gradient, moments)
            };
            let [value, first, second] = moved;
            adam.first.register(id, first);
            adam.second.register(id, second);
            Tensor::from_inner(value).require_grad()
        })
    }
}

/// The numbers of one update, the same for every parameter.
#[derive(Debug, Clone, Copy)]
struct Step {
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    factor: f64,
    weight_decay: f64,
    /// Step size over the correction of the first moment.
    size: f64,
    /// Square root of the correction of the second moment.
    spread: f64,
}

impl Adam {
    fn step(&self, update: Update) -> Step {
        let t = self.updates as f64;
        Step {
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            factor: update.factor,
            weight_decay: update.weight_decay,
            size: update.learning_rate / (1.0 - self.beta_1.powf(t)),
            spread: (1.0 - self.beta_2.powf(t)).sqrt(),
        }
    }
}

/// Parameter and moments after the step, made of plain Burn operations.
fn composed<const D: usize>(
    step: &Step,
    value: Tensor<D>,
    gradient: Tensor<D>,
    moments: [Option<Tensor<D>>; 2],
) -> [Tensor<D>; 3] {
    let decay = value.clone().mul_scalar(step.weight_decay);
    let gradient = gradient.mul_scalar(step.factor) + decay;
    let decayed = |moment: Option<Tensor<D>>, beta: f64, news: Tensor<D>| match moment {
        Some(moment) => moment.mul_scalar(beta) + news.mul_scalar(1.0 - beta),
        None => news.mul_scalar(1.0 - beta),
    };
    let [first, second] = moments;
    let first = decayed(first, step.beta_1, gradient.clone());
    let second = decayed(second, step.beta_2, gradient.square());
    let root = second.clone().sqrt().div_scalar(step.spread);
    let change = first.clone().div(root.add_scalar(step.epsilon));
    [value - change.mul_scalar(step.size), first, second]
}

/// The same in one pass over the numbers, on all threads; for the CPU.
fn fused<const D: usize>(
    step: &Step,
    value: Tensor<D>,
    gradient: Tensor<D>,
    moments: [Option<Tensor<D>>; 2],
) -> [Tensor<D>; 3] {
    /// Numbers that a thread takes at once.
    const SHARE: usize = 1 << 14;
    let (shape, device) = (value.dims(), value.device());
    let numbers = |tensor: Tensor<D>| -> Vec<f32> {
        let data = tensor.into_data();
        data.try_into_vec().expect("parameters are f32")
    };
    let moments = moments.map(|moment| match moment {
        Some(moment) => numbers(moment),
        None => vec![0.0; shape.iter().product()],
    });
    let ([mut first, mut second], mut values) = (moments, numbers(value));
    let gradient = numbers(gradient);
    values
        .par_chunks_mut(SHARE)
        .zip(first.par_chunks_mut(SHARE))
        .zip(second.par_chunks_mut(SHARE))
        .zip(gradient.par_chunks(SHARE))
        .for_each(|(((values, first), second), gradient)| {
            step.move_by(values, first, second, gradient);
        });
    [values, first, second]
        .map(|numbers| Tensor::from_data(TensorData::new(numbers, shape), &device))
}

impl Step {
    fn move_by(&self, values: &mut [f32], first: &mut [f32], second: &mut [f32], gradient: &[f32]) {
        let (beta_1, beta_2) = (self.beta_1 as f32, self.beta_2 as f32);
        let (news_1, news_2) = ((1.0 - self.beta_1) as f32, (1.0 - self.beta_2) as f32);
        let (factor, decay) = (self.factor as f32, self.weight_decay as f32);
        let (size, spread) = (self.size as f32, self.spread as f32);
        let epsilon = self.epsilon as f32;
        let moments = first.iter_mut().zip(second);
        for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
            let gradient = gradient * factor + *value * decay;
            *first = *first * beta_1 + gradient * news_1;
            *second = *second * beta_2 + gradient * gradient * news_2;
            *value -= *first / (second.sqrt() / spread + epsilon) * size;
        }
    }
}

/// Whether what is in this container stands in a path: a field does, the variant of an enumeration does not.
fn is_named(container: &str) -> bool {
    !container.starts_with("Enum:")
}

struct Save<'a> {
    adam: &'a Adam,
    path: Vec<String>,
    tensors: Vec<NamedTensor>,
}

impl ModuleVisitor for Save<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        if is_named(container) {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        if is_named(container) {
            self.path.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        for (prefix, moments) in [(FIRST, &self.adam.first), (SECOND, &self.adam.second)] {
            if let Some(moment) = moments.get::<D>(param.id) {
                self.tensors.push(NamedTensor {
                    name: format!("{prefix}{path}"),
                    shape: moment.dims().to_vec(),
                    values: moment.into_data().iter::<f32>().collect(),
                });
            }
        }
    }
}

struct Load<'a> {
    adam: Adam,
    moments: &'a [NamedTensor],
    path: Vec<String>,
    used: usize,
    misfit: Option<(String, String, String)>,
}

impl ModuleVisitor for Load<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        if is_named(container) {
            self.path.push(name.to_owned());
        }
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        if is_named(container) {
            self.path.pop();
        }
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let parameter = param.val().inner();
        for (prefix, moments) in [
            (FIRST, &mut self.adam.first),
            (SECOND, &mut self.adam.second),
        ] {
            let name = format!("{prefix}{path}");
            let Some(moment) = self.moments.iter().find(|moment| moment.name == name) else {
                continue;
            };
            self.used += 1;
            if moment.shape != parameter.dims() {
                let (found, expected) = (&moment.shape, parameter.dims());
                self.misfit = Some((
                    format!("shape of `{name}`"),
                    format!("{found:?}"),
                    format!("{expected:?}"),
                ));
                continue;
            }
            let data = TensorData::new(moment.values.clone(), moment.shape.clone());
            moments.register(param.id, Tensor::<D>::from_data(data, &parameter.device()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_moves_parameters_as_separate_operations_do() {
        let device = Device::flex();
        let tensor = |values: &[f32]| {
            let data = TensorData::new(values.to_vec(), [values.len()]);
            Tensor::<1>::from_data(data, &device)
        };
        let (value, gradient) = (
            tensor(&[1.0, -2.0, 0.5, 0.0]),
            tensor(&[0.3, -40.0, 1e-6, 0.0]),
        );
        let adam = Adam {
            updates: 3,
            ..Adam::new(0.9, 0.999, 1e-8)
        };
        let step = adam.step(Update {
            factor: 0.25,
            learning_rate: 1e-3,
            weight_decay: 1e-2,
        });
        for moments in [
            [None, None],
            [
                Some(tensor(&[0.1, 0.2, -0.3, 0.0])),
                Some(tensor(&[0.5; 4])),
            ],
        ] {
            let one = fused(&step, value.clone(), gradient.clone(), moments.clone());
            let many = composed(&step, value.clone(), gradient.clone(), moments);
            for (one, many) in one.into_iter().zip(many) {
                let (one, many) = (one.into_data(), many.into_data());
                for (one, many) in one.iter::<f32>().zip(many.iter::<f32>()) {
                    assert!(
                        (one - many).abs() <= 1e-6 * many.abs().max(1e-6),
                        "{one} {many}"
                    );
                }
            }
        }
    }
}
