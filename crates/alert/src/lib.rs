//! Events become messages to people: Telegram, Slack, e-mail, a log.
//!
//! [`Alerts`] is one more sink of a run. Its rules turn events into [`Message`]s; each [`Channel`] has a courier on a
//! thread of its own that delivers them, waits where the service asks for it, and keeps what could not be
//! delivered:
//!
//! ```text
//! Event ─► rules ─► Message ─► filter ─► courier ─► Channel (telegram, slack, email, log)
//! ```
//!
//! Decisions:
//! - Nothing here can slow or stop a run: the rules only note figures, and all waiting is done by the couriers. The one
//!   exception is what a person asks for by `/stop`, which goes through the [`Operator`] that the program hands in.
//! - A message says figures that are in the record of the run, and actions that were really taken.
//! - A channel that fails is told of once and then tried ever more rarely; when it lives again, one digest says what
//!   was missed.
//! - A secret is never part of a message, an error or a `Debug` form.

mod build;
mod channel;
mod commands;
mod config;
mod courier;
mod deliver;
mod digest;
mod error;
mod filter;
mod locale;
mod message;
mod quiet;
mod rules;
mod sample;
mod sink;

pub use self::{
    build::{Absence, Built, build},
    channel::{Channel, ChannelName, Email, Log, Mailbox, Pacer, Slack, Telegram, TelegramApi},
    commands::Operator,
    config::{AlertConfig, AlertsSection, Chat, EmailSection, SlackSection, TelegramSection},
    courier::Patience,
    deliver::{Delivery, deliver},
    error::{ChannelError, ConfigError},
    message::{Attachment, Kind, Media, Message, Severity},
    quiet::QuietHours,
    sample::samples,
    sink::{Alerts, AlertsSpec, TakenUp, recovery_message},
};
