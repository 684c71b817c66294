//! What can go wrong here, by cause. No text holds a secret: whoever makes one passes it through `Secrets::redact`.

use std::{io, path::PathBuf, time::Duration};

use crate::Absence;

/// Why a channel did not take a message.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The service asks to wait.
    #[error("asks to wait for {} s", .retry_after.as_secs())]
    Limited {
        /// For so long.
        retry_after: Duration,
    },
    /// The service cannot be reached, or is broken for now.
    #[error("{0}")]
    Unreachable(String),
    /// The service does not know us: key, chat or address are wrong.
    #[error("{what}\nhint: {hint}")]
    Forbidden {
        /// What it said.
        what: String,
        /// What to look at.
        hint: &'static str,
    },
    /// The service does not want this message and never will.
    #[error("{0}")]
    Refused(String),
    /// The file of the log cannot be written.
    #[error("`{path}`: cannot be written: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What is wrong with the configuration of the channels.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Quiet hours cannot be read.
    #[error(
        "`alerts.quiet_hours` = `{0}`: expected two times of the day and maybe the distance from UTC\nhint: \"23:00-07:00\" or \"23:00-07:00 +03:00\""
    )]
    QuietHours(String),
    /// An address of mail cannot be read.
    #[error("`email.{field}` = `{value}`: no address of mail: {reason}")]
    Address {
        /// The key of the section.
        field: &'static str,
        /// What it says.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// `SMTP_URL` is not understood; its text is a secret.
    #[error(
        "`SMTP_URL` is not understood: {0}\nhint: smtps://user:password@host:465 or smtp://user:password@host:587?tls=required"
    )]
    SmtpUrl(String),
    /// The certificate of the mail server's authority cannot be read.
    #[error("`email.ca_file` = `{path}`: {reason}")]
    Authority {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A channel was asked for and cannot be.
    #[error(
        "`alerts.channels` names `{channel}`, and {why}
hint: {hint}"
    )]
    Incomplete {
        /// The channel.
        channel: &'static str,
        /// Why it cannot be.
        why: Absence,
        /// Where to say it.
        hint: &'static str,
    },
    /// The address of Telegram's interface is none.
    #[error(
        "`telegram.api_url` = `{0}`: expected an address that begins with `https://` or `http://`"
    )]
    ApiUrl(String),
}
