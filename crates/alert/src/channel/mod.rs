//! The ways to people: one file per member, and [`ChannelName`] is the list of them.

mod email;
mod http;
mod log;
mod multipart;
mod pacer;
mod slack;
mod telegram;
mod text;

use serde::{Deserialize, Serialize};

pub use self::{
    email::{Email, Mailbox},
    log::Log,
    pacer::Pacer,
    slack::Slack,
    telegram::{Telegram, TelegramApi},
};
use crate::{ChannelError, Message};

/// One way to people. Throttling, retries and what could not be delivered are its courier's business.
pub trait Channel: Send {
    /// Which of the closed list it is.
    fn name(&self) -> ChannelName;

    /// Delivers one message; cuts it to what the service takes.
    ///
    /// # Errors
    /// By cause, so that the courier knows whether to try again.
    fn send(&mut self, message: &Message) -> Result<(), ChannelError>;
}

/// The channels, closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelName {
    /// A chat of Telegram.
    Telegram,
    /// A channel of Slack.
    Slack,
    /// Mail.
    Email,
    /// A file of the run.
    Log,
}

impl ChannelName {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Telegram, Self::Slack, Self::Email, Self::Log];

    /// Its name in configurations and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Telegram => "telegram",
            Self::Slack => "slack",
            Self::Email => "email",
            Self::Log => "log",
        }
    }
}
