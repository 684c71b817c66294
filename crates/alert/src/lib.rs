//! Events become messages to people: Telegram, Slack, e-mail, a log.
