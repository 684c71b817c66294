//! What a person may ask the bot: `/status`, `/plot`, `/why`, `/stop`.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use diktor_track::report::{Severity as Badness, diagnose};
use serde_json::Value;

use crate::{
    Channel as _, ChannelError, Kind, Message, Severity, Telegram, TelegramApi, rules::Watch,
};

/// How long one request waits for a question.
const POLL: Duration = Duration::from_secs(25);
/// Waits between requests that fail.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const MOST_WAIT: Duration = Duration::from_secs(60);

/// What a person may do to the run from outside.
pub trait Operator: Send + Sync {
    /// Saves everything and stops, as Ctrl-C does.
    fn stop(&self);
}

/// Listens to one chat.
pub(crate) struct Listener {
    pub(crate) api: Arc<TelegramApi>,
    pub(crate) chat: String,
    pub(crate) watch: Arc<Mutex<Watch>>,
    pub(crate) operator: Arc<dyn Operator>,
    /// False when the run has ended.
    pub(crate) running: Arc<AtomicBool>,
}

/// A question to the bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    Status,
    Plot,
    Why,
    Stop,
    Help,
}

impl Command {
    /// The command of a message: `/status`, `/status@SomeBot`, with or without more words.
    fn read(text: &str) -> Option<Self> {
        let word = text.split_whitespace().next()?.strip_prefix('/')?;
        let name = word.split('@').next().unwrap_or_default();
        Some(match &*name.to_lowercase() {
            "status" => Self::Status,
            "plot" => Self::Plot,
            "why" => Self::Why,
            "stop" => Self::Stop,
            _ => Self::Help,
        })
    }
}

/// One message to the bot.
struct Update {
    id: i64,
    chats: [String; 2],
    text: String,
}

impl Update {
    fn read(update: &Value) -> Option<Self> {
        let id = update["update_id"].as_i64()?;
        let message = &update["message"];
        let chat = &message["chat"];
        let number = chat["id"].as_i64().map(|id| id.to_string());
        let name = chat["username"].as_str().map(|name| format!("@{name}"));
        Some(Self {
            id,
            chats: [number.unwrap_or_default(), name.unwrap_or_default()],
            text: message["text"].as_str().unwrap_or_default().to_owned(),
        })
    }
}

impl Listener {
    /// Starts the thread; it ends by itself when the run has ended.
    pub(crate) fn start(self) {
        let started = thread::Builder::new()
            .name("alerts commands".to_owned())
            .spawn(move || self.listen());
        if let Err(error) = started {
            tracing::warn!(%error, "no thread for the bot, commands are not answered");
        }
    }

    fn listen(self) {
        let (mut offset, mut wait, mut ignored) = (None, FIRST_WAIT, 0);
        while self.running.load(Ordering::Acquire) {
            match self.poll(&mut offset, &mut ignored) {
                Ok(()) => wait = FIRST_WAIT,
                Err(error) => {
                    if wait == FIRST_WAIT {
                        tracing::debug!(%error, "the bot cannot ask for commands");
                    }
                    let asked = match error {
                        ChannelError::Limited { retry_after } => retry_after,
                        _ => wait,
                    };
                    self.pause(asked);
                    wait = (wait * 2).min(MOST_WAIT);
                }
            }
        }
    }

    /// Waits, unless the run ends.
    fn pause(&self, mut left: Duration) {
        const GLANCE: Duration = Duration::from_millis(200);
        while !left.is_zero() && self.running.load(Ordering::Acquire) {
            thread::sleep(left.min(GLANCE));
            left = left.saturating_sub(GLANCE);
        }
    }

    /// Asks once. What was written before the first answer is skipped: an old `/stop` was meant for another run.
    fn poll(&self, offset: &mut Option<i64>, ignored: &mut u64) -> Result<(), ChannelError> {
        let Some(next) = *offset else {
            let newest = self.api.updates(-1, Duration::ZERO)?;
            let newest = newest
                .iter()
                .filter_map(Update::read)
                .map(|update| update.id)
                .max();
            *offset = Some(newest.map_or(0, |id| id + 1));
            return Ok(());
        };
        for update in self
            .api
            .updates(next, POLL)?
            .iter()
            .filter_map(Update::read)
        {
            *offset = Some(update.id + 1);
            // In this order: a run that has ended must not answer for the next one.
            if !self.running.load(Ordering::Acquire) {
                return Ok(());
            }
            if !update.chats.contains(&self.chat) {
                *ignored += 1;
                continue;
            }
            if let Some(command) = Command::read(&update.text) {
                self.answer(command, *ignored);
            }
        }
        Ok(())
    }

    fn answer(&self, command: Command, ignored: u64) {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let message = self.message(command, ignored, now.as_secs_f64());
        let mut telegram = Telegram::new(Arc::clone(&self.api), self.chat.clone());
        if let Err(error) = telegram.send(&message) {
            tracing::debug!(%error, "an answer of the bot was not taken");
        }
    }

    fn message(&self, command: Command, ignored: u64, time_s: f64) -> Message {
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        let texts = watch.texts();
        match command {
            Command::Stop => {
                // First the deed: it must not wait for anything.
                self.operator.stop();
                plain(texts.stopping.to_owned(), String::new(), time_s)
            }
            Command::Why => {
                let rules = watch.rules().clone();
                // Reading the record of a long run takes a while, and the run must not wait for the lock.
                drop(watch);
                why(&rules, time_s)
            }
            Command::Help => plain(texts.help.to_owned(), String::new(), time_s),
            Command::Status | Command::Plot if !watch.has_figures() => {
                plain(texts.nothing_yet.to_owned(), String::new(), time_s)
            }
            Command::Status | Command::Plot => {
                let mut message = watch.report_now(time_s);
                if command == Command::Plot {
                    message.body.clear();
                } else {
                    message.attachments.clear();
                }
                if ignored > 0 {
                    message
                        .body
                        .push_str(&format!("\n{}", (texts.ignored)(ignored)));
                }
                message
            }
        }
    }
}

fn plain(title: String, body: String, time_s: f64) -> Message {
    Message {
        kind: Kind::Progress,
        severity: Severity::Note,
        time_s,
        title,
        body,
        attachments: Vec::new(),
        key: None,
    }
}

/// What `diktor why` says.
fn why(rules: &crate::rules::Rules, time_s: f64) -> Message {
    let texts = crate::locale::Texts::of(rules.locale);
    let diagnosis = match diagnose(&rules.run_dir, rules.locale) {
        Ok(diagnosis) => diagnosis,
        Err(error) => {
            tracing::debug!(%error, "the record of the run cannot be read");
            return plain(texts.unreadable.to_owned(), String::new(), time_s);
        }
    };
    let mut body = format!("{}\n{}\n", diagnosis.headline, diagnosis.how_far.join("\n"));
    for finding in &diagnosis.findings {
        let sign = match finding.severity {
            Badness::Critical => "🚨",
            Badness::Warning => "⚠️",
            Badness::Note => "ℹ️",
        };
        body.push_str(&format!("\n{sign} {}\n", finding.title));
        for line in &finding.evidence {
            body.push_str(&format!("  • {line}\n"));
        }
        body.push_str(&format!("👉 {}\n", finding.action));
    }
    let title = format!(
        "🔎 {} ({} {})",
        diagnosis.run,
        texts.step.to_lowercase(),
        diagnosis.step
    );
    plain(title, body.trim().to_owned(), time_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_the_first_word() {
        let check = |text, expected| assert_eq!(Command::read(text), expected, "{text}");
        check("/status", Some(Command::Status));
        check("/Stop@diktor_bot now", Some(Command::Stop));
        check("/why\n", Some(Command::Why));
        check("/", Some(Command::Help));
        check("/start", Some(Command::Help));
        check("please /stop", None);
        check("", None);
    }

    proptest::proptest! {
        #[test]
        fn no_update_stops_the_listener(text in ".{0,40}", id in proptest::num::i64::ANY) {
            let update = serde_json::json!({
                "update_id": id,
                "message": { "chat": { "id": id, "username": text }, "text": text },
            });
            Command::read(&Update::read(&update).unwrap().text);
            Update::read(&serde_json::json!([text]));
        }
    }
}
