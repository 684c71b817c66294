//! What a run was told, and what it has turned since: advice never tells to set what is set.

use std::collections::BTreeMap;

use serde_json::Value;

/// The hyper-parameters of a run and the knobs that it turned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings<'a> {
    hparams: Option<&'a BTreeMap<String, Value>>,
    knobs: &'a BTreeMap<String, f64>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(
        hparams: Option<&'a BTreeMap<String, Value>>,
        knobs: &'a BTreeMap<String, f64>,
    ) -> Self {
        Self { hparams, knobs }
    }

    /// A number as it was configured.
    pub(super) fn configured(self, name: &str) -> Option<f64> {
        self.hparams?.get(name)?.as_f64()
    }

    /// A number as it is now.
    pub(super) fn number(self, name: &str) -> Option<f64> {
        let turned = self.knobs.get(name).copied();
        turned.or_else(|| self.configured(name))
    }

    /// Whether a switch is on; `None` where the run does not say.
    pub(super) fn is_on(self, name: &str) -> Option<bool> {
        self.hparams?.get(name)?.as_bool()
    }
}
