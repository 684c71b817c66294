//! The nested sections of a configuration file: typed, and refused where they ask for something
//! this version does not do.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;

use super::{assign::find, error::HparamError};

/// Messages to Telegram.
#[derive(Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelegramSection {
    /// Whether messages are sent.
    pub enabled: bool,
    /// The token of the bot; the environment variable `TELEGRAM_BOT_TOKEN` is the better place.
    pub bot_token: Option<String>,
    /// The chat that is written to.
    pub chat_id: Option<Chat>,
}

/// A chat: its number, or its public name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Chat {
    /// Its number.
    Number(i64),
    /// Its public name, `@name`, or its number as text.
    Name(String),
}

/// Without the token.
impl fmt::Debug for TelegramSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramSection")
            .field("enabled", &self.enabled)
            .field("bot_token", &self.bot_token.as_ref().map(|_| "(hidden)"))
            .field("chat_id", &self.chat_id)
            .finish()
    }
}

/// How the tuner searches.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizationSection {
    /// Trials in all.
    pub n_trials: Option<u64>,
    /// What is minimised.
    pub objective_metric: Option<String>,
    /// The sampler.
    pub search_algorithm: Option<String>,
    /// Whether a trial goes on from the last checkpoint.
    pub resume_from_checkpoint: Option<bool>,
    /// Steps before the first proposal.
    pub n_startup_iters: Option<u64>,
    /// Improvement that counts.
    pub min_delta: Option<f64>,
    /// Trials without one before the search ends.
    pub patience: Option<u64>,
    /// Hours before the search ends.
    pub max_runtime_hours: Option<f64>,
    /// Seconds before the search ends.
    pub optimization_timeout: Option<f64>,
}

/// Values that put a run in alarm; they set the hyper-parameters of the same names.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QualityControlSection {
    /// Of the diagonality.
    pub attention_diagonality_threshold: Option<f64>,
    /// Of the gate's balanced accuracy.
    pub gate_accuracy_threshold: Option<f64>,
    /// Above which the gradient norm is in alarm.
    pub gradient_norm_threshold: Option<f64>,
}

/// Where the tuner may go with one hyper-parameter.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Distribution {
    /// Evenly between two numbers.
    Uniform {
        /// The lower.
        low: f64,
        /// The upper.
        high: f64,
    },
    /// Evenly between their logarithms.
    LogUniform {
        /// The lower, above 0.
        low: f64,
        /// The upper.
        high: f64,
    },
    /// Whole numbers between two.
    Int {
        /// The lower.
        low: i64,
        /// The upper.
        high: i64,
    },
    /// One of these.
    Categorical {
        /// The choices.
        choices: Vec<serde_json::Value>,
    },
}

/// The sections by name.
pub(super) struct Sections;

impl Sections {
    const NAMES: [&'static str; 4] = [
        "telegram",
        "optimization",
        "quality_control",
        "search_space",
    ];

    pub(super) fn is_section(name: &str) -> bool {
        Self::NAMES.contains(&name)
    }

    /// Reads one section into its type, gives the hyper-parameters it sets, and refuses what is not available.
    pub(super) fn read(
        name: &str,
        node: serde_json::Value,
    ) -> Result<Vec<(&'static str, f64)>, HparamError> {
        if node.is_null() {
            return Ok(Vec::new());
        }
        match name {
            "telegram" => typed::<TelegramSection>(name, node)?.refuse_if_enabled()?,
            "optimization" => typed::<OptimizationSection>(name, node)?.refuse_if_set()?,
            "quality_control" => {
                return Ok(typed::<QualityControlSection>(name, node)?.settings());
            }
            _ => refuse_search_space(&typed(name, node)?)?,
        }
        Ok(Vec::new())
    }
}

fn typed<T: serde::de::DeserializeOwned>(
    name: &str,
    node: serde_json::Value,
) -> Result<T, HparamError> {
    serde_json::from_value(node).map_err(|error| HparamError::Section {
        section: name.to_owned(),
        reason: error.to_string(),
    })
}

impl TelegramSection {
    fn refuse_if_enabled(&self) -> Result<(), HparamError> {
        if !self.enabled {
            return Ok(());
        }
        Err(HparamError::SectionNotAvailable {
            section: "telegram",
            feature: "Telegram",
            hint: "set `enabled: false`",
        })
    }
}

impl OptimizationSection {
    fn refuse_if_set(&self) -> Result<(), HparamError> {
        if *self == Self::default() {
            return Ok(());
        }
        Err(HparamError::SectionNotAvailable {
            section: "optimization",
            feature: "the tuner",
            hint: "remove the section",
        })
    }
}

impl QualityControlSection {
    /// The hyper-parameters the section sets, under their own names.
    fn settings(&self) -> Vec<(&'static str, f64)> {
        [
            (
                "attention_diagonality_threshold",
                self.attention_diagonality_threshold,
            ),
            ("gate_accuracy_threshold", self.gate_accuracy_threshold),
            ("gradient_norm_threshold", self.gradient_norm_threshold),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    }
}

fn refuse_search_space(space: &BTreeMap<String, Distribution>) -> Result<(), HparamError> {
    if let Some(name) = space.keys().find(|name| find(name).is_none()) {
        return Err(HparamError::Unknown {
            name: name.clone(),
            nearest: super::assign::nearest(name),
        });
    }
    if space.is_empty() {
        return Ok(());
    }
    Err(HparamError::SectionNotAvailable {
        section: "search_space",
        feature: "the tuner",
        hint: "remove the section",
    })
}
