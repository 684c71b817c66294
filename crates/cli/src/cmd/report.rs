//! `diktor report`: the report of a run, on demand.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use diktor_track::report::{ReportLocale, write_report, write_worst};
use diktor_train::{Hparams, hparams::Locale};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::{self, Language},
    exit::Ending,
    runs,
};

#[derive(Debug, Serialize)]
struct Written {
    report: PathBuf,
    /// The page of the most suspicious utterances, where the run has judged them.
    worst: Option<PathBuf>,
}

/// Writes `report.html` into the run directory.
///
/// # Errors
/// When there is no such run, or the report cannot be written.
pub(crate) fn run(arguments: cli::Report, form: Form) -> anyhow::Result<Ending> {
    let run = runs::named(arguments.run.as_deref())?;
    let locale = locale_of(arguments.lang, &run);
    form.print(&Written {
        report: write_report(&run, locale)?,
        worst: write_worst(&run, locale)?,
    })?;
    Ok(Ending::Done)
}

/// The language asked for, or that of the run.
pub(crate) fn locale_of(asked: Option<Language>, run: &Path) -> ReportLocale {
    asked.unwrap_or_else(|| language_of(run)).into()
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
        write!(f, "report: {}", self.report.display())?;
        match &self.worst {
            Some(worst) => write!(f, "\nworst:  {}", worst.display()),
            None => Ok(()),
        }
    }
}
