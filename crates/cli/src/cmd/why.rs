//! `diktor why`: what is wrong with a run, in plain words.

use std::{fmt, path::PathBuf};

use diktor_track::report::{Diagnosis, ReportLocale, diagnose, finding_heads, write_worst};
use serde::Serialize;

use super::report::{locale_of, must_be_run};
use crate::{answer::Form, cli, exit::Ending};

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    diagnosis: Diagnosis,
    #[serde(skip)]
    run_dir: PathBuf,
    #[serde(skip)]
    locale: ReportLocale,
}

/// Reads the run and prints what was found, the worst first.
///
/// # Errors
/// When the directory holds no run.
pub(crate) fn run(arguments: &cli::Why, form: Form) -> anyhow::Result<Ending> {
    must_be_run(&arguments.run)?;
    let locale = locale_of(arguments.lang, &arguments.run);
    let diagnosis = diagnose(&arguments.run, locale)?;
    // A finding may send the reader to this page, which a killed run has not written.
    if let Err(error) = write_worst(&arguments.run, locale) {
        tracing::warn!(%error, "the page of the worst utterances could not be written");
    }
    form.print(&Answer {
        diagnosis,
        run_dir: arguments.run.clone(),
        locale,
    })?;
    Ok(Ending::Done)
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [shown_by, look_at, action] = finding_heads(self.locale);
        let of = self.diagnosis.max_steps;
        let of = of.map(|max| format!("/{max}")).unwrap_or_default();
        writeln!(f, "{} ({}{of})", self.diagnosis.run, self.diagnosis.step)?;
        for finding in &self.diagnosis.findings {
            writeln!(f, "\n{}", finding.title)?;
            if !finding.evidence.is_empty() {
                writeln!(f, "  {shown_by}:")?;
            }
            for line in &finding.evidence {
                writeln!(f, "    - {line}")?;
            }
            if !finding.look_at.is_empty() {
                writeln!(f, "  {look_at}:")?;
            }
            for path in &finding.look_at {
                writeln!(f, "    {}", self.run_dir.join(path).display())?;
            }
            writeln!(f, "  {action}: {}", finding.action)?;
        }
        Ok(())
    }
}
