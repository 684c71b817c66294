//! Adam with L2 inside.

use burn::{
    module::{Module, ModuleMapper, ModuleVisitor, Param},
    optim::GradientsParams,
    tensor::{Tensor, TensorData},
};
use diktor_model::NamedTensor;

use crate::TrainError;

const FIRST: &str = "exp_avg.";
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

    /// The moments under `exp_avg.<path of the parameter>` and `exp_avg_sq.<path>`, in the layout of the parameters.
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
                ..Self::new(self.beta_1, self.beta_2, self.epsilon)
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
        param.map(|parameter| {
            let value = parameter.inner();
            let gradient =
                gradient.mul_scalar(update.factor) + value.clone().mul_scalar(update.weight_decay);
            let decayed = |moment: Option<Tensor<D>>, beta: f64, news: Tensor<D>| match moment {
                Some(moment) => moment.mul_scalar(beta) + news.mul_scalar(1.0 - beta),
                None => news.mul_scalar(1.0 - beta),
            };
            let first = decayed(adam.first.remove(id), adam.beta_1, gradient.clone());
            let second = decayed(adam.second.remove(id), adam.beta_2, gradient.square());
            adam.first.register(id, first.clone());
            adam.second.register(id, second.clone());

            let t = adam.updates as f64;
            let step = update.learning_rate / (1.0 - adam.beta_1.powf(t));
            let spread = (1.0 - adam.beta_2.powf(t)).sqrt();
            let denominator = second.sqrt().div_scalar(spread).add_scalar(adam.epsilon);
            Tensor::from_inner(value - first.div(denominator).mul_scalar(step)).require_grad()
        })
    }
}

struct Save<'a> {
    adam: &'a Adam,
    path: Vec<String>,
    tensors: Vec<NamedTensor>,
}

impl ModuleVisitor for Save<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
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
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
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
