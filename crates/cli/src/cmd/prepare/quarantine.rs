//! `diktor prepare quarantine`: what a run proposes to leave out, and what a person confirms.

use std::{
    collections::BTreeSet,
    fmt, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use diktor_corpus::read_quarantine;
use diktor_train::checkpoint::write_atomic;
use serde::Serialize;

use crate::{
    answer::Form,
    cli::PrepareQuarantine,
    exit::{Ending, usage},
    runs,
};

#[derive(Debug, Serialize)]
struct Quarantine {
    /// What the run proposes.
    proposed: BTreeSet<String>,
    /// What is confirmed, now and before.
    confirmed: BTreeSet<String>,
    /// The confirmed list.
    list: PathBuf,
    /// The page to listen on.
    page: Option<PathBuf>,
}

/// Shows the proposal, or writes the confirmed list.
///
/// # Errors
/// When the run has proposed nothing yet, or an utterance is none of the run's.
pub(super) fn run(arguments: &PrepareQuarantine, form: Form) -> anyhow::Result<Ending> {
    let run = &runs::named(arguments.run.as_deref())?;
    let proposal = run.join("quarantine.csv");
    if !proposal.is_file() {
        return Err(usage(format!(
            "`{}`: no such list\nhint: a run writes it with its first full validation, unless \
             `ledger_interval` is 0",
            proposal.display()
        )));
    }
    let proposed = read_quarantine(&proposal).map_err(usage)?;
    let list = arguments
        .output
        .clone()
        .unwrap_or_else(|| run.join("dataset").join("quarantine.csv"));
    let mut confirmed = if list.is_file() {
        read_quarantine(&list).map_err(usage)?
    } else {
        BTreeSet::new()
    };
    let chosen: BTreeSet<String> = if arguments.confirm_all {
        proposed.clone()
    } else {
        arguments.confirm.iter().cloned().collect()
    };
    if !chosen.is_empty() {
        must_be_known(&chosen, run)?;
        confirmed.extend(chosen);
        write(&list, &confirmed)?;
    }
    let page = run.join("worst.html");
    form.print(&Quarantine {
        proposed,
        confirmed,
        list,
        page: page.is_file().then_some(page),
    })?;
    Ok(Ending::Done)
}

/// Refuses a name that the ledger of the run does not have: it would leave nothing out.
fn must_be_known(chosen: &BTreeSet<String>, run: &Path) -> anyhow::Result<()> {
    let ledger = read_quarantine(&run.join("ledger.csv")).map_err(usage)?;
    let unknown: Vec<&str> = chosen.difference(&ledger).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(usage(format!(
        "`{}`: no such utterance in this run\nhint: `ledger.csv` lists them all",
        unknown.join("`, `")
    )))
}

fn write(list: &Path, confirmed: &BTreeSet<String>) -> anyhow::Result<()> {
    let mut text = "utterance\n".to_owned();
    for id in confirmed {
        text += &diktor_corpus::csv_field(id);
        text.push('\n');
    }
    let folder = list.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder)
        .and_then(|()| write_atomic(list, |out| out.write_all(text.as_bytes())))
        .with_context(|| format!("`{}` cannot be written", list.display()))
}

impl fmt::Display for Quarantine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for id in &self.proposed {
            let state = if self.confirmed.contains(id) {
                "confirmed"
            } else {
                "proposed"
            };
            writeln!(f, "{state:<10} {id}")?;
        }
        for id in self.confirmed.difference(&self.proposed) {
            writeln!(f, "{:<10} {id}", "confirmed")?;
        }
        if self.proposed.is_empty() && self.confirmed.is_empty() {
            writeln!(f, "nothing is proposed")?;
        }
        if let Some(page) = &self.page {
            writeln!(f, "listen     {}", page.display())?;
        }
        if !self.confirmed.is_empty() {
            let list = self.list.display();
            writeln!(f, "list       {list}")?;
            writeln!(
                f,
                "use it     diktor train --hparams quarantine_file={list}"
            )?;
        }
        Ok(())
    }
}
