//! Requests to an `MLflow` server, and what their answers mean.

use std::{fs::File, time::Duration};

use base64::Engine as _;
use serde::Serialize;
use serde_json::Value;
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response, header},
};

use super::{MlflowError, Server};
use crate::{SecretName, Secrets};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may be silent: one whose database is locked answers after 20 s.
const SILENCE: Duration = Duration::from_secs(60);
/// How long a small request may take in all.
const WHOLE: Duration = Duration::from_secs(120);
/// Longer answers are no answers of this API.
const LONGEST_ANSWER: u64 = 64 << 20;
/// Characters of an answer that are shown.
const SHOWN: usize = 300;

/// Talks to one server: blocking, with time limits, and without following redirects.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    uri: String,
    authorization: Option<crate::Secret>,
    secrets: Secrets,
}

impl Client {
    /// A client of `server`; nothing is sent yet.
    pub fn new(server: &Server) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("diktor/", env!("CARGO_PKG_VERSION")))
            .tls_config(server.trust.config())
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE))
            .build();
        Self {
            agent: config.new_agent(),
            uri: server.uri.clone(),
            authorization: authorization(server),
            secrets: server.secrets.clone(),
        }
    }

    /// Asks for `path` (`/api/2.0/mlflow/...`).
    ///
    /// # Errors
    /// Whatever came instead of an answer.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, MlflowError> {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(secret) = &self.authorization {
            request = request.header(header::AUTHORIZATION, secret.expose());
        }
        let request = request.config().timeout_global(Some(WHOLE)).build();
        self.object(request.call())
    }

    /// Sends `body` to `path`.
    ///
    /// # Errors
    /// Whatever came instead of an answer.
    pub fn post(&self, path: &str, body: &impl Serialize) -> Result<Value, MlflowError> {
        let mut request = self.agent.post(self.url(path));
        if let Some(secret) = &self.authorization {
            request = request.header(header::AUTHORIZATION, secret.expose());
        }
        let request = request.config().timeout_global(Some(WHOLE)).build();
        self.object(request.send_json(body))
    }

    /// Changes what `path` names to what `body` says.
    ///
    /// # Errors
    /// Whatever came instead of an answer.
    pub fn patch(&self, path: &str, body: &impl Serialize) -> Result<Value, MlflowError> {
        let mut request = self.agent.patch(self.url(path));
        if let Some(secret) = &self.authorization {
            request = request.header(header::AUTHORIZATION, secret.expose());
        }
        let request = request.config().timeout_global(Some(WHOLE)).build();
        self.object(request.send_json(body))
    }

    /// Sends what is left of `file` to `path`, as it is.
    ///
    /// # Errors
    /// Whatever came instead of an answer.
    pub fn put(&self, path: &str, file: &File) -> Result<(), MlflowError> {
        let mut request = self
            .agent
            .put(self.url(path))
            .content_type("application/octet-stream");
        if let Some(secret) = &self.authorization {
            request = request.header(header::AUTHORIZATION, secret.expose());
        }
        let answer = request
            .send(file)
            .map_err(|error| self.unreachable(&error))?;
        // What comes with a `200` is empty here, or an empty object.
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(self.trouble(answer))
        }
    }

    /// Sends bytes to an address that the server gave, which belongs to another: without our credentials.
    ///
    /// Returns the `ETag` of what was stored.
    ///
    /// # Errors
    /// Whatever came instead of an answer.
    pub(super) fn put_elsewhere(&self, url: &str, bytes: &[u8]) -> Result<String, MlflowError> {
        let answer = self.agent.put(url).send(bytes);
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        let tag = answer.headers().get(header::ETAG).cloned();
        let tag = tag.and_then(|tag| tag.to_str().ok().map(str::to_owned));
        match (answer.status().as_u16(), tag) {
            (200..=299, Some(tag)) => Ok(tag),
            _ => Err(self.trouble(answer)),
        }
    }

    /// Fetches `path` into `write`, at most `limit` bytes.
    ///
    /// # Errors
    /// Whatever came instead of the file, and what `write` says.
    pub fn download(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: u64,
        write: &mut dyn std::io::Write,
    ) -> Result<u64, MlflowError> {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some(secret) = &self.authorization {
            request = request.header(header::AUTHORIZATION, secret.expose());
        }
        let answer = request.call().map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            return Err(self.trouble(answer));
        }
        let mut reader = answer.into_body().into_with_config().limit(limit).reader();
        std::io::copy(&mut reader, write).map_err(|error| MlflowError::Unreachable {
            server: self.uri.clone(),
            reason: self.said(&error.to_string()),
        })
    }

    /// Address of the server.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.uri)
    }

    /// The object of a good answer. A `200` that holds no object is none of this server's.
    fn object(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Value, MlflowError> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            return Err(self.trouble(answer));
        }
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER);
        let bytes = body
            .read_to_vec()
            .map_err(|error| self.unreachable(&error))?;
        match serde_json::from_slice(&bytes) {
            Ok(object @ Value::Object(_)) => Ok(object),
            _ => Err(MlflowError::NotMlflow {
                server: self.uri.clone(),
                reason: self.said(&String::from_utf8_lossy(&bytes)),
            }),
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> MlflowError {
        MlflowError::Unreachable {
            server: self.uri.clone(),
            reason: self.said(&error.to_string()),
        }
    }

    /// What an answer that is not good means.
    fn trouble(&self, mut answer: Response<Body>) -> MlflowError {
        let (server, status) = (self.uri.clone(), answer.status().as_u16());
        let retry_after = retry_after(answer.headers());
        let body = answer.body_mut().with_config().limit(LONGEST_ANSWER);
        let text = body.lossy_utf8(true).read_to_string().unwrap_or_default();
        let parsed: Value = serde_json::from_str(&text).unwrap_or_default();
        let reason = self.said(parsed["message"].as_str().unwrap_or(&text));
        let code = parsed["error_code"].as_str();
        match (status, code) {
            (401 | 403, _) => MlflowError::Forbidden {
                server,
                status,
                reason,
            },
            (408 | 425 | 429 | 500 | 502..=599, _) => MlflowError::Busy {
                server,
                status,
                reason,
                retry_after,
            },
            (413, _) => MlflowError::Refused {
                server,
                status,
                code: "TOO_LARGE".to_owned(),
                reason,
            },
            (400..=599, Some(code)) => MlflowError::Refused {
                server,
                status,
                code: code.to_owned(),
                reason,
            },
            (404 | 405 | 501, None) => MlflowError::Refused {
                server,
                status,
                code: "NOT_OFFERED".to_owned(),
                reason,
            },
            _ => MlflowError::NotMlflow {
                server,
                reason: format!("status {status}, {reason}"),
            },
        }
    }

    /// A text of the server for people: short, in one line, without secrets.
    fn said(&self, text: &str) -> String {
        let text = self.secrets.redact(text);
        let line: Vec<&str> = text.split_whitespace().collect();
        let line = line.join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// How we say who we are; user and password win over a token, as in the clients of `MLflow`.
fn authorization(server: &Server) -> Option<crate::Secret> {
    let user = server.secret(SecretName::MlflowTrackingUsername);
    let password = server.secret(SecretName::MlflowTrackingPassword);
    if let (Some(user), Some(password)) = (user, password) {
        let pair = format!("{}:{}", user.expose(), password.expose());
        let pair = base64::engine::general_purpose::STANDARD.encode(pair);
        return Some(crate::Secret::new(format!("Basic {pair}")));
    }
    let token = server.secret(SecretName::MlflowTrackingToken)?;
    Some(crate::Secret::new(format!("Bearer {}", token.expose())))
}

/// Seconds that the server wants to be left alone; dates are not read, which only means an ordinary wait.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
