//! Where a run is: its server, and its id there.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use diktor_track::mlflow::{Client, Server, delivered_run, model_file, run_id};

use crate::{cli::ServerArgs, exit::usage, runs, tracking};

/// A run as a person names it, and the server that has it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) server: Server,
    name: Name,
}

#[derive(Debug)]
enum Name {
    /// A run directory.
    Folder(PathBuf),
    /// The id that the server gave it.
    Id(String),
    /// A registered model.
    Model(String),
}

/// A run at its server.
#[derive(Debug)]
pub(super) struct RemoteRun {
    pub(super) id: String,
    /// The file of a registered model.
    pub(super) file: Option<String>,
}

impl Place {
    /// Reads what a person calls the run.
    ///
    /// # Errors
    /// When it is no run, or no server is named.
    pub(super) fn find(run: &str, arguments: &ServerArgs) -> anyhow::Result<Self> {
        let uri = arguments.tracking_uri.as_deref();
        let name = match run.split_once(":/") {
            Some(("runs", id)) => Name::Id(id.trim_matches('/').to_owned()),
            Some(("models", model)) => Name::Model(model.trim_matches('/').to_owned()),
            _ => {
                let folder = Path::new(run);
                if !folder.exists() {
                    return Err(usage(format!(
                        "`{run}`: no such folder\nhint: name a run directory, `runs:/ID`, or \
                         `models:/NAME@best`"
                    )));
                }
                Name::Folder(runs::named(Some(folder))?)
            }
        };
        let server = match &name {
            Name::Folder(folder) => tracking::server_for(folder, uri, None)?,
            Name::Id(_) | Name::Model(_) => tracking::server_named(uri)?,
        };
        Ok(Self { server, name })
    }

    /// The run at the server.
    ///
    /// # Errors
    /// When the server does not know it, or does not answer.
    pub(super) fn run(&self, client: &Client) -> anyhow::Result<RemoteRun> {
        match &self.name {
            Name::Id(id) => Ok(RemoteRun {
                id: run_id(client, id)?,
                file: None,
            }),
            Name::Model(model) => {
                let (id, file) = model_file(client, model)?;
                Ok(RemoteRun {
                    id,
                    file: Some(file),
                })
            }
            Name::Folder(folder) => {
                let id = delivered_run(folder, &self.server)?;
                let id = id.with_context(|| {
                    let (folder, uri) = (folder.display(), self.server.uri());
                    format!(
                        "`{folder}` was never delivered to `{uri}`\nhint: `diktor sync {folder}`"
                    )
                })?;
                Ok(RemoteRun { id, file: None })
            }
        }
    }
}
