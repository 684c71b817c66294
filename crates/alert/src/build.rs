//! From sections, secrets and environment to channels.

use std::{collections::BTreeSet, fmt, path::Path, sync::Arc, time::Duration};

use diktor_track::{Secret, SecretName, Secrets};
use serde::Serialize;

use crate::{
    AlertConfig, Channel, ChannelName, ConfigError, Email, Log, Mailbox, Slack, Telegram,
    TelegramApi, TelegramSection,
};

/// Environment variable of the chat; it wins over the configuration, as the token does.
const CHAT_VARIABLE: &str = "TELEGRAM_CHAT_ID";
/// File of the run that the log channel writes.
const LOG_FILE: &str = "alerts.log";
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Telegram takes a message a second per chat, and twenty a minute per group.
const CHAT_INTERVAL: Duration = Duration::from_secs(1);
const GROUP_INTERVAL: Duration = Duration::from_secs(3);
/// How values begin that stand in the examples of configurations in place of a secret.
const PLACEHOLDERS: [&str; 2] = ["YOUR_", "YOUR-"];

/// The channels that a configuration comes to.
pub struct Built {
    /// All of them.
    pub channels: Vec<Box<dyn Channel>>,
    /// The bot that listens, and its chat.
    pub listener: Option<(Arc<TelegramApi>, String)>,
    /// Why channels that could have been meant are not there.
    pub absent: Vec<(ChannelName, Absence)>,
}

/// Why a channel is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// It is not to be used.
    SwitchedOff,
    /// It lacks this.
    Lacks(&'static str),
    /// This still has the value of an example.
    Placeholder(&'static str),
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SwitchedOff => f.write_str("it is switched off"),
            Self::Lacks(what) => write!(f, "{what} is not known"),
            Self::Placeholder(what) => {
                write!(f, "`{what}` still has the value of the example, `YOUR_...`")
            }
        }
    }
}

/// Makes the channels. A token of the configuration becomes one of `secrets`, unless the environment has one.
///
/// # Errors
/// What is wrong with a section; a channel that was named and lacks something.
pub fn build(
    config: &AlertConfig,
    secrets: &mut Secrets,
    lookup: impl Fn(&str) -> Option<String>,
    run_dir: &Path,
) -> Result<Built, ConfigError> {
    adopt_token(&config.telegram, secrets);
    let mut built = Built {
        channels: Vec::new(),
        listener: None,
        absent: Vec::new(),
    };
    let named: BTreeSet<ChannelName> = config.alerts.channels.iter().copied().collect();
    for name in ChannelName::ALL {
        if !named.is_empty() && !named.contains(&name) {
            continue;
        }
        let found = match name {
            ChannelName::Telegram => telegram(config, secrets, &lookup, &mut built.listener)?,
            ChannelName::Slack => slack(config, secrets),
            ChannelName::Email => email(config, secrets)?,
            ChannelName::Log => Ok(Box::new(Log::new(run_dir.join(LOG_FILE))) as Box<dyn Channel>),
        };
        match found {
            Ok(channel) => built.channels.push(channel),
            Err(Missing { why, hint }) if named.contains(&name) => {
                let channel = name.name();
                return Err(ConfigError::Incomplete { channel, why, hint });
            }
            Err(Missing { why, .. }) => built.absent.push((name, why)),
        }
    }
    Ok(built)
}

/// A channel that is not there, and what would bring it back.
struct Missing {
    why: Absence,
    hint: &'static str,
}

type Found = Result<Box<dyn Channel>, Missing>;

const SWITCHED_OFF: Missing = Missing {
    why: Absence::SwitchedOff,
    hint: "`enabled: true` in its section, and `telegram_monitoring=true` for Telegram",
};

fn lacks(what: &'static str, hint: &'static str) -> Found {
    Err(Missing {
        why: Absence::Lacks(what),
        hint,
    })
}

fn is_placeholder(value: &str) -> bool {
    let value = value.trim_start_matches(['<', '$', '{']).to_uppercase();
    PLACEHOLDERS.iter().any(|start| value.starts_with(start))
}

/// The channel is there as soon as the example's value is replaced.
fn placeholder(what: &'static str, hint: &'static str) -> Found {
    let why = Absence::Placeholder(what);
    Err(Missing { why, hint })
}

fn adopt_token(section: &TelegramSection, secrets: &mut Secrets) {
    let token = section.bot_token.as_deref().map(str::trim);
    let token = token.filter(|token| !token.is_empty() && !is_placeholder(token));
    let Some(token) = token else { return };
    tracing::warn!(
        "`telegram.bot_token` stands in a file; hint: the environment variable `TELEGRAM_BOT_TOKEN` is the better place"
    );
    if secrets.get(SecretName::TelegramBotToken).is_none() {
        secrets.set(SecretName::TelegramBotToken, Secret::new(token.to_owned()));
    }
}

fn telegram(
    config: &AlertConfig,
    secrets: &Secrets,
    lookup: &impl Fn(&str) -> Option<String>,
    listener: &mut Option<(Arc<TelegramApi>, String)>,
) -> Result<Found, ConfigError> {
    let section = &config.telegram;
    if !section.enabled {
        return Ok(Err(SWITCHED_OFF));
    }
    if !["https://", "http://"]
        .iter()
        .any(|scheme| section.api_url.starts_with(scheme))
    {
        return Err(ConfigError::ApiUrl(section.api_url.clone()));
    }
    let Some(token) = secrets.get(SecretName::TelegramBotToken) else {
        let hint = "set `TELEGRAM_BOT_TOKEN`";
        let written = section.bot_token.as_deref().map(str::trim);
        return Ok(match written.is_some_and(is_placeholder) {
            true => placeholder("telegram.bot_token", hint),
            false => lacks("the token of the bot", hint),
        });
    };
    let chat = lookup(CHAT_VARIABLE).or_else(|| Some(section.chat_id.as_ref()?.to_string()));
    let chat = chat.map(|chat| chat.trim().to_owned());
    let hint = "set `TELEGRAM_CHAT_ID` or `telegram.chat_id`";
    let chat = match chat.filter(|chat| !chat.is_empty()) {
        Some(chat) if is_placeholder(&chat) => return Ok(placeholder("telegram.chat_id", hint)),
        Some(chat) => chat,
        None => return Ok(lacks("the chat to write to", hint)),
    };
    let interval = match chat.starts_with(['-', '@']) {
        true => GROUP_INTERVAL,
        false => CHAT_INTERVAL,
    };
    let times = [interval, TIMEOUT];
    let api = TelegramApi::new(&section.api_url, token.clone(), secrets.clone(), times);
    let api = Arc::new(api);
    if section.commands {
        *listener = Some((Arc::clone(&api), chat.clone()));
    }
    Ok(Ok(Box::new(Telegram::new(api, chat))))
}

fn slack(config: &AlertConfig, secrets: &Secrets) -> Found {
    if !config.slack.enabled {
        return Err(SWITCHED_OFF);
    }
    let Some(webhook) = secrets.get(SecretName::SlackWebhookUrl) else {
        return lacks("the address of the webhook", "set `SLACK_WEBHOOK_URL`");
    };
    Ok(Box::new(Slack::new(
        webhook.clone(),
        secrets.clone(),
        TIMEOUT,
    )))
}

fn email(config: &AlertConfig, secrets: &Secrets) -> Result<Found, ConfigError> {
    let section = &config.email;
    if !section.enabled {
        return Ok(Err(SWITCHED_OFF));
    }
    let Some(url) = secrets.get(SecretName::SmtpUrl) else {
        return Ok(lacks("the server that takes the mail", "set `SMTP_URL`"));
    };
    if section.to.is_empty() {
        return Ok(lacks("who is to get the mail", "set `email.to`"));
    }
    let to = mailboxes("to", &section.to)?;
    let from = mailboxes("from", section.from.as_slice())?;
    let ca_file = section.ca_file.as_deref();
    let email = Email::new(url, [from, to], ca_file, secrets.clone(), TIMEOUT)?;
    Ok(Ok(Box::new(email)))
}

fn mailboxes(field: &'static str, texts: &[String]) -> Result<Vec<Mailbox>, ConfigError> {
    let read = |text: &String| {
        text.parse::<Mailbox>()
            .map_err(|error| ConfigError::Address {
                field,
                value: text.clone(),
                reason: error.to_string(),
            })
    };
    texts.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Chat;

    fn built(
        config: AlertConfig,
        environment: &[(&str, &str)],
    ) -> Result<Vec<&'static str>, String> {
        let lookup = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut secrets = Secrets::from_lookup(lookup).unwrap();
        let built = build(&config, &mut secrets, lookup, Path::new("run"));
        built
            .map(|built| built.channels.iter().map(|one| one.name().name()).collect())
            .map_err(|error| error.to_string())
    }

    fn config(json: &str) -> AlertConfig {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_known_decides_which_channels_there_are() {
        assert_eq!(built(AlertConfig::default(), &[]).unwrap(), ["log"]);
        let all = [
            ("TELEGRAM_BOT_TOKEN", "1:a"),
            ("TELEGRAM_CHAT_ID", "5"),
            ("SLACK_WEBHOOK_URL", "http://127.0.0.1:9/x"),
            ("SMTP_URL", "smtp://127.0.0.1:9"),
        ];
        let mail = r#"{"email": {"to": ["Owner <owner@example.org>"]}}"#;
        let expected = ["telegram", "slack", "email", "log"];
        assert_eq!(built(config(mail), &all).unwrap(), expected);
        let fewer = config(r#"{"alerts": {"channels": ["slack"]}}"#);
        assert_eq!(built(fewer, &all).unwrap(), ["slack"]);
        let off = config(r#"{"telegram": {"enabled": false}, "slack": {"enabled": false}}"#);
        assert_eq!(built(off, &all).unwrap(), ["log"]);
    }

    #[test]
    fn a_token_of_the_file_works_and_an_example_is_none() {
        let with = |token: &str| {
            let text = format!(r#"{{"telegram": {{"bot_token": "{token}", "chat_id": -100}}}}"#);
            built(config(&text), &[]).unwrap()
        };
        assert_eq!(with("1:a"), ["telegram", "log"]);
        for example in ["YOUR_BOT_TOKEN", "<your_token>", "your-token", " "] {
            assert_eq!(with(example), ["log"], "{example}");
        }
    }

    #[test]
    fn a_value_of_the_example_is_named() {
        let absent = |text: &str| {
            let mut secrets = Secrets::default();
            let built = build(&config(text), &mut secrets, |_| None, Path::new("run")).unwrap();
            let found = built.absent.into_iter().next().unwrap();
            (found.0, found.1)
        };
        let text = r#"{"telegram": {"bot_token": "YOUR_BOT_TOKEN", "chat_id": "YOUR_CHAT_ID"}}"#;
        let (channel, why) = absent(text);
        assert_eq!(channel, ChannelName::Telegram);
        assert_eq!(why, Absence::Placeholder("telegram.bot_token"));
        let text = r#"{"telegram": {"bot_token": "1:a", "chat_id": "YOUR_CHAT_ID"}}"#;
        assert_eq!(absent(text).1, Absence::Placeholder("telegram.chat_id"));
        assert!(why.to_string().contains("YOUR_"), "{why}");
        assert_eq!(absent("{}").1, Absence::Lacks("the token of the bot"));
    }

    #[test]
    fn a_channel_that_was_named_and_lacks_something_is_an_error() {
        let error = built(config(r#"{"alerts": {"channels": ["telegram"]}}"#), &[]).unwrap_err();
        assert!(
            error.contains("`telegram`") && error.contains("TELEGRAM_BOT_TOKEN"),
            "{error}"
        );
        let url = [("SMTP_URL", "smtp://u:canary@mail")];
        let error = built(config(r#"{"email": {"to": ["nobody"]}}"#), &url).unwrap_err();
        assert!(error.contains("`email.to` = `nobody`"), "{error}");
        let url = [("SMTP_URL", "ftp://u:canary@mail")];
        let error = built(config(r#"{"email": {"to": ["a@b.c"]}}"#), &url).unwrap_err();
        assert!(
            error.contains("SMTP_URL") && !error.contains("canary"),
            "{error}"
        );
        let error = built(config(r#"{"telegram": {"api_url": "localhost"}}"#), &[]).unwrap_err();
        assert!(
            error.contains("`telegram.api_url` = `localhost`"),
            "{error}"
        );
    }

    #[test]
    fn the_token_is_neither_shown_nor_written_again() {
        let config = config(r#"{"telegram": {"bot_token": "1:canary", "chat_id": 5}}"#);
        let written = serde_json::to_string(&config).unwrap();
        assert!(!format!("{config:?}{written}").contains("canary"));
        let again: AlertConfig = serde_json::from_str(&written).unwrap();
        assert_eq!(again.telegram.chat_id, Some(Chat::Number(5)));
    }
}
