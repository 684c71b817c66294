//! How the attention fails, and whether it is on its way.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How attention fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collapse {
    /// Every step looks at everything alike.
    Uniform,
    /// It never leaves a few symbols.
    Stuck,
    /// It jumps about.
    Random,
    /// It does not reach the end of the text.
    Stalled,
    /// It leaves symbols out.
    Skipping,
    /// It does not fail.
    Ok,
}

impl Collapse {
    /// Every class, the most thorough failure first.
    pub const ALL: [Self; 6] = [
        Self::Uniform,
        Self::Stuck,
        Self::Random,
        Self::Stalled,
        Self::Skipping,
        Self::Ok,
    ];

    /// Its name in events and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::Stuck => "stuck",
            Self::Random => "random",
            Self::Stalled => "stalled",
            Self::Skipping => "skipping",
            Self::Ok => "ok",
        }
    }
}

impl fmt::Display for Collapse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The way most utterances of the validation set fail has changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AttentionChange {
    /// The class before; `None` at the first validation.
    pub from: Option<Collapse>,
    /// The class now.
    pub to: Collapse,
    /// Share of the utterances that are of it.
    #[serde(with = "crate::number")]
    pub share: f64,
    /// Mean diagonality of the validation.
    #[serde(with = "crate::number")]
    pub diagonality: f64,
}

/// A look at the attention when a tenth (two tenths, three) of what a voice normally needs is done.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EarlyLook {
    /// What was seen.
    pub verdict: EarlyVerdict,
    /// How the attention of the newest validation fails.
    pub class: Collapse,
    /// Mean diagonality of training, smoothed.
    #[serde(with = "crate::number")]
    pub diagonality: f64,
    /// Rise of the diagonality per thousand utterances seen.
    #[serde(with = "crate::number")]
    pub slope: f64,
    /// Diagonality at the end of the run if it went on rising so.
    #[serde(with = "crate::number")]
    pub projected: f64,
    /// Utterances seen so far, repeats counted.
    pub utterances: u64,
    /// Step of the next look; `None` when none follows.
    pub look_again: Option<u64>,
}

/// Whether the attention is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EarlyVerdict {
    /// It has found the diagonal.
    Aligned,
    /// It has not, and rises fast enough to find it.
    OnItsWay,
    /// It does not rise, or too slowly.
    NotOnItsWay,
}
