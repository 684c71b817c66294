//! Requests to the services that speak HTTP, and what their answers mean.

use std::time::Duration;

use diktor_track::Secrets;
use ureq::{Agent, Body, http::Response};

use crate::ChannelError;

/// No service has more to say than this.
const MAX_ANSWER_BYTES: u64 = 1 << 20;
/// How long the wait for a connection may be, at most.
const CONNECT: Duration = Duration::from_secs(5);
/// When a service asks to wait and does not say for how long.
const WAIT: Duration = Duration::from_secs(30);
/// A service that asks for more is asked again after this.
const MAX_WAIT: Duration = Duration::from_secs(3600);

/// An agent whose requests take at most `timeout`, follow no redirect, and leave every status to us.
pub(super) fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(timeout.min(CONNECT)))
        .timeout_global(Some(timeout))
        .build()
        .new_agent()
}

/// What a service said.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Seconds of `Retry-After`.
    retry_after: Option<Duration>,
    pub(super) text: String,
}

impl Answer {
    /// Reads an answer; an error of transport has no secret in its text.
    pub(super) fn read(
        result: Result<Response<Body>, ureq::Error>,
        secrets: &Secrets,
    ) -> Result<Self, ChannelError> {
        let unreachable =
            |error: ureq::Error| ChannelError::Unreachable(secrets.redact(&error.to_string()));
        let mut response = result.map_err(unreachable)?;
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES);
        let text = body
            .lossy_utf8(true)
            .read_to_string()
            .map_err(unreachable)?;
        Ok(Self {
            status: response.status().as_u16(),
            retry_after,
            text: secrets.redact(&text),
        })
    }

    /// The error for a service that asks to wait.
    pub(super) fn limited(&self, said: Option<Duration>) -> ChannelError {
        let retry_after = said.or(self.retry_after).unwrap_or(WAIT);
        ChannelError::Limited {
            retry_after: retry_after.min(MAX_WAIT),
        }
    }
}
