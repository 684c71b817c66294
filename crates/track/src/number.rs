//! Numbers in JSON that keep what JSON cannot say: `NaN`, `inf` and `-inf` are written as text.
//!
//! Use it as `#[serde(with = "diktor_track::number")]`. Finite numbers are plain JSON numbers and
//! come back bit for bit; a NaN comes back as the one quiet NaN.

use std::fmt;

use serde::{Deserializer, Serializer, de};

/// Writes `value` as a JSON number, or as `"NaN"`, `"inf"`, `"-inf"`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64(*value)
    } else {
        serializer.serialize_str(non_finite_name(*value))
    }
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// If the value is neither a number nor one of the three names.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    deserializer.deserialize_any(NumberVisitor)
}

/// The name of a value that is not finite.
fn non_finite_name(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

struct NumberVisitor;

impl de::Visitor<'_> for NumberVisitor {
    type Value = f64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number, \"NaN\", \"inf\" or \"-inf\"")
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
        Ok(value)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
        Ok(value as f64)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<f64, E> {
        match value {
            "NaN" => Ok(f64::NAN),
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }
}

/// The same for maps of metrics: `#[serde(with = "diktor_track::number::map")]`.
pub mod map {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize)]
    struct Borrowed<'a>(#[serde(serialize_with = "by_reference")] &'a f64);

    #[derive(Deserialize)]
    struct Owned(#[serde(with = "super")] f64);

    fn by_reference<S: Serializer>(value: &&f64, serializer: S) -> Result<S::Ok, S::Error> {
        super::serialize(value, serializer)
    }

    /// Writes every value as [`super::serialize`] does.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(
        values: &BTreeMap<String, f64>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(values.iter().map(|(name, value)| (name, Borrowed(value))))
    }

    /// Reads what [`serialize`] wrote.
    ///
    /// # Errors
    /// If a value is neither a number nor one of the three names.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, f64>, D::Error> {
        let values = BTreeMap::<String, Owned>::deserialize(deserializer)?;
        Ok(values
            .into_iter()
            .map(|(name, value)| (name, value.0))
            .collect())
    }
}
