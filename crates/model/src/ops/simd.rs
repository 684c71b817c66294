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

/// One LSTM step of a few units: `gates` come in as pre-activations and leave activated, the cell
/// moves on, and the hidden state comes out. The gates stand in PyTorch's order: input, forget,
/// cell, output.
#[inline(always)]
pub(crate) fn lstm_forward<const U: usize>(
    gates: &mut [[f32; U]; 4],
    cell: &mut [f32; U],
) -> [f32; U] {
    let mut hidden = [0.0; U];
    for j in 0..U {
        let (i, f) = (sigmoid(gates[0][j]), sigmoid(gates[1][j]));
        let (g, o) = (tanh(gates[2][j]), sigmoid(gates[3][j]));
        let c = f * cell[j] + i * g;
        (gates[0][j], gates[1][j], gates[2][j], gates[3][j]) = (i, f, g, o);
        cell[j] = c;
        hidden[j] = o * tanh(c);
    }
    hidden
}

/// Backward of [`lstm_forward`]: `gates` come in activated and leave as the gradients of the
/// pre-activations; `d_cell` goes in for the cell after the step and comes out for the one before.
#[inline(always)]
pub(crate) fn lstm_backward<const U: usize>(
    gates: &mut [[f32; U]; 4],
    before: &[f32; U],
    after: &[f32; U],
    d_hidden: &[f32; U],
    d_cell: &mut [f32; U],
) {
    for j in 0..U {
        let (i, f, g, o) = (gates[0][j], gates[1][j], gates[2][j], gates[3][j]);
        let t = tanh(after[j]);
        let d_c = d_cell[j] + d_hidden[j] * o * (1.0 - t * t);
        gates[0][j] = d_c * g * i * (1.0 - i);
        gates[1][j] = d_c * before[j] * f * (1.0 - f);
        gates[2][j] = d_c * i * (1.0 - g * g);
        gates[3][j] = d_hidden[j] * t * o * (1.0 - o);
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
