//! Verbs about what leaves the machine: artifact.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `diktor artifact`
#[derive(Debug, Subcommand)]
pub(crate) enum Artifact {
    /// Make a pair of keys: the private one opens what is sealed for the public one
    Keygen(ArtifactKeygen),
}

/// `diktor artifact keygen`
#[derive(Debug, Args)]
#[command(after_help = "\
The file is one of age (https://age-encryption.org): `age -d -i voice.key` opens sealed files too.
Keep it away from the machine that trains.

Examples:
  diktor artifact keygen -o voice.key")]
pub(crate) struct ArtifactKeygen {
    /// File for the private key; one that is there is not replaced
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}
