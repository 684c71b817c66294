//! The fused convolution equals the composed one: output and gradients.

use super::{composed, fused, fused::ConvKernel};
use crate::ops::testing::{NOISE, assert_close, check_gradients, floats, random};

#[test]
fn fused_output_and_gradients_equal_the_composed_ones() {
    // One frame, sequences shorter than the kernel, odd channels.
    for (batch, steps, inputs, outputs, kernel) in [
        (3, 11, 5, 7, 5),
        (1, 1, 3, 2, 5),
        (2, 2, 4, 9, 7),
        (2, 33, 16, 31, 3),
        (1, 4, 1, 1, 1),
    ] {
        let run = |composed_form: bool| {
            let input = random::<3>("input", [batch, steps, inputs], 1.0);
            let weight = random::<3>("weight", [kernel, inputs, outputs], 0.5);
            let bias = random::<1>("bias", [outputs], 0.5);
            let form = if composed_form { composed::same } else { fused };
            let output = form(input.clone(), weight.clone(), bias.clone());
            let asked = random::<3>("asked", output.dims(), 1.0).detach();
            let grads = (output.clone() * asked).sum().backward();
            [
                floats(output),
                floats(input.grad(&grads).unwrap()),
                floats(weight.grad(&grads).unwrap()),
                floats(bias.grad(&grads).unwrap()),
            ]
        };
        for (found, expected) in run(false).iter().zip(&run(true)) {
            assert_close(&format!("{batch}x{steps} k{kernel}"), found, expected, 1e-5);
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let kernel = ConvKernel {
        batch: 2,
        steps: 5,
        inputs: 3,
        outputs: 4,
        kernel: 3,
    };
    let numbers = |name, len| NOISE.stream(name).uniform(1.0, len);
    check_gradients(
        &kernel,
        [numbers("x", 30), numbers("w", 36), numbers("b", 4)],
    );
}
