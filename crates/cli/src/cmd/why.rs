//! `diktor why`: what is wrong with a run, in plain words.

use std::{fmt, path::PathBuf};

use diktor_track::report::{Diagnosis, ReportLocale, diagnose, finding_heads, write_worst};
use serde::Serialize;

use super::report::locale_of;
use crate::{answer::Form, cli, exit::Ending, runs};

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
/// When there is no such run.
pub(crate) fn run(arguments: &cli::Why, form: Form) -> anyhow::Result<Ending> {
    let run_dir = runs::named(arguments.run.as_deref())?;
    let locale = locale_of(arguments.lang, &run_dir);
    let diagnosis = diagnose(&run_dir, locale)?;
    // A finding may send the reader to this page, which a killed run has not written.
    if let Err(error) = write_worst(&run_dir, locale) {
        tracing::warn!(%error, "the page of the worst utterances could not be written");
    }
    form.print(&Answer {
        diagnosis,
        run_dir,
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
        writeln!(f, "{}", self.diagnosis.headline)?;
        for line in &self.diagnosis.how_far {
            writeln!(f, "  {line}")?;
        }
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
