//! Which server, which experiment, and who we are there.

use std::{fmt, path::Path};

use super::trust::Trust;
use crate::{
    STORE_FILE, Secret, SecretName, Secrets, Store, StoreError, seal::Recipients, store::Target,
};

/// The experiment of runs that name none; every `MLflow` has it.
pub const DEFAULT_EXPERIMENT: &str = "Default";
/// The address by which the original means a folder beside the run: here, the local store alone.
pub const LOCAL_STORE: &str = "mlruns";

const URI: &str = "MLFLOW_TRACKING_URI";
const EXPERIMENT: &str = "MLFLOW_EXPERIMENT_NAME";
const RUN_ID: &str = "MLFLOW_RUN_ID";
const USER: &str = "USER";
/// Longest name of an experiment.
const LONGEST_NAME: usize = 256;

/// A server, and where on it a run belongs.
#[derive(Clone)]
pub struct Server {
    /// Its address, without a slash at the end.
    pub(super) uri: String,
    pub(super) experiment: String,
    /// The run to write to, where somebody has made it already.
    pub(super) run_id: Option<String>,
    /// Who runs it.
    pub(super) user: Option<String>,
    /// The run that this one is a part of.
    pub(super) parent: Option<String>,
    pub(super) secrets: Secrets,
    pub(super) trust: Trust,
    /// For whom files are sealed before they are sent there.
    pub(super) recipients: Recipients,
}

/// What the configuration says; an empty text leaves it to the environment, and then to the past.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// Address of the server.
    pub uri: &'a str,
    /// Name of the experiment.
    pub experiment: &'a str,
    /// Where the run was delivered before: meant when nothing else is named and there is one such place.
    pub before: &'a [Destination],
}

/// A place that a run was delivered to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// Address of the server.
    pub server: String,
    /// Name of the experiment.
    pub experiment: String,
}

/// Every place that the run in `run_dir` was delivered to; none before it has a store.
///
/// # Errors
/// If its store cannot be read.
pub fn destinations(run_dir: &Path) -> Result<Vec<Destination>, StoreError> {
    if !run_dir.join(STORE_FILE).is_file() {
        return Ok(Vec::new());
    }
    let targets = Store::open(run_dir)?.targets()?;
    let destination = |target: Target| Destination {
        server: target.server,
        experiment: target.experiment,
    };
    Ok(targets.into_iter().map(destination).collect())
}

/// The one value that all of them have.
fn the_one<'a>(mut values: impl Iterator<Item = &'a str>) -> Option<String> {
    let first = values.next()?;
    values.all(|value| value == first).then(|| first.to_owned())
}

/// Why an address or a name is none.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// It is no address of a server.
    #[error(
        "`{uri}`: no address of an MLflow server\nhint: `http://host:5000`; leave `tracking_uri` and \
         MLFLOW_TRACKING_URI empty to keep the local store alone, and `diktor export mlflow-db` makes \
         a database of it"
    )]
    Address {
        /// What was given.
        uri: String,
    },
    /// It holds a name and a password.
    #[error(
        "the address of the MLflow server holds a user or a password, which would be written down with \
         it\nhint: set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead"
    )]
    Credentials,
    /// The experiment cannot be called so.
    #[error(
        "`{name}`: no name for an experiment: it is empty or longer than {LONGEST_NAME} characters"
    )]
    Experiment {
        /// What was given.
        name: String,
    },
    /// The certificate that the server is to be known by cannot be used.
    #[error("{reason}")]
    Trust {
        /// What is wrong, with the name of the variable.
        reason: String,
    },
}

impl Server {
    /// The server that configuration and environment name; `None` if neither names one.
    ///
    /// What the configuration says wins. `lookup` stands for the environment.
    ///
    /// # Errors
    /// If an address or a name is none.
    pub fn find(
        wish: Wish<'_>,
        secrets: &Secrets,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, ServerError> {
        let or_variable = |said: &str, variable: &str| {
            let said = Some(said.to_owned()).filter(|text| !text.is_empty());
            said.or_else(|| lookup(variable)).unwrap_or_default()
        };
        let uri = match or_variable(wish.uri, URI) {
            uri if uri.is_empty() => {
                the_one(wish.before.iter().map(|place| place.server.as_str())).unwrap_or_default()
            }
            uri => uri.trim_end_matches('/').to_owned(),
        };
        if uri.is_empty() || uri == LOCAL_STORE {
            return Ok(None);
        }
        let experiment = match or_variable(wish.experiment, EXPERIMENT) {
            name if name.is_empty() => {
                let there = wish.before.iter().filter(|place| place.server == uri);
                the_one(there.map(|place| place.experiment.as_str()))
                    .unwrap_or_else(|| DEFAULT_EXPERIMENT.to_owned())
            }
            name => name,
        };
        let mut server = Self::new(&uri, &experiment, secrets.clone())?;
        server.trust = Trust::find(&lookup)?;
        server.run_id = lookup(RUN_ID).filter(|id| !id.is_empty());
        server.user = lookup(USER).filter(|name| !name.is_empty());
        Ok(Some(server))
    }

    /// The server at `uri`.
    ///
    /// # Errors
    /// If the address or the name is none.
    pub fn new(uri: &str, experiment: &str, secrets: Secrets) -> Result<Self, ServerError> {
        let uri = uri.trim_end_matches('/');
        let rest = uri
            .strip_prefix("http://")
            .or_else(|| uri.strip_prefix("https://"));
        let host = rest.and_then(|rest| rest.split('/').next()).unwrap_or("");
        if host.contains('@') {
            return Err(ServerError::Credentials);
        }
        if host.is_empty() || uri.contains(['?', '#', ' ']) {
            return Err(ServerError::Address {
                uri: secrets.redact(uri),
            });
        }
        if experiment.is_empty() || experiment.chars().count() > LONGEST_NAME {
            return Err(ServerError::Experiment {
                name: experiment.to_owned(),
            });
        }
        Ok(Self {
            uri: uri.to_owned(),
            experiment: experiment.to_owned(),
            run_id: None,
            user: None,
            parent: None,
            secrets,
            trust: Trust::default(),
            recipients: Recipients::default(),
        })
    }

    /// The same, which is sent files only sealed for `recipients`, if there are any.
    #[must_use]
    pub fn sealed_for(self, recipients: Recipients) -> Self {
        Self { recipients, ..self }
    }

    /// The same, for a run that is a part of the run `parent` of that server: a trial.
    #[must_use]
    pub fn nested_in(self, parent: &str) -> Self {
        Self {
            parent: Some(parent.to_owned()),
            ..self
        }
    }

    /// Its address.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn target(&self) -> Target {
        Target {
            server: self.uri.clone(),
            experiment: self.experiment.clone(),
        }
    }

    pub(super) fn secret(&self, name: SecretName) -> Option<&Secret> {
        self.secrets.get(name)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("uri", &self.uri)
            .field("experiment", &self.experiment)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(wish: Wish<'_>, environment: &[(&str, &str)]) -> Result<Option<Server>, ServerError> {
        let lookup = |name: &str| {
            let entry = environment.iter().find(|(known, _)| *known == name);
            entry.map(|(_, value)| (*value).to_owned())
        };
        Server::find(wish, &Secrets::default(), lookup)
    }

    fn wish<'a>(uri: &'a str, experiment: &'a str) -> Wish<'a> {
        Wish {
            uri,
            experiment,
            before: &[],
        }
    }

    #[test]
    fn a_run_goes_where_it_went_before_unless_that_is_not_one_place() {
        let place = |server: &str, experiment: &str| Destination {
            server: server.to_owned(),
            experiment: experiment.to_owned(),
        };
        let target = |before: &[Destination], uri: &str, environment: &[(&str, &str)]| {
            let wish = Wish {
                before,
                ..wish(uri, "")
            };
            let server = found(wish, environment).unwrap()?;
            Some((server.uri.clone(), server.experiment))
        };
        let said = |uri: &str, experiment: &str| Some((uri.to_owned(), experiment.to_owned()));
        let one = [place("http://a", "tts")];
        assert_eq!(target(&one, "", &[]), said("http://a", "tts"));
        assert_eq!(target(&one, "http://a/", &[]), said("http://a", "tts"));
        assert_eq!(target(&one, "http://b", &[]), said("http://b", "Default"));
        assert_eq!(
            target(&one, "", &[(EXPERIMENT, "x")]),
            said("http://a", "x")
        );
        let two = [place("http://a", "tts"), place("http://a", "other")];
        assert_eq!(target(&two, "", &[]), said("http://a", "Default"));
        let servers = [place("http://a", "tts"), place("http://b", "tts")];
        assert_eq!(target(&servers, "", &[]), None);
        assert_eq!(target(&servers, "http://b", &[]), said("http://b", "tts"));
    }

    #[test]
    fn the_configuration_wins_over_the_environment() {
        assert!(found(Wish::default(), &[]).unwrap().is_none());
        assert!(
            found(wish("mlruns", ""), &[(URI, "http://a")])
                .unwrap()
                .is_none()
        );
        let environment = [(URI, "http://a:1/"), (EXPERIMENT, "tts"), (RUN_ID, "r")];
        let server = found(Wish::default(), &environment).unwrap().unwrap();
        assert_eq!((server.uri(), &*server.experiment), ("http://a:1", "tts"));
        assert_eq!(server.run_id.as_deref(), Some("r"));
        let server = found(wish("https://b/mlflow", "voice"), &environment)
            .unwrap()
            .unwrap();
        assert_eq!(
            (server.uri(), &*server.experiment),
            ("https://b/mlflow", "voice")
        );
    }

    #[test]
    fn what_is_no_address_is_named() {
        for uri in [
            "file:///x",
            "sqlite:///x.db",
            "host:5000",
            "http://",
            "http://a b",
            "databricks",
        ] {
            let error = found(wish(uri, ""), &[]).unwrap_err().to_string();
            assert!(error.contains(uri) && error.contains("hint"), "{error}");
        }
        let error = found(wish("http://me:hush@host", ""), &[]).unwrap_err();
        assert!(matches!(error, ServerError::Credentials) && !error.to_string().contains("hush"));
        assert!(found(wish("http://a", &"x".repeat(257)), &[]).is_err());
    }
}
