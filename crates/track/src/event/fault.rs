//! What went wrong, and the way back.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};

/// What went wrong, where, and what was done about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// What went wrong.
    pub kind: FaultKind,
    /// The figure that told: the loss, the norm of the gradient, the diagonality, or the deviation of the gate.
    #[serde(with = "crate::number")]
    pub value: f64,
    /// Parameter or buffer where it was found, if it was.
    #[serde(rename = "where")]
    pub place: Option<String>,
    /// Utterances that, taken alone, show the fault; empty if no recording is to blame.
    pub suspects: Vec<String>,
    /// Every utterance of the batch.
    pub batch: Vec<String>,
    /// What was done.
    pub action: FaultAction,
}

/// What can go wrong with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The loss is NaN or infinite.
    NonFiniteLoss,
    /// The loss is finite, its gradient is not.
    NonFiniteGradient,
    /// A parameter or a running statistic of the network is not finite.
    NonFiniteTensor,
    /// The norm of the gradient is far above the ordinary.
    GradientSpike,
    /// The norm of the gradient is so large that the weights themselves are in doubt.
    GradientExplosion,
    /// The norm of the gradient has been next to nothing for long.
    VanishingGradient,
    /// The mel error of training has risen far above its best.
    LossDiverged,
    /// The attention had found its diagonal and has lost it.
    AttentionLost,
    /// The gate told frames apart, and does so no longer.
    GateDead,
}

impl FaultKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NonFiniteLoss,
        Self::NonFiniteGradient,
        Self::NonFiniteTensor,
        Self::GradientSpike,
        Self::GradientExplosion,
        Self::VanishingGradient,
        Self::LossDiverged,
        Self::AttentionLost,
        Self::GateDead,
    ];
}

/// What was done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultAction {
    /// The step made no update.
    Skipped,
    /// It was told, and nothing else.
    Reported,
    /// The run went back to an earlier checkpoint.
    Restarted,
    /// The run was ended.
    Stopped,
}

impl FaultAction {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Skipped,
        Self::Reported,
        Self::Restarted,
        Self::Stopped,
    ];
}

impl FaultRecord {
    /// What happened, in one English sentence.
    pub fn sentence(&self) -> String {
        let value = self.value;
        let what = match self.kind {
            FaultKind::NonFiniteLoss => format!("the loss is {value}"),
            FaultKind::NonFiniteGradient => format!("the norm of the gradient is {value}"),
            FaultKind::NonFiniteTensor => "the network holds values that are not finite".to_owned(),
            FaultKind::GradientSpike => format!("the norm of the gradient jumped to {value:.1}"),
            FaultKind::GradientExplosion => {
                format!("the gradient exploded, its norm is {value:.1}")
            }
            FaultKind::VanishingGradient => {
                format!("the gradient has vanished, its norm is {value:e}")
            }
            FaultKind::LossDiverged => format!("training diverges, the mel error is {value:.2}"),
            FaultKind::AttentionLost => {
                format!("attention is lost, diagonality is {value:.2}")
            }
            FaultKind::GateDead => format!("the gate is dead, its deviation is {value:.2}"),
        };
        let place = self.place.as_ref().map(|place| format!(", in `{place}`"));
        let who = match (&self.suspects[..], &self.batch[..]) {
            ([], []) => String::new(),
            ([], batch) => format!("; batch of {}", batch.join(", ")),
            (suspects, _) => format!("; utterance {}", suspects.join(", ")),
        };
        let action = match self.action {
            FaultAction::Skipped => "no update was made",
            FaultAction::Reported => "the run goes on",
            FaultAction::Restarted => "the run goes back",
            FaultAction::Stopped => "the run ends",
        };
        format!("{what}{}{who}: {action}", place.unwrap_or_default())
    }
}

/// A way back to an earlier checkpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestartRecord {
    /// Which restart in a row this is, from 1.
    pub attempt: u64,
    /// How many in a row there may be.
    pub most: u64,
    /// Steps finished when the run went back.
    pub from_step: u64,
    /// Steps finished in the checkpoint it went back to.
    pub to_step: u64,
    /// That checkpoint, relative to the run directory.
    pub checkpoint: PathBuf,
    /// Whether the weights were drawn anew instead of taken from it.
    pub reinitialised: bool,
    /// What is different this time, by the names of the knobs.
    #[serde(with = "crate::number::map")]
    pub overrides: BTreeMap<String, f64>,
    /// Reason in one sentence.
    pub why: String,
}

impl RestartRecord {
    /// What happened, in one English sentence.
    pub fn sentence(&self) -> String {
        let Self {
            attempt,
            most,
            from_step,
            to_step,
            why,
            ..
        } = self;
        let weights = if self.reinitialised {
            " with new weights"
        } else {
            ""
        };
        let changes: Vec<String> = self
            .overrides
            .iter()
            .map(|(name, value)| format!("{name} {}", crate::short_figure(*value)))
            .collect();
        format!(
            "restart {attempt} of {most}: from step {from_step} back to {to_step}{weights} ({}): {why}",
            changes.join(", ")
        )
    }
}
