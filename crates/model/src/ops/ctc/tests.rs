//! The fused loss equals the composed one and its finite differences. That both equal PyTorch's is
//! told by the goldens of `tests/it`.

use burn::tensor::{Tensor, activation::log_softmax};

use super::{Spelling, composed, fused, fused::CtcKernel};
use crate::{
    golden::Golden,
    ops::testing::{NOISE, assert_close, check_gradients, device, floats, random},
};

/// A repeated class, an empty text, a text that fits exactly, one that is too long.
fn spelling() -> Spelling {
    Spelling {
        targets: vec![vec![1, 2, 2, 0], vec![], vec![3, 1, 0], vec![1, 1, 1]],
        lengths: vec![9, 4, 3, 4],
        blank: 4,
    }
}

#[test]
fn fused_loss_and_gradient_equal_the_composed_ones() {
    let run = |form: fn(Tensor<3>, &Spelling) -> Tensor<1>| {
        let logits = random::<3>("logits", [4, 9, 5], 2.0);
        let loss = form(log_softmax(logits.clone(), 2), &spelling());
        let asked = random::<1>("asked", [4], 1.0).detach();
        let grads = (loss.clone() * asked).sum().backward();
        [floats(loss), floats(logits.grad(&grads).unwrap())]
    };
    let (found, expected) = (run(fused), run(composed::ctc));
    assert_close("loss", &found[0], &expected[0], 1e-5);
    assert_close("gradient", &found[1], &expected[1], 1e-5);
    assert_eq!(found[0][3], 0.0, "three repeats need five steps, not four");
    let last = &found[1][3 * 45..];
    assert!(last.iter().all(|value| *value == 0.0), "{last:?}");
}

#[test]
fn gradients_equal_finite_differences() {
    let kernel = CtcKernel {
        steps: 9,
        classes: 5,
        spelling: spelling(),
    };
    check_gradients(&kernel, [NOISE.stream("log").uniform(1.0, 180)]);
}

#[test]
fn a_sequence_that_spells_its_text_costs_nothing() {
    let mut values = [-100.0_f32; 4 * 3];
    // 0, blank, 1, 1: one way among several, and the only likely one.
    for (t, class) in [0, 2, 1, 1].into_iter().enumerate() {
        values[t * 3 + class] = 0.0;
    }
    let spelling = Spelling {
        targets: vec![vec![0, 1]],
        lengths: vec![4],
        blank: 2,
    };
    let sequence = Tensor::<1>::from_floats(&values[..], &device()).reshape([1, 4, 3]);
    assert!(floats(fused(sequence, &spelling))[0].abs() < 1e-6);
}

#[test]
fn a_nan_is_not_hidden() {
    let sequence = Tensor::full([4, 9, 5], f32::NAN, &device());
    assert!(floats(fused(sequence, &spelling()))[0].is_nan());
}

#[test]
fn loss_and_gradient_equal_pytorchs() {
    let golden = Golden::variants();
    let spelling = Spelling {
        targets: golden.numbers("/ctc/targets"),
        lengths: golden.numbers("/ctc/lengths"),
        blank: golden.numbers("/ctc/blank"),
    };
    for form in [fused, composed::ctc] {
        let logits = golden.tensor::<3>("ctc/logits", &device()).require_grad();
        let loss = form(log_softmax(logits.clone(), 2), &spelling);
        let weights = golden.tensor::<1>("ctc/weights", &device());
        let grads = (loss.clone() * weights).sum().backward();
        let expected = |name| golden.get(name).values;
        assert_close("loss", &floats(loss), &expected("ctc/losses"), 1e-5);
        let gradient = floats(logits.grad(&grads).unwrap());
        assert_close("gradient", &gradient, &expected("ctc/gradient"), 1e-5);
    }
}
