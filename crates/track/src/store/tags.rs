//! Names of the tags of a run at a tracker, and the states a tracker knows.

/// The run's identity, by which it is found again.
pub(crate) const RUN_UUID: &str = "diktor.run_uuid";
/// Version of the program.
pub(crate) const VERSION: &str = "diktor.version";
/// The phase of the training.
pub(crate) const PHASE: &str = "diktor.phase";
/// How the newest session ended.
pub(crate) const OUTCOME: &str = "diktor.outcome";
/// Where each session began: `[null, 1000]`, `null` for the beginning.
pub(crate) const SESSIONS: &str = "diktor.sessions";
/// The ways back within a session.
pub(crate) const RESTARTS: &str = "diktor.restarts";
/// Digest of the checkpoint of a model version.
pub(crate) const SHA256: &str = "diktor.sha256";
/// For whom the files of a run, or of a model version, are sealed.
pub(crate) const RECIPIENTS: &str = "diktor.recipients";
/// Step of the checkpoint of a model version.
pub(crate) const STEP: &str = "diktor.step";

/// The name that `MLflow` shows.
pub(crate) const RUN_NAME: &str = "mlflow.runName";
/// Who runs it.
pub(crate) const USER: &str = "mlflow.user";
/// The program.
pub(crate) const SOURCE_NAME: &str = "mlflow.source.name";
/// Where the program came from.
pub(crate) const SOURCE_TYPE: &str = "mlflow.source.type";
/// The run that this one is a part of.
pub(crate) const PARENT: &str = "mlflow.parentRunId";
/// What a data set is for.
pub(crate) const DATA_CONTEXT: &str = "mlflow.data.context";

/// The tag of a run that holds the digest of one of its files, as it was before it was sealed.
pub(crate) fn sha256_of(name: &str) -> String {
    format!("{SHA256}/{name}")
}

/// How a run stands. A server answers `200` to a word it does not know and does nothing, so the list is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Finished,
    Failed,
    Killed,
}

impl Status {
    const ALL: [Self; 4] = [Self::Running, Self::Finished, Self::Failed, Self::Killed];

    /// In the words of `MLflow`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Finished => "FINISHED",
            Self::Failed => "FAILED",
            Self::Killed => "KILLED",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}
