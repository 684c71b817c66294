//! The sections of a configuration that say whom to tell.

use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{ChannelName, Severity};

/// The four sections.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertConfig {
    /// A chat of Telegram.
    pub telegram: TelegramSection,
    /// A channel of Slack.
    pub slack: SlackSection,
    /// Mail.
    pub email: EmailSection,
    /// What is told, and when.
    pub alerts: AlertsSection,
}

/// A chat of Telegram.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelegramSection {
    /// Whether it is used when token and chat are known.
    pub enabled: bool,
    /// The token of the bot; the environment is the better place. Never written again.
    #[serde(skip_serializing)]
    pub bot_token: Option<String>,
    /// The chat that is written to, and the only one that is listened to.
    pub chat_id: Option<Chat>,
    /// Address of the Bot API, for a server of one's own.
    pub api_url: String,
    /// Whether `/status`, `/plot`, `/why` and `/stop` are answered.
    pub commands: bool,
    /// Steps between two reports, in place of `telegram_notification_interval`.
    pub notification_interval: Option<u64>,
}

impl Default for TelegramSection {
    fn default() -> Self {
        Self {
            enabled: true,
            bot_token: None,
            chat_id: None,
            api_url: "https://api.telegram.org".to_owned(),
            commands: true,
            notification_interval: None,
        }
    }
}

/// Without the token.
impl fmt::Debug for TelegramSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TelegramSection")
            .field("enabled", &self.enabled)
            .field(
                "bot_token",
                &self.bot_token.as_ref().map(|_| diktor_track::HIDDEN),
            )
            .field("chat_id", &self.chat_id)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

/// A chat: its number, or its public name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Chat {
    /// Its number.
    Number(i64),
    /// Its public name, `@name`, or its number as text.
    Name(String),
}

impl fmt::Display for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => write!(f, "{name}"),
        }
    }
}

/// A channel of Slack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlackSection {
    /// Whether it is used when `SLACK_WEBHOOK_URL` is known.
    pub enabled: bool,
}

impl Default for SlackSection {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// Mail.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailSection {
    /// Whether it is used when `SMTP_URL` and somebody to write to are known.
    pub enabled: bool,
    /// Who is written to.
    pub to: Vec<String>,
    /// Who writes; the first of `to` by default.
    pub from: Option<String>,
    /// Certificate of the authority that the mail server is to be trusted for, in PEM.
    pub ca_file: Option<PathBuf>,
}

impl Default for EmailSection {
    fn default() -> Self {
        Self {
            enabled: true,
            to: Vec::new(),
            from: None,
            ca_file: None,
        }
    }
}

/// What is told, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertsSection {
    /// The channels that are used; all that are configured, and the log, if this is empty.
    pub channels: Vec<ChannelName>,
    /// The least a message must matter.
    pub min_severity: Severity,
    /// Hours in which only what is critical is told: `23:00-07:00 +03:00`.
    pub quiet_hours: Option<String>,
    /// Minutes in which the same message is told once.
    pub repeat_minutes: f64,
    /// Seconds between two messages about what the run changed by itself; what comes between is told together.
    pub group_seconds: f64,
}

impl Default for AlertsSection {
    fn default() -> Self {
        Self {
            channels: Vec::new(),
            min_severity: Severity::Note,
            quiet_hours: None,
            repeat_minutes: 60.0,
            group_seconds: 30.0,
        }
    }
}
