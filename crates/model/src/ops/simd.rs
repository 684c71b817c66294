//! Element functions written so that the compiler turns them into vector code.

use pulp::Arch;

/// Runs `work` compiled for the widest vectors of this processor.
///
/// Everything `work` calls must be `#[inline(always)]`, or it is compiled for the baseline.
pub(crate) fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// Hyperbolic tangent to about four units in the last place.
///
/// # Source
/// Rational approximation of degree 13 over 6, the minimax coefficients published with Eigen.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // Beyond this the function is 1 to the last bit.
    const LIMIT: f32 = 7.998_811_7;
    let x = x.clamp(-LIMIT, LIMIT);
    let y = x * x;
    let odd = y * -2.760_768_5e-16 + 2.000_188e-13;
    let odd = y * odd - 8.604_672e-11;
    let odd = y * odd + 5.122_297_3e-8;
    let odd = y * odd + 1.485_722_35e-5;
    let odd = y * odd + 6.372_619_3e-4;
    let odd = y * odd + 4.893_524_6e-3;
    let even = y * 1.198_258_4e-6 + 1.185_347_1e-4;
    let even = y * even + 2.268_434_6e-3;
    let even = y * even + 4.893_525e-3;
    x * odd / even
}

/// Logistic function.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    tanh(0.5 * x) * 0.5 + 0.5
}

/// One LSTM step of one row: `gates` come in as pre-activations and leave activated.
///
/// The four gates lie side by side, in PyTorch's order: input, forget, cell, output.
#[inline(always)]
pub(crate) fn lstm_forward(gates: &mut [f32], cell: &mut [f32], hidden: &mut [f32]) {
    let units = cell.len();
    let (input, rest) = gates.split_at_mut(units);
    let (forget, rest) = rest.split_at_mut(units);
    let (candidate, output) = rest.split_at_mut(units);
    let (output, hidden) = (&mut output[..units], &mut hidden[..units]);
    for j in 0..units {
        let (i, f) = (sigmoid(input[j]), sigmoid(forget[j]));
        let (g, o) = (tanh(candidate[j]), sigmoid(output[j]));
        let c = f * cell[j] + i * g;
        (input[j], forget[j], candidate[j], output[j]) = (i, f, g, o);
        cell[j] = c;
        hidden[j] = o * tanh(c);
    }
}

/// What one row of an LSTM step needs for its backward pass.
pub(crate) struct LstmStep<'a> {
    /// Activated gates, `4H`.
    pub(crate) gates: &'a [f32],
    /// Cell before the step.
    pub(crate) before: &'a [f32],
    /// Cell after the step.
    pub(crate) after: &'a [f32],
}

/// Backward of [`lstm_forward`]: from the gradient of the hidden state to that of the
/// pre-activations; `d_cell` goes in for the cell after the step and comes out for the one before.
#[inline(always)]
pub(crate) fn lstm_backward(
    step: &LstmStep<'_>,
    d_hidden: &[f32],
    d_cell: &mut [f32],
    d_gates: &mut [f32],
) {
    let units = d_cell.len();
    let (input, rest) = step.gates.split_at(units);
    let (forget, rest) = rest.split_at(units);
    let (candidate, output) = rest.split_at(units);
    let (d_input, rest) = d_gates.split_at_mut(units);
    let (d_forget, rest) = rest.split_at_mut(units);
    let (d_candidate, d_output) = rest.split_at_mut(units);
    let (output, d_output) = (&output[..units], &mut d_output[..units]);
    let (before, after) = (&step.before[..units], &step.after[..units]);
    let d_hidden = &d_hidden[..units];
    for j in 0..units {
        let (i, f, g, o) = (input[j], forget[j], candidate[j], output[j]);
        let t = tanh(after[j]);
        let d_c = d_cell[j] + d_hidden[j] * o * (1.0 - t * t);
        d_input[j] = d_c * g * i * (1.0 - i);
        d_forget[j] = d_c * before[j] * f * (1.0 - f);
        d_candidate[j] = d_c * i * (1.0 - g * g);
        d_output[j] = d_hidden[j] * t * o * (1.0 - o);
        d_cell[j] = d_c * f;
    }
}

/// Softmax in place over finite numbers.
pub(crate) fn softmax(row: &mut [f32]) {
    let largest = row.iter().fold(f32::NEG_INFINITY, |m, x| m.max(*x));
    let mut sum = 0.0;
    for value in row.iter_mut() {
        *value = (*value - largest).exp();
        sum += *value;
    }
    for value in row {
        *value /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_and_sigmoid_agree_with_the_standard_library() {
        vectorised(|| {
            for k in -100_000..=100_000 {
                let x = k as f32 * 1e-4;
                let exact = f64::from(x);
                assert!((f64::from(tanh(x)) - exact.tanh()).abs() < 4e-7, "tanh {x}");
                let logistic = 1.0 / (1.0 + (-exact).exp());
                assert!(
                    (f64::from(sigmoid(x)) - logistic).abs() < 3e-7,
                    "sigmoid {x}"
                );
            }
        });
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(f32::NAN).is_nan());
    }

    #[test]
    fn softmax_sums_to_one() {
        let mut row = [1e4, 1e4 - 1.0, -1e4];
        softmax(&mut row);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(row[2], 0.0);
    }
}
