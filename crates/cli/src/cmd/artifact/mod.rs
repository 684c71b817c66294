//! `diktor artifact`: the files of a run at its server, and the keys that open them.

mod get;
mod keygen;
mod list;
mod place;

use crate::{answer::Form, cli::Artifact, exit::Ending};

/// Fetches, lists, or makes keys.
///
/// # Errors
/// What the verb says.
pub(crate) fn run(verb: &Artifact, form: Form) -> anyhow::Result<Ending> {
    match verb {
        Artifact::Get(arguments) => get::run(arguments, form),
        Artifact::List(arguments) => list::run(arguments, form),
        Artifact::Keygen(arguments) => keygen::run(arguments, form),
    }
}
