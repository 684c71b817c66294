//! Adam, clipping and accumulation against PyTorch and by hand.

use burn::{
    module::{Module, Param},
    tensor::{Tensor, TensorData},
};
use diktor_train::optim::{Adam, GradientSum, Update, clip_factor};
use serde::Deserialize;

use crate::support;

#[derive(Module, Debug)]
struct Two {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

fn two(weight: &[f32], bias: &[f32]) -> Two {
    let device = support::device().autodiff();
    let weight = TensorData::new(weight.to_vec(), [2, 3]);
    Two {
        weight: Param::from_tensor(Tensor::from_data(weight, &device)),
        bias: Param::from_tensor(Tensor::from_data(
            TensorData::new(bias.to_vec(), [3]),
            &device,
        )),
    }
}

impl Two {
    /// A loss whose gradients are the given numbers.
    fn loss(&self, weight: &[f32], bias: &[f32]) -> Tensor<1> {
        let given = two(weight, bias);
        (self.weight.val() * given.weight.val().detach()).sum()
            + (self.bias.val() * given.bias.val().detach()).sum()
    }

    fn values(&self) -> Vec<f32> {
        let mut values: Vec<f32> = self.weight.val().into_data().iter::<f32>().collect();
        values.extend(self.bias.val().into_data().iter::<f32>());
        values
    }
}

#[derive(Deserialize)]
struct Golden {
    clip: f64,
    weight_decay: f64,
    weight: Vec<f32>,
    bias: Vec<f32>,
    steps: Vec<GoldenStep>,
}

#[derive(Deserialize)]
struct GoldenStep {
    learning_rate: f64,
    gradients: Gradients,
    norm: f64,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

#[derive(Deserialize)]
struct Gradients {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Relative difference that float32 arithmetic in another order may cause over a few steps.
const TOLERANCE: f32 = 2e-6;

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let allowed = TOLERANCE * expected.abs().max(0.1);
        assert!(
            (found - expected).abs() <= allowed,
            "{what}: {found}, expected {expected}"
        );
    }
}

/// The reference: `torch.optim.Adam` after `clip_grad_norm_`, from `fixtures/gen/adam_torch.py`.
#[test]
fn adam_with_l2_and_clipping_is_that_of_pytorch() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../../fixtures/train/adam_torch.json")).unwrap();
    let mut model = two(&golden.weight, &golden.bias);
    let mut adam = Adam::new(0.9, 0.999, 1e-8);
    for (number, step) in golden.steps.iter().enumerate() {
        let mut sum = GradientSum::new();
        sum.add(
            &model,
            model
                .loss(&step.gradients.weight, &step.gradients.bias)
                .backward(),
        );
        let (gradients, mean, norm) = sum.finish(&model);
        assert!(
            (norm - step.norm).abs() < 1e-5 * step.norm,
            "the norm is the one before clipping"
        );
        let update = Update {
            factor: mean * clip_factor(norm, golden.clip),
            learning_rate: step.learning_rate,
            weight_decay: golden.weight_decay,
        };
        model = adam.update(model, gradients, update);
        let expected = [&step.weight[..], &step.bias].concat();
        assert_close(&model.values(), &expected, &format!("step {number}"));
    }
}

#[test]
fn the_norm_runs_over_all_tensors_together_and_over_the_mean_of_the_parts() {
    let model = two(&[0.0; 6], &[0.0; 3]);
    let mut sum = GradientSum::new();
    // Two parts whose mean is (3, 4) in two different tensors.
    sum.add(
        &model,
        model
            .loss(&[6.0, 0.0, 0.0, 0.0, 0.0, 0.0], &[0.0; 3])
            .backward(),
    );
    sum.add(&model, model.loss(&[0.0; 6], &[0.0, 8.0, 0.0]).backward());
    let (_, mean, norm) = sum.finish(&model);
    assert_eq!((mean, norm), (0.5, 5.0));
    assert!((clip_factor(norm, 1.0) - 0.2).abs() < 1e-6);
    assert_eq!(clip_factor(0.3, 1.0), 1.0);
}

#[test]
fn a_gradient_that_is_not_finite_makes_the_norm_not_finite() {
    let model = two(&[0.0; 6], &[0.0; 3]);
    for value in [f32::NAN, f32::INFINITY, f32::MAX] {
        let mut sum = GradientSum::new();
        sum.add(&model, model.loss(&[0.0; 6], &[1.0, value, 1.0]).backward());
        assert!(!sum.finish(&model).2.is_finite(), "{value}");
    }
}

#[test]
fn moments_survive_a_checkpoint_to_the_bit() {
    let update = Update {
        factor: 1.0,
        learning_rate: 1e-3,
        weight_decay: 1e-6,
    };
    let step = |model: Two, adam: &mut Adam, scale: f32| {
        let gradient: Vec<f32> = (0..6).map(|i| scale * (i as f32 - 2.5)).collect();
        let mut sum = GradientSum::new();
        sum.add(&model, model.loss(&gradient, &gradient[..3]).backward());
        let gradients = sum.finish(&model).0;
        adam.update(model, gradients, update)
    };
    let mut adam = Adam::new(0.9, 0.999, 1e-8);
    let mut model = two(&[0.5; 6], &[-0.5; 3]);
    for scale in [1.0, 0.3, -2.0] {
        model = step(model, &mut adam, scale);
    }
    let moments = adam.moments(&model);
    let names: Vec<&str> = moments.iter().map(|moment| moment.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "exp_avg.weight",
            "exp_avg_sq.weight",
            "exp_avg.bias",
            "exp_avg_sq.bias"
        ]
    );

    let values = model.values();
    // Another process: other parameter ids, the same names.
    let elsewhere = two(&values[..6], &values[6..]);
    let mut restored = Adam::new(0.9, 0.999, 1e-8);
    restored
        .restore(&elsewhere, &moments, adam.updates())
        .unwrap();
    let (here, there) = (
        step(model, &mut adam, 0.7),
        step(elsewhere, &mut restored, 0.7),
    );
    assert_eq!(here.values(), there.values());

    let mut foreign = moments.clone();
    foreign[0].name = "exp_avg.nobody".to_owned();
    assert!(restored.restore(&there, &foreign, 3).is_err());
    let mut other = moments;
    other[1].shape = vec![3, 2];
    assert!(restored.restore(&there, &other, 3).is_err());
}
