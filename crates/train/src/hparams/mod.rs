//! Hyper-parameters: one table from which the struct, the defaults, parsing, validation,
//! `diktor hparams` and the documentation derive.
//!
//! Precedence: defaults < preset < configuration file < flags < `--hparams`, see [`resolve`].

mod assign;
mod choice;
mod convert;
mod docs;
mod error;
mod hparam;
mod later;
mod network;
mod overrides;
mod preset;
mod resolve;
mod said;
mod sections;
mod stage;
mod switches;
mod table;
#[cfg(test)]
mod tests;
mod validate;
mod value;
mod yaml;

pub use assign::{find, nearest};
pub use choice::{Locale, LrSchedule};
pub use docs::markdown;
pub use error::HparamError;
pub use hparam::{Group, Hparam};
pub use later::{INERT, Inert, Otherwise, Word, find_inert};
pub use overrides::{Assignment, Literal, parse as parse_overrides};
pub use preset::{PRESETS, Preset};
pub use resolve::{Resolved, Sources, resolve, resolve_over};
pub use sections::{
    Distribution, EncryptionSection, OptimizationSection, QualityControlSection, Sections,
};
pub use stage::Stage;
pub use switches::attention_switch;
pub use table::{HPARAMS, Hparams};
pub use validate::Warning;
pub use value::{Kind, Range, Value};
pub use yaml::MAX_CONFIG_BYTES;
