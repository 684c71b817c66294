//! Verbs that talk to a tracking server: artifact, mlflow.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which server is meant.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// Address of the MLflow server [default: that of the run, or MLFLOW_TRACKING_URI]
    #[arg(long, value_name = "URI")]
    pub(crate) tracking_uri: Option<String>,
}

/// `diktor artifact`
#[derive(Debug, Subcommand)]
pub(crate) enum Artifact {
    /// Fetch a file of a run from MLflow, open it and compare its hash
    Get(ArtifactGet),
    /// List the files of a run at MLflow
    List(ArtifactList),
    /// Make a pair of keys: the private one opens what is sealed for the public one
    Keygen(ArtifactKeygen),
}

/// `diktor artifact get`
#[derive(Debug, Args)]
#[command(after_help = "\
A sealed file is opened with the key in AGE_IDENTITY_FILE (or AGE_IDENTITY). Nothing is written unless
the file is what the run says was sent.

Examples:
  AGE_IDENTITY_FILE=voice.key diktor artifact get output/lj config.yaml -o config.yaml
  diktor artifact get runs:/0123456789abcdef0123456789abcdef report.html -o report.html
  diktor artifact get models:/lj@best -o lj.ckpt")]
pub(crate) struct ArtifactGet {
    /// Run directory, `runs:/ID`, or `models:/NAME@ALIAS` or `models:/NAME/VERSION`
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Name of the file, as `diktor artifact list` shows it; a model needs none
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// File to write; only you may read it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// `diktor artifact list`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  diktor artifact list output/lj
  diktor artifact list runs:/0123456789abcdef0123456789abcdef --tracking-uri http://127.0.0.1:5000")]
pub(crate) struct ArtifactList {
    /// Run directory, or `runs:/ID`
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
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

/// `diktor mlflow`
#[derive(Debug, Subcommand)]
pub(crate) enum Mlflow {
    /// Who may do what on a server with the basic-auth app
    #[command(subcommand)]
    Rbac(Rbac),
}

/// `diktor mlflow rbac`
#[derive(Debug, Subcommand)]
pub(crate) enum Rbac {
    /// Make the users, roles and grants that a file names
    Apply(RbacApply),
}

/// `diktor mlflow rbac apply`
#[derive(Debug, Args)]
#[command(after_help = "\
You are MLFLOW_TRACKING_USERNAME with MLFLOW_TRACKING_PASSWORD, an administrator. What the file does
not name stays as it is, and applying it again changes nothing.

Examples:
  diktor mlflow rbac apply deploy/mlflow/access.yaml --dry-run
  diktor mlflow rbac apply deploy/mlflow/access.yaml --tracking-uri https://mlflow.example")]
pub(crate) struct RbacApply {
    /// YAML with `users`, `roles` and `grants`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Only say what would be changed
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Which server.
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}
