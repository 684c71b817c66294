//! `diktor artifact`: the keys that seal what leaves the machine.

mod keygen;

use crate::{answer::Form, cli::Artifact, exit::Ending};

/// Makes keys.
///
/// # Errors
/// What the verb says.
pub(crate) fn run(verb: &Artifact, form: Form) -> anyhow::Result<Ending> {
    match verb {
        Artifact::Keygen(arguments) => keygen::run(arguments, form),
    }
}
