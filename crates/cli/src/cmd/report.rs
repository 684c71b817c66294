//! `diktor report`: the report of a run, on demand.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use diktor_track::report::{ReportLocale, write_report};
use diktor_train::{Hparams, hparams::Locale};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::{self, Language},
    exit::{Ending, usage},
};

#[derive(Debug, Serialize)]
struct Written {
    report: PathBuf,
}

/// Writes `report.html` into the run directory.
///
/// # Errors
/// When the directory holds no run, or the report cannot be written.
pub(crate) fn run(arguments: cli::Report, form: Form) -> anyhow::Result<Ending> {
    if !arguments.run.join("events.jsonl").is_file() {
        return Err(usage(format!(
            "`{}`: no run here, `events.jsonl` is missing\nhint: name the folder that `diktor train \
             -o` wrote",
            arguments.run.display()
        )));
    }
    let locale = arguments
        .lang
        .unwrap_or_else(|| language_of(&arguments.run))
        .into();
    form.print(&Written {
        report: write_report(&arguments.run, locale)?,
    })?;
    Ok(Ending::Done)
}

impl From<Language> for ReportLocale {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Ru => Self::Ru,
        }
    }
}

/// The language that the run was to be reported in.
fn language_of(run: &Path) -> Language {
    let config = fs::read_to_string(run.join("config.yaml")).unwrap_or_default();
    match Hparams::from_yaml(&config).map(|hparams| hparams.locale) {
        Ok(Locale::Ru) => Language::Ru,
        _ => Language::En,
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "report: {}", self.report.display())
    }
}
