//! What a person says of a corpus, instead of leaving it to be found out.

use serde::{Deserialize, Serialize};

use super::{Columns, ImportConfig, Layout, UnknownPolicy};

/// How a corpus is to be read; the default leaves everything to be found out and refuses what is
/// badly broken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    /// How it lies on disk.
    pub layout: Option<Layout>,
    /// What the columns of its list hold.
    pub columns: Option<Columns>,
    /// Keep only what this speaker says.
    pub speaker: Option<String>,
    /// What to do when more than a few recordings or lines are bad.
    pub bad: BadPolicy,
}

/// What to do with a corpus of which more than a few recordings or lines are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadPolicy {
    /// Refuse it: it is probably the wrong folder, list or symbol table.
    #[default]
    Refuse,
    /// Leave out what is bad, however much it is, and say what.
    Drop,
}

impl Reading {
    /// The import of these limits, as this says.
    #[must_use]
    pub fn over(&self, config: ImportConfig) -> ImportConfig {
        let config = ImportConfig {
            columns: self.columns.clone(),
            speaker: self.speaker.clone(),
            ..config
        };
        match self.bad {
            BadPolicy::Refuse => config,
            BadPolicy::Drop => ImportConfig {
                unknown: UnknownPolicy::Drop,
                max_unusable_share: 1.0,
                ..config
            },
        }
    }

    /// This, completed by what another says.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            layout: self.layout.or(other.layout),
            columns: self.columns.or(other.columns),
            speaker: self.speaker.or(other.speaker),
            bad: if self.bad == BadPolicy::Refuse {
                other.bad
            } else {
                self.bad
            },
        }
    }
}
