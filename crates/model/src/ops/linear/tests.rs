//! The fused map equals the composed one: output and gradients.

use super::{composed, composed_rectified, fused, fused::LinearKernel, rectified};
use crate::ops::{
    dropout::Dropout,
    testing::{NOISE, assert_close, check_gradients, floats, random},
};

#[test]
fn fused_output_and_gradients_equal_the_composed_ones() {
    // One row, one column, more rows than a block.
    for (rows, inputs, outputs) in [(1, 3, 5), (7, 1, 1), (300, 17, 33)] {
        for biased in [false, true] {
            let run = |composed_form: bool| {
                let input = random::<2>("input", [rows, inputs], 1.0);
                let weight = random::<2>("weight", [inputs, outputs], 0.5);
                let bias = random::<1>("bias", [outputs], 0.5);
                let given = biased.then(|| bias.clone());
                let form = if composed_form { composed } else { fused };
                let output = form(input.clone(), weight.clone(), given);
                let asked = random::<2>("asked", output.dims(), 1.0).detach();
                let grads = (output.clone() * asked).sum().backward();
                let mut all = vec![
                    floats(output),
                    floats(input.grad(&grads).unwrap()),
                    floats(weight.grad(&grads).unwrap()),
                ];
                all.extend(bias.grad(&grads).map(floats));
                all
            };
            let (found, expected) = (run(false), run(true));
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(&expected) {
                assert_close(&format!("{rows}x{inputs}"), found, expected, 1e-5);
            }
        }
    }
}

#[test]
fn rectified_output_and_gradients_equal_the_composed_ones() {
    for (rows, inputs, outputs) in [(1, 3, 5), (7, 1, 1), (300, 17, 33)] {
        for p in [None, Some(0.5), Some(0.1)] {
            let run = |composed_form: bool| {
                let input = random::<2>("input", [rows, inputs], 1.0);
                let weight = random::<2>("weight", [inputs, outputs], 0.5);
                let dropout = p.map(|p| Dropout {
                    noise: NOISE,
                    stream: "drop".to_owned(),
                    p,
                });
                let form = if composed_form {
                    composed_rectified
                } else {
                    rectified
                };
                let output = form(input.clone(), weight.clone(), dropout);
                let asked = random::<2>("asked", output.dims(), 1.0).detach();
                let grads = (output.clone() * asked).sum().backward();
                [
                    floats(output),
                    floats(input.grad(&grads).unwrap()),
                    floats(weight.grad(&grads).unwrap()),
                ]
            };
            for (found, expected) in run(false).iter().zip(&run(true)) {
                assert_close(&format!("{rows}x{inputs} {p:?}"), found, expected, 1e-5);
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let kernel = LinearKernel {
        rows: 5,
        inputs: 3,
        outputs: 4,
    };
    let numbers = |name, len| NOISE.stream(name).uniform(1.0, len);
    check_gradients::<2, _>(&kernel, [numbers("x", 15), numbers("w", 12)]);
    check_gradients::<3, _>(
        &kernel,
        [numbers("x", 15), numbers("w", 12), numbers("b", 4)],
    );
}
