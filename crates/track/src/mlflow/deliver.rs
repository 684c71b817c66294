//! One round of a delivery: everything that the store has and the server lacks, in order.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use super::{
    Client, MlflowError, Outgoing, Server, artifacts, dataset, experiments,
    metrics::{self, MOST_METRICS},
    outgoing,
    registry::{self, Candidate},
    runs::{self, NewRun, Standing},
};
use crate::store::{
    Artifact, ArtifactKind, DeadLetter, Fact, Mark, Named, RemoteRun, Store, StoreError, Target,
    tags,
};

/// What every server takes at once.
const MOST_NAMED: usize = 100;
/// Pages of a run that are written again and again.
const PAGES: [&str; 3] = [crate::CONFIG_FILE, "report.html", "worst.html"];
/// Whoever delivers a run holds this file of its directory.
const LOCK_FILE: &str = ".sync.lock";

/// What a round brought to the server.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delivered {
    /// Rows of metrics.
    pub(super) metrics: u64,
    /// Files.
    pub(super) artifacts: u64,
    /// What the server refuses for good.
    pub(super) refused: u64,
}

/// Delivers one run to one server.
#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) store: Store,
    client: Client,
    server: Server,
    target: Target,
    delivered: Delivered,
    /// Whether the data of this session have been told of.
    data_told: bool,
    /// Held as long as this lives.
    _lock: File,
}

impl Delivery {
    /// Opens the store of the run in `run_dir`, which nobody else may be delivering.
    pub(super) fn open(run_dir: &Path, server: &Server) -> Result<Self, MlflowError> {
        let lock = lock(run_dir)?;
        Ok(Self {
            store: Store::open(run_dir)?,
            client: Client::new(server),
            server: server.clone(),
            target: server.target(),
            delivered: Delivered::default(),
            data_told: false,
            _lock: lock,
        })
    }

    /// What was brought so far, also by rounds that ended in an error.
    pub(super) fn delivered(&self) -> Delivered {
        self.delivered
    }

    /// How many rows of metrics wait.
    pub(super) fn waiting(&self) -> Result<u64, StoreError> {
        let told = self.store.progress(&self.target)?.metrics;
        self.store.metrics_waiting(told)
    }

    /// Brings everything that the server lacks.
    pub(super) fn round(&mut self) -> Result<(), MlflowError> {
        self.store.catch_up()?;
        if self.store.fact(Fact::RunUuid)?.is_none() {
            return Ok(());
        }
        let run = self.run()?;
        match self.bring(&run) {
            // The server was emptied: it is told everything again.
            Err(MlflowError::Deleted { .. }) if self.is_missing(&run)? => {
                self.store.forget_run(&self.target)?;
                let run = self.run()?;
                self.bring(&run)
            }
            done => done,
        }
    }

    /// Notes the pages of the run as they are now.
    pub(super) fn note_pages(&mut self) -> Result<(), StoreError> {
        for page in PAGES {
            if self.store.run_dir().join(page).is_file() {
                self.store.note_page(page)?;
            }
        }
        Ok(())
    }

    fn is_missing(&self, run: &RemoteRun) -> Result<bool, MlflowError> {
        let standing = runs::standing(&self.client, &run.id)?;
        Ok(matches!(standing, Standing::Missing))
    }

    fn bring(&mut self, run: &RemoteRun) -> Result<(), MlflowError> {
        self.bring_params(run)?;
        self.bring_tags(run)?;
        self.bring_metrics(run)?;
        self.bring_dataset(run)?;
        for artifact in self.store.artifacts_waiting(&self.target)? {
            self.bring_artifact(run, &artifact)?;
        }
        // Last, so that a run that is finished at the server is whole there.
        self.bring_status(run)
    }

    /// The run at the server: known, found by its identity, or made.
    fn run(&mut self) -> Result<RemoteRun, MlflowError> {
        if let Some(run) = self.store.progress(&self.target)?.run {
            return Ok(run);
        }
        let run = match &self.server.run_id {
            Some(id) => self.given_run(id)?,
            None => self.own_run()?,
        };
        self.store.note_run(&self.target, &run)?;
        Ok(run)
    }

    fn given_run(&self, id: &str) -> Result<RemoteRun, MlflowError> {
        match runs::standing(&self.client, id)? {
            Standing::Active(run) => Ok(run),
            Standing::Deleted | Standing::Missing => Err(MlflowError::Deleted {
                server: self.client.uri().to_owned(),
                run: id.to_owned(),
            }),
        }
    }

    fn own_run(&self) -> Result<RemoteRun, MlflowError> {
        let experiment_id = experiments::experiment(&self.client, &self.target.experiment)?;
        let identity = self.store.fact(Fact::RunUuid)?.unwrap_or_default();
        if let Some(run) = runs::find(&self.client, &experiment_id, &identity)? {
            return Ok(run);
        }
        let run = NewRun {
            experiment_id,
            name: self.store.fact(Fact::RunName)?.unwrap_or_default(),
            started_ms: self.store.number(Fact::StartedMs)?,
            user: self.server.user.clone(),
            parent: self.server.parent.clone(),
            tags: vec![(tags::RUN_UUID.to_owned(), identity)],
        };
        runs::create(&self.client, &run)
    }

    fn bring_params(&mut self, run: &RemoteRun) -> Result<(), MlflowError> {
        let told = self.store.progress(&self.target)?.params;
        for rows in self.store.params_after(told)?.chunks(MOST_NAMED) {
            self.bring_named(run, "params", rows)?;
            let last = rows.last().map_or(told, |row| row.seq);
            self.store.mark(&self.target, Mark::Params(last))?;
        }
        Ok(())
    }

    fn bring_tags(&mut self, run: &RemoteRun) -> Result<(), MlflowError> {
        let told = self.store.progress(&self.target)?.tags;
        for rows in self.store.tags_after(told)?.chunks(MOST_NAMED) {
            self.bring_named(run, "tags", rows)?;
            let last = rows.last().map_or(told, |row| row.seq);
            self.store.mark(&self.target, Mark::Tags(last))?;
        }
        Ok(())
    }

    fn bring_named(
        &mut self,
        run: &RemoteRun,
        what: &'static str,
        rows: &[Named],
    ) -> Result<(), MlflowError> {
        let body = runs::named_json(rows);
        match runs::log_batch(&self.client, run, what, &body) {
            Err(error) if error.is_about_this_alone() => {
                metrics::still_there(&self.client, run)?;
                self.bury(what, body.to_string(), &error)
            }
            done => done,
        }
    }

    fn bring_metrics(&mut self, run: &RemoteRun) -> Result<(), MlflowError> {
        let mut told = self.store.progress(&self.target)?.metrics;
        loop {
            let rows = self.store.metrics_after(told, MOST_METRICS)?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            told = last.seq;
            self.store.mark(&self.target, Mark::Offered(told))?;
            let fate = metrics::send(&self.client, &mut self.store, &self.target, run, &rows)?;
            self.store.mark(&self.target, Mark::Metrics(told))?;
            self.delivered.metrics += fate.taken;
            self.delivered.refused += fate.buried;
        }
    }

    fn bring_dataset(&mut self, run: &RemoteRun) -> Result<(), MlflowError> {
        if self.data_told {
            return Ok(());
        }
        let name = self.store.fact(Fact::RunName)?.unwrap_or_default();
        let parts = dataset::parts(self.store.run_dir(), &name);
        let digest = dataset::digest(&parts);
        let known = self.store.progress(&self.target)?.dataset;
        if !parts.is_empty() && known.as_ref() != Some(&digest) {
            if let Err(error) = dataset::log(&self.client, run, &parts) {
                self.optional("dataset", &digest, error)?;
            }
            self.store.mark(&self.target, Mark::Dataset(&digest))?;
        }
        self.data_told = true;
        Ok(())
    }

    fn bring_artifact(&mut self, run: &RemoteRun, artifact: &Artifact) -> Result<(), MlflowError> {
        let path = self.store.run_dir().join(&artifact.path);
        let file = match outgoing(&path, &name_there(artifact)) {
            Ok(file) => file,
            // The report is written after the run has ended; a picture may have been tidied away.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(MlflowError::File { path, source }),
        };
        let known = self.store.uploaded(&self.target, &artifact.path)?;
        let mut sha256 = file.sha256.clone();
        if known.as_ref() != Some(&sha256) {
            match self.send_file(run, artifact, &file) {
                Ok(()) => self.delivered.artifacts += 1,
                Err(error) => {
                    self.optional("artifact", &artifact.path, error)?;
                    sha256.clear();
                }
            }
        }
        self.store
            .note_content(&artifact.path, &file.sha256, file.bytes)?;
        self.store.note_upload(&self.target, artifact, &sha256)?;
        Ok(())
    }

    fn send_file(
        &mut self,
        run: &RemoteRun,
        artifact: &Artifact,
        file: &Outgoing,
    ) -> Result<(), MlflowError> {
        let folder = self.store.run_dir();
        let sealed = file.sealed(&self.server.recipients, folder);
        let file = &sealed.map_err(|source| MlflowError::Seal {
            path: folder.join(&artifact.path),
            source,
        })?;
        artifacts::upload(&self.client, run, file)?;
        self.tell_digest(run, artifact, file)?;
        if artifact.kind != ArtifactKind::Model {
            return Ok(());
        }
        let name = self.store.fact(Fact::RunName)?.unwrap_or_default();
        let candidate = Candidate {
            model: &registry::model_name(&name),
            path: &file.name,
            sha256: &file.sha256,
            step: artifact.step,
            tags: &file.tags,
        };
        match registry::register(&self.client, run, &candidate) {
            Ok(()) => Ok(()),
            // The file itself has arrived.
            Err(error) => self.optional("model version", &file.name, error),
        }
    }

    /// Says in the tags of the run what was sent. They are kept apart from the files, so that whoever
    /// can change a file cannot change its digest; pictures and sounds would be too many.
    fn tell_digest(
        &mut self,
        run: &RemoteRun,
        artifact: &Artifact,
        file: &Outgoing,
    ) -> Result<(), MlflowError> {
        if matches!(artifact.kind, ArtifactKind::Picture | ArtifactKind::Sound) {
            return Ok(());
        }
        let digest = (tags::sha256_of(&name_there(artifact)), file.sha256.clone());
        let tags = std::iter::once(digest).chain(file.tags.iter().cloned());
        let rows: Vec<Named> = tags
            .map(|(name, value)| Named {
                seq: 0,
                name,
                value,
            })
            .collect();
        self.bring_named(run, "tags", &rows)
    }

    fn bring_status(&mut self, run: &RemoteRun) -> Result<(), MlflowError> {
        let Some(status) = self.store.status()? else {
            return Ok(());
        };
        let ended = self.store.number(Fact::EndedMs)?;
        let ended = (status != tags::Status::Running).then_some(ended);
        let known = format!("{} {}", status.name(), ended.unwrap_or(0));
        if self.store.progress(&self.target)?.status.as_ref() == Some(&known) {
            return Ok(());
        }
        runs::update(&self.client, run, status, ended)?;
        self.store.mark(&self.target, Mark::Status(&known))?;
        Ok(())
    }

    /// Goes on without something that the server refuses or does not offer; other errors end the round.
    fn optional(
        &mut self,
        what: &'static str,
        body: &str,
        error: MlflowError,
    ) -> Result<(), MlflowError> {
        match error {
            MlflowError::Refused { .. } => self.bury(what, body.to_owned(), &error),
            error => Err(error),
        }
    }

    fn bury(
        &mut self,
        what: &'static str,
        body: String,
        error: &MlflowError,
    ) -> Result<(), MlflowError> {
        let answer = error.to_string();
        tracing::warn!(
            what,
            answer,
            "the server refuses this, it is kept as a dead letter"
        );
        self.delivered.refused += 1;
        let letter = DeadLetter { what, body, answer };
        Ok(self.store.bury(&self.target, &letter)?)
    }
}

/// Under which name a file is kept there. Every better checkpoint has a place of its own, because a
/// version of a model must stay what it was.
fn name_there(artifact: &Artifact) -> String {
    match (artifact.kind, artifact.path.rsplit_once('/')) {
        (ArtifactKind::Model, Some((folder, file))) => {
            format!("{folder}/step_{:08}/{file}", artifact.step)
        }
        _ => artifact.path.clone(),
    }
}

fn lock(run_dir: &Path) -> Result<File, MlflowError> {
    let path = run_dir.join(LOCK_FILE);
    let file = File::create(&path).map_err(|source| MlflowError::File { path, source })?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(MlflowError::Taken {
            path: run_dir.to_owned(),
        }),
        // A file system without locks is no reason not to deliver.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}
