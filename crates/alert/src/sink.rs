//! The sink of a run that tells people.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use diktor_track::{Event, EventKind, Sink, SinkError, report::ReportLocale};

use crate::{
    AlertsSection, Channel, ConfigError, Kind, Message, Operator, Severity, TelegramApi,
    commands::Listener,
    courier::{Courier, Patience},
    filter::{Filter, Policy},
    locale::Texts,
    rules::{Rules, Watch},
};

/// How long the end of a run waits for the last messages: less than a tracker waits for its sinks.
const LAST_WORDS: Duration = Duration::from_secs(8);
/// What of that the couriers have; the rest is for saying what was left.
const DELIVERY: Duration = Duration::from_millis(7500);

/// What messages a run sends, and where.
pub struct AlertsSpec {
    /// The run directory.
    pub run_dir: PathBuf,
    /// Language of the messages.
    pub locale: ReportLocale,
    /// Steps between two reports.
    pub interval: u64,
    /// What is told, and when.
    pub section: AlertsSection,
    /// Who is told.
    pub channels: Vec<Box<dyn Channel>>,
    /// The bot that is listened to, and its chat.
    pub listener: Option<(Arc<TelegramApi>, String)>,
    /// Who does what the chat asks for.
    pub operator: Arc<dyn Operator>,
    /// How dead channels are dealt with.
    pub patience: Patience,
}

/// Tells people what happens in a run.
pub struct Alerts {
    watch: Arc<Mutex<Watch>>,
    filter: Filter,
    couriers: Vec<Courier>,
    running: Arc<AtomicBool>,
}

impl Alerts {
    /// Starts the couriers, and the bot if there is one.
    ///
    /// # Errors
    /// If the quiet hours cannot be read.
    pub fn start(spec: AlertsSpec) -> Result<Self, ConfigError> {
        let texts = Texts::of(spec.locale);
        let section = &spec.section;
        let quiet_hours = section.quiet_hours.as_deref().map(str::parse).transpose()?;
        let policy = Policy {
            min_severity: section.min_severity,
            quiet_hours,
            window_s: section.repeat_minutes.max(0.0) * 60.0,
        };
        let watch = Arc::new(Mutex::new(Watch::new(Rules {
            run_dir: spec.run_dir,
            locale: spec.locale,
            interval: spec.interval.max(1),
            group_s: section.group_seconds.max(0.0),
        })));
        let running = Arc::new(AtomicBool::new(true));
        if let Some((api, chat)) = spec.listener {
            let listener = Listener {
                api,
                chat,
                watch: Arc::clone(&watch),
                operator: spec.operator,
                running: Arc::clone(&running),
            };
            listener.start();
        }
        let start = |channel| Courier::start(channel, texts, spec.patience);
        Ok(Self {
            watch,
            filter: Filter::new(policy, texts),
            couriers: spec.channels.into_iter().map(start).collect(),
            running,
        })
    }

    fn watched(&self) -> MutexGuard<'_, Watch> {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&mut self, message: Message) {
        if let Some(message) = self.filter.admit(message) {
            self.deliver(message);
        }
    }

    fn deliver(&self, message: Message) {
        let message = Arc::new(message);
        for courier in &self.couriers {
            courier.deliver(&message);
        }
    }

    /// Delivers what is left, for a while.
    fn close(&mut self) {
        self.running.store(false, Ordering::Release);
        if let Some(rest) = self.filter.rest() {
            self.deliver(rest);
        }
        let now = Instant::now();
        // All are asked before the first is waited for, so that they end side by side.
        for courier in &mut self.couriers {
            courier.close(now + DELIVERY);
        }
        for courier in self.couriers.drain(..) {
            courier.join(now + LAST_WORDS);
        }
    }
}

impl Sink for Alerts {
    fn record(&mut self, event: &Event) -> Result<(), SinkError> {
        let messages = self.watched().observe(event);
        for message in messages {
            self.tell(message);
        }
        if matches!(event.kind, EventKind::RunFinished { .. }) {
            self.close();
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let now_s = now.as_secs_f64();
        let due = self.watched().due(now_s);
        if let Some(message) = due {
            self.tell(message);
        }
        if let Some(digest) = self.filter.due(now_s) {
            self.deliver(digest);
        }
        Ok(())
    }
}

/// How a run is taken up again by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenUp<'a> {
    /// Name of the run.
    pub run: &'a str,
    /// The checkpoint it goes on from.
    pub checkpoint: &'a Path,
    /// Steps finished in it.
    pub step: u64,
    /// Where everything before is kept.
    pub backup: &'a Path,
    /// Name, old and new value of every hyper-parameter that is different.
    pub changes: Vec<[String; 3]>,
}

/// Says that a run is being taken up again by hand, and how.
pub fn recovery_message(taken_up: &TakenUp<'_>, locale: ReportLocale, time_s: f64) -> Message {
    let texts = Texts::of(locale);
    let [checkpoint, backup] =
        [taken_up.checkpoint, taken_up.backup].map(|path| path.display().to_string());
    let mut body = (texts.recovered_from)(&checkpoint, taken_up.step, &backup);
    for [name, old, new] in &taken_up.changes {
        body.push_str(&format!("\n• `{name}` {old} → {new}"));
    }
    Message {
        kind: Kind::Restart,
        severity: Severity::Warning,
        time_s,
        title: (texts.recovered)(taken_up.run),
        body,
        attachments: Vec::new(),
        key: None,
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Release);
    }
}
