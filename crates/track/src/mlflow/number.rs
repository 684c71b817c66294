//! Numbers as `MLflow` reads and writes them.

use serde_json::{Value, json};

/// A metric's value in a request.
///
/// A bare `NaN` in a batch makes the server answer `200` and lose every row after it, `null` makes it
/// refuse the batch; only the names as text are taken. The infinities come out there as the largest
/// numbers of their sign.
pub(super) fn to_json(value: f64) -> Value {
    if value.is_nan() {
        json!("NaN")
    } else if value == f64::INFINITY {
        json!("Infinity")
    } else if value == f64::NEG_INFINITY {
        json!("-Infinity")
    } else {
        json!(value)
    }
}

/// A metric's value in an answer: a number, or the name of one. The largest numbers, which nothing
/// measures, are the infinities that the server keeps so.
pub(super) fn from_json(value: &Value) -> Option<f64> {
    let value = match value {
        Value::String(text) => match text.as_str() {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            number => number.parse().ok()?,
        },
        number => number.as_f64()?,
    };
    Some(match value {
        f64::MAX => f64::INFINITY,
        f64::MIN => f64::NEG_INFINITY,
        value => value,
    })
}

/// A number in an answer that JSON may hold as a text, because it has 64 bits.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.parse().ok(),
        number => number.as_i64(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_come_back_bit_for_bit(bits in any::<u64>()) {
            let value = f64::from_bits(bits);
            let text = to_json(value).to_string();
            let back = from_json(&serde_json::from_str(&text).unwrap()).unwrap();
            prop_assert!(back.to_bits() == bits || (back.is_nan() && value.is_nan()), "{text}");
        }
    }

    #[test]
    fn the_infinities_come_back_from_a_server_that_keeps_the_largest_numbers() {
        for (kept, meant) in [(f64::MAX, f64::INFINITY), (f64::MIN, f64::NEG_INFINITY)] {
            assert_eq!(from_json(&json!(kept)), Some(meant));
        }
    }

    #[test]
    fn what_is_not_finite_is_never_bare() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(to_json(value).is_string());
        }
    }
}
