//! Which value wins: defaults < preset < configuration file < flags < `--hparams`.

use std::path::Path;

use super::{
    assign::find, error::HparamError, said::Said, table::Hparams, validate::Warning,
    yaml::MAX_CONFIG_BYTES,
};

/// Everything that can set hyper-parameters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// The name of a preset.
    pub preset: Option<&'a str>,
    /// A configuration file in YAML.
    pub config: Option<&'a Path>,
    /// Flags of their own, as name and text: `("batch_size", "16")`.
    pub flags: &'a [(&'a str, String)],
    /// The text of `--hparams`.
    pub overrides: Option<&'a str>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// The hyper-parameters, valid.
    pub hparams: Hparams,
    /// Values that are allowed and unusual, or that do not do here what they say.
    pub warnings: Vec<Warning>,
}

/// Puts the sources on top of each other and validates the result.
///
/// # Errors
/// As [`Hparams::set`] and [`Hparams::validate`], naming the source; a file that cannot be read.
pub fn resolve(sources: &Sources<'_>) -> Result<Resolved, HparamError> {
    resolve_over(Hparams::default(), sources)
}

/// As [`resolve`], from other values than the defaults: a run that is continued starts from its
/// own.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_over(base: Hparams, sources: &Sources<'_>) -> Result<Resolved, HparamError> {
    let mut hparams = base;
    let mut said = Said::default();
    if let Some(name) = sources.preset {
        hparams.overlay_preset(name, &mut said)?;
    }
    if let Some(path) = sources.config {
        hparams
            .overlay_yaml(&read_config(path)?, &mut said)
            .map_err(|error| error.at(format!("`{}`", path.display())))?;
    }
    // Flags and overrides are typed on one line, so what follows from them follows from both.
    said.next_source();
    for (name, text) in sources.flags {
        hparams
            .set(name, text)
            .map_err(|error| error.at(format!("flag for `{name}`")))?;
        if let Some(row) = find(name) {
            said.name(row.name);
        }
    }
    if let Some(text) = sources.overrides {
        hparams
            .overlay_text(text, &mut said)
            .map_err(|error| error.at("`--hparams`"))?;
    }
    hparams.follow(&mut said);
    let mut warnings = said.into_warnings();
    warnings.extend(hparams.validate()?);
    Ok(Resolved { hparams, warnings })
}

pub(super) fn read_config(path: &Path) -> Result<String, HparamError> {
    let read_error = |source| HparamError::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(read_error)?.len();
    if bytes > MAX_CONFIG_BYTES {
        return Err(HparamError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit: MAX_CONFIG_BYTES,
        });
    }
    std::fs::read_to_string(path).map_err(read_error)
}
