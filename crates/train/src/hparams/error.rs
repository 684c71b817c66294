//! What can be wrong with hyper-parameters, said so that it can be mended.

use std::path::PathBuf;

use diktor_track::seal::SealError;

use super::value::{Kind, Range};

/// Why hyper-parameters were refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HparamError {
    /// No hyper-parameter has this name.
    #[error("no hyper-parameter is called `{name}`{}", did_you_mean(.nearest))]
    Unknown {
        /// The name as it was given.
        name: String,
        /// Known names that look alike, best first.
        nearest: Vec<String>,
    },
    /// No section of a configuration file has this name.
    #[error("no section is called `{name}`; hint: there are {}", .known.join(", "))]
    UnknownSection {
        /// The name as it was given.
        name: String,
        /// The names of all sections.
        known: Vec<&'static str>,
    },
    /// The value cannot be read as the type of the hyper-parameter.
    #[error("`{name}` = `{value}`: expected {expected}")]
    Type {
        /// The hyper-parameter.
        name: String,
        /// The value as it was given.
        value: String,
        /// The type it should have.
        expected: Kind,
    },
    /// The value has the right type and lies outside the range.
    #[error("`{name}` = `{value}`: expected {range}")]
    OutOfRange {
        /// The hyper-parameter.
        name: String,
        /// The value as it was given.
        value: String,
        /// What is allowed.
        range: Range,
    },
    /// Several values are right one by one and do not fit together.
    #[error("{what}; hint: {hint}")]
    Conflict {
        /// Which values do not fit, with the values.
        what: String,
        /// What to change.
        hint: String,
    },
    /// Files cannot be sealed for these recipients.
    #[error("`encryption_recipients`: {0}")]
    Recipients(#[from] SealError),
    /// The name belongs to a feature that this version does not have.
    #[error(
        "`{name}` = `{value}`: {feature} is not available in this version; hint: remove it or set `{name}={off}`"
    )]
    NotAvailable {
        /// The hyper-parameter.
        name: String,
        /// The value as it was given.
        value: String,
        /// The feature, in words.
        feature: &'static str,
        /// The value that leaves the feature off.
        off: &'static str,
    },
    /// A section of the configuration file is not what it should be.
    #[error("section `{section}`: {reason}")]
    Section {
        /// The section.
        section: String,
        /// What the parser found.
        reason: String,
    },
    /// Several values of one source were refused.
    #[error("{} mistakes\n{}", .0.len(), listed(.0))]
    Several(Vec<Self>),
    /// `a=1,b=2` was written differently.
    #[error("`{text}`: {reason}; hint: write `name=value,list=[1,2],list[0]=3,text='a,b'`")]
    Grammar {
        /// The part that could not be read.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `name[i]=value` on something else than a list, or past its end.
    #[error("`{name}[{index}]`: {reason}")]
    Index {
        /// The hyper-parameter.
        name: String,
        /// The index as it was given.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// No preset has this name.
    #[error("no preset is called `{name}`; hint: choose one of {}", .known.join(", "))]
    UnknownPreset {
        /// The name as it was given.
        name: String,
        /// The names of all presets.
        known: Vec<&'static str>,
    },
    /// The text is not the YAML of a configuration.
    #[error("not a configuration in YAML: {0}")]
    Yaml(String),
    /// A configuration file, a preset, a flag or an override was refused.
    #[error("{origin}: {error}")]
    In {
        /// Where the value came from: a path, `preset demo`, `--hparams`.
        origin: String,
        /// What is wrong there.
        error: Box<Self>,
    },
    /// The configuration file cannot be read.
    #[error("`{}`: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The configuration file is larger than any configuration.
    #[error("`{}`: {bytes} bytes, a configuration has at most {limit}", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// The largest size that is read.
        limit: u64,
    },
}

impl HparamError {
    /// No error, the only one, or all of them together.
    pub(super) fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.len() {
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(Self::Several(errors)),
        }
    }

    /// The same error with the place it came from in front.
    #[must_use]
    pub fn at(self, origin: impl Into<String>) -> Self {
        Self::In {
            origin: origin.into(),
            error: Box::new(self),
        }
    }
}

/// One line for each, its hint in brackets: the whole has many hints and no single one.
fn listed(errors: &[HparamError]) -> String {
    let line = |error: &HparamError| {
        let words = error.to_string();
        match words.split_once("; hint: ") {
            Some((what, hint)) => format!("  {what} ({hint})"),
            None => format!("  {words}"),
        }
    };
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn did_you_mean(names: &[String]) -> String {
    if names.is_empty() {
        return "; hint: `diktor hparams` lists them all".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("; hint: did you mean {}?", quoted.join(" or "))
}
