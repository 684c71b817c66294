//! `diktor check`: a run against the critical indicators and the red flags.

use std::{fmt, path::Path};

use diktor_track::{
    figure_in,
    mlflow::{Client, read_run, run_id},
    report::{
        CriticalCheck, CriticalWords, ReportLocale, call_words, check_critical, check_critical_of,
        critical_words, said,
    },
};
use serde::Serialize;

use super::report::locale_of;
use crate::{answer::Form, cli, exit::Ending, runs, tracking};

#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    check: CriticalCheck,
    /// Whether a red flag is raised, or one has ended the run.
    red_flag: bool,
    #[serde(skip)]
    locale: ReportLocale,
}

/// Prints the verdict and both tables; a run that came to nothing ends with 1.
///
/// # Errors
/// When there is no such run, or the server does not answer.
pub(crate) fn run(arguments: &cli::Check, form: Form) -> anyhow::Result<Ending> {
    let (check, locale) = match (&arguments.mlflow, &arguments.run) {
        (Some(uri), Some(run)) => {
            let locale = locale_of(arguments.lang, Path::new(""));
            (check_tracked(uri, run)?, locale)
        }
        _ => {
            let directory = runs::named(arguments.directory.as_deref())?;
            let locale = locale_of(arguments.lang, &directory);
            (check_critical(&directory)?, locale)
        }
    };
    let checked = Checked {
        red_flag: check.has_red_flag(),
        check,
        locale,
    };
    form.print(&checked)?;
    Ok(if checked.check.verdict.failed {
        Ending::CheckFailed
    } else {
        Ending::Done
    })
}

/// The same for a run as an MLflow server remembers it.
fn check_tracked(uri: &str, run: &str) -> anyhow::Result<CriticalCheck> {
    let server = tracking::server_named(Some(uri))?;
    let client = Client::new(&server);
    let tracked = read_run(&client, &run_id(&client, run)?)?;
    Ok(check_critical_of(tracked.name, tracked.events))
}

/// A value for people.
fn shown(value: Option<f64>, locale: ReportLocale) -> String {
    value.map_or_else(|| "–".to_owned(), |value| figure_in(value, locale))
}

/// One of three words.
fn word(words: [&'static str; 3], holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => words[0],
        Some(false) => words[1],
        None => words[2],
    }
}

/// One row, its columns under the headings.
fn row(f: &mut fmt::Formatter<'_>, cells: [&str; 4]) -> fmt::Result {
    let [name, value, limit, verdict] = cells;
    writeln!(f, "{name:<52} {value:>10} {limit:>10}  {verdict}")
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CriticalWords {
            indicator,
            flag,
            met,
            raised,
            heads,
        } = critical_words(self.locale);
        let verdict = &self.check.verdict;
        let [title, meaning] = call_words(self.locale, verdict.call);
        writeln!(f, "{} ({})", self.check.run, self.check.step)?;
        writeln!(f, "{title} {meaning}")?;
        if let Some(why) = &verdict.why {
            writeln!(f, "{}", said(why, self.locale))?;
        }
        writeln!(f)?;
        row(f, [heads[0], heads[2], heads[3], ""])?;
        for one in &self.check.indicators {
            let verdict = word(met, one.met);
            let target = figure_in(one.target, self.locale);
            row(
                f,
                [
                    indicator(one.indicator),
                    &shown(one.value, self.locale),
                    &target,
                    verdict,
                ],
            )?;
        }
        writeln!(f)?;
        row(f, [heads[1], heads[2], heads[3], ""])?;
        for one in &self.check.red_flags {
            let verdict = word(raised, one.raised);
            let limit = figure_in(one.limit, self.locale);
            row(
                f,
                [
                    flag(one.red_flag),
                    &shown(one.value, self.locale),
                    &limit,
                    verdict,
                ],
            )?;
        }
        Ok(())
    }
}
