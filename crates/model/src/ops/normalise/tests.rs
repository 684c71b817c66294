//! The fused normalisation equals the composed one: output, statistics and gradients.

use super::{Activation, composed, fused, fused::NormaliseKernel};
use crate::ops::{
    dropout::Dropout,
    testing::{NOISE, assert_close, check_gradients, floats, random},
};

#[test]
fn fused_output_statistics_and_gradients_equal_the_composed_ones() {
    // Few rows, fewer than a block, a block and a bit, odd channels.
    for shape in [[1, 5, 3], [3, 7, 5], [2, 65, 17], [5, 40, 32]] {
        for activation in [Activation::Relu, Activation::Tanh, Activation::Linear] {
            for p in [None, Some(0.4)] {
                let dropout = p.map(|p| Dropout {
                    noise: NOISE,
                    stream: String::from("layer"),
                    p,
                });
                let run = |composed_form: bool| {
                    let input = random::<3>("input", shape, 2.0);
                    let weight = random::<1>("weight", [shape[2]], 1.0);
                    let bias = random::<1>("bias", [shape[2]], 1.0);
                    let form = if composed_form {
                        composed::normalise
                    } else {
                        fused
                    };
                    let (output, statistics) = form(
                        input.clone(),
                        weight.clone(),
                        bias.clone(),
                        activation,
                        dropout.clone(),
                    );
                    let asked = random::<3>("asked", shape, 1.0).detach();
                    let grads = (output.clone() * asked).sum().backward();
                    [
                        floats(output),
                        floats(statistics.mean),
                        floats(statistics.variance),
                        floats(input.grad(&grads).unwrap()),
                        floats(weight.grad(&grads).unwrap()),
                        floats(bias.grad(&grads).unwrap()),
                    ]
                };
                for (found, expected) in run(false).iter().zip(&run(true)) {
                    assert_close(&format!("{shape:?} {activation:?}"), found, expected, 1e-5);
                }
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let dropout = Some(Dropout {
        noise: NOISE,
        stream: String::from("layer"),
        p: 0.3,
    });
    let kernel = NormaliseKernel {
        shape: [2, 6, 3],
        activation: Activation::Tanh,
        dropout,
    };
    let numbers = |name, len| NOISE.stream(name).uniform(1.0, len);
    check_gradients(
        &kernel,
        [numbers("x", 36), numbers("weight", 3), numbers("bias", 3)],
    );
}
