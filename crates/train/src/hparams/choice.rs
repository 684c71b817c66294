//! Hyper-parameters that name one of a few things.

use diktor_audio::MelMode;
use diktor_model::{AttentionType, GstMode, WeightDtype};
use diktor_track::report::ReportLocale;
use serde::{Deserialize, Serialize};

use super::value::{Kind, Typed, Value};

macro_rules! choice {
    ($(#[$meta:meta])* $name:ident { $($(#[$member_meta:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$member_meta])* #[serde(rename = $text)] $member),+
        }

        impl $name {
            /// All of them, as they are written.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// As it is written in a configuration.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$member => $text),+ }
            }

            /// The one that is written so.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$member),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Typed for $name {
            const KIND: Kind = Kind::Text;
            fn get(&self) -> Value {
                Value::Text(self.name().to_owned())
            }
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Text(text) => Self::from_name(text),
                    _ => None,
                }
            }
        }
    };
}

choice! {
    /// How the learning rate moves after the warm-up.
    LrSchedule {
        /// It stays.
        Constant = "constant",
        /// It stays until `lr_decay_start`, then falls to a hundredth over every `lr_decay_steps`.
        Exp = "exp",
        /// It halves when the validation loss stops falling.
        Plateau = "plateau",
        /// Half a cosine from the base to `learning_rate_min` at the end of the run.
        Cosine = "cosine",
        /// It falls with the square root of the step.
        Noam = "noam",
    }
}

choice! {
    /// The language of messages, reports and documentation.
    Locale {
        /// English.
        En = "en",
        /// Russian.
        Ru = "ru",
    }
}

impl From<Locale> for ReportLocale {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::En => Self::En,
            Locale::Ru => Self::Ru,
        }
    }
}

/// Choices that another crate defines: how they are written, in the order of their documentation.
macro_rules! spelled {
    ($names:ident, $name:ident { $($member:ident = $text:literal),+ $(,)? }) => {
        pub(super) const $names: &[&str] = &[$($text),+];

        impl Typed for $name {
            const KIND: Kind = Kind::Text;
            fn get(&self) -> Value {
                Value::Text(match self { $(Self::$member => $text),+ }.to_owned())
            }
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    $(Value::Text(text) if text == $text => Some(Self::$member),)+
                    _ => None,
                }
            }
        }
    };
}

spelled!(MEL_MODES, MelMode { Nv = "nv", Hifigan = "hifigan" });
spelled!(GST_MODES, GstMode { Concat = "concat", Add = "add" });
spelled!(WEIGHT_DTYPES, WeightDtype { F32 = "f32", Bf16 = "bf16" });

impl Typed for AttentionType {
    const KIND: Kind = Kind::Text;
    fn get(&self) -> Value {
        Value::Text(self.name().to_owned())
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Self::from_name(text),
            _ => None,
        }
    }
}
