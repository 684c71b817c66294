//! The fused LSTM equals the composed one: output and gradients.

use super::{Direction, Lstm, composed, fused, fused::LstmKernel};
use crate::ops::{
    dropout::Dropout,
    rows::WeightDtype,
    testing::{NOISE, assert_close, check_gradients, floats, random},
};

fn dropout() -> Dropout {
    Dropout {
        noise: NOISE,
        stream: String::from("hidden"),
        p: 0.3,
    }
}

#[test]
fn fused_output_and_gradients_equal_the_composed_ones() {
    // One symbol, one utterance, lengths and units that are no multiple of anything, more rows
    // than one pass takes.
    for (steps, units, lengths, dropout) in [
        (7, 5, &[7, 3, 1][..], None),
        (1, 4, &[1], None),
        (12, 17, &[12, 11], Some(dropout())),
        (5, 32, &[2, 5, 4, 5, 1], Some(dropout())),
        (3, 33, &[3; 37], Some(dropout())),
    ] {
        for direction in [Direction::Forward, Direction::Reverse] {
            let run = |composed_form: bool| {
                let gates = random::<3>("gates", [steps, lengths.len(), 4 * units], 1.0);
                let recurrent = random::<2>("recurrent", [units, 4 * units], 0.5);
                let form = if composed_form {
                    composed::sequence
                } else {
                    fused
                };
                let lstm = Lstm {
                    recurrent: recurrent.clone(),
                    direction,
                    dropout: dropout.clone(),
                    dtype: WeightDtype::F32,
                };
                let output = form(gates.clone(), lstm, lengths);
                let asked = random::<3>("asked", output.dims(), 1.0).detach();
                let grads = (output.clone() * asked).sum().backward();
                [
                    floats(output),
                    floats(gates.grad(&grads).unwrap()),
                    floats(recurrent.grad(&grads).unwrap()),
                ]
            };
            for (found, expected) in run(false).iter().zip(&run(true)) {
                assert_close(
                    &format!("{steps} steps {direction:?}"),
                    found,
                    expected,
                    1e-5,
                );
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for direction in [Direction::Forward, Direction::Reverse] {
        let kernel = LstmKernel {
            steps: 4,
            batch: 2,
            units: 3,
            lengths: vec![4, 2],
            direction,
            dropout: Some(dropout()),
            dtype: WeightDtype::F32,
        };
        let numbers = |name, len| NOISE.stream(name).uniform(1.0, len);
        check_gradients(&kernel, [numbers("gates", 96), numbers("recurrent", 36)]);
    }
}
