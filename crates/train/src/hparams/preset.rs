//! Presets: hyper-parameters that belong together, as committed YAML files.

use super::{error::HparamError, said::Said, table::Hparams};

/// A preset of the folder `configs/`.
#[derive(Debug)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// Its YAML.
    pub yaml: &'static str,
}

/// All presets.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "tiny",
        yaml: include_str!("../../../../configs/tiny.yaml"),
    },
    Preset {
        name: "demo",
        yaml: include_str!("../../../../configs/demo.yaml"),
    },
    Preset {
        name: "base",
        yaml: include_str!("../../../../configs/base.yaml"),
    },
    Preset {
        name: "prototype",
        yaml: include_str!("../../../../configs/prototype.yaml"),
    },
    Preset {
        name: "stable",
        yaml: include_str!("../../../../configs/stable.yaml"),
    },
    Preset {
        name: "quality",
        yaml: include_str!("../../../../configs/quality.yaml"),
    },
];

impl Hparams {
    /// Defaults overlaid with the preset called `name`.
    ///
    /// # Errors
    /// No preset has this name.
    pub fn preset(name: &str) -> Result<Self, HparamError> {
        let mut hparams = Self::default();
        hparams.apply_preset(name)?;
        Ok(hparams)
    }

    /// Overlays the preset called `name`.
    ///
    /// # Errors
    /// No preset has this name.
    pub fn apply_preset(&mut self, name: &str) -> Result<(), HparamError> {
        self.overlay_preset(name, &mut Said::default())
    }

    /// As [`Hparams::apply_preset`], and notes what the preset says.
    pub(super) fn overlay_preset(
        &mut self,
        name: &str,
        said: &mut Said,
    ) -> Result<(), HparamError> {
        let preset = PRESETS
            .iter()
            .find(|preset| preset.name == name)
            .ok_or_else(|| HparamError::UnknownPreset {
                name: name.to_owned(),
                known: PRESETS.iter().map(|preset| preset.name).collect(),
            })?;
        self.overlay_yaml(preset.yaml, said)
            .map(|_| ())
            .map_err(|error| error.at(format!("preset `{name}`")))
    }
}
