//! Telegram's Bot API: one method per request, a JSON object per answer.

use std::time::Duration;

use diktor_track::{Secret, Secrets};
use serde_json::Value;

use super::super::{
    Pacer,
    http::{Answer, agent},
    multipart::Form,
};
use crate::ChannelError;

/// A picture travels longer than a text.
const UPLOAD_FACTOR: u32 = 3;

/// A bot.
#[derive(Debug)]
pub struct TelegramApi {
    agent: ureq::Agent,
    timeout: Duration,
    /// Address of the server, without a slash at its end.
    base: String,
    token: Secret,
    secrets: Secrets,
    pacer: Pacer,
}

impl TelegramApi {
    /// A bot of the server at `base`; requests that send something are `interval` apart and take at most `timeout`.
    pub fn new(
        base: &str,
        token: Secret,
        secrets: Secrets,
        [interval, timeout]: [Duration; 2],
    ) -> Self {
        Self {
            agent: agent(timeout),
            timeout,
            base: base.trim_end_matches('/').to_owned(),
            token,
            secrets,
            pacer: Pacer::new(interval),
        }
    }

    /// Calls a method that sends something.
    ///
    /// # Errors
    /// By cause.
    pub(crate) fn call(&self, method: &str, body: &Value) -> Result<Value, ChannelError> {
        self.pacer.wait();
        let result = self.agent.post(self.url(method)).send_json(body);
        self.answer(result)
    }

    /// Calls a method with files.
    ///
    /// # Errors
    /// By cause.
    pub(super) fn upload(&self, method: &str, form: Form) -> Result<Value, ChannelError> {
        self.pacer.wait();
        let (kind, bytes) = form.into_body();
        let result = self
            .agent
            .post(self.url(method))
            .config()
            .timeout_global(Some(self.timeout * UPLOAD_FACTOR))
            .build()
            .content_type(kind)
            .send(&bytes);
        self.answer(result)
    }

    /// What was written to the bot since `offset`, waiting up to `wait` for something.
    ///
    /// # Errors
    /// By cause.
    pub(crate) fn updates(&self, offset: i64, wait: Duration) -> Result<Vec<Value>, ChannelError> {
        let body = serde_json::json!({
            "offset": offset,
            "timeout": wait.as_secs(),
            "allowed_updates": ["message"],
        });
        let result = self
            .agent
            .post(self.url("getUpdates"))
            .config()
            .timeout_global(Some(self.timeout + wait))
            .build()
            .send_json(body);
        match self.answer(result)? {
            Value::Array(updates) => Ok(updates),
            _ => Ok(Vec::new()),
        }
    }

    fn url(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.base, self.token.expose())
    }

    /// The result of a call, or why there is none.
    fn answer(
        &self,
        result: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Value, ChannelError> {
        let answer = Answer::read(result, &self.secrets)?;
        let mut said: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        if answer.status == 200 && said["ok"] == true {
            return Ok(said["result"].take());
        }
        let words = said["description"]
            .as_str()
            .unwrap_or("no answer of a Bot API");
        let what = format!("status {}: {words}", answer.status);
        let retry_after = said["parameters"]["retry_after"].as_u64();
        Err(match answer.status {
            429 => answer.limited(retry_after.map(Duration::from_secs)),
            401 | 404 => ChannelError::Forbidden {
                what,
                hint: "is `TELEGRAM_BOT_TOKEN` the token that BotFather gave, and `telegram.api_url` right?",
            },
            403 => ChannelError::Forbidden {
                what,
                hint: "write to the bot first, or add it to the group: a bot may not begin",
            },
            400 if words.contains("chat not found") => ChannelError::Forbidden {
                what,
                hint: "is `TELEGRAM_CHAT_ID` or `telegram.chat_id` the number of the chat?",
            },
            400..500 => ChannelError::Refused(what),
            _ => ChannelError::Unreachable(what),
        })
    }
}
