//! Numbers as SQLite keeps them: it has no NaN, and forgets the sign of a zero.

const FINITE: i64 = 0;
const NAN: i64 = 1;
const INFINITY: i64 = 2;
const NEGATIVE_INFINITY: i64 = 3;
const NEGATIVE_ZERO: i64 = 4;

/// The columns `value` and `kind` of a number.
pub(super) fn columns(number: f64) -> (f64, i64) {
    if number.is_nan() {
        (0.0, NAN)
    } else if number == f64::INFINITY {
        (0.0, INFINITY)
    } else if number == f64::NEG_INFINITY {
        (0.0, NEGATIVE_INFINITY)
    } else if number == 0.0 && number.is_sign_negative() {
        (0.0, NEGATIVE_ZERO)
    } else {
        (number, FINITE)
    }
}

/// The number of the columns `value` and `kind`.
pub(super) fn number(value: f64, kind: i64) -> f64 {
    match kind {
        NAN => f64::NAN,
        INFINITY => f64::INFINITY,
        NEGATIVE_INFINITY => f64::NEG_INFINITY,
        NEGATIVE_ZERO => -0.0,
        _ => value,
    }
}
