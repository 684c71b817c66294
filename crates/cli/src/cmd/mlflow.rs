//! `diktor mlflow`: who may do what on a server.

use std::{fmt, fs, path::Path};

use anyhow::Context as _;
use diktor_track::mlflow::access::{Change, Policy, apply, look};
use serde::Serialize;

use crate::{
    answer::Form,
    cli::{Mlflow, Rbac, RbacApply},
    exit::{Ending, usage},
    tracking,
};

#[derive(Debug, Serialize)]
struct Answer {
    server: String,
    dry_run: bool,
    changes: Vec<Change>,
}

/// Applies a policy.
///
/// # Errors
/// When the file is no policy, or the server does not let us.
pub(crate) fn run(verb: &Mlflow, form: Form) -> anyhow::Result<Ending> {
    let Mlflow::Rbac(Rbac::Apply(arguments)) = verb;
    form.print(&rbac(arguments)?)?;
    Ok(Ending::Done)
}

fn rbac(arguments: &RbacApply) -> anyhow::Result<Answer> {
    let policy = read(&arguments.file)?;
    let server = tracking::server_named(arguments.server.tracking_uri.as_deref())?;
    let plan = look(&policy, &server, |variable| std::env::var(variable).ok())?;
    let changes = plan.changes.clone();
    if !arguments.dry_run {
        let mut made = 0;
        apply(plan, |change| {
            tracing::info!("{change}");
            made += 1;
        })
        .with_context(|| format!("after {made} of {} changes", changes.len()))?;
    }
    Ok(Answer {
        server: server.uri().to_owned(),
        dry_run: arguments.dry_run,
        changes,
    })
}

/// Larger files are no policies.
const MAX_POLICY_BYTES: u64 = 1 << 20;

fn read(path: &Path) -> anyhow::Result<Policy> {
    let named = |reason: &dyn fmt::Display| usage(format!("`{}`: {reason}", path.display()));
    let bytes = fs::metadata(path).map_err(|error| named(&error))?.len();
    if bytes > MAX_POLICY_BYTES {
        return Err(named(&format!(
            "{bytes} bytes, a policy has at most {MAX_POLICY_BYTES}"
        )));
    }
    let text = fs::read_to_string(path).map_err(|error| named(&error))?;
    // No snippets: somebody may have put a password there.
    let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
    let policy: Option<Policy> =
        serde_saphyr::from_str_with_options(&text, options).map_err(|error| named(&error))?;
    let policy = policy.unwrap_or_default();
    policy.check().map_err(|error| named(&error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(policy.with_files_in(folder))
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.changes {
            writeln!(f, "{change}")?;
        }
        match (self.changes.len(), self.dry_run) {
            (0, _) => write!(f, "nothing to do: `{}` is as the file says", self.server),
            (count, true) => write!(f, "{count} changes would be made at `{}`", self.server),
            (count, false) => write!(f, "{count} changes made at `{}`", self.server),
        }
    }
}
