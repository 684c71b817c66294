//! `diktor check`: a run against the critical indicators and the red flags.

use std::{fmt, path::Path};

use diktor_track::{
    mlflow::{Client, read_run},
    report::{
        CriticalCheck, CriticalWords, ReportLocale, check_critical, check_critical_of,
        critical_words,
    },
};
use serde::Serialize;

use super::report::{locale_of, must_be_run};
use crate::{
    answer::Form,
    cli,
    exit::{Ending, usage},
    tracking,
};

#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    check: CriticalCheck,
    /// Whether a red flag is raised.
    red_flag: bool,
    #[serde(skip)]
    locale: ReportLocale,
}

/// Prints both tables; a red flag ends with 1.
///
/// # Errors
/// When there is no such run, or the server does not answer.
pub(crate) fn run(arguments: &cli::Check, form: Form) -> anyhow::Result<Ending> {
    let directory = arguments.directory.as_deref();
    let check = match (directory, &arguments.mlflow, &arguments.run) {
        (Some(directory), ..) => {
            must_be_run(directory)?;
            check_critical(directory)?
        }
        (None, Some(uri), Some(run)) => check_tracked(uri, run)?,
        (None, ..) => return Err(usage("which run?")),
    };
    let checked = Checked {
        red_flag: check.has_red_flag(),
        check,
        locale: locale_of(arguments.lang, directory.unwrap_or(Path::new(""))),
    };
    form.print(&checked)?;
    Ok(if checked.red_flag {
        Ending::CheckFailed
    } else {
        Ending::Done
    })
}

/// The same for a run as an MLflow server remembers it.
fn check_tracked(uri: &str, run: &str) -> anyhow::Result<CriticalCheck> {
    let server = tracking::server_named(Some(uri))?;
    let tracked = read_run(&Client::new(&server), run)?;
    Ok(check_critical_of(tracked.name, tracked.events))
}

/// A value for people.
fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
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
        row(f, [heads[0], heads[2], heads[3], ""])?;
        for one in &self.check.indicators {
            let verdict = word(met, one.met);
            let target = one.target.to_string();
            row(
                f,
                [
                    indicator(one.indicator),
                    &shown(one.value),
                    &target,
                    verdict,
                ],
            )?;
        }
        writeln!(f)?;
        row(f, [heads[1], heads[2], heads[3], ""])?;
        for one in &self.check.red_flags {
            let verdict = word(raised, one.raised);
            let limit = one.limit.to_string();
            row(f, [flag(one.red_flag), &shown(one.value), &limit, verdict])?;
        }
        Ok(())
    }
}
