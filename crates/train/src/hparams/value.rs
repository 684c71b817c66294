//! Values of hyper-parameters: their types, their ranges, their text.

use std::fmt;

use super::stage::{STAGES, Stage};

/// The type of a hyper-parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true`/`false`, also `True`, `1`, `False`, `0`.
    Bool,
    /// A whole number.
    Int,
    /// A decimal number.
    Float,
    /// Text.
    Text,
    /// A list of texts.
    List,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "true or false",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Text => "text",
            Self::List => "a list `[a,b]`",
        })
    }
}

impl Kind {
    /// The short name printed in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Text => "text",
            Self::List => "list",
        }
    }
}

/// What a hyper-parameter may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Anything of its type.
    Any,
    /// Whole numbers, both ends included; of a list, every entry.
    Int(i64, i64),
    /// Odd whole numbers, both ends included: kernels that pad the same amount on both sides.
    Odd(i64, i64),
    /// Numbers, both ends included.
    Float(f64, f64),
    /// One of these texts; of a list, every entry.
    Choice(&'static [&'static str]),
    /// Stages of gradual training.
    Stages,
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any value"),
            Self::Int(low, high) => write!(f, "{low} to {high}"),
            Self::Odd(low, high) => write!(f, "an odd number from {low} to {high}"),
            Self::Float(low, high) => {
                write!(f, "{} to {}", Value::Float(*low), Value::Float(*high))
            }
            Self::Choice(names) => write!(f, "one of {}", names.join(", ")),
            Self::Stages => f.write_str(STAGES),
        }
    }
}

impl Range {
    /// Whether `value` lies inside. A value of another type does not.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Any, _) => true,
            (Self::Int(low, high), Value::Int(v)) => low <= v && v <= high,
            (Self::Int(low, high), Value::List(all)) => {
                let inside = |v: &String| v.parse().is_ok_and(|v: i64| (*low..=*high).contains(&v));
                !all.is_empty() && all.iter().all(inside)
            }
            (Self::Odd(low, high), Value::Int(v)) => low <= v && v <= high && v % 2 != 0,
            (Self::Float(low, high), Value::Float(v)) => low <= v && v <= high,
            (Self::Choice(names), Value::Text(v)) => names.contains(&v.as_str()),
            (Self::Choice(names), Value::List(all)) => {
                !all.is_empty() && all.iter().all(|v| names.contains(&v.as_str()))
            }
            (Self::Stages, value) => Vec::<Stage>::from_value(value).is_some(),
            _ => false,
        }
    }
}

/// The value of one hyper-parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of [`Kind::Bool`].
    Bool(bool),
    /// Of [`Kind::Int`].
    Int(i64),
    /// Of [`Kind::Float`]; always finite.
    Float(f64),
    /// Of [`Kind::Text`].
    Text(String),
    /// Of [`Kind::List`].
    List(Vec<String>),
}

impl Value {
    /// Reads the text of an override as a value of type `kind`; `None` when it is not one.
    #[must_use]
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        match kind {
            Kind::Bool => match text {
                "true" | "True" | "TRUE" | "1" => Some(Self::Bool(true)),
                "false" | "False" | "FALSE" | "0" => Some(Self::Bool(false)),
                _ => None,
            },
            Kind::Int => text.parse().ok().map(Self::Int),
            Kind::Float => text
                .parse()
                .ok()
                .filter(|v: &f64| v.is_finite())
                .map(Self::Float),
            Kind::Text => Some(Self::Text(text.to_owned())),
            Kind::List => Some(Self::List(vec![text.to_owned()])),
        }
    }

    /// This value as one of type `kind` where nothing is lost: a whole number is also a number,
    /// 0 and 1 are also truth values, a text is also a list of one.
    #[must_use]
    pub fn coerce(self, kind: Kind) -> Option<Self> {
        match (kind, self) {
            (Kind::Bool, Self::Int(0)) => Some(Self::Bool(false)),
            (Kind::Bool, Self::Int(1)) => Some(Self::Bool(true)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "larger numbers are out of every range"
            )]
            (Kind::Float, Self::Int(v)) => Some(Self::Float(v as f64)),
            (Kind::List, Self::Text(v)) => Some(Self::List(vec![v])),
            (_, value) if value.kind() == kind => Some(value),
            _ => None,
        }
    }

    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Text(_) => Kind::Text,
            Self::List(_) => Kind::List,
        }
    }

    /// The value in YAML; reading it back gives the same value to the bit.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        match self {
            Self::Bool(_) | Self::Int(_) | Self::Float(_) => self.to_string(),
            Self::Text(text) => quote(text),
            Self::List(texts) => {
                let quoted: Vec<String> = texts.iter().map(|text| quote(text)).collect();
                format!("[{}]", quoted.join(", "))
            }
        }
    }
}

/// Shown as it is written in an override.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => write!(f, "{v}"),
            Self::Int(v) => write!(f, "{v}"),
            Self::Float(v) => f.write_str(&float_text(*v)),
            Self::Text(v) => f.write_str(v),
            Self::List(v) => write!(f, "[{}]", v.join(",")),
        }
    }
}

/// The shortest text that gives the same number back, with a dot before any exponent: readers of
/// YAML 1.1 (`PyYAML`) take `1e-6` for a text.
fn float_text(value: f64) -> String {
    let text = format!("{value:?}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let dot = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{dot}e{sign}{exponent}")
        }
        None => text,
    }
}

/// A YAML text in double quotes; what YAML does not allow as it is becomes `\uXXXX`.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A Rust type that a hyper-parameter can have.
pub(super) trait Typed: Sized {
    const KIND: Kind;
    fn get(&self) -> Value;
    fn from_value(value: &Value) -> Option<Self>;
}

impl Typed for bool {
    const KIND: Kind = Kind::Bool;
    fn get(&self) -> Value {
        Value::Bool(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(v) => Some(*v),
            _ => None,
        }
    }
}

impl Typed for f64 {
    const KIND: Kind = Kind::Float;
    fn get(&self) -> Value {
        Value::Float(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Float(v) => Some(*v),
            _ => None,
        }
    }
}

impl Typed for String {
    const KIND: Kind = Kind::Text;
    fn get(&self) -> Value {
        Value::Text(self.clone())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(v) => Some(v.clone()),
            _ => None,
        }
    }
}

impl Typed for Vec<String> {
    const KIND: Kind = Kind::List;
    fn get(&self) -> Value {
        Value::List(self.clone())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::List(v) => Some(v.clone()),
            _ => None,
        }
    }
}

impl Typed for Vec<usize> {
    const KIND: Kind = Kind::List;
    fn get(&self) -> Value {
        Value::List(self.iter().map(usize::to_string).collect())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::List(v) => v.iter().map(|v| v.parse().ok()).collect(),
            _ => None,
        }
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {$(
        impl Typed for $type {
            const KIND: Kind = Kind::Int;
            fn get(&self) -> Value {
                Value::Int(i64::try_from(*self).unwrap_or(i64::MAX))
            }
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Int(v) => Self::try_from(*v).ok(),
                    _ => None,
                }
            }
        }
    )+};
}
whole_numbers!(u32, u64, usize);
