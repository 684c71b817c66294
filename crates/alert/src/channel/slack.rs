//! Slack by an incoming webhook: text only, since a webhook takes no files.

use std::time::Duration;

use diktor_track::{Secret, Secrets};

use super::{
    Channel, ChannelName, Pacer,
    http::{Answer, agent},
    text::{Count, escaped},
};
use crate::{ChannelError, Message};

/// Longer texts are cut by Slack.
const MAX_TEXT: usize = 4000;
const MAX_TITLE: usize = 300;
/// A webhook takes about one message a second.
const INTERVAL: Duration = Duration::from_secs(1);

/// Messages to the channel behind a webhook.
#[derive(Debug)]
pub struct Slack {
    webhook: Secret,
    secrets: Secrets,
    agent: ureq::Agent,
    pacer: Pacer,
}

impl Slack {
    /// Speaks to the webhook; a request takes at most `timeout`.
    pub fn new(webhook: Secret, secrets: Secrets, timeout: Duration) -> Self {
        Self {
            webhook,
            secrets,
            agent: agent(timeout),
            pacer: Pacer::new(INTERVAL),
        }
    }
}

impl Channel for Slack {
    fn name(&self) -> ChannelName {
        ChannelName::Slack
    }

    fn send(&mut self, message: &Message) -> Result<(), ChannelError> {
        self.pacer.wait();
        let request = self.agent.post(self.webhook.expose());
        let result = request.send_json(serde_json::json!({ "text": text(message) }));
        let answer = Answer::read(result, &self.secrets)?;
        let said = || format!("status {}: {}", answer.status, answer.text.trim());
        match answer.status {
            200 => Ok(()),
            429 => Err(answer.limited(None)),
            500.. => Err(ChannelError::Unreachable(said())),
            401 | 403 | 404 | 410 => Err(ChannelError::Forbidden {
                what: said(),
                hint: "is `SLACK_WEBHOOK_URL` the address of an incoming webhook that still exists?",
            }),
            _ => Err(ChannelError::Refused(said())),
        }
    }
}

/// The message in Slack's markup.
fn text(message: &Message) -> String {
    // An asterisk would end the bold title.
    let title = message.title.replace('*', "∗");
    let title = escaped(&title, MAX_TITLE, Count::Characters);
    let head = format!("*{title}*\n");
    let room = MAX_TEXT - head.chars().count();
    head + &escaped(&message.body, room, Count::Characters)
}
