//! The nested sections of a configuration file: those of the trainer are typed here and refused where
//! their keys are none; those of the tuner are taken with a word, those of other crates handed on as they are.

use std::{collections::BTreeMap, fmt, path::Path};

use serde::Deserialize;

use super::{
    assign::find, choice::Locale, error::HparamError, later::TUNER, resolve::read_config,
    said::Said, table::Hparams,
};

/// For whom files are sealed before they leave the machine.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncryptionSection {
    /// Public age keys; they set `encryption_recipients`.
    pub recipients: Option<Vec<String>>,
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

/// The sections of a file that other crates understand, as they were read.
///
/// They may hold secrets, so they are neither shown nor part of the hyper-parameters.
#[derive(Clone, PartialEq, Default)]
pub struct Sections(BTreeMap<String, serde_json::Value>);

impl fmt::Debug for Sections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Sections {
    /// Names of the sections that are handed on.
    pub const HANDED_ON: [&'static str; 4] = ["telegram", "slack", "email", "alerts"];

    const OWN: [&'static str; 4] = [
        "encryption",
        "optimization",
        "quality_control",
        "search_space",
    ];

    /// The sections of a configuration file.
    ///
    /// # Errors
    /// A file that cannot be read, or is no configuration.
    pub fn from_file(path: &Path) -> Result<Self, HparamError> {
        Hparams::default()
            .apply_yaml(&read_config(path)?)
            .map_err(|error| error.at(format!("`{}`", path.display())))
    }

    /// Whether the file had none of them.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name of every section that a file may have.
    pub fn all() -> impl Iterator<Item = &'static str> {
        Self::OWN.into_iter().chain(Self::HANDED_ON)
    }

    pub(super) fn is_section(name: &str) -> bool {
        Self::all().any(|known| known == name)
    }

    /// One section in its type; what the type says by default if the file does not have it.
    ///
    /// # Errors
    /// Unknown keys and values of another type.
    pub fn get<T: serde::de::DeserializeOwned + Default>(
        &self,
        name: &str,
    ) -> Result<T, HparamError> {
        match self.0.get(name) {
            Some(node) => typed(name, node.clone()),
            None => Ok(T::default()),
        }
    }

    /// Keeps a section for its owner, or reads it and gives the hyper-parameters it sets.
    pub(super) fn add(
        &mut self,
        name: &str,
        node: serde_json::Value,
        said: &mut Said,
    ) -> Result<Vec<(&'static str, String)>, HparamError> {
        if node.is_null() {
            return Ok(Vec::new());
        }
        match name {
            "encryption" => return Ok(typed::<EncryptionSection>(name, node)?.settings()),
            "optimization" => {
                if typed::<OptimizationSection>(name, node)? != OptimizationSection::default() {
                    said.note("optimization", TUNER.of(Locale::En).to_owned());
                }
            }
            "quality_control" => {
                return Ok(typed::<QualityControlSection>(name, node)?.settings());
            }
            "search_space" => {
                if asks_for_search(&typed(name, node)?)? {
                    said.note("search_space", TUNER.of(Locale::En).to_owned());
                }
            }
            _ => {
                self.0.insert(name.to_owned(), node);
            }
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

impl QualityControlSection {
    /// The hyper-parameters the section sets, under their own names.
    fn settings(&self) -> Vec<(&'static str, String)> {
        [
            (
                "attention_diagonality_threshold",
                self.attention_diagonality_threshold,
            ),
            ("gate_accuracy_threshold", self.gate_accuracy_threshold),
            ("gradient_norm_threshold", self.gradient_norm_threshold),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?.to_string())))
        .collect()
    }
}

impl EncryptionSection {
    /// The hyper-parameters the section sets.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let recipients = self.recipients.as_ref().map(|keys| keys.join(","));
        let setting = |keys| ("encryption_recipients", format!("[{keys}]"));
        recipients.map(setting).into_iter().collect()
    }
}

/// Whether a search space names anything; every name in it must be known.
fn asks_for_search(space: &BTreeMap<String, Distribution>) -> Result<bool, HparamError> {
    if let Some(name) = space.keys().find(|name| find(name).is_none()) {
        return Err(HparamError::Unknown {
            name: name.clone(),
            nearest: super::assign::nearest(name),
        });
    }
    Ok(!space.is_empty())
}
