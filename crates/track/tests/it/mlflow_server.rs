//! A real `MLflow` on a free loopback port, killed at the end; and reading back what it holds.
//!
//! `DIKTOR_MLFLOW_PYTHON` names a Python that has mlflow 3.17.

use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use diktor_track::{
    Secrets,
    mlflow::{Client, MlflowError, Server, Wish},
};
use serde_json::{Value, json};

use crate::service::{free_port, printed, service};

/// A server may take long to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// A running server and its files.
#[derive(Debug)]
pub(crate) struct MlflowServer {
    python: PathBuf,
    folder: PathBuf,
    port: u16,
    process: Option<Child>,
    /// Name and password of the administrator, where it has users.
    admin: Option<(String, String)>,
    /// Its certificate, where it speaks TLS; the key is beside it.
    certificate: Option<PathBuf>,
}

/// The Python to run it with; `None` if there is none.
pub(crate) fn python() -> Option<PathBuf> {
    service("DIKTOR_MLFLOW_PYTHON")
}

impl MlflowServer {
    /// Starts one on the database `mlflow.db` of `folder`.
    pub(crate) fn start(python: PathBuf, folder: &Path) -> Self {
        let mut server = Self::of(python, folder);
        server.restart();
        server
    }

    fn of(python: PathBuf, folder: &Path) -> Self {
        Self {
            python,
            folder: folder.to_owned(),
            port: free_port(),
            process: None,
            admin: None,
            certificate: None,
        }
    }

    /// As [`MlflowServer::start`], with a certificate that nobody has signed.
    pub(crate) fn start_with_tls(python: PathBuf, folder: &Path) -> Self {
        let certificate = folder.join("server.pem");
        printed(
            Command::new("openssl")
                .args([
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                ])
                .args([
                    "-subj",
                    "/CN=127.0.0.1",
                    "-addext",
                    "subjectAltName=IP:127.0.0.1",
                ])
                .args(["-addext", "basicConstraints=critical,CA:FALSE"])
                .arg("-keyout")
                .arg(certificate.with_extension("key"))
                .arg("-out")
                .arg(&certificate),
        );
        let mut server = Self::of(python, folder);
        server.certificate = Some(certificate);
        server.restart();
        server
    }

    /// As [`MlflowServer::start`], with users who may do nothing until they are let, and one who may
    /// do everything.
    pub(crate) fn start_with_users(python: PathBuf, folder: &Path, admin: (&str, &str)) -> Self {
        let users = folder.join("users.db");
        let config = format!(
            "[mlflow]\ndefault_permission = NO_PERMISSIONS\ndatabase_uri = sqlite:///{}\n\
             admin_username = {}\nauth_cache_ttl_seconds = 60\n\
             authorization_function = mlflow.server.auth:authenticate_request_basic_auth\n",
            users.display(),
            admin.0
        );
        std::fs::write(folder.join("auth.ini"), config).unwrap();
        let mut server = Self::of(python, folder);
        server.admin = Some((admin.0.to_owned(), admin.1.to_owned()));
        server.restart();
        server
    }

    /// Starts it again on the same port and files, and waits until it answers.
    pub(crate) fn restart(&mut self) {
        self.launch();
        self.wait();
    }

    /// Starts it and does not wait.
    pub(crate) fn launch(&mut self) {
        self.kill();
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("server.log"))
            .unwrap();
        let database = format!("sqlite:///{}", self.database().display());
        let mut command = Command::new(&self.python);
        command
            .args([
                "-m",
                "mlflow",
                "server",
                "--host",
                "127.0.0.1",
                "--workers",
                "1",
            ])
            .args(["--backend-store-uri", &database, "--artifacts-destination"])
            .arg(self.folder.join("artifacts"))
            .args(["--port", &self.port.to_string()])
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .env("DO_NOT_TRACK", "true")
            .env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false")
            .env_remove("MLFLOW_TRACKING_URI")
            .current_dir(&self.folder)
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            // Its workers are processes of their own, and must die with it.
            .process_group(0);
        if let Some((_, password)) = &self.admin {
            command
                .args(["--app-name", "basic-auth"])
                .env("MLFLOW_AUTH_CONFIG_PATH", self.folder.join("auth.ini"))
                .env("MLFLOW_AUTH_ADMIN_PASSWORD", password)
                .env("MLFLOW_FLASK_SERVER_SECRET_KEY", "of a test");
        }
        if let Some(certificate) = &self.certificate {
            let key = certificate.with_extension("key");
            let options = format!(
                "--ssl-keyfile {} --ssl-certfile {}",
                key.display(),
                certificate.display()
            );
            command.args(["--uvicorn-opts", &options]);
        }
        self.process = Some(command.spawn().unwrap());
    }

    /// Waits until it answers.
    pub(crate) fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.answers() {
            let log = || std::fs::read_to_string(self.folder.join("server.log"));
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "{:?}", log());
            assert!(Instant::now() < deadline, "{:?}", log());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Whether it answers; once it is there it says `OK`, which is no object.
    pub(crate) fn answers(&self) -> bool {
        let answer = self.client().get("/health", &[]);
        matches!(answer, Err(MlflowError::NotMlflow { .. }))
    }

    /// `kill -9` of it and its workers.
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let group = format!("-{}", process.id());
            let killed = Command::new("kill")
                .args(["-9", "--", &group])
                .stderr(Stdio::null())
                .status();
            assert!(killed.is_ok(), "{killed:?}");
            process.wait().unwrap();
        }
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("mlflow.db")
    }

    /// The folder of its store.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.folder.join("artifacts")
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn uri(&self) -> String {
        let scheme = if self.certificate.is_some() {
            "https"
        } else {
            "http"
        };
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// It as a run's server.
    pub(crate) fn server(&self, experiment: &str) -> Server {
        let certificate = self.certificate.as_ref();
        self.server_as(experiment, |name| {
            let path = certificate.filter(|_| name == "MLFLOW_TRACKING_SERVER_CERT_PATH")?;
            Some(path.display().to_string())
        })
    }

    /// It as the server of a run with another environment.
    pub(crate) fn server_as(
        &self,
        experiment: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Server {
        let uri = self.uri();
        let wish = Wish {
            uri: &uri,
            experiment,
            before: &[],
        };
        let found = Server::find(wish, &Secrets::default(), environment);
        found.unwrap().unwrap()
    }

    fn client(&self) -> Client {
        Client::new(&self.server("any"))
    }

    pub(crate) fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        self.client().get(path, query).unwrap()
    }

    /// Every run of an experiment; empty if there is no such experiment.
    pub(crate) fn runs(&self, experiment: &str) -> Vec<Value> {
        let Some(id) = diktor_track::mlflow::find_experiment(&self.client(), experiment).unwrap()
        else {
            return Vec::new();
        };
        let body = json!({ "experiment_ids": [id], "max_results": 1000 });
        let mut found = self
            .client()
            .post("/api/2.0/mlflow/runs/search", &body)
            .unwrap();
        match found["runs"].take() {
            Value::Array(runs) => runs,
            _ => Vec::new(),
        }
    }

    /// The one run of an experiment.
    pub(crate) fn run(&self, experiment: &str) -> Value {
        let mut runs = self.runs(experiment);
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }

    /// Every row of every metric of a run, as often as the server has it.
    pub(crate) fn rows(&self, run: &Value) -> Vec<Row> {
        let id = run["info"]["run_id"].as_str().unwrap();
        let mut rows = Vec::new();
        for metric in run["data"]["metrics"].as_array().into_iter().flatten() {
            let key = metric["key"].as_str().unwrap();
            let query = [
                ("run_id", id),
                ("metric_key", key),
                ("max_results", "25000"),
            ];
            let history = self.get("/api/2.0/mlflow/metrics/get-history", &query);
            for row in history["metrics"].as_array().unwrap() {
                rows.push(Row::of(key, row));
            }
        }
        rows.sort();
        rows
    }

    /// Paths of the files of a run under `path`.
    pub(crate) fn files(&self, run: &Value, path: &str) -> Vec<String> {
        let id = run["info"]["run_id"].as_str().unwrap();
        let list = self.get(
            "/api/2.0/mlflow/artifacts/list",
            &[("run_id", id), ("path", path)],
        );
        let mut files = Vec::new();
        for file in list["files"].as_array().into_iter().flatten() {
            let path = file["path"].as_str().unwrap();
            if file["is_dir"] == true {
                files.extend(self.files(run, path));
            } else {
                files.push(path.to_owned());
            }
        }
        files.sort();
        files
    }

    /// A file of a run.
    pub(crate) fn file(&self, run: &Value, path: &str) -> Vec<u8> {
        let id = run["info"]["run_id"].as_str().unwrap();
        let query = [("path", path), ("run_uuid", id)];
        let mut bytes = Vec::new();
        self.client()
            .download("/get-artifact", &query, 1 << 30, &mut bytes)
            .unwrap();
        bytes
    }
}

impl Drop for MlflowServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One value as a server has it: name, step, milliseconds and bits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) step: i64,
    pub(crate) timestamp_ms: i64,
    pub(crate) bits: u64,
}

impl Row {
    pub(crate) fn new(name: &str, step: u64, time_s: f64, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            step: step as i64,
            timestamp_ms: (time_s * 1000.0).round() as i64,
            bits: comparable(value),
        }
    }

    fn of(name: &str, row: &Value) -> Self {
        let integer = |value: &Value| match value {
            Value::String(text) => text.parse().unwrap(),
            number => number.as_i64().unwrap(),
        };
        let value = match &row["value"] {
            Value::String(text) => text.parse().unwrap(),
            number => number.as_f64().unwrap(),
        };
        Self {
            name: name.to_owned(),
            step: integer(&row["step"]),
            timestamp_ms: integer(&row["timestamp"]),
            bits: comparable(value),
        }
    }
}

/// The bits of a value as `MLflow` keeps it: it has one NaN and one zero, and knows no infinity.
fn comparable(value: f64) -> u64 {
    match value {
        value if value.is_nan() => f64::NAN.to_bits(),
        0.0 => 0,
        value => value.clamp(-f64::MAX, f64::MAX).to_bits(),
    }
}

/// Values of a list of names and values.
pub(crate) fn named(list: &Value) -> BTreeMap<String, String> {
    let entry = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        (text("key"), text("value"))
    };
    list.as_array().into_iter().flatten().map(entry).collect()
}
